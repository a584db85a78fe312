//! Account-aggregation sessions: what clients ask for and read, and what the hub's connector reports.
//!
//! In reading order:
//!
//! - [`client`]: for which client a caller acts;
//! - [`begin`]: begins sessions, and takes consents back;
//! - [`steps`], [`accounts`]: what the connector reports of a session;
//! - [`pages`], [`reported`]: pages of transactions, as the connector reports them;
//! - [`read`], [`outcome`]: what clients read;
//! - `check`: what is refused of what is sent.

pub mod accounts;
pub mod begin;
mod check;
pub mod client;
pub mod outcome;
pub mod pages;
pub mod read;
pub mod reported;
pub mod steps;

use crate::App;
use crate::caller::Caller;
use engine::lane::{Change, LaneError};
use sessions::{StepError, View, Who};

/// Who calls, and whose sessions they see.
fn who(caller: &Caller) -> Who {
    Who {
        actor: caller.actor(),
        client: caller.client_id.as_deref().map(str::to_owned),
    }
}

/// What the caller's tenant has of sessions.
fn view(app: &App, caller: &Caller) -> View {
    View::new(app.services.store.clone(), caller.tenant)
}

/// Makes a change of sessions in the tenant's lane.
async fn change<T, E>(
    caller: &Caller,
    change: impl FnOnce(&mut Change<'_>) -> Result<T, StepError> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StepError> + From<LaneError> + Send + 'static,
{
    let change = move |lane: &mut Change<'_>| change(lane).map_err(E::from);
    caller.change(change).await
}
