//! What is wanted of a session, and whose sessions make events.

use std::time::Duration;

use crate::config::{RabbitMqConfig, SessionsConfig};

/// What is wanted of a session.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Calendar months of history of each account.
    pub months: u32,
    /// Whose sessions make events; none if there is no broker.
    pub announced: Option<Announced>,
    /// After which a session in which nothing happens is stalled.
    pub stalled_after: Duration,
}

/// Whose sessions make events.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Under which client id they were started.
    pub client: String,
    /// In which session context.
    pub context: String,
    /// Of which tenant, by name; none: of any.
    pub tenant: Option<String>,
}

impl Rules {
    /// As the host is configured.
    pub fn of(sessions: &SessionsConfig, rabbitmq: &RabbitMqConfig) -> Self {
        let announced = Announced {
            client: sessions.client_id.clone(),
            context: sessions.context.clone(),
            tenant: Some(sessions.tenant.clone()).filter(|name| !name.is_empty()),
        };
        Self {
            months: sessions.history_months,
            announced: (!rabbitmq.url.is_empty()).then_some(announced),
            stalled_after: Duration::from_secs(sessions.stalled_after_seconds),
        }
    }

    /// Whether a session makes events.
    pub(super) fn announces(&self, client: &str, context: Option<&str>, tenant: &str) -> bool {
        self.announced.as_ref().is_some_and(|announced| {
            announced.client == client
                && Some(announced.context.as_str()) == context
                && announced
                    .tenant
                    .as_deref()
                    .is_none_or(|name| name == tenant)
        })
    }
}
