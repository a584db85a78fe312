//! Settings → Preferences: how one likes the pages to be.

use app::caller::Caller;
use app::request::Edit;
use app::users::own::{self, ChangeOwnError, OwnFields};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::{Rows, Theme};

use crate::browser::{SignedIn, Typed};
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::tabs;
use crate::text::EN;

failures! {
    ChangeOwnError {
        CONFLICT: NotAMember,
        UNPROCESSABLE_ENTITY: Invalid,
        SERVICE_UNAVAILABLE: Lane,
    }
}

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedPreferences {
    /// Empty for the tenant's.
    timezone: String,
    theme: Theme,
    rows: u16,
    /// Browsers leave out what is not ticked.
    shortcuts: Option<String>,
}

impl TypedPreferences {
    fn of(caller: &Caller) -> Self {
        let preferences = caller.preferences();
        Self {
            timezone: preferences.timezone.unwrap_or_default(),
            theme: preferences.theme,
            rows: preferences.rows.count(),
            shortcuts: preferences.shortcuts.then(|| "on".to_owned()),
        }
    }
}

pub(crate) async fn show(SignedIn { caller, .. }: SignedIn, uri: Uri) -> Markup {
    let was_changed = uri.query() == Some("changed");
    page(&caller, &TypedPreferences::of(&caller), None, was_changed)
}

pub(crate) async fn change(
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedPreferences>,
) -> Response {
    let new = typed.clone();
    let edit = Edit::new(move |own| {
        let timezone = Some(new.timezone.trim().to_owned());
        Ok(OwnFields {
            timezone: timezone.filter(|timezone| !timezone.is_empty()),
            theme: new.theme,
            rows_per_page: new.rows,
            shortcuts: new.shortcuts.is_some(),
            ..own
        })
    });
    match own::change(&caller, edit).await {
        Ok(_) => Redirect::to("/settings/preferences?changed").into_response(),
        Err(error) => {
            let failure = Failure::from(error);
            let page = page(&caller, &typed, Some(&failure), false);
            (failure.status(), page).into_response()
        }
    }
}

fn page(
    caller: &Caller,
    typed: &TypedPreferences,
    refused: Option<&Failure>,
    was_changed: bool,
) -> Markup {
    let text = &EN.preferences;
    let definitions = caller.definitions();
    let usual = definitions.tenant().map(|tenant| tenant.timezone.as_str());
    let theme = |theme: Theme| match theme {
        Theme::System => text.system,
        Theme::Light => text.light,
        Theme::Dark => text.dark,
    };
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        @if let Some(refused) = refused { (frame::alarm(refused.detail())) }
        @if was_changed { p.done role="status" { (text.changed) } }
        section.card {
            form.stack action=(once("/settings/preferences")) method="post" {
                label for="timezone" { (text.timezone) }
                input #timezone name="timezone" list="zones" value=(typed.timezone)
                    placeholder=[usual] aria-describedby="timezone-hint";
                p.note #timezone-hint { ((text.timezone_hint)(usual.unwrap_or("UTC"))) }
                datalist #zones {
                    @for name in jiff::tz::db().available() { option value=(name) {} }
                }
                label for="theme" { (text.theme) }
                select #theme name="theme" {
                    @for one in Theme::ALL {
                        option value=(one.as_str()) selected[one == typed.theme] { (theme(one)) }
                    }
                }
                label for="rows" { (text.rows) }
                select #rows name="rows" {
                    @for one in Rows::ALL.map(Rows::count) {
                        option value=(one) selected[one == typed.rows] { (one) }
                    }
                }
                label.tick {
                    input type="checkbox" name="shortcuts" checked[typed.shortcuts.is_some()];
                    " " (text.shortcuts)
                }
                p.note { (text.shortcuts_hint) }
                button.primary type="submit" { (text.save) }
            }
        }
    };
    frame::page(caller, Part::Settings, text.title, &content)
}
