//! Sessions begin, and consents are taken back.

use hmac::Mac;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::check::Faults;
use super::client::{ClientError, own_client};
use super::outcome::SessionView;
use super::{change, who};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::Invalid;
use domain::session::{Digest, SessionKind};
use engine::lane::LaneError;
use sessions::{NewSession, StepError, begin};
use tenant::Permission;

/// A session to begin with the customer, for a consent that is new, changed or renewed.
#[derive(Clone, Debug)]
pub struct NewConsentSession {
    /// The client that asks, as it is named; it must be the caller's own.
    pub client: Option<String>,
    /// The bank's id.
    pub bank: String,
    /// The name by which the client calls the user.
    pub user: String,
    /// The name by which the client calls the session.
    pub external_id: String,
    /// The session context.
    pub context: Option<String>,
    /// What the bank asks for; never kept.
    pub values: Vec<Value>,
}

/// A session to begin without the customer, which reads accounts and transactions again.
#[derive(Clone, Debug)]
pub struct NewRefresh {
    /// The client that asks, as it is named; it must be the caller's own.
    pub client: Option<String>,
    /// The bank's id.
    pub bank: String,
    /// The name by which the client calls the user.
    pub user: String,
    /// The name by which the client calls the session.
    pub external_id: Option<String>,
}

/// A consent to take back.
#[derive(Clone, Debug)]
pub struct TakeBack {
    /// The client that asks, as it is named; it must be the caller's own.
    pub client: Option<String>,
    /// The bank's id.
    pub bank: String,
    /// The name by which the client calls the user.
    pub user: String,
    /// On whose behalf it is taken back; the consent is the user's, whatever session it came from.
    pub external_id: Option<String>,
}

/// A session that is there now.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The session.
    pub session: SessionView,
    /// Whether it was begun before by the same request.
    pub is_repeat: bool,
}

/// Why a session was not begun, or a consent not taken back.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The caller does not act for the client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No bank can have this id.
    #[error(
        "there is no such bank; a bank's id has 1 to 64 characters of A-Z, a-z, 0-9, '-', '_' and '.'"
    )]
    NoSuchBank,
    /// A name cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The request cannot be told apart from others.
    #[error("the host failed; the tenant's own key is missing")]
    NoKey,
    /// The session cannot be begun now.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Begins a session with the customer, or finds the one that was begun by the same request and has not ended.
///
/// # Errors
/// Where the caller may not, or does not act for the client, a name cannot be taken, or the client's name of the session
/// is in use otherwise.
pub async fn authorize(
    app: &App,
    caller: &Caller,
    new: NewConsentSession,
) -> Result<Begun, BeginError> {
    caller.require(Permission::SessionWrite)?;
    let client = own_client(caller, new.client)?;
    let (external_id, context) = (new.external_id, new.context);
    check(&new.bank, &new.user, Some(&external_id), context.as_deref())?;
    let request = digest(caller, &(&new.user, &context, &new.values))?;
    let new = NewSession {
        kind: SessionKind::Consent,
        client,
        bank: new.bank,
        user: new.user,
        external_id: Some(external_id),
        context,
        request,
    };
    begin_new(app, caller, new).await
}

/// Begins a refresh of a consent, or finds the one that was begun by the same request and has not ended.
///
/// # Errors
/// Where the caller may not, or does not act for the client, a name cannot be taken, or there is nothing to refresh.
pub async fn refresh(app: &App, caller: &Caller, new: NewRefresh) -> Result<Begun, BeginError> {
    caller.require(Permission::SessionWrite)?;
    let client = own_client(caller, new.client)?;
    let external_id = new.external_id;
    check(&new.bank, &new.user, external_id.as_deref(), None)?;
    let request = digest(caller, &(&new.user, &external_id))?;
    let new = NewSession {
        kind: SessionKind::Refresh,
        client,
        bank: new.bank,
        user: new.user,
        external_id,
        context: None,
        request,
    };
    begin_new(app, caller, new).await
}

/// Takes a consent back: removes the accounts and fetched transactions of all its sessions, and ends those that go on.
/// Returns the ids of the sessions; none if there is no consent.
///
/// # Errors
/// Where the caller may not, or does not act for the client, or a name cannot be taken.
pub async fn take_back(caller: &Caller, consent: TakeBack) -> Result<Vec<Uuid>, BeginError> {
    caller.require(Permission::SessionWrite)?;
    let client = own_client(caller, consent.client)?;
    let (bank, user) = (consent.bank, consent.user);
    check(&bank, &user, consent.external_id.as_deref(), None)?;
    let who = who(caller);
    change(caller, move |change| {
        sessions::take_back(change, &who, &client, &bank, &user)
    })
    .await
}

async fn begin_new(app: &App, caller: &Caller, new: NewSession) -> Result<Begun, BeginError> {
    let (who, rules) = (who(caller), app.session_rules.clone());
    let begun = change(caller, move |change| begin(change, &who, &rules, new));
    let begun: sessions::Begun = begun.await.map_err(|error: BeginError| error)?;
    Ok(Begun {
        session: SessionView::without_pages(begun.session),
        is_repeat: begun.is_repeat,
    })
}

/// Checks the names of a request.
fn check(
    bank: &str,
    user: &str,
    external_id: Option<&str>,
    context: Option<&str>,
) -> Result<(), BeginError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !(1..=64).contains(&bank.len()) || !bank.bytes().all(is_plain) {
        return Err(BeginError::NoSuchBank);
    }
    let mut faults = Faults::default();
    faults.text("userId", user, 200);
    faults.optional_text("sessionExternalId", external_id, 200);
    faults.optional_text("sessionContext", context, 200);
    Ok(faults.refuse("nothing was begun")?)
}

/// What a request asks for, as far as it must be known again. The bank's values may be secret, so only a code under the
/// tenant's own key is kept.
fn digest(caller: &Caller, request: &impl Serialize) -> Result<Digest, BeginError> {
    let definitions = caller.definitions();
    let tenant = definitions.tenant().ok_or(BeginError::NoKey)?;
    let mut mac = base::mac::keyed(&tenant.hash_key);
    mac.update(b"session request");
    let text = serde_json::to_vec(request).map_err(|_| BeginError::NoKey)?;
    mac.update(&text);
    Ok(mac.finalize().into_bytes().into())
}
