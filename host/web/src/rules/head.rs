//! What all pages of a rule begin with.

use app::caller::Caller;
use app::rules::RuleName;
use app::rules::view::InstallView;
use maud::{Markup, html};

use super::{address, shapes};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

/// Which page of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Comparison,
    Failures,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Overview, Self::Comparison, Self::Failures];

    fn title(self) -> &'static str {
        match self {
            Self::Overview => EN.rules.overview,
            Self::Comparison => EN.comparison.title,
            Self::Failures => EN.rules.failures,
        }
    }

    /// The address of a rule's page.
    pub(super) fn address(self, rule: &RuleName) -> String {
        let rule = address(rule);
        match self {
            Self::Overview => rule,
            Self::Comparison => format!("{rule}/comparison"),
            Self::Failures => format!("{rule}/failures"),
        }
    }
}

/// A page of a rule, with what was refused if something was.
pub(super) fn page(
    caller: &Caller,
    rule: &RuleName,
    newest: &InstallView,
    tab: Tab,
    refused: Option<&Failure>,
    content: &Markup,
) -> Markup {
    let definitions = caller.definitions();
    let team = definitions.teams.get(rule.team.as_str());
    let install = &newest.install;
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) { a href="/rules" data-key="u" { (EN.rules.title) } }
        h1 { (rule.rule) }
        p.facts {
            (shapes::standing(newest))
            @if let Some(team) = team { span { (EN.queue.team) " " (team.title) } }
            span { (EN.rules.plugin) " " code { (install.plugin) " " (install.version) } }
        }
        @if let Some(plugin) = &newest.plugin {
            p {
                @if let Some(title) = plugin.title() { strong { (title) } }
                @if let Some(description) = plugin.description() { ": " (description) }
            }
        }
        nav.views aria-label=(EN.rules.views) {
            ul {
                @for one in Tab::ALL {
                    li { a href=(one.address(rule)) aria-current=[(one == tab).then_some("page")] { (one.title()) } }
                }
            }
        }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        (content)
    };
    let title = format!("{} · {}", rule.rule, tab.title());
    frame::page(caller, Part::Rules, &title, &content)
}
