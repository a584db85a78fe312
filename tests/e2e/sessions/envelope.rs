//! Messages, member by member, beside the one that their readers know.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::TestHost;
use tests::rabbitmq::event_of;

use super::hub::{Hub, Session};

/// The message that readers know.
const EXAMPLE: &str = include_str!("example.json");

/// What differs on purpose: a message speaks of a session, never of an account.
const NO_ACCOUNT: &str = "headers.ExecutionData.Context.AccountId";

/// Every member of a message and the form of its value, by path.
fn forms(value: &Value) -> BTreeMap<String, String> {
    fn into(found: &mut BTreeMap<String, String>, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let path = format!("{path}.{name}");
                    into(found, path.trim_start_matches('.'), member);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    into(found, &format!("{path}[{number}]"), item);
                }
            }
            // JSON within JSON.
            Value::String(text) if text.starts_with('{') => {
                let inner = serde_json::from_str(text).expect("JSON");
                into(found, path, &inner);
            }
            leaf => drop(found.insert(path.to_owned(), form(leaf))),
        }
    }
    let mut found = BTreeMap::new();
    into(&mut found, "", value);
    found
}

fn form(value: &Value) -> String {
    let Value::String(text) = value else {
        let name = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            _ => "whole number",
        };
        assert!(!value.is_f64(), "{value}");
        return name.to_owned();
    };
    // Digits and letters stand for all of their kind.
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_guid = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        });
    let version = |text: &str| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.iter().all(|part| digits(part)).then_some(parts.len())
    };
    if is_guid {
        return "GUID".to_owned();
    }
    if let Some(parts) = version(text).filter(|parts| *parts > 1) {
        return format!("version of {parts} parts");
    }
    if let Some(parts) = text.strip_prefix("Unix ").and_then(version) {
        return format!("Unix, version of {parts} parts");
    }
    if let Some(urn) = text.strip_prefix("urn:message:") {
        return format!("urn of {} parts", urn.split(':').count());
    }
    if let Some(address) = text.strip_prefix("rabbitmq://") {
        return format!("address of {} parts", address.split('/').count());
    }
    if text.ends_with('Z') && text.get(10..11) == Some("T") && text.len() <= 28 {
        let (whole, fraction) = text
            .trim_end_matches('Z')
            .split_once('.')
            .unwrap_or((text, "0"));
        assert!(whole.len() == 19 || fraction == "0", "{text}");
        assert!(digits(fraction) && fraction.len() <= 7, "{text}");
        return "moment in UTC".to_owned();
    }
    "text".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_of_the_form_that_readers_know() {
    let hub = Hub::on(TestHost::builder().in_memory().config(|config| {
        config.rabbitmq.source_address =
            "rabbitmq://node1/143-20210226-4/PushService_SessionUpdated".to_owned();
    }))
    .await;
    let session = Session::begin(
        &hub.client,
        "regression_AISP_BPKOPLPW_2021-03-02T13:58:32.910Z",
        "xxxxxxxxxxxxxxxxxxxxxxxx",
    )
    .await;
    session.run().await;
    let details = session.details().await;
    let mut queue = hub.consume();
    let messages = queue.at_least(3);

    let example: Value = serde_json::from_str(EXAMPLE).expect("JSON");
    let mut expect = forms(&example);
    expect.insert(NO_ACCOUNT.to_owned(), "null".to_owned());
    expect.insert(
        "headers.ExecutionData.BuildId".to_owned(),
        "version of 3 parts".to_owned(),
    );
    for message in messages {
        let mut found = forms(message);
        let months = found.remove("message.noMonths");
        let is_of_transactions = event_of(message) == "TransactionsSyncFinished";
        assert_eq!(months.is_some(), is_of_transactions, "{message}");
        assert_eq!(found, expect);
    }

    let read = &messages[1];
    assert_eq!(read["messageType"], example["messageType"]);
    assert_eq!(read["sourceAddress"], example["sourceAddress"]);
    let destination = format!("rabbitmq://127.0.0.1/{}/reporting", hub.virtual_host.name());
    assert_eq!(read["destinationAddress"], destination);
    assert_eq!(
        read["message"]["sessionExternalId"],
        example["message"]["sessionExternalId"]
    );
    assert_eq!(read["message"]["sessionId"], details["sessionId"]);
    assert_eq!(read["message"]["userId"], details["userId"]);
    assert_eq!(read["host"]["massTransitVersion"], "6.3.2.0");
    let data = read["headers"]["ExecutionData"].as_str().expect("a text");
    let data: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(data["Id"], read["headers"]["Execution-Id"]);
    assert_eq!(data["Context"]["SessionId"], details["sessionId"]);
    assert_eq!(data["Context"]["UserId"], details["externalUserId"]);
    assert_ne!(data["Context"]["UserId"], read["message"]["userId"]);

    // One conversation, three messages.
    let ids = |member: &str| {
        let ids = messages.iter().map(|message| message[member].to_string());
        ids.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((ids("conversationId"), ids("messageId")), (1, 3));
    hub.host.stop().await;
}
