//! Whether the host is alive and ready: `/healthz`, `/readyz`. Neither asks for a credential, nor names a tenant.

use std::collections::BTreeMap;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::Problem;
use app::App;
use app::health::{self, Filling, NotReady};
use sessions::BrokerState;

/// Seconds after which to ask again.
const RETRY_SECONDS: u64 = 1;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new()
        .api_route(
            "/healthz",
            get_with(read_health, |op| {
                op.summary("Whether the host is alive").tag("Host")
            }),
        )
        .api_route(
            "/readyz",
            get_with(read_readiness, |op| {
                op.summary("Whether the host takes work")
                    .description("Its store can be written and its lanes run. While nothing can be written, such as on a full disk, it is not ready; it is again within seconds of when it can. Busy is not unready: a tenant whose queue is full is answered 503, and others are served. Events that wait for the broker, rules that fail or are being prepared, alerts that searches do not find yet, and teams whose windows lack an index are counted here, and are no reason not to be ready. /metrics (Prometheus) is read without credential, too.")
                    .tag("Host")
            }),
        )
}

/// How the host is.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    status: Status,
    /// The events of sessions; left out where no broker is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<EventsHealth>,
    /// The rules of all tenants; /metrics and the host's log name those that fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RulesHealth>,
    /// Stored definitions that would be refused if they were put today, by kind: they go on working, and the log of the
    /// host's start says which they are and why. Absent until all tenants were looked through, and where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    grandfathered: Option<BTreeMap<&'static str, usize>>,
    /// The indexes of alerts that are filled after the start. Searches say meanwhile how many alerts they saw. Absent once all
    /// are whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_indexes: Option<AlertIndexes>,
    /// The indexes of earlier transactions that rules in force need and that are being made, after an upgrade or where files
    /// were lost. The teams' transactions are answered 503 until they are whole. Absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_indexes: Option<WindowIndexes>,
}

/// How far the indexes of earlier transactions are that are being made.
#[derive(Debug, Serialize, JsonSchema)]
struct WindowIndexes {
    /// How many teams wait for them.
    teams: u64,
    /// How many transactions they hold; each counts once for each index.
    done: u64,
    /// How many they will hold.
    of: u64,
}

impl From<Filling> for WindowIndexes {
    fn from(filling: Filling) -> Self {
        Self {
            teams: filling.waiting,
            done: filling.done,
            of: filling.of,
        }
    }
}

/// How far the indexes of alerts are that are not whole. The host takes work all the same.
#[derive(Debug, Serialize, JsonSchema)]
struct AlertIndexes {
    /// How many tenants have such an index.
    tenants: u64,
    /// How many of their alerts are found.
    searched: u64,
    /// How many alerts they have.
    of: u64,
}

impl From<Filling> for AlertIndexes {
    fn from(filling: Filling) -> Self {
        Self {
            tenants: filling.waiting,
            searched: filling.done,
            of: filling.of,
        }
    }
}

/// How rules do. The host takes work whether or not rules can judge it.
#[derive(Debug, Serialize, JsonSchema)]
struct RulesHealth {
    /// How many rules could not judge the last ten transactions of their team, or more.
    failing: usize,
    /// How many tenants have such rules.
    tenants_with_failing: usize,
    /// How many installs take effect once the indexes of their windows are whole.
    preparing: usize,
}

impl From<health::RulesHealth> for RulesHealth {
    fn from(rules: health::RulesHealth) -> Self {
        Self {
            failing: rules.failing,
            tenants_with_failing: rules.tenants_with_failing,
            preparing: rules.preparing,
        }
    }
}

/// How events are delivered. The host takes work whether or not the broker is there.
#[derive(Debug, Serialize, JsonSchema)]
struct EventsHealth {
    /// How many wait.
    waiting: u64,
    /// Seconds since the oldest of them was made.
    oldest_seconds: u64,
    broker: BrokerHealth,
    /// Why it is away, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BrokerHealth {
    Connecting,
    Connected,
    Away,
}

impl EventsHealth {
    fn of(events: health::EventsHealth) -> Option<Self> {
        let (broker, reason) = match events.broker {
            BrokerState::None => return None,
            BrokerState::Connecting => (BrokerHealth::Connecting, None),
            BrokerState::Connected => (BrokerHealth::Connected, None),
            BrokerState::Away(error) => (BrokerHealth::Away, Some(error.word())),
        };
        Some(Self {
            waiting: events.waiting,
            oldest_seconds: events.oldest_seconds,
            broker,
            reason,
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Alive,
    Ready,
}

async fn read_health() -> Json<Health> {
    Json(Health {
        status: Status::Alive,
        events: None,
        rules: None,
        grandfathered: None,
        alert_indexes: None,
        window_indexes: None,
    })
}

impl From<NotReady> for Problem {
    fn from(error: NotReady) -> Self {
        Self::unavailable(error.to_string(), RETRY_SECONDS)
    }
}

async fn read_readiness(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    let ready = health::read(&app)?;
    Ok(Json(Health {
        status: Status::Ready,
        events: EventsHealth::of(ready.events),
        rules: Some(ready.rules.into()),
        grandfathered: ready.grandfathered,
        alert_indexes: ready.alert_indexes.map(AlertIndexes::from),
        window_indexes: ready.window_indexes.map(WindowIndexes::from),
    }))
}
