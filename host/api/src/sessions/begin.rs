//! Sessions begin, and consents are taken back.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, delete_with, post, post_with};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::body::SessionBody;
use super::client::ClientHeader;
use super::{BankPath, TAG};
use crate::caller::UserCaller;
use crate::http::{JsonBody, Params, Problem, ProblemKind, problems};
use crate::problem_from::problem_from;
use app::App;
use app::sessions::begin::{self, BeginError, Begun, NewConsentSession, NewRefresh, TakeBack};

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
#[schemars(rename = "TakeBack")]
struct TakeBackBody {
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
    /// The consent's sessions, of which nothing is shown any more; none if there was no consent.
    session_ids: Vec<Uuid>,
}

problem_from!(BeginError {
    Forbidden, Client, Invalid, Step, Lane;
    NotFound: NoSuchBank;
    Internal: NoKey
});

async fn authorize(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<Authorize>,
) -> Result<Response, Problem> {
    let new = NewConsentSession {
        client: client.0,
        bank: path.bank,
        user: body.user_id,
        external_id: body.session_external_id,
        context: body.session_context,
        values: body.values,
    };
    Ok(begun(begin::authorize(&app, &caller, new).await?))
}

async fn refresh(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<Refresh>,
) -> Result<Response, Problem> {
    let new = NewRefresh {
        client: client.0,
        bank: path.bank,
        user: body.user_id,
        external_id: body.session_external_id,
    };
    Ok(begun(begin::refresh(&app, &caller, new).await?))
}

fn begun(begun: Begun) -> Response {
    let status = match begun.is_repeat {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let body = SessionBody::new(begun.session);
    (status, Json(body)).into_response()
}

async fn delete_consent(
    caller: UserCaller,
    client: ClientHeader,
    Params(path): Params<BankPath>,
    JsonBody(body): JsonBody<TakeBackBody>,
) -> Result<Json<TakenBack>, Problem> {
    let consent = TakeBack {
        client: client.0,
        bank: path.bank,
        user: body.user_id,
        external_id: body.session_external_id,
    };
    let session_ids = begin::take_back(&caller, consent).await?;
    Ok(Json(TakenBack { session_ids }))
}
