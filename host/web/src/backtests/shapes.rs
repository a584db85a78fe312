//! How far a backtest is, as text with a shape.

use app::backtest::{BacktestRecord, End, SeenBacktest, Stage};
use engine::lane::Actor;
use maud::{Markup, html};

use crate::text::EN;

/// How far a backtest is.
pub(super) fn state(seen: &SeenBacktest) -> Markup {
    let text = &EN.backtests;
    let (class, shape, title) = match (&seen.record.end, seen.stage) {
        (Some(End::Done), _) => ("state", "✓", text.done),
        (Some(End::Failed { .. }), _) => ("state late", "!", text.failed),
        (Some(End::Cancelled { .. }), _) => ("state closed", "–", text.cancelled),
        (None, Stage::Running { .. }) => ("state", "▸", text.running),
        (None, _) => ("state", "…", text.queued),
    };
    html! { span class=(class) { span aria-hidden="true" { (shape) } " " (title) } }
}

/// The name and version of what is tried.
pub(super) fn plugin(record: &BacktestRecord) -> String {
    format!("{} {}", record.trial.plugin, record.trial.version)
}

/// The login of a user.
pub(super) fn login(actor: &Actor) -> &str {
    match actor {
        Actor::User { login, .. } => login,
        _ => "–",
    }
}
