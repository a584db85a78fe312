//! The broker, and the addresses that messages name.

use lapin::uri::{AMQPScheme, AMQPUri};

use crate::config::RabbitMqConfig;

/// Where messages go.
#[derive(Clone)]
pub struct Address {
    pub(super) uri: AMQPUri,
    pub(super) exchange: String,
    pub(super) queue: String,
    /// Whether exchange, queue and binding are made where they are missing.
    pub(super) declare: bool,
    /// The first part of message types.
    pub(super) namespace: String,
    /// As messages name their sender.
    pub(super) source: String,
}

/// Why there is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum AddressError {
    #[error("rabbitmq.url must be amqp://host:port/vhost or amqps://host:port/vhost: {0}")]
    Url(String),
    #[error("rabbitmq.{0} must not be empty")]
    Empty(&'static str),
    #[error("rabbitmq.{0} is longer than the 255 bytes that RabbitMQ allows")]
    TooLong(&'static str),
    #[error(
        "rabbitmq.source_address must be an absolute URI, such as rabbitmq://node1/vhost/vervet"
    )]
    Source,
}

/// Seconds between signs of life, where the URL does not say.
const HEARTBEAT_SECONDS: u16 = 10;
/// The longest name that AMQP carries, in bytes.
const MAX_NAME_BYTES: usize = 255;

impl Address {
    /// The broker of a configuration; none if none is configured.
    ///
    /// # Errors
    /// Where the configuration says nothing that can be.
    pub fn of(config: &RabbitMqConfig) -> Result<Option<Self>, AddressError> {
        if config.url.is_empty() {
            return Ok(None);
        }
        let mut uri: AMQPUri = config.url.expose().parse().map_err(AddressError::Url)?;
        if !config.user.is_empty() {
            uri.authority.userinfo.username = config.user.clone();
        }
        if !config.password.is_empty() {
            uri.authority.userinfo.password = config.password.expose().to_owned();
        }
        if !config.virtual_host.is_empty() {
            uri.vhost = config.virtual_host.clone();
        }
        if uri.vhost.is_empty() {
            uri.vhost = "/".to_owned();
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        for (name, value) in [
            ("exchange", &config.exchange),
            ("queue", &config.queue),
            ("namespace", &config.namespace),
        ] {
            if value.is_empty() {
                return Err(AddressError::Empty(name));
            }
            if value.len() > MAX_NAME_BYTES {
                return Err(AddressError::TooLong(name));
            }
        }
        let mut address = Self {
            uri,
            exchange: config.exchange.clone(),
            queue: config.queue.clone(),
            declare: config.declare,
            namespace: config.namespace.clone(),
            source: config.source_address.clone(),
        };
        if address.source.is_empty() {
            address.source = address.within_broker("vervet");
        } else if !is_absolute(&address.source) {
            return Err(AddressError::Source);
        }
        Ok(Some(address))
    }

    /// The address of the exchange, as messages name it.
    pub fn destination(&self) -> String {
        self.within_broker(&self.exchange)
    }

    /// The broker without credentials, for people.
    pub fn shown(&self) -> String {
        let authority = &self.uri.authority;
        format!(
            "{}://{}:{} (virtual host '{}')",
            self.uri.scheme, authority.host, authority.port, self.uri.vhost
        )
    }

    /// An address of the form that MassTransit has: `rabbitmq://host/vhost/name`.
    fn within_broker(&self, name: &str) -> String {
        let authority = &self.uri.authority;
        let port = match (authority.port, self.uri.scheme.clone()) {
            (5672, _) | (5671, AMQPScheme::AMQPS) => String::new(),
            (port, _) => format!(":{port}"),
        };
        let path = match self.uri.vhost.as_str() {
            "/" => encode(name),
            vhost => format!("{}/{}", encode(vhost), encode(name)),
        };
        format!("rabbitmq://{}{port}/{path}", authority.host)
    }
}

/// Whether a text is a scheme, a host and perhaps a path.
fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let host = rest.split('/').next().unwrap_or_default();
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(plain)
        && !host.is_empty()
        && !uri.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> RabbitMqConfig {
        RabbitMqConfig {
            url: url.to_owned().into(),
            ..RabbitMqConfig::default()
        }
    }

    fn address(config: &RabbitMqConfig) -> Address {
        let address = Address::of(config).expect("a good configuration");
        address.expect("a broker")
    }

    #[test]
    fn messages_name_broker_virtual_host_and_exchange() {
        let check = |url: &str, expect: &str| {
            assert_eq!(address(&config(url)).destination(), expect, "{url}");
        };
        check("amqp://node1", "rabbitmq://node1/reporting");
        check("amqp://node1/", "rabbitmq://node1/reporting");
        check("amqp://u:p@node1/%2f", "rabbitmq://node1/reporting");
        check(
            "amqp://node1/143-20210226-4",
            "rabbitmq://node1/143-20210226-4/reporting",
        );
        check(
            "amqps://node1:5671/a%20b",
            "rabbitmq://node1/a%20b/reporting",
        );
        check("amqp://node1:5673/x", "rabbitmq://node1:5673/x/reporting");
        check("amqp://127.0.0.1:5672", "rabbitmq://127.0.0.1/reporting");
    }

    #[test]
    fn keys_of_their_own_win_over_the_url_and_secrets_are_not_shown() {
        let config = RabbitMqConfig {
            user: "hub".to_owned(),
            password: "s:e/c@ret".to_owned().into(),
            virtual_host: "other".to_owned(),
            source_address: "rabbitmq://node1/other/PushService_SessionUpdated".to_owned(),
            ..config("amqp://guest:guest@node1/first")
        };
        let address = address(&config);
        assert_eq!(address.uri.authority.userinfo.username, "hub");
        assert_eq!(address.uri.authority.userinfo.password, "s:e/c@ret");
        assert_eq!(address.shown(), "amqp://node1:5672 (virtual host 'other')");
        assert_eq!(address.source, config.source_address);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(Address::of(&RabbitMqConfig::default()).is_ok_and(|none| none.is_none()));
        for url in ["node1:5672", "http://node1", "amqp:", "x"] {
            let refused = Address::of(&config(url)).err();
            assert!(matches!(refused, Some(AddressError::Url(_))), "{url}");
        }
        let refused = |change: fn(&mut RabbitMqConfig), expect: AddressError| {
            let mut config = config("amqp://node1");
            change(&mut config);
            assert_eq!(Address::of(&config).err(), Some(expect));
        };
        refused(|config| config.queue.clear(), AddressError::Empty("queue"));
        refused(
            |config| config.exchange = "x".repeat(256),
            AddressError::TooLong("exchange"),
        );
        refused(
            |config| config.source_address = "vervet".to_owned(),
            AddressError::Source,
        );
    }
}
