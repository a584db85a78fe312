//! What else is known of an alert: its transactions, and its info, shown and changed as the alert's type says.

use app::alerts::change::{self, AlertFields};
use app::caller::Caller;
use app::request::{Edit, Expected};
use axum::http::StatusCode;
use axum::response::Response;
use json::{JsonObject, JsonValue};
use maud::{Markup, html};
use tenant::Permission;

use super::answer::{Kept, Known, Notice, OnAlert};
use super::info_form::{self, InfoField};
use super::shown::Shown;
use crate::browser::Typed;
use crate::failure::Failure;
use crate::text::EN;
use crate::transactions;

pub(crate) async fn change(on: OnAlert, Typed(typed): Typed<Vec<(String, String)>>) -> Response {
    let version = typed.iter().find(|(name, _)| name == "version");
    let version = version.and_then(|(_, text)| text.parse().ok());
    let version = version.unwrap_or_default();
    let done = set_info(&on, version, &typed).await;
    let kept = Kept {
        info: Some(&typed),
        known: Known::alert(version),
        ..Kept::default()
    };
    on.answer(done, "#details", kept).await
}

async fn set_info(on: &OnAlert, version: u64, typed: &[(String, String)]) -> Result<(), Failure> {
    let caller = on.caller();
    caller.require(Permission::AlertWrite)?;
    let full = app::alerts::read::read(&on.app, caller, on.alert).await?;
    let kind = caller.definitions().alert_type(&full.alert.incident_type);
    let fields = kind.as_ref().map(info_form::of_type).unwrap_or_default();
    let typed = info_form::read(&fields, typed);
    let typed = typed.map_err(|detail| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    let edit = Edit::new(move |before: AlertFields| {
        Ok(AlertFields {
            info: info_form::merged(before.info, &fields, &typed),
            ..before
        })
    });
    let expected = Expected::version(version);
    change::change(&on.app, caller, on.alert, expected, edit).await?;
    Ok(())
}

/// Transactions and info; nothing where there are none.
pub(super) fn section(shown: &Shown<'_>, caller: &Caller, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    let alert = &shown.full.alert;
    let content = alert.content();
    let info = JsonObject::read_stored(&content.info).unwrap_or_default();
    let kind = caller.definitions().alert_type(&alert.incident_type);
    let fields = kind.as_ref().map(info_form::of_type).unwrap_or_default();
    let may_change = caller.may(Permission::AlertWrite) && shown.is_whole() && !fields.is_empty();
    html! {
        @if !alert.txn_ids.is_empty() {
            section.card aria-labelledby="transactions" {
                h2 #transactions { (text.transactions) }
                ul.ids { @for txn_id in &alert.txn_ids { li { (transactions::link(caller, &alert.team, txn_id)) } } }
            }
        }
        @if !info.is_empty() || may_change {
            section.card aria-labelledby="details" {
                h2 #details { (text.info) }
                (members(&info, &fields))
                @if may_change { (form(shown, &info, &fields, notice)) }
            }
        }
    }
}

/// Each member of an info: short ones as such, lists and objects as JSON.
fn members(info: &JsonObject, fields: &[InfoField]) -> Markup {
    let title = |name: &str| {
        let field = fields.iter().find(|field| field.is(name));
        field.map_or_else(|| name.to_owned(), |field| field.title().to_owned())
    };
    let is_long = |value: &JsonValue| matches!(value, JsonValue::Array(_) | JsonValue::Object(_));
    html! {
        dl {
            @for (name, value) in info.iter().filter(|(_, value)| !is_long(value)) {
                dt { (title(name)) }
                dd {
                    @match value {
                        JsonValue::String(text) => (text),
                        JsonValue::Bool(truth) => (EN.history.truth(*truth)),
                        JsonValue::Null => (EN.history.nothing),
                        other => (other.to_string()),
                    }
                }
            }
        }
        @for (name, value) in info.iter().filter(|(_, value)| is_long(value)) {
            details { summary { (title(name)) } pre tabindex="0" { (value.to_string()) } }
        }
    }
}

/// The form of the alert's type with the info as it is, or as it was typed.
fn form(
    shown: &Shown<'_>,
    info: &JsonObject,
    fields: &[InfoField],
    notice: Option<&Notice<'_>>,
) -> Markup {
    let typed = notice.and_then(|notice| notice.kept.info);
    let values = typed.map_or_else(|| info_form::as_typed(fields, info), <[_]>::to_vec);
    html! {
        details open[typed.is_some()] {
            summary { (EN.alert.edit_info) }
            form.stack action=(shown.action("info")) method="post" {
                input type="hidden" name="version" value=(shown.full.alert.version);
                (info_form::show(fields, &values))
                button type="submit" { (EN.alert.save) }
            }
        }
    }
}
