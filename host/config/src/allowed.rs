//! What each key may be: the one table that values are checked against and that the reference is written from.

use std::fmt;

use toml::Value;

use super::forms;

/// What a key may be set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// A whole number, both ends included.
    Number {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
        /// What is counted; empty where the key's name says it.
        unit: &'static str,
    },
    /// True or false.
    Switch,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A host and a port.
    Address,
    /// An absolute URL with http or https, or nothing.
    Url,
    /// The URL of a RabbitMQ broker, or nothing. It may hold a password.
    BrokerUrl,
    /// An absolute URI of any scheme, or nothing.
    Uri,
    /// A level, or directives of `tracing`.
    LogFilter,
    /// A text of 1 to 255 bytes.
    Name,
    /// A text that is not empty.
    Text,
    /// Any text.
    OptionalText,
    /// Any text, which is never printed.
    Secret,
}

const KIB: i64 = 1 << 10;
const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;
const TIB: i64 = 1 << 40;

const fn number(min: i64, max: i64) -> Allowed {
    Allowed::Number { min, max, unit: "" }
}

const fn seconds(min: i64, max: i64) -> Allowed {
    let unit = "seconds";
    Allowed::Number { min, max, unit }
}

const fn milliseconds(min: i64, max: i64) -> Allowed {
    let unit = "milliseconds";
    Allowed::Number { min, max, unit }
}

const fn bytes(min: i64, max: i64) -> Allowed {
    let unit = "bytes";
    Allowed::Number { min, max, unit }
}

const fn mib(min: i64, max: i64) -> Allowed {
    let unit = "MiB";
    Allowed::Number { min, max, unit }
}

const fn fuel(min: i64) -> Allowed {
    Allowed::Number {
        min,
        max: 1_000_000_000_000,
        unit: "units of fuel",
    }
}

/// Every key, in the order of the reference.
///
/// A minimum is what the host needs to do its work: the least fuel and memory are some times what the plugins that come with
/// the host need. A maximum is beyond what any machine can use, so that a slip of the unit is noticed.
pub(super) const ALLOWED: [(&str, Allowed); 85] = [
    ("listen", Allowed::Address),
    ("data", Allowed::Text),
    ("public_url", Allowed::Url),
    ("http.max_transaction_bytes", bytes(KIB, 16 * MIB)),
    ("http.max_body_bytes", bytes(KIB, GIB)),
    ("http.requests_per_second", number(0, 1_000_000)),
    ("http.connections", number(1, 1_000_000)),
    ("http.connections_per_peer", number(1, 1_000_000)),
    ("http.header_seconds", seconds(1, 3_600)),
    ("http.idle_body_seconds", seconds(1, 3_600)),
    ("http.idle_connection_seconds", seconds(1, 86_400)),
    ("http.stalled_answer_seconds", seconds(1, 86_400)),
    ("http.batch_spool_mib", mib(1, TIB / MIB)),
    ("http.tenant_spool_mib", mib(1, TIB / MIB)),
    ("http.requests_at_once_per_tenant", number(1, 256)),
    ("http.requests_waiting_per_tenant", number(0, 1_000_000)),
    ("http.passwords_at_once", number(1, 1_024)),
    ("http.passwords_waiting_per_tenant", number(0, 100_000)),
    ("http.stop_seconds", seconds(0, 3_600)),
    ("store.cache_mib", mib(4, TIB / MIB)),
    ("files.kind", Allowed::OneOf(&["local", "s3"])),
    ("files.path", Allowed::OptionalText),
    ("files.bucket", Allowed::OptionalText),
    ("files.prefix", Allowed::OptionalText),
    ("files.region", Allowed::OptionalText),
    ("files.endpoint", Allowed::Url),
    ("files.allow_http", Allowed::Switch),
    ("files.max_document_bytes", bytes(KIB, 4 * GIB)),
    ("lanes.workers", number(0, 1_024)),
    ("lanes.lateness_days", number(0, 3_650)),
    ("lanes.idle_minutes", number(1, 525_600)),
    ("lanes.window_mib", mib(1, TIB / MIB)),
    ("lanes.max_plan_price", number(100, 1_000_000)),
    ("lanes.input_milliseconds", milliseconds(0, 10_000)),
    ("lanes.prepare_in_request_rows", number(0, 10_000_000)),
    ("sessions.history_months", number(1, 600)),
    ("sessions.client_id", Allowed::OptionalText),
    ("sessions.context", Allowed::OptionalText),
    ("sessions.tenant", Allowed::OptionalText),
    ("sessions.stalled_after_seconds", seconds(1, 31_536_000)),
    ("rabbitmq.url", Allowed::BrokerUrl),
    ("rabbitmq.user", Allowed::OptionalText),
    ("rabbitmq.password", Allowed::Secret),
    ("rabbitmq.virtual_host", Allowed::OptionalText),
    ("rabbitmq.exchange", Allowed::Name),
    ("rabbitmq.queue", Allowed::Name),
    ("rabbitmq.declare", Allowed::Switch),
    ("rabbitmq.namespace", Allowed::Name),
    ("rabbitmq.source_address", Allowed::Uri),
    ("rabbitmq.confirm_seconds", seconds(1, 3_600)),
    ("plugins.row_fuel", fuel(200_000)),
    ("plugins.large_row_fuel", fuel(1_000_000)),
    ("plugins.setup_fuel", fuel(1_000_000)),
    ("plugins.alert_fuel", fuel(200_000)),
    ("plugins.call_milliseconds", milliseconds(100, 600_000)),
    ("plugins.memory_bytes", bytes(4 * MIB, 4 * GIB)),
    ("plugins.large_memory_bytes", bytes(4 * MIB, 4 * GIB)),
    ("plugins.setup_memory_bytes", bytes(4 * MIB, TIB)),
    ("plugins.row_findings", number(1, 10_000)),
    ("plugins.answer_bytes", bytes(64 * KIB, GIB)),
    ("plugins.alert_bytes", bytes(4 * KIB, GIB)),
    ("plugins.prepared_bytes", bytes(KIB, MIB)),
    ("plugins.log_lines", number(0, 100_000)),
    ("plugins.log_line_bytes", bytes(64, MIB)),
    ("plugins.upload_bytes", bytes(MIB, GIB)),
    ("plugins.compile_seconds", seconds(5, 3_600)),
    ("plugins.compile_memory_bytes", bytes(2 * GIB, TIB)),
    (
        "plugins.publish_wait_milliseconds",
        milliseconds(0, 3_600_000),
    ),
    ("plugins.compile_at_once", number(1, 1_024)),
    ("plugins.max_plugins", number(1, 100_000)),
    ("plugins.idle_code_bytes", bytes(0, TIB)),
    ("plugins.pooled_code_bytes", bytes(0, GIB)),
    ("plugins.pooled_instances", number(1, 10_000)),
    ("plugins.large_instances", number(1, 10_000)),
    ("plugins.open_files", number(1, 10_000)),
    ("deliveries.allow_private", Allowed::Switch),
    ("deliveries.allow_http", Allowed::Switch),
    ("deliveries.directory_root", Allowed::OptionalText),
    ("deliveries.at_once", number(1, 1_000)),
    ("deliveries.at_once_per_tenant", number(1, 1_000)),
    ("deliveries.connect_seconds", seconds(1, 300)),
    ("deliveries.answer_seconds", seconds(1, 3_600)),
    ("deliveries.max_webhook_mib", mib(1, 10 * GIB / MIB)),
    ("log.level", Allowed::LogFilter),
    ("log.format", Allowed::OneOf(&["text", "json"])),
];

/// What a key may be; none if there is no such key.
pub(super) fn allowed(key: &str) -> Option<Allowed> {
    let found = ALLOWED.iter().find(|(name, _)| *name == key);
    found.map(|(_, allowed)| *allowed)
}

impl Allowed {
    /// The value that a text stands for in a variable or a flag. It may still be one that is not allowed.
    pub(super) fn value_of(self, text: &str) -> Value {
        let parsed = match self {
            Self::Number { .. } => text.trim().parse().ok().map(Value::Integer),
            Self::Switch => text.trim().parse().ok().map(Value::Boolean),
            _ => None,
        };
        parsed.unwrap_or_else(|| Value::String(text.to_owned()))
    }

    /// Whether a value is allowed.
    pub(super) fn allows(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number { min, max, .. }, Value::Integer(number)) => (min..=max).contains(number),
            (Self::Switch, Value::Boolean(_)) => true,
            (_, Value::String(text)) => self.allows_text(text),
            _ => false,
        }
    }

    fn allows_text(self, text: &str) -> bool {
        // Nothing that is configured has more than one line, and the reference is written by line.
        if text.contains(char::is_control) && self != Self::Secret {
            return false;
        }
        match self {
            Self::Number { .. } | Self::Switch => false,
            Self::OneOf(words) => words.contains(&text),
            Self::Address => forms::is_address(text),
            Self::Url => text.is_empty() || forms::is_http_url(text),
            Self::BrokerUrl => text.is_empty() || forms::is_broker_url(text),
            Self::Uri => text.is_empty() || forms::is_absolute_uri(text),
            Self::LogFilter => forms::is_log_filter(text),
            Self::Name => (1..=255).contains(&text.len()),
            Self::Text => !text.is_empty(),
            Self::OptionalText | Self::Secret => true,
        }
    }
}

/// What is allowed, to follow "must be".
impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { min, max, unit: "" } => write!(out, "between {min} and {max}"),
            Self::Number { min, max, unit } => write!(out, "between {min} and {max} {unit}"),
            Self::Switch => write!(out, "true or false"),
            Self::OneOf(words) => {
                for (index, word) in words.iter().enumerate() {
                    let separator = if index == 0 { "" } else { " or " };
                    write!(out, "{separator}'{word}'")?;
                }
                Ok(())
            }
            Self::Address => write!(
                out,
                "an address and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080"
            ),
            Self::Url => write!(
                out,
                "an absolute http or https URL without query, such as https://vervet.example.com, or empty"
            ),
            Self::BrokerUrl => write!(
                out,
                "amqp://host:port/vhost or amqps://host:port/vhost, or empty"
            ),
            Self::Uri => write!(
                out,
                "an absolute URI, such as rabbitmq://node1/vhost/vervet, or empty"
            ),
            Self::LogFilter => write!(
                out,
                "off, error, warn, info, debug or trace, or directives such as info,engine::lane=debug"
            ),
            Self::Name => write!(out, "a text of 1 to 255 bytes without control characters"),
            Self::Text => write!(out, "a text without control characters that is not empty"),
            Self::OptionalText => write!(out, "a text without control characters"),
            Self::Secret => write!(out, "a text"),
        }
    }
}
