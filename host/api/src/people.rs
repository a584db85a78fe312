//! The people whom alerts are assigned to: `/v1/people`.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::UserCaller;
use crate::http::Problem;
use app::App;
use app::people;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/v1/people",
        get_with(list_people, |op| {
            op.summary("List the users whom alerts can be assigned to")
                .description("Everybody who may change alerts, by login, but for disabled users.")
                .tag("Alerts")
        }),
    )
}

/// All people.
#[derive(Debug, Serialize, JsonSchema)]
struct People {
    /// By login.
    items: Vec<PersonBody>,
}

/// Somebody whom alerts can be assigned to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Colleague")]
struct PersonBody {
    /// The user's id.
    id: String,
    login: String,
}

async fn list_people(caller: UserCaller) -> Result<Json<People>, Problem> {
    let people = people::list(&caller)?.into_iter();
    let items = people.map(|person| PersonBody {
        id: person.id,
        login: person.login,
    });
    Ok(Json(People {
        items: items.collect(),
    }))
}
