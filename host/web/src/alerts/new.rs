//! Making an alert by hand: first its type, then what the type asks for.

use std::sync::Arc;

use app::App;
use app::alert_types;
use app::alerts::InfoError;
use app::alerts::create::{self, CreateAlertError, NewAlert};
use app::caller::Caller;
use app::request::Once;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::alert::is_transaction_type;
use domain::rule::Level;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{AlertType, Permission};

use super::info_form;
use crate::browser::{SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;

impl From<CreateAlertError> for Failure {
    fn from(error: CreateAlertError) -> Self {
        use CreateAlertError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Invalid(_) | E::NoSuchType(_) | E::Info(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Repeat(_) => StatusCode::CONFLICT,
            E::Read(_) | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        match &error {
            E::Invalid(invalid) | E::Info(InfoError::Invalid(invalid)) => {
                Self::new(status, invalid.in_full())
            }
            error => Self::new(status, error.to_string()),
        }
    }
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    /// The alert type's name; empty until one is chosen.
    #[serde(rename = "type")]
    kind: String,
}

/// What was typed, as names and texts: which fields there are depends on the type.
#[derive(Clone, Debug, Default)]
struct TypedAlert(Vec<(String, String)>);

impl TypedAlert {
    fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(typed, _)| typed == name);
        found.map_or("", |(_, text)| text.trim())
    }

    /// A text; none if it is empty.
    fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|text| !text.is_empty())
    }

    /// Entries that are separated by line breaks or commas.
    fn entries(&self, name: &str) -> Vec<String> {
        let entries = self.text(name).split(['\n', ',']).map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        entries.map(str::to_owned).collect()
    }
}

pub(crate) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    caller.require(Permission::AlertWrite)?;
    let chosen: Chosen =
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let kinds = alert_types::list(&caller)?;
    match kinds.iter().find(|kind| kind.name == chosen.kind) {
        Some(kind) => Ok(form(&caller, kind, &TypedAlert::default(), None)),
        None => Ok(choose(&caller, &kinds, None)),
    }
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(fields): Typed<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    caller.require(Permission::AlertWrite)?;
    let typed = TypedAlert(fields);
    let kinds = alert_types::list(&caller)?;
    let Some(kind) = kinds.iter().find(|kind| kind.name == typed.text("type")) else {
        let refused = Failure::no_choice(EN.queue.kind, typed.text("type"));
        let page = choose(&caller, &kinds, Some(&refused));
        return Ok((refused.status(), page).into_response());
    };
    match make(&app, &caller, kind, &typed).await {
        Ok(to) => Ok(to.into_response()),
        Err(failure) => {
            let page = form(&caller, kind, &typed, Some(&failure));
            Ok((failure.status(), page).into_response())
        }
    }
}

async fn make(
    app: &Arc<App>,
    caller: &Caller,
    kind: &AlertType,
    typed: &TypedAlert,
) -> Result<Redirect, Failure> {
    let fields = info_form::of_type(kind);
    let info = info_form::read(&fields, &typed.0);
    let info = info.map_err(|detail| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail))?;
    let has_schema = kind.info_schema.is_some();
    let level = |name: &str| match typed.text(name) {
        "" => Ok(None),
        text => Level::parse(text).map(Some).ok_or_else(|| {
            let detail = EN.failure.no_such_level;
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }),
    };
    let new = NewAlert {
        team: typed.text("team").to_owned(),
        title: typed.text("title").to_owned(),
        incident_type: kind.name.clone(),
        dprofile_id: typed.some("customer"),
        user_id: typed.some("mine").map(|_| caller.id.to_string()),
        severity: level("severity")?,
        priority: level("priority")?,
        due_date: None,
        labels: typed.entries("labels"),
        info: Some(info).filter(|info| has_schema || !info.is_empty()),
        txn_ids: typed.entries("transactions"),
    };
    let made = create::create(app, caller, new, Once::unkeyed()).await?;
    Ok(Redirect::to(&format!("/alerts/{}", made.id)))
}

fn choose(caller: &Caller, kinds: &[AlertType], refused: Option<&Failure>) -> Markup {
    let text = &EN.new_alert;
    let content = html! {
        p.crumbs { a href="/alerts" { (EN.alert.back) } }
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        section.card {
            p { (text.choose) }
            ul.plain {
                @for kind in kinds {
                    li {
                        a href={ "/alerts/new?type=" (kind.name) } { (kind.title) }
                        @if !kind.description.is_empty() { " " span.note { (kind.description) } }
                    }
                }
            }
        }
    };
    frame::page(caller, Part::Alerts, text.title, &content)
}

fn form(
    caller: &Caller,
    kind: &AlertType,
    typed: &TypedAlert,
    refused: Option<&Failure>,
) -> Markup {
    let (text, queue, alert) = (&EN.new_alert, &EN.queue, &EN.alert);
    let definitions = caller.definitions();
    let user = definitions.users.get(&caller.id);
    let current = user
        .and_then(|user| user.current_team())
        .unwrap_or_default();
    let team = typed.some("team").unwrap_or_else(|| current.to_owned());
    let level = |name: &str, title: &str| {
        html! {
            label for=(name) { (title) }
            select id=(name) name=(name) {
                option value="" { (text.as_the_type) }
                @for one in [Level::High, Level::Medium, Level::Low] {
                    option value=(one.as_str()) selected[one.as_str() == typed.text(name)] { (one.as_str()) }
                }
            }
        }
    };
    let content = html! {
        p.crumbs { a href="/alerts/new" { (text.other_type) } }
        h1 { (text.title) ": " (kind.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        section.card {
            form.stack action=(once("/alerts/new")) method="post" {
                input type="hidden" name="type" value=(kind.name);
                label for="title" { (text.alert_title) }
                input #title name="title" required maxlength="200" value=(typed.text("title"));
                label for="team" { (queue.team) }
                select #team name="team" required {
                    @for one in definitions.teams.iter() {
                        option value=(one.name) selected[one.name == team] { (one.title) }
                    }
                }
                label for="customer" { (queue.customer) }
                input #customer name="customer" maxlength="200" value=(typed.text("customer"));
                @if is_transaction_type(&kind.name) {
                    label for="transactions" { (alert.transactions) }
                    textarea #transactions name="transactions" rows="3" aria-describedby="transactions-hint" {
                        (typed.text("transactions"))
                    }
                    p.note #transactions-hint { (text.transactions_hint) }
                }
                (level("severity", queue.severity))
                (level("priority", alert.priority))
                label for="labels" { (alert.labels) }
                input #labels name="labels" aria-describedby="labels-hint" value=(typed.text("labels"));
                p.note #labels-hint { (alert.labels_hint) }
                (info_form::show(&info_form::of_type(kind), &typed.0))
                label.tick {
                    input type="checkbox" name="mine" checked[typed.some("mine").is_some()];
                    " " (alert.take)
                }
                button.primary type="submit" { (text.submit) }
            }
        }
    };
    frame::page(caller, Part::Alerts, text.title, &content)
}
