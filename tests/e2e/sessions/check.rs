//! `vervet events check`, and what the configuration prints.

use std::process::{Command, Output};

use tests::program::vervet;
use tests::rabbitmq::BROKER;
use tests::{TestHost, VirtualHost};

use super::hub::{CLIENT, CONTEXT, Hub, announce};

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    Command::new(vervet())
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("VERVET_SESSIONS_CLIENT_ID", CLIENT)
        .env("VERVET_SESSIONS_CONTEXT", CONTEXT)
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs")
}

fn text(output: &Output) -> String {
    let both = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Checks a broker; answers whether all is good, and what was said.
fn check(url: &str, more: &[(&str, &str)]) -> (bool, String) {
    let variables = [&[("VERVET_RABBITMQ_URL", url)], more].concat();
    let output = run(&["events", "check"], &variables);
    (output.status.success(), text(&output))
}

#[track_caller]
fn fails(url: &str, more: &[(&str, &str)], expect: &str) {
    let (is_good, said) = check(url, more);
    assert!(!is_good && said.contains(expect), "{expect:?} in: {said}");
    assert!(!said.contains("secret"), "no password is said: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_wrong_is_told_apart() {
    let virtual_host = VirtualHost::make();
    let (url, name) = (virtual_host.url(BROKER), virtual_host.name().to_owned());
    let not_declared = [("VERVET_RABBITMQ_DECLARE", "false")];

    let (is_good, said) = check(&url, &[]);
    assert!(
        is_good && said.contains("it is made when the host starts"),
        "{said}"
    );
    fails(&url, &not_declared, "there is no exchange 'reporting'");
    fails(&url, &not_declared, "there is no queue 'reporting'");
    fails("amqp://u:secret@127.0.0.1:1/x", &[], "cannot be reached");
    fails(
        "amqp://u:secret@no-such-host.invalid/x",
        &[],
        "cannot be reached",
    );
    fails(
        &format!("amqp://{name}:secrets@{BROKER}/{name}"),
        &[],
        "refuses the login",
    );
    fails(
        &url,
        &[("VERVET_RABBITMQ_PASSWORD", "other")],
        "refuses the login",
    );
    fails(
        &url,
        &[("VERVET_RABBITMQ_VIRTUAL_HOST", "none")],
        "no virtual host 'none'",
    );
    fails(&url.replace("amqp:", "amqps:"), &[], "TLS");
    fails("", &[], "no broker is configured");
    fails(
        "http://x",
        &[],
        "'rabbitmq.url' is 'http://x', but must be amqp://",
    );

    // Nothing was made by looking.
    fails(&url, &not_declared, "there is no queue 'reporting'");
    let host = TestHost::builder()
        .in_memory()
        .config(|config| announce(config, &url));
    let hub = Hub::with(virtual_host, host).await;
    hub.until("all is declared", |events| events["broker"] == "connected")
        .await;
    let (is_good, said) = check(&url, &not_declared);
    assert!(is_good, "{said}");
    assert_eq!(said.matches("is there").count(), 3, "{said}");
    // The exchange that every virtual host has for topics is of another type.
    fails(
        &url,
        &[("VERVET_RABBITMQ_EXCHANGE", "amq.topic")],
        "amq.topic",
    );
    assert!(hub.consume().so_far().is_empty(), "nothing is published");
    hub.host.stop().await;
}

#[test]
fn no_password_is_printed() {
    let secrets = [
        ("VERVET_RABBITMQ_URL", "amqp://hub:secret@node1/x"),
        ("VERVET_RABBITMQ_PASSWORD", "secret"),
    ];
    let printed = run(&["serve", "--print-config"], &secrets);
    assert!(printed.status.success(), "{}", text(&printed));
    assert!(!text(&printed).contains("secret"), "{}", text(&printed));
    assert!(
        text(&printed).contains("amqp://hub:***@node1/x"),
        "{}",
        text(&printed)
    );
    let months = run(
        &["serve", "--print-config"],
        &[("VERVET_SESSIONS_HISTORY_MONTHS", "24")],
    );
    assert!(
        text(&months).contains("history_months = 24"),
        "{}",
        text(&months)
    );

    let wrong = [
        ("VERVET_RABBITMQ_URL", "amqp://node1"),
        ("VERVET_SESSIONS_CLIENT_ID", ""),
    ];
    let refused = run(&["serve"], &wrong);
    assert!(
        text(&refused).contains("'sessions.client_id' is '', but must be set"),
        "{}",
        text(&refused)
    );
}

#[test]
fn the_compose_file_sets_what_there_is_and_no_password_has_a_default() {
    let compose = include_str!("../../../compose.yaml");
    let known: Vec<String> = config::known_keys()
        .keys()
        .map(|key| format!("VERVET_{}", key.replace('.', "_").to_uppercase()))
        .collect();
    let settings = compose
        .lines()
        .filter_map(|line| line.trim().split_once(": "));
    let (mut variables, mut secrets) = (0, 0);
    for (name, value) in settings {
        if name.starts_with("VERVET_") {
            variables += 1;
            let is_known = known.iter().any(|known| known == name);
            assert!(is_known || name == "VERVET_ADMIN_TOKEN", "{name}");
        }
        if ["PASS", "TOKEN"].iter().any(|secret| name.contains(secret)) {
            secrets += 1;
            assert!(
                value.starts_with("${") && value.contains(":?set "),
                "{name}: {value}"
            );
        }
    }
    assert_eq!((variables, secrets), (12, 3));
    assert!(compose.contains("${VERVET_SESSIONS_HISTORY_MONTHS:-13}"));
}
