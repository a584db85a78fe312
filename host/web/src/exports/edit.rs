//! Defining an export, and changing its definition.

use std::sync::Arc;

use app::App;
use app::alerts::FilterError;
use app::caller::Caller;
use app::exports::define::{self, PutExport, PutExportError};
use app::exports::formatter::FormatterError;
use app::exports::read;
use app::plugin_config::ConfigError;
use app::request::{Expected, FieldFault, Invalid};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::name::Name;
use engine::lane::UnknownValue;
use maud::{Markup, html};
use tenant::Permission;

use super::form::TypedExport;
use super::{fields, name_of, page, place_fields};
use crate::browser::{Named, SignedIn, Typed};
use crate::failure::{Failure, in_words, title_of};
use crate::frame::{self, Part};
use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// Why an export was not defined, a sentence for each fault.
#[derive(Debug, Default)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) faults: Vec<String>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self {
            status: failure.status(),
            faults: vec![failure.detail().to_owned()],
        }
    }
}

impl Refused {
    /// Why, in the words of the form.
    fn of(error: &PutExportError, typed: &TypedExport) -> Self {
        use PutExportError as E;
        let status = match error {
            E::Forbidden(_) => StatusCode::FORBIDDEN,
            E::Formatter(FormatterError::Panicked(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            E::Formatter(FormatterError::Config(
                ConfigError::TookTooLong(_) | ConfigError::Room(_),
            ))
            | E::Filter(FilterError::NotWhole(_) | FilterError::Read(_))
            | E::Lane(_) => StatusCode::SERVICE_UNAVAILABLE,
            E::Formatter(_) | E::Filter(_) | E::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Stale(_) => StatusCode::PRECONDITION_FAILED,
            E::DeletedPlugin(_) => StatusCode::CONFLICT,
        };
        let faults = match error {
            E::Invalid(invalid)
            | E::Formatter(FormatterError::Config(ConfigError::Invalid(invalid))) => {
                faults(invalid, &typed.place_titles())
            }
            E::Filter(FilterError::Unknown(values)) => {
                values.iter().map(UnknownValue::detail).collect()
            }
            error => vec![in_words(&error.to_string())],
        };
        Self { status, faults }
    }
}

/// The whole, and each value at fault, as the form calls it.
fn faults(invalid: &Invalid, places: &[String]) -> Vec<String> {
    if invalid.faults.is_empty() {
        return vec![in_words(&invalid.detail)];
    }
    let sentence = |fault: &FieldFault| {
        let (field, detail) = (&*fault.field, &*fault.detail);
        if let Some(place) = place_of(field, places) {
            return format!("{place}: {detail}");
        }
        // A place within what is typed as the configuration.
        if let Some(within) = field.strip_prefix("formatter.config/") {
            return format!("{}/{within}: {detail}", EN.export_form.config);
        }
        match detail.contains(field) {
            true => in_words(detail),
            false => format!("{}: {}", title_of(field).unwrap_or(field), in_words(detail)),
        }
    };
    invalid.faults.iter().map(sentence).collect()
}

/// What the form calls the field of a place, such as `deliveries[0].url`.
fn place_of(field: &str, places: &[String]) -> Option<String> {
    let text = &EN.export_form;
    let (number, member) = field.strip_prefix("deliveries[")?.split_once("].")?;
    let place = places.get(number.parse::<usize>().ok()?)?;
    let member = match member {
        "url" => text.url,
        "bucket" => text.bucket_name,
        "prefix" => text.prefix,
        "region" => text.region,
        "endpoint" => text.endpoint,
        "access_key_id" => text.key_id,
        "secret_access_key" => text.secret_key,
        // The place itself is at fault.
        _ => return Some(place.clone()),
    };
    Some(format!("{place}, {member}"))
}

pub(crate) async fn show_new(SignedIn { caller, .. }: SignedIn) -> Result<Markup, Failure> {
    caller.require(Permission::ExportWrite)?;
    Ok(form(
        &caller,
        None,
        &TypedExport::new(),
        &Refused::default(),
    ))
}

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedExport>,
) -> Result<Response, Failure> {
    caller.require(Permission::ExportWrite)?;
    let name = Name::new(typed.name.trim()).map_err(|error| Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        faults: vec![format!("'{}': {error}", EN.exports.name)],
    });
    let put = match name {
        Ok(name) => put(&app, &caller, name, Expected::absent(), &typed).await,
        Err(refused) => Err(refused),
    };
    Ok(match put {
        Ok(put) => defined(&app, &caller, &put).await,
        Err(refused) => {
            let page = form(&caller, None, &typed, &refused);
            (refused.status, page).into_response()
        }
    })
}

pub(crate) async fn show_change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
) -> Result<Markup, Failure> {
    let view = read::read(&app, &caller, &name).await?;
    caller.require(Permission::ExportWrite)?;
    let typed = TypedExport::of(&view.export, &Zone::of(&caller));
    Ok(form(&caller, Some(&name), &typed, &Refused::default()))
}

pub(crate) async fn change(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(name): Named<String>,
    Typed(typed): Typed<TypedExport>,
) -> Result<Response, Failure> {
    caller.require(Permission::ExportWrite)?;
    read::read(&app, &caller, &name).await?;
    let expected = Expected::version(typed.version);
    let refused = match put(&app, &caller, name_of(&name)?, expected, &typed).await {
        Ok(put) => return Ok(defined(&app, &caller, &put).await),
        Err(refused) => refused,
    };
    // Those who see what changed may save over it.
    let version = read::read(&app, &caller, &name).await?.export.version;
    let typed = TypedExport { version, ..typed };
    let page = form(&caller, Some(&name), &typed, &refused);
    Ok((refused.status, page).into_response())
}

async fn put(
    app: &App,
    caller: &Caller,
    name: Name,
    expected: Expected,
    typed: &TypedExport,
) -> Result<PutExport, Refused> {
    let new = typed.read(&Zone::of(caller))?;
    let put = define::put(app, caller, name.clone(), expected, new).await;
    put.map_err(|error| match error {
        PutExportError::Stale(_) if typed.version > 0 => Refused {
            status: StatusCode::PRECONDITION_FAILED,
            faults: vec![EN.export_form.changed.to_owned()],
        },
        PutExportError::Stale(_) => Refused {
            status: StatusCode::CONFLICT,
            faults: vec![(EN.export_form.exists)(name.as_str())],
        },
        error => Refused::of(&error, typed),
    })
}

/// Leads to the export, or shows it with the secrets of its new webhooks: those are shown this once.
async fn defined(app: &Arc<App>, caller: &Caller, put: &PutExport) -> Response {
    let name = &put.export.export.name;
    if put.new_secrets.is_empty() {
        return Redirect::to(&format!("/exports/{name}")).into_response();
    }
    let secrets = put.new_secrets.iter();
    let secrets = secrets.map(|secret| page::ShownSecret {
        url: secret.url.clone(),
        secret: secret.secret.expose().to_owned(),
        former_until: None,
    });
    let beside = page::Beside {
        secrets: secrets.collect(),
        ..page::Beside::default()
    };
    match page::render(app, caller, name, None, &beside).await {
        Ok(page) => page.into_response(),
        Err(failure) => failure.into_response(),
    }
}

/// The form; `name` is that of an export that is changed.
fn form(caller: &Caller, name: Option<&str>, typed: &TypedExport, refused: &Refused) -> Markup {
    let (text, exports) = (&EN.export_form, &EN.exports);
    let title = name.map_or_else(|| exports.new.to_owned(), |name| (text.change)(name));
    let (action, back, back_title) = match name {
        Some(name) => (
            format!("/exports/{name}/change"),
            format!("/exports/{name}"),
            text.back,
        ),
        None => (
            "/new-export".to_owned(),
            "/exports".to_owned(),
            exports.back,
        ),
    };
    let content = html! {
        p.crumbs { a href=(back) { (back_title) } }
        h1 { (title) }
        (refusal(refused))
        form action=(once(&action)) method="post" {
            input type="hidden" name="version" value=(typed.version);
            (fields::format(caller, name.is_none(), typed))
            (fields::schedule(caller, typed))
            (fields::alerts(caller, typed))
            (place_fields::places(typed))
            (fields::files(caller, typed))
            button.primary type="submit" {
                @if name.is_some() { (text.save) } @else { (text.create) }
            }
        }
    };
    frame::page(caller, Part::Exports, &title, &content)
}

fn refusal(refused: &Refused) -> Markup {
    html! {
        @match &*refused.faults {
            [] => {}
            [fault] => (frame::alarm(fault)),
            faults => {
                div.alarm role="alert" tabindex="-1" autofocus {
                    ul.ids { @for fault in faults { li { (fault) } } }
                }
            }
        }
    }
}
