//! Account-aggregation sessions: `/api/v2/bank`, with the paths and names that the hub's clients know.
//!
//! In reading order:
//!
//! - [`client`]: under which `api-clientId` a call is;
//! - [`begin`]: sessions begin, consents are taken back;
//! - [`steps`], [`pages`]: what the hub's connector reports, and no client calls;
//! - [`read`]: what clients read;
//! - [`body`], [`transaction`], [`outcome`], [`check`]: wire types, and what is refused of them.

mod begin;
mod body;
mod check;
mod client;
mod outcome;
mod pages;
mod read;
mod steps;
mod transaction;

use std::sync::Arc;

use aide::axum::ApiRouter;
use domain::session::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::caller::UserCaller;
use crate::http::Problem;
use app::App;
use engine::lane::Change;
use sessions::{StepError, View, Who};

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .merge(begin::routes())
        .merge(steps::routes())
        .merge(pages::routes())
        .merge(read::routes())
}

/// How the calls are grouped in the OpenAPI document.
const TAG: &str = "Sessions";

/// The path of a bank.
#[derive(Debug, Deserialize, JsonSchema)]
struct BankPath {
    /// The bank's id.
    #[serde(rename = "bankId")]
    bank: String,
}

/// The path of a session.
#[derive(Debug, Deserialize, JsonSchema)]
struct SessionPath {
    /// The session's id.
    #[serde(rename = "sessionId")]
    session: Uuid,
}

/// The path of an account of a session.
#[derive(Debug, Deserialize, JsonSchema)]
struct AccountPath {
    /// The session's id.
    #[serde(rename = "sessionId")]
    session: Uuid,
    /// The account's id.
    #[serde(rename = "accountId")]
    account: String,
}

/// Who calls, and whose sessions they see.
fn who(caller: &UserCaller) -> Who {
    Who {
        actor: caller.actor(),
        client: caller.client_id.as_deref().map(str::to_owned),
    }
}

/// What the caller reads.
fn view(app: &App, caller: &UserCaller) -> View {
    View::new(app.services.store.clone(), caller.tenant)
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::NoSuchSession(_) => Self::not_found("such session"),
            StepError::Refused(Refusal::NoSuchAccount(account)) => {
                Self::not_found(&format!("account '{account}' in the session"))
            }
            StepError::NoConsent { .. } => {
                Self::new(crate::http::ProblemKind::NotFound, error.to_string())
            }
            StepError::Refused(_) | StepError::Conflict(_) => Self::conflict(error.to_string()),
            StepError::Store(error) => error.into(),
        }
    }
}

/// Makes a change of sessions in the tenant's lane.
async fn change<T: Send + 'static>(
    caller: &UserCaller,
    change: impl FnOnce(&mut Change<'_>) -> Result<T, StepError> + Send + 'static,
) -> Result<T, Problem> {
    let changed = caller.change(move |lane: &mut Change<'_>| change(lane).map_err(Problem::from));
    changed.await
}
