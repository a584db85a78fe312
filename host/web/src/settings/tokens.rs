//! Settings → Tokens: one's own access tokens, with which programs call the API.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::{Once, PageRequest};
use app::users::ListUsersError;
use app::users::tokens::{self, CreateTokenError, IssuedToken, NewToken, RevokeTokenError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tenant::Token;
use uuid::Uuid;

use crate::browser::{Named, SignedIn, Typed};
use crate::elements::copied;
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::once::once;
use crate::settings::key_table::{KeyRow, key_table};
use crate::settings::tabs;
use crate::text::EN;
use crate::when::Zone;

failures! {
    ListUsersError {
        FORBIDDEN: Forbidden,
        NOT_FOUND: NoSuchUser,
        BAD_REQUEST: ForeignCursor,
    }
    CreateTokenError {
        FORBIDDEN: Forbidden Grant,
        NOT_FOUND: NoSuchUser,
        UNPROCESSABLE_ENTITY: Invalid,
        CONFLICT: TooMany Repeat,
        SERVICE_UNAVAILABLE: Lane,
    }
    RevokeTokenError {
        FORBIDDEN: Forbidden Grant,
        NOT_FOUND: NoSuchUser NoSuchToken,
        SERVICE_UNAVAILABLE: Lane,
    }
}

/// For how long tokens are good that are made here, in days, and how that is written.
const LIFETIMES: [(u64, &str); 4] = [(30, "30"), (90, "90"), (365, "365"), (0, "")];

/// Seconds of a day.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A token to create, as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedToken {
    name: String,
    /// Empty: it does not expire.
    days: String,
}

/// What the page says of the form that was sent.
enum Shown<'s> {
    Nothing,
    /// Made now, with its secret.
    Made(&'s IssuedToken),
    /// Why none was made, and what was typed.
    Refused(&'s Failure, &'s TypedToken),
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Markup, Failure> {
    page(&app, &caller, Shown::Nothing)
}

/// Answers the page with the token in it: it is shown this once, so nothing leads on from here.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Typed(typed): Typed<TypedToken>,
) -> Result<Response, Failure> {
    let lifetime = LIFETIMES.iter().find(|(_, written)| *written == typed.days);
    let Some((days, _)) = lifetime else {
        let detail = EN.tokens.no_such_lifetime;
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    let now = app.services.clock.now();
    let new = NewToken {
        name: typed.name.trim().to_owned(),
        expires_at: (*days > 0).then(|| now.plus_seconds(days * DAY_SECONDS)),
    };
    match tokens::create(&caller, own(&caller)?, new, Once::unkeyed()).await {
        Ok(made) => Ok(page(&app, &caller, Shown::Made(&made))?.into_response()),
        Err(error) => {
            let refused = Failure::from(error);
            let page = page(&app, &caller, Shown::Refused(&refused, &typed))?;
            Ok((refused.status(), page).into_response())
        }
    }
}

pub(crate) async fn revoke(
    SignedIn { caller, .. }: SignedIn,
    Named(token): Named<Uuid>,
) -> Result<Redirect, Failure> {
    tokens::revoke(&caller, own(&caller)?, token).await?;
    Ok(back().await)
}

/// Leads whoever reloads the answer to a form to the page.
pub(crate) async fn back() -> Redirect {
    Redirect::to("/settings/tokens")
}

/// The id of the caller.
fn own(caller: &Caller) -> Result<Uuid, Failure> {
    caller.id.parse().map_err(|error| {
        tracing::error!(%error, "the id of a user is none");
        let detail = EN.failure.no_page;
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })
}

fn page(app: &App, caller: &Caller, shown: Shown<'_>) -> Result<Markup, Failure> {
    let text = &EN.tokens;
    // A user has at most 100 that are good, and those that have expired are forgotten for new ones.
    let all = PageRequest::new(PageRequest::MAX_LIMIT, None);
    let listed = tokens::list(app, caller, own(caller)?, &all)?.items;
    let zone = Zone::of(caller);
    let (name, days) = match shown {
        Shown::Refused(_, typed) => (&*typed.name, &*typed.days),
        Shown::Nothing | Shown::Made(_) => ("", LIFETIMES[0].1),
    };
    let content = html! {
        (tabs(caller, text.title))
        h1 { (text.title) }
        p.note { (text.hint) }
        @match shown {
            Shown::Nothing => {}
            Shown::Made(made) => (made_token(made)),
            Shown::Refused(refused, _) => (frame::alarm(refused.detail())),
        }
        section.card aria-labelledby="own" {
            h2 #own { (text.own) }
            @if listed.is_empty() { p.empty { (text.none) } } @else { (table(&listed, &zone)) }
        }
        section.card aria-labelledby="new" {
            h2 #new { (text.new) }
            form.stack action=(once("/settings/tokens")) method="post" {
                label for="name" { (text.name) }
                input #name name="name" required maxlength="200" value=(name);
                label for="days" { (text.lifetime) }
                select #days name="days" {
                    @for (number, written) in LIFETIMES {
                        option value=(written) selected[written == days] {
                            @if number > 0 { ((text.days)(number)) } @else { (EN.teams.never) }
                        }
                    }
                }
                button.primary type="submit" { (text.create) }
            }
        }
    };
    Ok(frame::page(caller, Part::Settings, text.title, &content))
}

/// A token that was made just now.
fn made_token(made: &IssuedToken) -> Markup {
    let text = &EN.tokens;
    html! {
        section.made aria-labelledby="made" {
            h2 #made tabindex="-1" autofocus { (text.made) ": " (made.name) }
            p { (text.once) }
            @if let Some(token) = &made.token {
                (copied("made-token", text.the_token, token))
            }
        }
    }
}

fn table(listed: &[Arc<Token>], zone: &Zone) -> Markup {
    let rows = listed.iter().map(|token| KeyRow {
        prefix: &token.prefix,
        name: &token.name,
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoke: Some(format!("/settings/tokens/{}/revoke", token.id)),
    });
    key_table(&rows.collect::<Vec<_>>(), zone)
}
