//! Sessions begin, and consents are taken back.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, delete_with, post, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::session::{Digest, SessionKind};
use hmac::Mac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::body::SessionBody;
use super::check::Faults;
use super::client::ClientHeader;
use super::{BankPath, TAG, change, who};
use crate::caller::UserCaller;
use crate::http::{JsonBody, Params, Problem, ProblemKind, problems};
use app::App;
use sessions::{NewSession, begin, take_back};
use tenant::Permission;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/api/v2/bank/{bankId}/authorize",
            post_with(authorize, |op| {
                op.summary("Begin a session")
                    .description("For a consent that is new, changed or renewed. The same request again answers the same session until it has ended. No consent is taken back by this.")
                    .tag(TAG)
                    .response_with::<201, Json<SessionBody>, _>(|response| response.description("Begun"))
                    .response_with::<200, Json<SessionBody>, _>(|response| response.description("Begun before"))
                    .with(problems(&[ProblemKind::Conflict]))
            }),
        )
        .api_route(
            "/api/v2/bank/{bankId}/refresh",
            post_with(refresh, |op| {
                op.summary("Begin a refresh of a consent")
                    .description("A session without the customer, which reads accounts and transactions again. It announces nothing.")
                    .tag(TAG)
                    .response_with::<201, Json<SessionBody>, _>(|response| response.description("Begun"))
                    .response_with::<200, Json<SessionBody>, _>(|response| response.description("Begun before"))
                    .with(problems(&[ProblemKind::Conflict, ProblemKind::NotFound]))
            }),
        )
        .api_route(
            "/api/v2/bank/{bankId}/consent",
            delete_with(delete_consent, |op| {
                op.summary("Take a consent back")
                    .description("Removes the accounts and fetched transactions of all its sessions, and ends those that go on. Alerts and audit stay. Where there is no consent nothing is done.")
                    .tag(TAG)
            }),
        )
        .merge(bank_called_session())
}

/// The calls of the bank whose id is `session`, which the paths of sessions would shadow.
fn bank_called_session() -> ApiRouter<Arc<App>> {
    let bank = || {
        Params(BankPath {
            bank: "session".to_owned(),
        })
    };
    let authorize = move |app, caller, client, body| authorize(app, caller, client, bank(), body);
    let refresh = move |app, caller, client, body| refresh(app, caller, client, bank(), body);
    let delete_consent = move |caller, client, body| delete_consent(caller, client, bank(), body);
    ApiRouter::new()
        .route("/api/v2/bank/session/authorize", post(authorize))
        .route("/api/v2/bank/session/refresh", post(refresh))
        .route("/api/v2/bank/session/consent", delete(delete_consent))
}

/// A session to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Authorize {
    /// By which the client calls the user: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    user_id: String,
    /// By which the client calls the session: 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    session_external_id: String,
    /// Sessions of one context alone announce anything.
    #[serde(default)]
    session_context: Option<String>,
    /// What the bank asks for; never kept.
    #[serde(default)]
    values: Vec<Value>,
}

/// A refresh to begin.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Refresh {
    /// By which the client calls the user.
    #[schemars(length(min = 1, max = 200))]
    user_id: String,
    /// By which the client calls the session.
    #[serde(default)]
    session_external_id: Option<String>,
}

/// A consent to take back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TakeBack {
    /// By which the client calls the user.
    #[schemars(length(min = 1, max = 200))]
    user_id: String,
    /// On whose behalf it is taken back; the consent is the user's, whatever session it came from.
    #[serde(default)]
    session_external_id: Option<String>,
}

/// What was taken back.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TakenBack {
    /// The consent's sessions, of which nothing is shown any more; none where there was no consent.
    session_ids: Vec<Uuid>,
}

/// Checks the names in a path and a body.
fn check(
    bank: &str,
    user: &str,
    external_id: Option<&str>,
    context: Option<&str>,
) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !(1..=64).contains(&bank.len()) || !bank.bytes().all(plain) {
        return Err(Problem::not_found(
            "such bank; a bank's id has 1 to 64 characters of A-Z, a-z, 0-9, '-', '_' and '.'",
        ));
    }
    let mut faults = Faults::default();
    faults.text("userId", user, 200);
    faults.optional_text("sessionExternalId", external_id, 200);
    faults.optional_text("sessionContext", context, 200);
    faults.refuse("nothing was begun")
}

/// What a request asks for, as far as it must be known again. The bank's values may be secret, so only a code under the
/// tenant's own key is kept.
fn digest(caller: &UserCaller, request: &impl Serialize) -> Result<Digest, Problem> {
    let definitions = caller.definitions();
    let tenant = definitions.tenant().ok_or_else(Problem::internal)?;
    let mut mac = base::mac::keyed(&tenant.hash_key);
    mac.update(b"session request");
    let text = serde_json::to_vec(request).map_err(|_| Problem::internal())?;
    mac.update(&text);
    Ok(mac.finalize().into_bytes().into())
}

async fn authorize(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<Authorize>,
) -> Result<Response, Problem> {
    caller.require(Permission::SessionWrite)?;
    let client = client.own(&caller)?;
    let (external_id, context) = (body.session_external_id, body.session_context);
    check(
        &path.bank,
        &body.user_id,
        Some(&external_id),
        context.as_deref(),
    )?;
    let request = digest(&caller, &(&body.user_id, &context, &body.values))?;
    let new = NewSession {
        kind: SessionKind::Consent,
        client,
        bank: path.bank,
        user: body.user_id,
        external_id: Some(external_id),
        context,
        request,
    };
    begun(&app, &caller, new).await
}

async fn refresh(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<Refresh>,
) -> Result<Response, Problem> {
    caller.require(Permission::SessionWrite)?;
    let client = client.own(&caller)?;
    let external_id = body.session_external_id;
    check(&path.bank, &body.user_id, external_id.as_deref(), None)?;
    let request = digest(&caller, &(&body.user_id, &external_id))?;
    let new = NewSession {
        kind: SessionKind::Refresh,
        client,
        bank: path.bank,
        user: body.user_id,
        external_id,
        context: None,
        request,
    };
    begun(&app, &caller, new).await
}

async fn begun(app: &Arc<App>, caller: &UserCaller, new: NewSession) -> Result<Response, Problem> {
    let (who, rules) = (who(caller), app.session_rules.clone());
    let begun = change(caller, move |change| begin(change, &who, &rules, new)).await?;
    let status = if begun.is_repeat {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let body = SessionBody::new(&begun.session, &[], &[], false);
    Ok((status, Json(body)).into_response())
}

async fn delete_consent(
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<TakeBack>,
) -> Result<Json<TakenBack>, Problem> {
    caller.require(Permission::SessionWrite)?;
    let client = client.own(&caller)?;
    check(
        &path.bank,
        &body.user_id,
        body.session_external_id.as_deref(),
        None,
    )?;
    let who = who(&caller);
    let taken_back = change(&caller, move |change| {
        take_back(change, &who, &client, &path.bank, &body.user_id)
    });
    let session_ids = taken_back.await?;
    Ok(Json(TakenBack { session_ids }))
}
