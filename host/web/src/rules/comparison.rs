//! A rule beside another, or beside an earlier install; and its promotion.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::rules::compare::{self, CompareRules, RuleComparison};
use app::rules::promote::{self as promotions, PromoteRule};
use app::rules::view::InstallView;
use app::rules::{RuleName, read};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Definitions, Mode, Permission, RuleInstall};

use super::head::{self, Tab};
use super::{RulePath, address, expected, promotion, samples, shapes, side_by_side};
use crate::browser::{Named, SignedIn, Typed};
use crate::elements::empty;
use crate::failure::Failure;
use crate::text::EN;
use crate::when::Zone;

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// A rule, or one of its installs as in `structuring/3`; empty for none, absent where the page chooses.
    with: Option<String>,
}

/// How a shadow rule is to be promoted, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedPromotion {
    pub(super) version: String,
    /// The rule whose place it takes; empty for none.
    pub(super) replace: String,
    pub(super) reason: String,
}

/// What of a form was refused.
pub(super) struct Refused<'r> {
    pub(super) failure: &'r Failure,
    pub(super) typed: &'r TypedPromotion,
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let query = uri.query().unwrap_or_default();
    let wanted: Wanted = serde_html_form::from_str(query).unwrap_or_default();
    render(&app, &caller, &rule, wanted.with, None).await
}

/// Leads from the address of the form to the page.
pub(super) async fn back(Named(RulePath(rule)): Named<RulePath>) -> Redirect {
    Redirect::to(&Tab::Comparison.address(&rule))
}

pub(super) async fn promote(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(RulePath(rule)): Named<RulePath>,
    Typed(typed): Typed<TypedPromotion>,
) -> Result<Response, Failure> {
    caller.require(Permission::RuleWrite)?;
    let expected = expected(&typed.version)?;
    let replace = Name::new(&typed.replace).ok();
    let reason = typed.reason.trim();
    let how = PromoteRule {
        replace: replace.clone(),
        override_reason: (!reason.is_empty()).then(|| reason.to_owned()),
    };
    match promotions::promote(&app, &caller, rule.clone(), expected, how).await {
        Ok(live) => {
            let name = Name::new(&live.install.rule);
            let live = name.map_or_else(
                |_| rule.clone(),
                |name| RuleName {
                    team: rule.team.clone(),
                    rule: name,
                },
            );
            Ok(Redirect::to(&address(&live)).into_response())
        }
        Err(error) => {
            let failure = Failure::from(error);
            if failure.status() == StatusCode::NOT_FOUND {
                return Err(failure);
            }
            let refused = Refused {
                failure: &failure,
                typed: &typed,
            };
            let with = Some(typed.replace.clone());
            let page = render(&app, &caller, &rule, with, Some(&refused)).await?;
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn render(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    with: Option<String>,
    refused: Option<&Refused<'_>>,
) -> Result<Markup, Failure> {
    let newest = read::read(app, caller, rule)?;
    let definitions = caller.definitions();
    let others = Others::of(&definitions, rule);
    let with = with.unwrap_or_else(|| others.usual(&newest));
    let asked = CompareRules {
        with: Some(with.clone()).filter(|with| !with.is_empty()),
        ..CompareRules::default()
    };
    let compared = compare::compare(app, caller, rule, asked).await;
    let (compared, failed) = match compared {
        Ok(compared) => (Some(compared), None),
        Err(error) => (None, Some(Failure::from(error))),
    };
    // The install that is being prepared has not judged anything, and another name may be unknown: the page says so.
    if let Some(failed) = &failed
        && matches!(
            failed.status(),
            StatusCode::FORBIDDEN | StatusCode::SERVICE_UNAVAILABLE
        )
    {
        return Err(failed.clone());
    }
    let gate = promotion::section(app, caller, rule, &newest, &with, refused).await?;
    let zone = Zone::of(caller);
    let content = html! {
        (choose(rule, &others, &with))
        div.columns {
            div.column {
                @match &compared {
                    Some(compared) => (difference(compared, &zone)),
                    None => (empty(EN.comparison.no_transactions, failed.as_ref().map_or("", Failure::detail))),
                }
            }
            aside.column aria-label=(EN.comparison.promotion) { (gate) }
        }
    };
    let failure = refused.map(|refused| refused.failure);
    Ok(head::page(
        caller,
        rule,
        &newest,
        Tab::Comparison,
        failure,
        &content,
    ))
}

/// With what a rule can be compared.
struct Others {
    /// Other rules of the team.
    rules: Vec<Arc<RuleInstall>>,
    /// Earlier installs of the same rule, newest first.
    installs: Vec<String>,
}

impl Others {
    fn of(definitions: &Definitions, rule: &RuleName) -> Self {
        let (team, name) = (rule.team.as_str(), rule.rule.as_str());
        let mut rules = definitions.rules_of(team);
        rules.retain(|install| install.rule != name);
        let in_force = definitions.rule_of(team, name);
        let in_force = in_force.map_or(u64::MAX, |install| install.number);
        let prefix = format!("{team}/{name}/");
        let earlier = definitions.rules.under(&prefix);
        let earlier = earlier.filter(|install| !install.removed && install.number < in_force);
        let mut installs: Vec<String> = earlier
            .map(|install| format!("{name}/{}", install.number))
            .collect();
        installs.reverse();
        Self { rules, installs }
    }

    /// With what a rule is compared where nobody says: a rule of the same plugin, which is in shadow where this one is
    /// live, and live where this one is in shadow.
    fn usual(&self, newest: &InstallView) -> String {
        let wanted = match newest.install.mode {
            Mode::Shadow => Mode::Live,
            Mode::Live | Mode::Off => Mode::Shadow,
        };
        let is_it = |other: &&Arc<RuleInstall>| {
            other.plugin == newest.install.plugin && other.mode == wanted
        };
        let found = self.rules.iter().find(is_it);
        found.map_or_else(String::new, |other| other.rule.clone())
    }
}

fn choose(rule: &RuleName, others: &Others, with: &str) -> Markup {
    let text = &EN.comparison;
    html! {
        form.filters action=(Tab::Comparison.address(rule)) method="get" {
            div {
                label for="with" { (text.with) }
                select #with name="with" {
                    option value="" { (text.with_nothing) }
                    @for other in &others.rules {
                        option value=(other.rule) selected[other.rule == with] {
                            (other.rule) ", " (shapes::mode_title(other.mode))
                        }
                    }
                    @for install in &others.installs {
                        option value=(install) selected[install == with] { (install) }
                    }
                }
            }
            button type="submit" { (text.compare) }
        }
        @if others.rules.is_empty() && others.installs.is_empty() { (empty(text.choose, text.choose_hint)) }
    }
}

fn difference(compared: &RuleComparison, zone: &Zone) -> Markup {
    let text = &EN.comparison;
    let name = |install: &RuleInstall| format!("{}/{}", install.rule, install.number);
    let one = name(&compared.one);
    let other = compared.other.as_ref();
    let other = other.map_or_else(|| "–".to_owned(), |other| name(other));
    html! {
        section.card aria-labelledby="counts" {
            h2 #counts { (one) " · " (other) }
            @if compared.transactions == 0 {
                p.empty { (text.no_transactions) }
            } @else {
                p.note { ((text.transactions)(compared.transactions)) }
                (side_by_side::counts(&compared.counts, &one, &other))
                (side_by_side::by_day(&compared.counts, &one, &other))
            }
        }
        (samples::section(&compared.samples, &one, &other, zone))
    }
}
