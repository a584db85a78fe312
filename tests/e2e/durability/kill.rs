//! The process is killed, again and again.

use std::time::Duration;

use serde_json::json;
use tests::{Client, HostProcess};

use super::ledger::SharedLedger;
use super::load::Load;
use crate::payments::fields;

const ROUNDS: u32 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_kill() {
    let mut host = HostProcess::start();
    let tenant = host.tenant("athora").await;
    let key = tenant.team("payments", &fields()).await;
    let plugin = tenant.publish("large-amount").await;
    let config = json!({ "limits": { "EUR": 10_000 } });
    tenant
        .install("payments", "large-amount", &plugin, config)
        .await;

    let (mut last, mut acknowledged) = (0, 0);
    for round in 0..ROUNDS {
        let ledger = SharedLedger::default();
        let load = Load::start(&key.at(host.url()), &ledger, round);
        pause(5..150).await;
        host.kill();
        load.end().await;
        if round % 3 == 2 {
            // Killed while it reads what it had written.
            host.begin_start();
            pause(0..100).await;
            host.kill();
        }
        host.start_again();
        let known = ledger.lock().expect("no client panics").clone();
        let key: Client = key.at(host.url());
        last = known.check(&tenant, &key, round, last).await;
        acknowledged += known.acknowledged();
    }
    assert!(acknowledged > 0, "the host was never given time to answer");
}

async fn pause(milliseconds: std::ops::Range<u64>) {
    let pause = rand::random_range(milliseconds);
    tokio::time::sleep(Duration::from_millis(pause)).await;
}
