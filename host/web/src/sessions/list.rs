//! The list of sessions, the newest first.

use std::sync::Arc;

use app::App;
use app::request::{Page, PageRequest};
use app::sessions::read::{self, SessionFilters};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::session::Stage;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use sessions::SessionRecord;

use super::stage_title;
use crate::browser::SignedIn;
use crate::elements::{cursor_of, empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    /// Empty for all.
    stage: String,
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let text = &EN.sessions;
    let no_such = || Failure::new(StatusCode::BAD_REQUEST, EN.failure.no_such_filter);
    let filter: Filter =
        serde_html_form::from_str(uri.query().unwrap_or_default()).map_err(|_| no_such())?;
    let mut stages = Stage::ALL.into_iter();
    let stage = match filter.stage.as_str() {
        "" => None,
        wanted => Some(
            stages
                .find(|one| one.as_str() == wanted)
                .ok_or_else(no_such)?,
        ),
    };
    let cursor = cursor_of(&uri);
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, cursor.clone());
    let found = read::list(&app, &caller, SessionFilters { stage }, &page).await?;
    let list = match stage {
        Some(stage) => format!("/sessions?stage={}", stage.as_str()),
        None => "/sessions".to_owned(),
    };
    let content = html! {
        h1 { (text.title) }
        p.note { (text.hint) }
        div.tools { (form(stage)) }
        (table(&found, &Zone::of(&caller)))
        (pages(&list, cursor.is_some(), found.next_cursor.as_deref()))
    };
    Ok(frame::page(&caller, Part::Sessions, text.title, &content))
}

fn form(stage: Option<Stage>) -> Markup {
    html! {
        form.filters action="/sessions" method="get" {
            div {
                label for="stage" { (EN.sessions.stage) }
                select #stage name="stage" {
                    option value="" { (EN.queue.any) }
                    @for one in Stage::ALL {
                        option value=(one.as_str()) selected[stage == Some(one)] { (stage_title(one)) }
                    }
                }
            }
            button type="submit" { (EN.queue.filter) }
        }
    }
}

fn table(found: &Page<SessionRecord>, zone: &Zone) -> Markup {
    let text = &EN.sessions;
    if found.items.is_empty() {
        return match found.next_cursor {
            Some(_) => empty(text.none_of_page, ""),
            None => empty(text.none, text.none_hint),
        };
    }
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.started) }
                        th scope="col" { (text.stage) }
                        th scope="col" { (text.bank) }
                        th scope="col" { (text.user) }
                        th scope="col" { (text.client) }
                        th scope="col" { (text.events) }
                        th scope="col" { (text.changed) }
                    }
                }
                tbody { @for session in &found.items { (row(session, zone)) } }
            }
        }
    }
}

fn row(session: &SessionRecord, zone: &Zone) -> Markup {
    let text = &EN.sessions;
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    let (made, waiting) = (session.events.len(), session.waiting_events().count());
    html! {
        tr {
            th scope="row" { a href={ "/sessions/" (session.id) } { (time(session.started_at)) } }
            td { (super::stage(session.state.stage())) }
            td { bdi { (session.bank) } }
            td { bdi { (session.user) } }
            td { bdi { (session.client) } }
            td {
                @match (made, waiting) {
                    (0, _) => "–",
                    (_, 0) => ((text.events_of)(made, made)),
                    (_, waiting) => span.state.warn { span aria-hidden="true" { "◐" } " " ((text.waiting)(waiting)) },
                }
            }
            td { (time(session.changed_at)) }
        }
    }
}
