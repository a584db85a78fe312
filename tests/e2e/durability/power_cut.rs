//! The power is cut: what was not synced is lost, or some of it is not.

use std::sync::Arc;
use std::time::Duration;

use store::memory::MemoryBackend;
use tests::TestHost;

use super::ledger::SharedLedger;
use super::load::Load;
use crate::payments::Payments;

const ROUNDS: u32 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_power_cut() {
    let mut backend = Arc::new(MemoryBackend::new());
    let builder = TestHost::builder().over(backend.clone());
    let mut payments = Payments::on(builder).await.with_large_amount().await;

    let (mut last, mut acknowledged) = (0, 0);
    for round in 0..ROUNDS {
        let ledger = SharedLedger::default();
        let load = Load::start(&payments.key, &ledger, round);
        tokio::time::sleep(Duration::from_millis(rand::random_range(5..100))).await;
        // The disk has taken what it has not confirmed.
        backend.hold_sync();
        let waiting = backend.clone();
        let held = tokio::task::spawn_blocking(move || waiting.wait_until_unsynced(1));
        held.await.expect("there is always more to write");
        // Long enough for an answer that does not wait for the disk.
        tokio::time::sleep(Duration::from_millis(20)).await;
        // Nothing may be known to a client that is not on the disk a moment later.
        let mut known = ledger.lock().expect("no client panics").clone();
        let surviving = rand::random_range(0..=1);
        let left = Arc::new(backend.power_cut(surviving));
        backend.release_sync();
        load.end().await;
        known.sent_until_the_end(&ledger.lock().expect("no client panics"));

        payments.host.restart_over(left.clone()).await;
        backend = left;
        last = known
            .check(&payments.tenant, &payments.key, round, last)
            .await;
        acknowledged += known.acknowledged();
    }
    assert!(acknowledged > 0, "the host was never given time to answer");
    payments.host.stop().await;
}
