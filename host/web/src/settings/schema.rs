//! Settings → Teams → Payload schema: what a team's transactions must have, a row for each field.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::installed_plans::PlansError;
use app::request::{Expected, Invalid};
use app::teams;
use app::teams::payload_schema::{
    self, MAX_DESCRIPTION, NewPayloadSchema, PutPayloadSchemaError, SchemaPreview,
};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use domain::payload::{AdditionalFields, Field, FieldType, Sensitivity};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Permission, Team};

use crate::browser::{Named, SignedIn, Typed};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

/// So many empty rows stand below those that are there.
const EMPTY_ROWS: usize = 5;

/// A schema, as it was typed: of each list the values of one row stand at the same place.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedSchema {
    /// The version that was changed; 0 for the first.
    version: u64,
    name: Vec<String>,
    #[serde(rename = "type")]
    kind: Vec<String>,
    description: Vec<String>,
    visibility: Vec<String>,
    additional: String,
    timezone: String,
    step: Step,
}

/// Which button was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Say what it would change and break.
    Try,
    #[default]
    Save,
}

/// A row of the form.
struct Row<'t> {
    name: &'t str,
    kind: &'t str,
    description: &'t str,
    visibility: &'t str,
}

impl TypedSchema {
    /// The team's schema as it is now.
    fn of(team: &Team) -> Self {
        let Some(record) = team.schemas.last() else {
            return Self::default();
        };
        let schema = record.compiled();
        let mut typed = Self {
            version: record.version.into(),
            additional: additional_text(schema.additional_fields()).to_owned(),
            timezone: record.default_timezone.clone().unwrap_or_default(),
            ..Self::default()
        };
        for field in schema.fields() {
            typed.name.push(field.name.clone());
            typed.kind.push(field.field_type.as_str().to_owned());
            typed.description.push(field.description.clone());
            typed
                .visibility
                .push(visibility_text(field.sensitivity).to_owned());
        }
        typed
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.name.len()).map(|at| Row {
            name: self.name[at].trim(),
            kind: self.kind.get(at).map_or("", String::as_str),
            description: self.description.get(at).map_or("", String::as_str).trim(),
            visibility: self.visibility.get(at).map_or("", String::as_str),
        })
    }

    /// The rows in which something was typed.
    fn named(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows()
            .filter(|row| !row.name.is_empty() || !row.description.is_empty())
    }

    /// The schema that was typed.
    fn read(&self) -> Result<NewPayloadSchema, Failure> {
        let text = &EN.schema;
        let field = |row: Row<'_>| {
            Ok(Field {
                name: row.name.to_owned(),
                field_type: FieldType::parse(row.kind)
                    .ok_or_else(|| Failure::no_choice(text.kind, row.kind))?,
                description: row.description.to_owned(),
                sensitivity: visibility(row.visibility)
                    .ok_or_else(|| Failure::no_choice(text.visibility, row.visibility))?,
            })
        };
        let timezone = Some(self.timezone.trim().to_owned());
        Ok(NewPayloadSchema {
            fields: self.named().map(field).collect::<Result<_, Failure>>()?,
            additional_fields: additional(&self.additional)
                .ok_or_else(|| Failure::no_choice(text.additional, &self.additional))?,
            default_timezone: timezone.filter(|timezone| !timezone.is_empty()),
        })
    }
}

pub(crate) async fn show(
    SignedIn { caller, .. }: SignedIn,
    Named(team): Named<String>,
) -> Result<Markup, Failure> {
    let team = teams::read(&caller, &team)?;
    let typed = TypedSchema::of(&team);
    Ok(page(&caller, &team, &typed, &Shown::Form))
}

pub(crate) async fn put(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(typed): Typed<TypedSchema>,
) -> Result<Response, Failure> {
    caller.require(Permission::TeamWrite)?;
    let team = teams::read(&caller, &name)?;
    let name = Name::new(&name).map_err(|_| {
        let detail = EN.failure.no_page;
        Failure::new(StatusCode::NOT_FOUND, detail)
    })?;
    let expected = match typed.version {
        0 => Expected::absent(),
        version => Expected::version(version),
    };
    let done = match (typed.read(), typed.step) {
        (Ok(new), Step::Try) => match payload_schema::preview(&app, &caller, &name, &new).await {
            Ok(preview) => {
                let page = page(&caller, &team, &typed, &Shown::Preview(&preview));
                return Ok(page.into_response());
            }
            Err(error) => Err(error.into()),
        },
        (Ok(new), Step::Save) => payload_schema::put(&app, &caller, name, expected, new)
            .await
            .map_err(Refused::from),
        (Err(failure), _) => Err(Refused {
            status: failure.status(),
            faults: vec![failure.detail().to_owned()],
            is_stale: false,
        }),
    };
    match done {
        Ok(_) => {
            let to = format!("/settings/teams#team-of-{}", team.name);
            Ok(Redirect::to(&to).into_response())
        }
        Err(refused) => {
            // Whoever reads what changed may save over it.
            let now = teams::read(&caller, &team.name)?;
            let version = now.schemas.last().map_or(0, |record| record.version.into());
            let typed = TypedSchema { version, ..typed };
            let page = page(&caller, &now, &typed, &Shown::Refused(&refused));
            Ok((refused.status, page).into_response())
        }
    }
}

/// What the page says of the form that was sent.
enum Shown<'s> {
    /// The form was not sent yet.
    Form,
    Preview(&'s SchemaPreview),
    Refused(&'s Refused),
}

/// Why a schema was not set, a sentence for each fault.
struct Refused {
    status: StatusCode,
    faults: Vec<String>,
    /// Somebody changed the schema meanwhile.
    is_stale: bool,
}

impl From<PutPayloadSchemaError> for Refused {
    fn from(error: PutPayloadSchemaError) -> Self {
        use PutPayloadSchemaError as E;
        let status = match &error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::NoSuchTeam(_) => StatusCode::NOT_FOUND,
            E::Stale(_) => StatusCode::PRECONDITION_FAILED,
            E::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Misfits(_)
            | E::SchemasTooLarge(_)
            | E::Plans(PlansError::Unknown { .. } | PlansError::Changing) => StatusCode::CONFLICT,
            E::Plans(PlansError::Panicked(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let is_stale = matches!(error, E::Stale(_));
        let faults = match error {
            E::Stale(_) => vec![EN.schema.changed.to_owned()],
            E::Misfits(faults) => faults,
            E::Invalid(Invalid { detail, faults }) if faults.is_empty() => vec![detail],
            E::Invalid(invalid) => {
                let faults = invalid.faults.into_iter();
                faults.map(|fault| fault.detail).collect()
            }
            error => vec![error.to_string()],
        };
        Self {
            status,
            faults,
            is_stale,
        }
    }
}

fn page(caller: &Caller, team: &Team, typed: &TypedSchema, shown: &Shown<'_>) -> Markup {
    let text = &EN.schema;
    let title = (text.title)(&team.title);
    let may_write = caller.may(Permission::TeamWrite);
    let empty = || Row {
        name: "",
        kind: FieldType::Text.as_str(),
        description: "",
        visibility: visibility_text(Sensitivity::Open),
    };
    let rows = typed
        .named()
        .chain(std::iter::repeat_with(empty).take(EMPTY_ROWS));
    let choices = [
        AdditionalFields::Reject,
        AdditionalFields::Ignore,
        AdditionalFields::Keep,
    ];
    let choice = |one: AdditionalFields| match one {
        AdditionalFields::Reject => text.reject,
        AdditionalFields::Ignore => text.ignore,
        AdditionalFields::Keep => text.keep,
    };
    let content = html! {
        (tabs(caller, EN.teams.title))
        p.crumbs { a href={ "/settings/teams#team-of-" (team.name) } { (text.back) } }
        h1 { (title) }
        @match shown {
            Shown::Form => {}
            Shown::Preview(preview) => (previewed(preview)),
            Shown::Refused(refused) => {
                (frame::alarm(&refused.faults.join("; ")))
                @if refused.is_stale && may_write { (as_it_is(team)) }
            }
        }
        @if may_write {
            form.card action=(once(&format!("/settings/teams/{}/schema", team.name))) method="post" {
                input type="hidden" name="version" value=(typed.version);
                p { (text.always) }
                div.wide {
                    table.rows {
                        thead {
                            tr {
                                th scope="col" { (text.field) }
                                th scope="col" { (text.kind) }
                                th scope="col" { (text.description) }
                                th scope="col" { (text.visibility) }
                            }
                        }
                        tbody { @for (at, row) in rows.enumerate() { (field_row(at + 1, &row)) } }
                    }
                }
                p.note { (text.rows_hint) }
                div.stack {
                    label for="additional" { (text.additional) }
                    select #additional name="additional" {
                        @for one in choices {
                            @let value = additional_text(one);
                            option value=(value) selected[value == typed.additional] { (choice(one)) }
                        }
                    }
                    label for="timezone" { (text.timezone) }
                    input #timezone name="timezone" value=(typed.timezone) aria-describedby="timezone-hint";
                    p.note #timezone-hint { (text.timezone_hint) }
                }
                div.buttons {
                    button.primary type="submit" name="step" value="save" { (text.save) }
                    button type="submit" name="step" value="try" { (text.try_it) }
                }
            }
        } @else {
            (as_it_is(team))
            p.note { ((EN.elements.needs)(Permission::TeamWrite.as_str())) }
        }
    };
    frame::page(caller, Part::Settings, &title, &content)
}

/// What the schema would change, and which rules it would break.
fn previewed(preview: &SchemaPreview) -> Markup {
    let text = &EN.schema;
    let changes = [
        (text.added, &preview.added),
        (text.removed, &preview.removed),
        (text.changed_fields, &preview.changed),
    ];
    html! {
        section.card aria-labelledby="preview" {
            h2 #preview tabindex="-1" autofocus { (text.preview) }
            @if !preview.breaks.is_empty() {
                p.alarm { (text.breaks) }
                ul { @for fault in &preview.breaks { li { (fault) } } }
            } @else if !preview.is_new {
                p { (text.same) }
            } @else {
                p.done { ((text.fits)(preview.version)) }
            }
            @for (title, fields) in changes {
                @if !fields.is_empty() {
                    p { (title) ": " @for field in fields { code { (field) } " " } }
                }
            }
            @if preview.rules.is_empty() {
                p.note { (text.no_rules) }
            } @else if preview.breaks.is_empty() {
                p { (text.rules_fit) " " @for rule in &preview.rules { code { (rule) } " " } }
            }
        }
    }
}

/// The fields of the schema as it is now: for those who may not change it, or whose change came late.
fn as_it_is(team: &Team) -> Markup {
    let text = &EN.schema;
    let now = TypedSchema::of(team);
    html! {
        section.card aria-labelledby="now" {
            h2 #now { (text.now) }
            ul.ids {
                @for row in now.named() { li { code { (row.name) } " " (row.kind) ", " (row.visibility) } }
            }
        }
    }
}

fn field_row(number: usize, row: &Row<'_>) -> Markup {
    let text = &EN.schema;
    let of_row = (text.row)(number);
    let label = |what: &str| format!("{what}, {of_row}");
    let choices = [Sensitivity::Open, Sensitivity::Mask, Sensitivity::Hash];
    let choice = |one: Sensitivity| match one {
        Sensitivity::Open => text.open,
        Sensitivity::Mask => text.mask,
        Sensitivity::Hash => text.hash,
    };
    html! {
        tr {
            td { input name="name" maxlength="100" spellcheck="false" aria-label=(label(text.field)) value=(row.name); }
            td {
                select name="type" aria-label=(label(text.kind)) {
                    @for kind in FieldType::ALL {
                        option value=(kind.as_str()) selected[kind.as_str() == row.kind] { (kind.as_str()) }
                    }
                }
            }
            td { input name="description" maxlength=(MAX_DESCRIPTION) aria-label=(label(text.description)) value=(row.description); }
            td {
                select name="visibility" aria-label=(label(text.visibility)) {
                    @for one in choices {
                        @let value = visibility_text(one);
                        option value=(value) selected[value == row.visibility] { (choice(one)) }
                    }
                }
            }
        }
    }
}

fn visibility_text(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Open => "open",
        Sensitivity::Mask => "mask",
        Sensitivity::Hash => "hash",
    }
}

fn visibility(text: &str) -> Option<Sensitivity> {
    let all = [Sensitivity::Open, Sensitivity::Mask, Sensitivity::Hash];
    all.into_iter().find(|one| visibility_text(*one) == text)
}

fn additional_text(additional: AdditionalFields) -> &'static str {
    match additional {
        AdditionalFields::Reject => "reject",
        AdditionalFields::Ignore => "ignore",
        AdditionalFields::Keep => "keep",
    }
}

fn additional(text: &str) -> Option<AdditionalFields> {
    let all = [
        AdditionalFields::Reject,
        AdditionalFields::Ignore,
        AdditionalFields::Keep,
    ];
    all.into_iter().find(|one| additional_text(*one) == text)
}
