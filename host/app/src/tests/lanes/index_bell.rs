//! Transactions that are too far ahead of an index.

use super::*;
use engine::lane::testing::{self, SEAL_AT, Sealed, WAIT_AT};

#[tokio::test(flavor = "multi_thread")]
async fn transactions_that_wait_for_an_index_keep_no_worker() {
    let fixture = Fixture::with(|config| config.lanes.workers = 1).await;
    let other = fixture.app.create_tenant("other", "Other", "UTC").await;
    let other = fixture.app.lane(TenantId(other.expect("a tenant").id));
    let other = other.expect("its lane");
    let accepted = fixture.post(&[&payload("t1", "1")]).await;
    accepted.expect("accepted");
    let view = fixture.lane.team(1).await.expect("the team");
    let of_sequence = |sequence| IndexRow {
        txn_id: 0,
        customer_id: 0,
        date_time: Timestamp::from_micros(0),
        sequence,
    };
    (0..SEAL_AT).for_each(|_| testing::push(&view, of_sequence(1)));
    let sealed = Sealed::tail_of(&view).expect("enough of them are durable");
    (0..WAIT_AT).for_each(|_| testing::push(&view, of_sequence(2)));

    let payloads = [&*payload("t2", "1")];
    let mut posted = std::pin::pin!(fixture.post(&payloads));
    assert!(futures::poll!(&mut posted).is_pending());
    other.load().await.expect("the only worker is free");
    assert!(futures::poll!(&mut posted).is_pending());
    assert_eq!(fixture.lane.waiting_rows(), 1);

    sealed.write(&view);
    testing::ring(&fixture.app.services.index_bell);
    posted.await.expect("accepted");
}
