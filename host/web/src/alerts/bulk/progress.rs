//! How far a change of many alerts is, and why some were not changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::App;
use app::alerts::bulk::{self, BulkView, FailureView};
use app::bulk::BulkState;
use app::caller::Caller;
use axum::extract::State;
use axum::http::Uri;
use domain::alert::AlertId;
use maud::{Markup, html};
use uuid::Uuid;

use super::review;
use crate::alerts::origin::Origin;
use crate::browser::{Named, SignedIn};
use crate::elements::{live, progress};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::{EN, grouped};
use crate::when::Zone;

/// So many alerts of one reason are linked.
const LINKED: usize = 50;

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(id): Named<Uuid>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let text = &EN.bulk;
    let view = bulk::read(&app, &caller, id).await?;
    let origin = Origin::of(&uri, &caller);
    let address = origin.address(&format!("/alerts/bulk/{id}"));
    let title = (text.of)(view.of);
    let content = html! {
        p.crumbs { a href=(origin.queue()) { (EN.alert.back) } }
        h1 { (title) }
        p.note {
            ((text.asked_by)(&view.asked_by)) " · " (Zone::of(&caller).time(view.asked_at))
        }
        @if let Some(change) = &view.change {
            section.card { h2 { (text.what) } (review::what(&caller.definitions(), change, None)) }
        }
        section.card {
            (live("bulk", &address, view.state == BulkState::Running, &state(&caller, &view, &origin)))
        }
    };
    Ok(frame::page(&caller, Part::Alerts, &title, &content))
}

fn state(caller: &Caller, view: &BulkView, origin: &Origin) -> Markup {
    let text = &EN.bulk;
    let changed = view.done.saturating_sub(view.failed);
    html! {
        @match view.state {
            BulkState::Running => h2 { (text.running) },
            BulkState::Done if view.failed == 0 => h2.done role="status" { (text.done) },
            BulkState::Done => h2 { (text.done_in_part) },
            BulkState::Stopped => {
                h2 { (text.stopped) }
                @if let Some(reason) = &view.reason { p.alarm role="alert" { (reason) } }
            },
        }
        (progress(text.progress, view.done, view.of))
        dl {
            dt { (text.changed) } dd.number { (grouped(changed)) }
            dt { (text.failed) } dd.number { (grouped(view.failed)) }
            @if let Some(at) = view.finished_at { dt { (text.finished) } dd { (Zone::of(caller).time(at)) } }
        }
        @if !view.failures.is_empty() {
            h3 { (text.reasons) }
            @for (reason, alerts) in reasons(&view.failures) {
                details.reason {
                    summary { ((text.reason)(alerts.len() as u64, &reason)) }
                    ul.ids {
                        @for alert in alerts.iter().take(LINKED) {
                            li { a href=(origin.address(&format!("/alerts/{alert}"))) { code { (alert) } } }
                        }
                        @if alerts.len() > LINKED {
                            li.note { ((text.others)((alerts.len() - LINKED) as u64)) }
                        }
                    }
                }
            }
            @if view.failed > view.failures.len() as u64 {
                p.note { ((text.first)(view.failures.len() as u64)) }
            }
        }
    }
}

/// The alerts that were not changed, by the reason, the commonest first.
fn reasons(failures: &[FailureView]) -> Vec<(String, Vec<AlertId>)> {
    let mut reasons: BTreeMap<String, Vec<AlertId>> = BTreeMap::new();
    for failure in failures {
        let reason = without_ids(&failure.detail);
        reasons.entry(reason).or_default().push(failure.alert);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, alerts)| std::cmp::Reverse(alerts.len()));
    reasons
}

/// A text in which ids are left out, so that the same reason of two alerts is the same text.
fn without_ids(text: &str) -> String {
    let parts = text.split_inclusive(|one: char| !(one.is_ascii_hexdigit() || one == '-'));
    let parts = parts.map(|part| {
        let word = part.trim_end_matches(|one: char| !(one.is_ascii_hexdigit() || one == '-'));
        match Uuid::try_parse(word) {
            Ok(_) if word.len() == Uuid::nil().hyphenated().to_string().len() => {
                part.replacen(word, "…", 1)
            }
            _ => part.to_owned(),
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_reason_is_the_same_text() {
        let check = |text: &str, expect: &str| assert_eq!(without_ids(text), expect);
        let id = "01890000-0000-7000-8000-000000000000";
        check(
            &format!("alert {id} was merged into alert {id}; change that one"),
            "alert … was merged into alert …; change that one",
        );
        check(&format!("there is no alert {id}"), "there is no alert …");
        check(
            "a label has at most 20 letters",
            "a label has at most 20 letters",
        );
    }
}
