//! Modes and states of rules, as text with a shape: never by colour alone.

use app::rules::view::InstallView;
use maud::{Markup, html};
use tenant::{InstallState, Mode};

use crate::text::EN;

/// A mode.
pub(super) fn mode(mode: Mode) -> Markup {
    let (class, shape) = match mode {
        Mode::Live => ("mode live", "●"),
        Mode::Shadow => ("mode shadow", "◐"),
        Mode::Off => ("mode off", "○"),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (mode_title(mode)) } }
}

/// What a mode is called.
pub(super) fn mode_title(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => EN.rules.live,
        Mode::Shadow => EN.rules.shadow,
        Mode::Off => EN.rules.off,
    }
}

/// As forms name a mode.
pub(super) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

/// Whether an install is in force.
pub(super) fn state(state: InstallState) -> Markup {
    let (class, shape, title) = match state {
        InstallState::Active => ("state", "✓", EN.rules.in_force),
        InstallState::Preparing => ("state preparing", "…", EN.rules.preparing),
        InstallState::Ended => ("state closed", "–", EN.rules.ended),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (title) } }
}

/// The mode of the newest install, and that it is being prepared if it is.
pub(super) fn standing(view: &InstallView) -> Markup {
    html! {
        (mode(view.install.mode))
        @if view.is_preparing() { " " (state(view.state)) }
    }
}
