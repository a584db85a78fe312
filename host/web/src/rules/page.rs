//! A rule: what it found, its installs, and what is done with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Page, PageRequest};
use app::rules::compare::{self, CompareRules};
use app::rules::stats::{self, RuleStats};
use app::rules::view::InstallView;
use app::rules::{RuleName, inputs, read};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use engine::judgement::Day;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::OnFailure;

use super::head::{self, Tab};
use super::inputs::{configuration, inputs as inputs_card};
use super::{RulePath, actions, address, days, statistics};
use crate::browser::{Named, SignedIn};
use crate::elements::{live, progress};
use crate::failure::Failure;
use crate::text::{EN, grouped};
use crate::when::Zone;

/// So many installs are shown at once.
const INSTALLS: usize = 10;

/// Where in the list of installs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    cursor: Option<String>,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let place: Place = serde_html_form::from_str(query).unwrap_or_default();
    render(&app, &caller, &rule, place.cursor, None).await
}

/// Leads from the address of a form to the rule.
pub(super) async fn back(Named(RulePath(rule)): Named<RulePath>) -> Redirect {
    Redirect::to(&address(&rule))
}

/// The page again, with what was refused.
pub(super) async fn refused(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    failure: Failure,
) -> Result<Response, Failure> {
    if matches!(failure.status(), StatusCode::NOT_FOUND) {
        return Err(failure);
    }
    let page = render(app, caller, rule, None, Some(&failure)).await?;
    Ok((failure.status(), page).into_response())
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    cursor: Option<String>,
    refused: Option<&Failure>,
) -> Result<Markup, Failure> {
    let newest = read::read(app, caller, rule)?;
    let stats = stats::read(app, caller, rule.clone()).await?;
    let is_later = cursor.is_some();
    let request = PageRequest::new(INSTALLS, cursor);
    let installs = read::list_installs(app, caller, rule, &request)?;
    let days = match newest.is_preparing() {
        true => None,
        false => Some(days_of(app, caller, rule).await?),
    };
    let reads = inputs::read(app, caller, rule).await?;
    let zone = Zone::of(caller);
    let content = html! {
        (preparing(rule, &newest))
        (statistics::warnings(&stats))
        (statistics::summary(&stats))
        div.columns {
            div.column {
                @if let Some(days) = &days { (chart(days)) }
                (statistics::installs(&installs, &stats, &address(rule), is_later, &zone))
                (inputs_card(reads.as_deref()))
            }
            aside.column aria-label=(EN.rules.actions) {
                (actions::card(caller, rule, &newest, &earlier(&stats, &newest, &installs)))
                (about(&newest))
                (configuration(&newest))
            }
        }
    };
    Ok(head::page(
        caller,
        rule,
        &newest,
        Tab::Overview,
        refused,
        &content,
    ))
}

/// The numbers of the installs that came before the newest one.
fn earlier(stats: &RuleStats, newest: &InstallView, page: &Page<InstallView>) -> Vec<u64> {
    let known = stats.versions.iter().map(|version| version.install.number);
    let shown = page.items.iter().filter(|view| !view.install.removed);
    let shown = shown.map(|view| view.install.number);
    let mut earlier: Vec<u64> = known.chain(shown).collect();
    earlier.retain(|number| *number < newest.install.number);
    earlier.sort_unstable_by(|one, other| other.cmp(one));
    earlier.dedup();
    earlier
}

/// What the install in force found, by day.
async fn days_of(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
) -> Result<BTreeMap<String, Day>, Failure> {
    let alone = CompareRules {
        samples: Some(0),
        ..CompareRules::default()
    };
    let found = compare::compare(app, caller, rule, alone).await?;
    Ok(found.counts.days)
}

fn chart(days: &BTreeMap<String, Day>) -> Markup {
    html! {
        section.card aria-label=(EN.rules.findings) {
            (days::chart(EN.rules.findings_by_day, days, |day| day.only_one))
        }
    }
}

/// How far an install is that is being prepared.
fn preparing(rule: &RuleName, newest: &InstallView) -> Markup {
    let text = &EN.rules;
    let content = match &newest.progress {
        None => html! {},
        Some(now) => html! {
            section.card role="status" {
                p { ((text.install)(newest.install.number)) ": " (text.preparing_hint) }
                (progress(text.prepared, now.done, now.of))
                @if let Some(reason) = &now.last_failure { p.alarm { ((text.last_attempt)(reason)) } }
            }
        },
    };
    live(
        "preparing",
        &address(rule),
        newest.progress.is_some(),
        &content,
    )
}

fn about(newest: &InstallView) -> Markup {
    let text = &EN.rules;
    let install = &newest.install;
    let or_plugin = |value: &Option<String>| {
        value
            .clone()
            .unwrap_or_else(|| text.as_the_plugin.to_owned())
    };
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (text.about) }
            dl {
                dt { (text.plugin) } dd { code { (install.plugin) " " (install.version) } }
                dt { (text.alert_type) } dd { (or_plugin(&install.alert_type)) }
                dt { (EN.queue.severity) } dd { (or_plugin(&install.severity)) }
                dt { (EN.alert.priority) } dd { (or_plugin(&install.priority)) }
                dt { (text.on_failure) }
                dd {
                    @match install.on_failure {
                        OnFailure::Alert => (text.raise_alert),
                        OnFailure::Skip => (text.skip),
                    }
                }
                dt { (text.fuel) } dd { (grouped(install.row_fuel)) }
                dt { (text.digest) } dd { code.id { (install.digest) } }
            }
        }
    }
}
