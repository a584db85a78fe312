//! What becomes of the transactions that sessions fetch: `/v1/session-settings`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use super::problem_from::problem_from;
use crate::http::{ETag, JsonBody, Preconditions, Problem, Tagged, WireName};
use app::App;
use app::settings::session_settings::{self, NewSessionSettings, PutSessionSettingsError};
use tenant::SessionSettings;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/session-settings",
        get_with(read_settings, |op| {
            op.summary("Read what becomes of the transactions that sessions fetch").tag("Sessions")
        })
        .put_with(put_settings, |op| {
            op.summary("Say what becomes of the transactions that sessions fetch")
                .description("They are monitored once a team is named: data that was fetched for one purpose is not used for another by default. Pages that were taken before stay as they are.")
                .tag("Sessions")
        }),
    )
}

/// What becomes of fetched transactions.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SessionSettings")]
struct SettingsBody {
    /// The team whose rules judge them; null: none does.
    #[serde(default)]
    team: Option<WireName>,
    /// For a field of the team's payload schema, what it takes, such as `transaction.amount`; a field that is not here is unknown.
    /// `txn_id` is always made of bank, user, account, currency and transaction; `customer_id` is the user, and `date_time`
    /// the booking.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

impl SettingsBody {
    fn of(settings: &SessionSettings) -> Self {
        let team = settings.team.as_deref();
        let team = team.and_then(|team| domain::name::Name::new(team).ok());
        Self {
            team: team.map(WireName),
            fields: settings.fields.clone(),
        }
    }
}

problem_from!(PutSessionSettingsError {
    Forbidden,
    Stale,
    Invalid,
    Lane
});

async fn read_settings(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<SettingsBody>, Problem> {
    let settings = session_settings::read(&caller)?;
    let etag = ETag::of_version(settings.version);
    let body = SettingsBody::of(&settings);
    Ok(Tagged::get(etag, body, &preconditions))
}

async fn put_settings(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(body): JsonBody<SettingsBody>,
) -> Result<Tagged<SettingsBody>, Problem> {
    let new = NewSessionSettings {
        team: body.team.map(|WireName(team)| team),
        fields: body.fields,
    };
    let settings = session_settings::put(&caller, preconditions.expected(), new).await?;
    let etag = ETag::of_version(settings.version);
    Ok(Tagged::changed(etag, SettingsBody::of(&settings)))
}
