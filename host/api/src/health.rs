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
#[derive(Debug, Default, Serialize, JsonSchema)]
struct WindowIndexes {
    /// How many teams wait for them.
    teams: u64,
    /// How many transactions they hold; each counts once for each index.
    done: u64,
    /// How many they will hold.
    of: u64,
}

impl WindowIndexes {
    fn of(app: &App) -> Option<Self> {
        let mut all = Self::default();
        let tenants = app.tenants().into_iter();
        for built in tenants.flat_map(|(_, lane)| lane.rebuilt_windows()) {
            all.teams += 1;
            all.done += built.done;
            all.of += built.of;
        }
        (all.teams > 0).then_some(all)
    }
}

/// How far the indexes of alerts are that are not whole. The host takes work all the same.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct AlertIndexes {
    /// How many tenants have such an index.
    tenants: u64,
    /// How many of their alerts are found.
    searched: u64,
    /// How many alerts they have.
    of: u64,
}

impl AlertIndexes {
    fn of(app: &App) -> Option<Self> {
        let tenants = app.tenants().into_iter();
        let mut all = Self::default();
        for index in tenants.filter_map(|(_, lane)| lane.index_progress()) {
            all.tenants += 1;
            all.searched += index.searched;
            all.of += index.of;
        }
        (all.tenants > 0).then_some(all)
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

impl RulesHealth {
    fn of(app: &App) -> Self {
        let tenants = app.tenants();
        let preparing = tenants.iter().map(|(_, lane)| lane.definitions());
        let preparing = preparing.map(|defined| defined.preparing_rules.len()).sum();
        let failing = tenants.iter().map(|(_, lane)| lane.failing_rules());
        let failing: Vec<usize> = failing.filter(|count| *count > 0).collect();
        Self {
            failing: failing.iter().sum(),
            tenants_with_failing: failing.len(),
            preparing,
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
    fn of(app: &App) -> Option<Self> {
        let backlog = app.events.backlog();
        let (broker, reason) = match backlog.broker() {
            BrokerState::None => return None,
            BrokerState::Connecting => (BrokerHealth::Connecting, None),
            BrokerState::Connected => (BrokerHealth::Connected, None),
            BrokerState::Away(error) => (BrokerHealth::Away, Some(error.word())),
        };
        Some(Self {
            waiting: backlog.waiting(),
            oldest_seconds: backlog.oldest_seconds(),
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

async fn read_readiness(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    let not_ready = |detail| Err(Problem::unavailable(detail, RETRY_SECONDS));
    if app.services.store.trouble().is_some() {
        return not_ready("the store cannot be written; see the host's log");
    }
    if !app.is_running() {
        return not_ready("the lanes are stopped");
    }
    Ok(Json(Health {
        status: Status::Ready,
        events: EventsHealth::of(&app),
        rules: Some(RulesHealth::of(&app)),
        grandfathered: app
            .grandfathered
            .counts()
            .filter(|counts| !counts.is_empty())
            .cloned(),
        alert_indexes: AlertIndexes::of(&app),
        window_indexes: WindowIndexes::of(&app),
    }))
}
