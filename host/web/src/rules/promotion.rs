//! The promotion of a shadow rule: each condition of the gate, and the form.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::rules::RuleName;
use app::rules::promote::{self, GateCondition};
use app::rules::view::InstallView;
use domain::name::Name;
use maud::{Markup, html};
use tenant::{Mode, Permission};

use super::comparison::Refused;
use super::{address, written};
use crate::elements::{denied, permitted};
use crate::failure::Failure;
use crate::once::once;
use crate::text::EN;

/// The promotion of a rule, in place of the rule that it is compared with if that is another one.
pub(super) async fn section(
    app: &Arc<App>,
    caller: &Caller,
    rule: &RuleName,
    newest: &InstallView,
    with: &str,
    refused: Option<&Refused<'_>>,
) -> Result<Markup, Failure> {
    let text = &EN.comparison;
    let can_be = newest.install.mode == Mode::Shadow && !newest.is_preparing();
    let content = match can_be {
        false => denied(text.promote, text.not_shadow),
        true => {
            let replace = Name::new(with).ok();
            let replace = replace.filter(|name| *name != rule.rule);
            let checked = promote::check_gate(app, caller, rule, replace.as_ref()).await;
            match checked {
                Ok(conditions) => html! {
                    (gate(&conditions))
                    (permitted(caller, Permission::RuleWrite, text.promote, || {
                        form(rule, newest, replace.as_ref(), &conditions, refused)
                    }))
                },
                Err(error) => denied(text.promote, Failure::from(error).detail()),
            }
        }
    };
    Ok(html! {
        section.card aria-labelledby="promotion" {
            h2 #promotion { (text.promotion) }
            p.note { (text.promotion_hint) }
            (content)
        }
    })
}

/// The conditions, each met or not.
fn gate(conditions: &[GateCondition]) -> Markup {
    let text = &EN.comparison;
    html! {
        @if conditions.is_empty() { p { (text.no_gate) } }
        ul.checks {
            @for condition in conditions {
                li class=(if condition.is_met { "met" } else { "unmet" }) {
                    strong {
                        span aria-hidden="true" { (if condition.is_met { "✓" } else { "✗" }) }
                        " " (title(condition.member)) ": "
                        (if condition.is_met { text.met } else { text.not_met })
                    }
                    div.note { (condition.detail) }
                }
            }
        }
    }
}

/// What a member of the gate is called.
fn title(member: &'static str) -> &'static str {
    let text = &EN.comparison;
    match member {
        "shadow_seconds" => text.shadow_time,
        "transactions" => text.shared,
        "max_more" => text.more,
        "max_fewer" => text.fewer,
        "max_failures" => text.failures,
        other => other,
    }
}

fn form(
    rule: &RuleName,
    newest: &InstallView,
    replace: Option<&Name>,
    conditions: &[GateCondition],
    refused: Option<&Refused<'_>>,
) -> Markup {
    let text = &EN.comparison;
    let is_met = conditions.iter().all(|condition| condition.is_met);
    let reason = refused.map_or("", |refused| &refused.typed.reason);
    html! {
        form.stack action=(once(&format!("{}/promote", address(rule)))) method="post" {
            input type="hidden" name="version" value=(written(newest.version()));
            input type="hidden" name="replace" value=[replace.map(Name::as_str)];
            @if !is_met || !reason.is_empty() {
                label for="reason" { (text.override_reason) }
                textarea #reason name="reason" rows="3" maxlength="1000" aria-describedby="reason-hint" { (reason) }
                p.note #reason-hint { (text.override_hint) }
            }
            p {
                @match replace {
                    Some(replace) => ((text.takes_place)(replace.as_str())),
                    None => (text.goes_live),
                }
            }
            button.primary type="submit" {
                @match replace {
                    Some(replace) => ((text.promote_over)(replace.as_str())),
                    None => (text.promote),
                }
            }
        }
    }
}
