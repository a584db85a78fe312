//! All backtests, of all teams or of one, newest first.

use std::sync::Arc;

use app::App;
use app::backtest::SeenBacktest;
use app::backtest::read::{self, BacktestName};
use app::caller::Caller;
use app::request::PageRequest;
use axum::extract::State;
use axum::http::Uri;
use domain::time::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::{address, shapes};
use crate::browser::SignedIn;
use crate::by_team;
use crate::elements::{empty, pages};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::{EN, grouped};
use crate::when::Zone;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Only those of this team; empty for all.
    team: String,
    cursor: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    let rows = usize::from(caller.preferences().rows.count());
    let page = PageRequest::new(rows, wanted.cursor.clone());
    let team = Some(&*wanted.team).filter(|team| !team.is_empty());
    let found = read::list(&app, &caller, team, &page).await?;
    let list = match team {
        None => "/backtests".to_owned(),
        Some(team) => format!("/backtests?team={team}"),
    };
    let content = html! {
        div.headed {
            h1 { (EN.backtests.title) }
            (by_team::forms(&caller, EN.backtests.new, EN.backtests.new_for, |team| format!("/backtests/{team}/new")))
        }
        p.note { (EN.backtests.none_hint) }
        (by_team::teams(&caller, "/backtests", &wanted.team))
        @if found.items.is_empty() {
            (empty(EN.backtests.none, ""))
        } @else {
            (table(&caller, &found.items))
        }
        (pages(&list, wanted.cursor.is_some(), found.next_cursor.as_deref()))
    };
    Ok(frame::page(
        &caller,
        Part::Backtests,
        EN.backtests.title,
        &content,
    ))
}

fn table(caller: &Caller, found: &[SeenBacktest]) -> Markup {
    let text = &EN.backtests;
    let (definitions, zone) = (caller.definitions(), Zone::of(caller));
    html! {
        div.wide tabindex="0" {
            table.queue {
                thead {
                    tr {
                        th scope="col" { (text.backtest) }
                        th scope="col" { (EN.queue.team) }
                        th scope="col" { (EN.queue.state) }
                        th.number scope="col" { (text.progress) }
                        th.number scope="col" { (text.found) }
                        th.number scope="col" { (text.failures) }
                        th scope="col" { (text.compare_with) }
                        th scope="col" { (text.started) }
                    }
                }
                tbody {
                    @for seen in found {
                        @let record = &seen.record;
                        @let team = &record.trial.team;
                        @let name = BacktestName { team: team.clone(), id: record.id };
                        tr {
                            th scope="row" { a href=(address(&name)) { (shapes::plugin(record)) } }
                            td { (definitions.teams.get(team).map_or(team, |team| &team.title)) }
                            td { (shapes::state(seen)) }
                            td.number { (grouped(record.tally.rows)) }
                            td.number { (grouped(record.tally.found)) }
                            td.number { (grouped(record.tally.failed())) }
                            td { (record.trial.compare_with.as_deref().unwrap_or("–")) }
                            td {
                                (zone.time(Timestamp::from_micros(record.asked_at)))
                                " " span.note { ((EN.rules.by)(shapes::login(&record.actor))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
