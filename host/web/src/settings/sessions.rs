//! Settings → Fetched transactions: which team monitors what account-aggregation sessions fetch.

use std::collections::BTreeMap;

use app::caller::Caller;
use app::request::Expected;
use app::settings::session_settings::{self, NewSessionSettings, PutSessionSettingsError};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, SessionSettings};

use crate::browser::{SignedIn, Typed};
use crate::elements::permitted;
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

/// So many empty rows stand below those that are there.
const EMPTY_ROWS: usize = 4;

/// What was typed: field and source of a row stand at the same place of their lists.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedSettings {
    version: u64,
    /// Empty where no team monitors them.
    team: String,
    field: Vec<String>,
    source: Vec<String>,
}

impl TypedSettings {
    fn of(settings: &SessionSettings) -> Self {
        Self {
            version: settings.version,
            team: settings.team.clone().unwrap_or_default(),
            field: settings.fields.keys().cloned().collect(),
            source: settings.fields.values().cloned().collect(),
        }
    }

    /// The rows in which something was typed.
    fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.field.iter().zip(&self.source);
        let rows = rows.map(|(field, source)| (field.trim(), source.trim()));
        rows.filter(|(field, source)| !field.is_empty() || !source.is_empty())
    }

    fn read(&self) -> Result<NewSessionSettings, Failure> {
        let team = match self.team.as_str() {
            "" => None,
            text => {
                let team = Name::new(text);
                Some(team.map_err(|_| Failure::no_choice(EN.queue.team, text))?)
            }
        };
        let fields = self.rows();
        let fields = fields.map(|(field, source)| (field.to_owned(), source.to_owned()));
        Ok(NewSessionSettings {
            team,
            fields: fields.collect::<BTreeMap<_, _>>(),
        })
    }
}

impl From<PutSessionSettingsError> for Failure {
    fn from(error: PutSessionSettingsError) -> Self {
        use PutSessionSettingsError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Stale(_) => return Self::new(StatusCode::PRECONDITION_FAILED, EN.elements.changed),
            E::Invalid(invalid) => {
                return Self::new(StatusCode::UNPROCESSABLE_ENTITY, invalid.in_full());
            }
            E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

pub(super) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Result<Markup, Failure> {
    let settings = session_settings::read(&caller)?;
    let typed = TypedSettings::of(&settings);
    Ok(page(&caller, &typed, None, uri.query() == Some("saved")))
}

pub(super) async fn put(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedSettings>,
) -> Result<Response, Failure> {
    caller.require(Permission::TeamWrite)?;
    let done = match typed.read() {
        Ok(new) => {
            let expected = Expected::version(typed.version);
            let done = session_settings::put(&caller, expected, new).await;
            done.map(drop).map_err(Failure::from)
        }
        Err(refused) => Err(refused),
    };
    let Err(refused) = done else {
        return Ok(Redirect::to("/settings/sessions?saved").into_response());
    };
    let version = session_settings::read(&caller)?.version;
    let typed = TypedSettings { version, ..typed };
    let page = page(&caller, &typed, Some(&refused), false);
    Ok((refused.status(), page).into_response())
}

fn page(
    caller: &Caller,
    typed: &TypedSettings,
    refused: Option<&Failure>,
    was_saved: bool,
) -> Markup {
    let text = &EN.session_settings;
    let is_fixed = !caller.may(Permission::TeamWrite);
    let definitions = caller.definitions();
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if was_saved { p.done role="status" { (text.saved) } }
        section.card {
            p { (text.hint) }
            form.stack action=(once("/settings/sessions")) method="post" {
                input type="hidden" name="version" value=(typed.version);
                label for="team" { (text.team) }
                select #team name="team" disabled[is_fixed] {
                    option value="" { (text.no_team) }
                    @for team in definitions.teams.iter() {
                        option value=(team.name) selected[team.name == typed.team] { (team.title) }
                    }
                }
                h2 { (text.fields) }
                p.note { (text.fields_hint) }
                (rows(typed, is_fixed))
                (permitted(caller, Permission::TeamWrite, EN.elements.save, || html! {
                    button.primary type="submit" { (EN.elements.save) }
                }))
            }
        }
    };
    frame::page(caller, Part::Settings, text.title, &content)
}

fn rows(typed: &TypedSettings, is_fixed: bool) -> Markup {
    let text = &EN.session_settings;
    let empty = std::iter::repeat_n(("", ""), if is_fixed { 0 } else { EMPTY_ROWS });
    html! {
        div.wide {
            table.rows {
                thead { tr { th scope="col" { (text.field) } th scope="col" { (text.source) } } }
                tbody {
                    @for (at, (field, source)) in typed.rows().chain(empty).enumerate() {
                        @let of_row = (text.row)(at + 1);
                        tr {
                            td { input name="field" maxlength="100" spellcheck="false" disabled[is_fixed] aria-label={ (text.field) ", " (of_row) } value=(field); }
                            td { input name="source" maxlength="200" spellcheck="false" disabled[is_fixed] aria-label={ (text.source) ", " (of_row) } value=(source); }
                        }
                    }
                }
            }
        }
    }
}
