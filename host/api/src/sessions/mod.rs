//! Account-aggregation sessions: `/api/v2/bank`, with the paths and names that the hub's clients know.
//!
//! In reading order:
//!
//! - [`client`]: under which `api-clientId` a call is;
//! - [`begin`]: sessions begin, consents are taken back;
//! - [`steps`], [`pages`]: what the hub's connector reports, and no client calls;
//! - [`read`]: what clients read;
//! - [`body`], [`transaction`], [`outcome`]: wire types.

mod begin;
mod body;
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

use super::problem_from::with_way_out;
use crate::http::{Problem, ProblemKind};
use app::App;
use sessions::StepError;

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

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::NoSuchSession(_) => Self::not_found("such session"),
            StepError::Refused(Refusal::NoSuchAccount(account)) => {
                Self::not_found(&format!("account '{account}' in the session"))
            }
            StepError::NoConsent { .. } => {
                let way_out = "POST /api/v2/bank/{bankId}/authorize begins one";
                let detail = with_way_out(&error.to_string(), way_out);
                Self::new(ProblemKind::NotFound, detail)
            }
            StepError::Refused(_) | StepError::Conflict(_) => Self::conflict(error.to_string()),
            StepError::Store(error) => error.into(),
        }
    }
}
