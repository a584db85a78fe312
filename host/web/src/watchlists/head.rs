//! What all pages of a watchlist begin with.

use app::caller::Caller;
use domain::name::Name;
use maud::{Markup, html};

use super::address;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;

/// Which page of a watchlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Entries,
    Versions,
    Import,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Entries, Self::Versions, Self::Import];

    fn title(self) -> &'static str {
        match self {
            Self::Entries => EN.watchlists.entries,
            Self::Versions => EN.watchlists.versions,
            Self::Import => EN.watchlists.import,
        }
    }

    /// The address of a watchlist's page.
    pub(super) fn address(self, list: &Name) -> String {
        match self {
            Self::Entries => address(list),
            Self::Versions => format!("{}/versions", address(list)),
            Self::Import => format!("{}/import", address(list)),
        }
    }
}

/// A page of a watchlist, with what was refused if something was.
pub(super) fn page(
    caller: &Caller,
    list: &Name,
    tab: Tab,
    refused: Option<&Failure>,
    content: &Markup,
) -> Markup {
    let text = &EN.watchlists;
    let definitions = caller.definitions();
    let now = definitions.lists.get(list.as_str());
    let content = html! {
        nav.crumbs aria-label=(EN.alert.place) { a href="/watchlists" data-key="u" { (text.title) } }
        h1 { (list) }
        p.facts {
            @match now {
                Some(now) => {
                    span { ((text.count)(now.entries.len())) }
                    span { (text.version) " " (now.version) }
                }
                None => span.late { (text.deleted) },
            }
        }
        nav.views aria-label=(text.views) {
            ul {
                @for one in Tab::ALL {
                    li { a href=(one.address(list)) aria-current=[(one == tab).then_some("page")] { (one.title()) } }
                }
            }
        }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        (content)
    };
    let title = format!("{list} · {}", tab.title());
    frame::page(caller, Part::Watchlists, &title, &content)
}
