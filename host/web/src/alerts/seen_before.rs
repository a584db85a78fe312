//! Other alerts of the same rule about the same customer, and what they were: most answers lie there.

use std::sync::Arc;

use app::App;
use app::alerts::filters::AlertFilters;
use app::alerts::search;
use app::alerts::seen::SeenAlert;
use app::caller::Caller;
use app::request::PageRequest;
use engine::alert::index::Sort;
use maud::{Markup, html};

use super::{shapes, side};
use crate::text::EN;
use crate::when::Zone;

/// The most of them that are shown, the newest.
const SHOWN: usize = 5;

/// Other alerts; none of alerts that people made, or that are about no customer.
pub(super) struct SeenBefore(Option<Found>);

struct Found {
    alerts: Vec<ShownAlert>,
    has_more: bool,
    /// The query of a queue that shows all of them.
    queue: String,
}

struct ShownAlert {
    alert: SeenAlert,
    state: Markup,
}

impl SeenBefore {
    /// What else the rule found. Where that cannot be searched now, nothing is said of it.
    pub(super) async fn of(app: &Arc<App>, caller: &Caller, alert: &SeenAlert) -> Self {
        let (Some(rule), Some(customer)) = (&alert.rule, &alert.dprofile_id) else {
            return Self(None);
        };
        let filters = AlertFilters {
            team: vec![alert.team.clone()],
            rule: vec![rule.clone()],
            dprofile_id: vec![customer.clone()],
            ..AlertFilters::default()
        };
        // The alert itself is one of them.
        let page = PageRequest::new(SHOWN + 1, None);
        let found = search::search(app, caller, &filters, Sort::default(), &page).await;
        let (definitions, own) = (caller.definitions(), alert.id);
        Self(found.ok().map(|found| {
            Found {
                has_more: found.page.next_cursor.is_some(),
                queue: serde_html_form::to_string([("view", "all"), ("q", customer)])
                    .expect("texts can be written into an address"),
                alerts: found
                    .page
                    .items
                    .into_iter()
                    .filter(|alert| alert.id != own)
                    .take(SHOWN)
                    .map(|alert| ShownAlert {
                        state: shapes::state(&definitions, &alert.state),
                        alert,
                    })
                    .collect(),
            }
        }))
    }
}

/// The section of the page.
pub(super) fn section(before: &SeenBefore, zone: &Zone) -> Markup {
    let text = &EN.alert;
    let Some(found) = &before.0 else {
        return html! {};
    };
    html! {
        section.card aria-labelledby="before" {
            h2 #before { (text.before) }
            @if found.alerts.is_empty() { p.empty { (text.never_before) } }
            ul.plain {
                @for ShownAlert { alert, state } in &found.alerts {
                    li {
                        a href={ "/alerts/" (alert.id) } { (alert.content().title) } " "
                        (state) " "
                        @if let Some(outcome) = alert.outcome() { span { (side::outcome_title(outcome)) } " " }
                        span.note { (zone.time(alert.created_at)) }
                    }
                }
            }
            @if found.has_more { p { a href={ "/alerts?" (found.queue) } { (text.all_of_customer) } } }
        }
    }
}
