//! Trying a condition over an alert that is written by hand.

use app::caller::Caller;
use app::guard_value::{of_object, to_json};
use app::workflow;
use axum::http::StatusCode;
use json::{JsonObject, JsonValue};
use maud::{Markup, html};
use serde::Deserialize;

use crate::failure::Failure;
use crate::once::once;
use crate::text::EN;

/// An alert to begin with.
const EXAMPLE: &str = r#"{
  "severity": "high",
  "priority": "medium",
  "state": "in_progress",
  "labels": ["cash"],
  "comments": [{ "text": "looked at" }],
  "tasks": []
}"#;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedTrial {
    condition: String,
    alert: String,
    scopes: String,
}

/// What a condition says.
pub(super) enum Tried {
    Allows(String),
    Denies(String),
    /// Why it cannot be evaluated, with the place in it.
    Fails(String),
    /// Why it was not tried.
    Refused(String),
}

impl TypedTrial {
    pub(super) fn example() -> Self {
        Self {
            condition: "alert.severity != 'high' or 'AML Supervisor' in security.scope".to_owned(),
            alert: EXAMPLE.to_owned(),
            scopes: "AML Analyst".to_owned(),
        }
    }

    /// Evaluates the condition.
    ///
    /// # Errors
    /// If the caller may not, or what was typed is no condition or no alert.
    pub(super) async fn run(&self, caller: &Caller) -> Result<Tried, Failure> {
        let alert = JsonObject::read(&self.alert).map_err(|fault| {
            let detail = format!("{}: {fault}", EN.workflow.no_alert);
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?;
        let scopes = self.scopes.split(',').map(str::trim);
        let scopes = scopes.filter(|scope| !scope.is_empty());
        let scopes: Vec<JsonValue> = scopes
            .map(|scope| JsonValue::String(scope.to_owned()))
            .collect();
        let mut security = JsonObject::default();
        security.insert("scope", JsonValue::Array(scopes));
        let stand_ins = move || [alert, security].map(|members| of_object(&members));
        let tried = workflow::try_condition(caller, self.condition.clone(), stand_ins).await?;
        Ok(match tried {
            Ok(value) => {
                let shown = to_json(&value).map(|value| value.to_string());
                let shown = shown.unwrap_or_default();
                match value.is_true() {
                    true => Tried::Allows(shown),
                    false => Tried::Denies(shown),
                }
            }
            Err(fault) => Tried::Fails(format!(
                "{}: {}\n{}",
                fault.kind.as_str(),
                fault.detail,
                fault.place
            )),
        })
    }
}

/// The form, and what the condition that was tried says.
pub(super) fn form(typed: &TypedTrial, tried: Option<&Tried>) -> Markup {
    let text = &EN.workflow;
    html! {
        section.card aria-labelledby="try" {
            h2 #try { (text.try_it) }
            p.note { (text.try_hint) }
            @if let Some(tried) = tried { (result(tried)) }
            form.stack action=(once("/settings/workflow/try")) method="post" {
                label for="condition" { (text.condition) }
                textarea #condition name="condition" rows="2" spellcheck="false" { (typed.condition) }
                label for="alert" { (text.alert) }
                textarea #alert name="alert" rows="8" spellcheck="false" { (typed.alert) }
                label for="scopes" { (text.scopes) }
                input #scopes name="scopes" aria-describedby="scopes-hint" value=(typed.scopes);
                p.note #scopes-hint { (text.scopes_hint) }
                button type="submit" { (text.run) }
            }
        }
    }
}

fn result(tried: &Tried) -> Markup {
    let text = &EN.workflow;
    html! {
        div role="status" tabindex="-1" autofocus {
            @match tried {
                Tried::Allows(value) => { p.done { (text.allows) } pre { (value) } }
                Tried::Denies(value) => { p.alarm { (text.denies) } pre { (value) } }
                Tried::Fails(why) => { p.alarm { (text.fails) } pre { (why) } }
                Tried::Refused(why) => { p.alarm { (why) } }
            }
        }
    }
}
