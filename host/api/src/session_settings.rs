//! What becomes of the transactions that sessions fetch: `/v1/session-settings`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::UserCaller;
use crate::http::{ETag, JsonBody, Preconditions, Problem, ProblemError, Tagged, WireName};
use app::App;
use engine::lane::Change;
use sessions::mapping::Source;
use tenant::{Definitions, Permission, SessionSettings};

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

    /// Refuses teams and fields that there are not, and sources that are none.
    fn check(&self, definitions: &Definitions) -> Result<(), Problem> {
        let mut errors = Vec::new();
        let mut fault = |field: String, detail: String| {
            errors.push(ProblemError {
                field,
                reason: "invalid".to_owned(),
                detail,
            });
        };
        let team = self.team.as_ref().map(|team| team.0.as_str());
        let schema = match team {
            None => None,
            Some(name) => match definitions.teams.get(name) {
                None => {
                    fault("team".to_owned(), format!("there is no team '{name}'"));
                    None
                }
                Some(team) => {
                    let schema = team.schema();
                    if schema.is_none() {
                        let detail = format!(
                            "team '{name}' has no payload schema yet; PUT /v1/teams/{name}/payload-schema first"
                        );
                        fault("team".to_owned(), detail);
                    }
                    schema
                }
            },
        };
        for (field, source) in &self.fields {
            if let Some(schema) = &schema
                && !schema.fields().iter().any(|known| known.name == *field)
            {
                let detail = "the team's payload schema has no such field".to_owned();
                fault(format!("fields.{field}"), detail);
            }
            if Source::parse(source).is_none() {
                let names: Vec<&str> = Source::MEMBERS.iter().map(|(name, _)| *name).collect();
                let detail = format!(
                    "'{source}' is nothing that a fetched transaction has; there are: {}, {}NAME",
                    names.join(", "),
                    Source::DETAIL_PREFIX
                );
                fault(format!("fields.{field}"), detail);
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Problem::unprocessable(
            "the settings name what there is not",
            errors,
        ))
    }
}

/// The settings; those of a tenant that never set them have version 0.
fn current(definitions: &Definitions) -> SessionSettings {
    let settings = definitions.session_settings.get(SessionSettings::KEY);
    settings.map_or_else(SessionSettings::default, |settings| {
        SessionSettings::clone(settings)
    })
}

async fn read_settings(
    caller: UserCaller,
    preconditions: Preconditions,
) -> Result<Tagged<SettingsBody>, Problem> {
    caller.require(Permission::SessionRead)?;
    let settings = current(&caller.definitions());
    let etag = ETag::of_version(settings.version);
    Ok(Tagged::get(
        etag,
        SettingsBody::of(&settings),
        &preconditions,
    ))
}

async fn put_settings(
    caller: UserCaller,
    preconditions: Preconditions,
    JsonBody(body): JsonBody<SettingsBody>,
) -> Result<Tagged<SettingsBody>, Problem> {
    // Whoever may say what a team is may say what it watches; a connector that only writes sessions may not.
    caller.require(Permission::TeamWrite)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let before = current(change.definitions());
        preconditions.check(Some(&ETag::of_version(before.version)))?;
        body.check(change.definitions())?;
        let team = body.team.map(|team| team.0.as_str().to_owned());
        let subject = team.clone().unwrap_or_else(|| "no team".to_owned());
        change.audit(&actor, "session_settings.put", subject);
        Ok(change.put(SessionSettings {
            team,
            fields: body.fields,
            version: before.version + 1,
        }))
    };
    let settings = caller.change(put).await?;
    let etag = ETag::of_version(settings.version);
    Ok(Tagged::changed(etag, SettingsBody::of(&settings)))
}
