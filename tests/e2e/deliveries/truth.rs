//! The host is killed between run and delivery, again and again: every run arrives all the same.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tests::HostProcess;

use super::receiver::{Receiver, Reply};
use super::{definition, until};
use crate::payments::{fields, payment};

const ROUNDS: u64 = 12;
const SEED: u64 = 20_260_301;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the receiver does with each first request of a run; it takes the others.
fn first_reply(draw: u8) -> Reply {
    match draw % 8 {
        0 => Reply::Status(500),
        1 => Reply::BreakOff(100),
        2 => Reply::Hang,
        3 => Reply::Status(410),
        4 => Reply::With(429, "retry-after", "1".to_owned()),
        5 => Reply::With(302, "location", "/elsewhere".to_owned()),
        _ => Reply::Status(200),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_arrives_however_often_the_host_is_killed() {
    let mut random = StdRng::seed_from_u64(SEED);
    let root = tempfile::tempdir().expect("a directory");
    let mut host = HostProcess::start_with(&[
        ("VERVET_DELIVERIES_ALLOW_PRIVATE", "true"),
        ("VERVET_DELIVERIES_ALLOW_HTTP", "true"),
        ("VERVET_DELIVERIES_ANSWER_SECONDS", "2"),
        (
            "VERVET_DELIVERIES_DIRECTORY_ROOT",
            &root.path().display().to_string(),
        ),
    ]);
    let tenant = host.tenant("athora").await;
    let key = tenant.team("payments", &fields()).await;
    let rule = tenant.publish("large-amount").await;
    let config = json!({ "limits": { "EUR": 10_000 } });
    tenant
        .install("payments", "large-amount", &rule, config)
        .await;
    for number in 0..50 {
        let transaction = payment(&format!("t{number}"), "anna", 20_000.0);
        key.post("/v1/transactions", transaction).await.expect(201);
    }
    let formatter = tenant.publish("ndjson").await;

    let seen = Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let draws: Arc<Vec<u8>> = Arc::new((0..=u8::MAX).map(|_| random.random()).collect());
    let receiver = Receiver::start(move |number, request| {
        let run = request.header("vervet-run").to_owned();
        match seen.lock().expect("no panic").insert(run) {
            true => first_reply(draws[number % draws.len()]),
            false => Reply::Status(200),
        }
    })
    .await;
    let places = json!([
        { "kind": "webhook", "url": receiver.url() },
        { "kind": "object_store", "directory": "files" },
    ]);

    for round in 0..ROUNDS {
        let client = tenant.administrator.at(host.url());
        let export = format!("/v1/exports/e{round}");
        client
            .put(&export, definition(&formatter, places.clone()))
            .await
            .expect(201);
        client
            .post(&format!("{export}/runs"), json!({}))
            .await
            .expect(202);
        tokio::time::sleep(Duration::from_millis(random.random_range(0..60))).await;
        host.kill();
        if random.random_bool(0.3) {
            host.begin_start();
            tokio::time::sleep(Duration::from_millis(random.random_range(0..200))).await;
            host.kill();
        }
        host.start_again();
    }

    let client = tenant.administrator.at(host.url());
    let (mut arrived, mut repeated) = (0, 0);
    for round in 0..ROUNDS {
        let runs = format!("/v1/exports/e{round}/runs");
        let is_over = |page: &Value| {
            let runs = page["items"].as_array().expect("items");
            runs.iter().all(|run| {
                let deliveries = run["deliveries"].as_array().expect("deliveries");
                run["state"] == "ready" && deliveries.iter().all(|one| one["state"] != "pending")
            })
        };
        let page = until(async || client.get(&runs).await.expect(200), is_over).await;
        let items = page["items"].as_array().expect("items");
        assert_eq!(items.len(), 1, "what was acknowledged is there");
        for run in items {
            assert_eq!(run["deliveries"].as_array().map(Vec::len), Some(2));
            let of_run = receiver.received();
            let of_run: Vec<_> = of_run
                .iter()
                .filter(|one| one.header("vervet-run") == run["id"])
                .collect();
            for one in &of_run {
                assert_eq!(one.header("webhook-id"), run["deliveries"][0]["message_id"]);
            }
            let whole = || of_run.iter().filter(|one| one.whole);
            for one in whole() {
                assert_eq!(hex(&Sha256::digest(&one.body)), run["sha256"]);
            }
            let webhook = &run["deliveries"][0];
            let was_answered = |status| whole().any(|one| one.answered == Some(status));
            match webhook["state"].as_str() {
                Some("delivered") => assert!(was_answered(200), "{webhook}"),
                Some("stopped") => {
                    assert!(was_answered(410), "{webhook}");
                    let reason = webhook["reason"].as_str().expect("a reason");
                    assert!(reason.contains("410"), "{reason}");
                }
                _ => panic!("neither delivered nor stopped: {webhook}"),
            }
            assert_eq!(run["deliveries"][1]["state"], "delivered");
            arrived += 1;
            repeated += of_run.len() - 1;

            let folder = root.path().join(format!("athora/files/e{round}"));
            let names: Vec<_> = std::fs::read_dir(&folder)
                .expect("a directory")
                .map(|entry| entry.expect("an entry").path())
                .collect();
            assert_eq!(names.len(), 3, "{names:?}");
            let file = names
                .iter()
                .find(|path| path.extension().is_some_and(|it| it == "ndjson"));
            let bytes = std::fs::read(file.expect("the file")).expect("bytes");
            assert_eq!(hex(&Sha256::digest(&bytes)), run["sha256"]);
        }
    }
    assert_eq!(arrived, ROUNDS);
    assert!(repeated > 0, "no try was ever cut off or refused");
}
