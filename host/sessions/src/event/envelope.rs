//! The message, to the letter of what its readers know: the envelope that MassTransit writes.

use domain::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{Address, SessionEvent};

/// The content type of an envelope, as property and as header.
pub const CONTENT_TYPE: &str = "application/vnd.masstransit+json";

/// The version of MassTransit whose envelope this is.
const MASS_TRANSIT_VERSION: &str = "6.3.2.0";
/// What the hub says of whoever invoked a push of a session's state.
const INVOKED_BY_SESSION: u8 = 12;

/// A message as it is written. Members that have no value are left out, as MassTransit does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'e> {
    message_id: Uuid,
    conversation_id: Uuid,
    source_address: &'e str,
    destination_address: String,
    message_type: [String; 1],
    message: Message<'e>,
    sent_time: String,
    headers: Headers,
    host: Host,
}

/// What readers interpret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'e> {
    session_id: Uuid,
    session_external_id: &'e str,
    user_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_months: Option<u32>,
}

/// What the hub's own tools interpret.
#[derive(Debug, Serialize)]
struct Headers {
    /// JSON within JSON.
    #[serde(rename = "ExecutionData")]
    execution_data: String,
    #[serde(rename = "Execution-Id")]
    execution_id: Uuid,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionData<'e> {
    ignore_log: bool,
    external_user_id: Option<&'e str>,
    id: Uuid,
    log_id: Uuid,
    tenant_id: Option<&'e str>,
    is_multitenancy_mode: bool,
    invoker: u8,
    context: ExecutionContext<'e>,
    extra_data: Option<&'e str>,
    build_id: &'e str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionContext<'e> {
    user_id: &'e str,
    consent_id: Uuid,
    /// Never: a message speaks of the session.
    account_id: Option<&'e str>,
    payment_id: Option<&'e str>,
    session_id: Uuid,
}

/// Which process sends.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    machine_name: String,
    process_name: &'static str,
    process_id: u32,
    assembly: &'static str,
    assembly_version: String,
    framework_version: String,
    mass_transit_version: &'static str,
    operating_system_version: String,
}

impl<'e> Envelope<'e> {
    /// The message of an event.
    pub fn new(event: &'e SessionEvent, address: &'e Address) -> Self {
        let execution_data = ExecutionData {
            ignore_log: false,
            external_user_id: None,
            id: event.execution_id,
            log_id: event.log_id,
            tenant_id: None,
            is_multitenancy_mode: false,
            invoker: INVOKED_BY_SESSION,
            context: ExecutionContext {
                user_id: &event.user,
                consent_id: event.consent,
                account_id: None,
                payment_id: None,
                session_id: event.session,
            },
            extra_data: None,
            build_id: env!("CARGO_PKG_VERSION"),
        };
        Self {
            message_id: event.message_id,
            conversation_id: event.conversation_id,
            source_address: &address.source,
            destination_address: address.destination(),
            message_type: [format!("urn:message:{}:{}", address.namespace, event.event)],
            message: Message {
                session_id: event.session,
                session_external_id: &event.external_id,
                user_id: event.hub_user,
                no_months: event.months,
            },
            sent_time: moment(Timestamp::from_micros(event.made_at)),
            headers: Headers {
                execution_data: serde_json::to_string(&execution_data)
                    .expect("execution data is plain"),
                execution_id: event.execution_id,
            },
            host: Host::this(),
        }
    }

    /// The body of the message.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an envelope is plain data")
    }
}

impl Host {
    fn this() -> Self {
        Self {
            machine_name: kernel("hostname").unwrap_or_else(|| "unknown".to_owned()),
            process_name: "Vervet",
            process_id: std::process::id(),
            assembly: "Vervet",
            assembly_version: version_of(env!("CARGO_PKG_VERSION"), 4),
            framework_version: version_of(env!("CARGO_PKG_RUST_VERSION"), 3),
            mass_transit_version: MASS_TRANSIT_VERSION,
            operating_system_version: format!(
                "Unix {}",
                version_of(&kernel("osrelease").unwrap_or_default(), 4)
            ),
        }
    }
}

/// What the kernel says of itself; none on systems that say it elsewhere.
fn kernel(what: &str) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/sys/kernel/{what}")).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The first numbers of a version, so many of them: readers parse versions of a fixed number of parts.
fn version_of(version: &str, parts: usize) -> String {
    let numbers = version.split(|letter: char| !letter.is_ascii_digit());
    let numbers = numbers.filter_map(|number| number.parse::<u32>().ok());
    let numbers: Vec<String> = numbers
        .chain(std::iter::repeat(0))
        .take(parts)
        .map(|number| number.to_string())
        .collect();
    numbers.join(".")
}

/// UTC with `Z`, and as many digits of a second's fraction as are not zero.
fn moment(at: Timestamp) -> String {
    let micros = at.as_micros();
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let whole = Timestamp::from_micros(seconds * 1_000_000).to_string();
    let whole = whole.trim_end_matches('Z');
    match format!("{fraction:06}").trim_end_matches('0') {
        "" => format!("{whole}Z"),
        digits => format!("{whole}.{digits}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_readers_parse_them() {
        let check = |micros, expect: &str| {
            assert_eq!(moment(Timestamp::from_micros(micros)), expect);
        };
        check(1_614_693_738_070_977, "2021-03-02T14:02:18.070977Z");
        check(1_614_693_738_100_000, "2021-03-02T14:02:18.1Z");
        check(1_614_693_738_000_000, "2021-03-02T14:02:18Z");
    }

    #[test]
    fn versions_have_as_many_parts_as_readers_expect() {
        let check = |version: &str, parts, expect: &str| {
            assert_eq!(version_of(version, parts), expect, "{version}");
        };
        check("0.1.0", 4, "0.1.0.0");
        check("1.95", 3, "1.95.0");
        check("3.10.0-1127.el7.x86_64", 4, "3.10.0.1127");
        check("", 4, "0.0.0.0");
    }
}
