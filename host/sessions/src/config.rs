//! Sessions, and the broker that their events go to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// Account-aggregation sessions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SessionsConfig {
    /// Calendar months of history that a session wants of each account.
    pub history_months: u32,
    /// The `api-clientId` of the sessions that make events; needed with `rabbitmq.url`.
    pub client_id: String,
    /// The session context of the sessions that make events; needed with `rabbitmq.url`.
    pub context: String,
    /// The only tenant whose sessions make events; empty: any tenant.
    pub tenant: String,
    /// Seconds after which a session in which nothing happens is shown as stalled.
    pub stalled_after_seconds: u64,
}

/// The broker that events go to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RabbitMqConfig {
    /// `amqp://host:port/vhost`, or `amqps` with TLS; empty: there is no broker, and no events are made.
    #[schemars(with = "String")]
    pub url: SecretUrl,
    /// The user; empty: as the URL says.
    pub user: String,
    /// The password, from the environment alone; empty: as the URL says.
    #[schemars(with = "String")]
    pub password: Secret,
    /// The virtual host; empty: as the URL says.
    pub virtual_host: String,
    /// The exchange that events are published to.
    pub exchange: String,
    /// The queue that readers read.
    pub queue: String,
    /// Whether exchange, queue and binding are made where they are missing.
    pub declare: bool,
    /// The namespace of message types.
    pub namespace: String,
    /// As messages name their sender; empty: made of the URL.
    pub source_address: String,
    /// Seconds to wait for the broker's confirm.
    pub confirm_seconds: u64,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            history_months: 13,
            client_id: String::new(),
            context: String::new(),
            tenant: String::new(),
            stalled_after_seconds: 60 * 60,
        }
    }
}

impl Default for RabbitMqConfig {
    fn default() -> Self {
        Self {
            url: SecretUrl::default(),
            user: String::new(),
            password: Secret::default(),
            virtual_host: String::new(),
            exchange: "reporting".to_owned(),
            queue: "reporting".to_owned(),
            declare: true,
            namespace: "Psd2Hub.Services.PushService.Models.Reporting".to_owned(),
            source_address: String::new(),
            confirm_seconds: 10,
        }
    }
}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// A URL whose password is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

/// What is printed in place of a secret.
const MASK: &str = "***";

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn masked(&self) -> &str {
        if self.is_empty() { "" } else { MASK }
    }
}

impl SecretUrl {
    /// The URL with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has a password.
    pub fn has_password(&self) -> bool {
        self.masked() != self.0
    }

    /// The URL without its password, for people.
    pub fn masked(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            // No URL, so it may be anything.
            return Secret(self.0.clone()).masked().to_owned();
        };
        // A password that is not encoded may have any of these characters, so the last '@' ends it.
        match rest.rsplit_once('@') {
            None => self.0.clone(),
            Some((login, host)) => match login.split_once(':') {
                None => self.0.clone(),
                Some((user, _)) => format!("{scheme}://{user}:{MASK}@{host}"),
            },
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<String> for SecretUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.masked())
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.masked())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.masked())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_printed() {
        let check = |url: &str, expect: &str| {
            assert_eq!(format!("{:?}", SecretUrl(url.to_owned())), expect);
        };
        check("amqp://hub:secret@node1/x", "amqp://hub:***@node1/x");
        check("amqps://hub:s@cr:et@node1", "amqps://hub:***@node1");
        check("amqp://hub@node1", "amqp://hub@node1");
        check("amqp://node1", "amqp://node1");
        check("secret", "***");
        check("", "");
        assert_eq!(format!("{:?}", Secret("secret".to_owned())), "***");
    }
}
