//! Windows over a team's stored rows are what they are over a table of the same transactions.

use std::sync::Arc;

use domain::column::Evidence;
use domain::payload::Transaction;
use domain::rule::{
    Aggregate, Comparison, Condition, Input, Operand, Plan, Source, Statistic, Window,
};
use domain::window::{
    BoundPlan, History, InputBatch, InputLimits, Inputs, Lists, RowLayout, TableHistory,
};

use super::*;
use engine::lane::AheadReader;
use engine::lane::testing::{self, Rebuild};
use store::key::TeamId;

struct NoLists;

impl Lists for NoLists {
    fn contains(&self, _list: &str, _text: &str) -> bool {
        false
    }
}

/// How much a customer paid in 30 days, and in those of more than 50.
pub(super) fn plan() -> Plan {
    let window = |conditions| Window {
        by: "customer_id".into(),
        length_seconds: 30 * 86_400,
        delay_seconds: 0,
        conditions,
    };
    let more_than_50 = Condition {
        field: "amount".into(),
        comparison: Comparison::Greater,
        operand: Operand::Number(50.0),
    };
    let sources = [
        (Statistic::Sum, "amount", Vec::new()),
        (Statistic::Count, "", vec![more_than_50]),
    ];
    let input = |(statistic, field, conditions): (Statistic, &str, Vec<Condition>)| Input {
        name: format!("{statistic:?}"),
        source: Source::Aggregate(Aggregate {
            statistic,
            field: field.into(),
            window: window(conditions),
        }),
    };
    Plan {
        inputs: sources.into_iter().map(input).collect(),
        prepared: Vec::new(),
    }
}

/// Payloads whose times have little to do with their order: of 20 customers, over 200 days.
pub(super) fn payloads(numbers: std::ops::Range<u64>) -> Vec<String> {
    payloads_of(20, numbers)
}

/// The same of so many customers.
fn payloads_of(customers: u64, numbers: std::ops::Range<u64>) -> Vec<String> {
    let one = |number: u64| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let (customer, day) = (mixed % customers, mixed / customers % 200);
        let at = Timestamp::from_micros((1_700_000_000 + day as i64 * 86_400) * 1_000_000);
        format!(
            r#"{{"txn_id":"t{number}","customer_id":"c{customer}","date_time":"{at}","amount":{}}}"#,
            mixed % 100
        )
    };
    numbers.map(one).collect()
}

impl Fixture {
    pub(super) async fn post_many(&self, payloads: &[String]) {
        for chunk in payloads.chunks(100) {
            let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
            self.post(&chunk).await.expect("durable");
        }
    }

    /// From now on the lane adds rows to what the windows are computed from.
    async fn follow(&self) {
        let view = self.lane.team(1).await.expect("the team");
        let (rows, layouts) = self.rows_and_layouts().await;
        testing::need(&rows, &view, &layouts).expect("rows");
    }

    /// What the windows are computed from, and what they need of it.
    async fn rows_and_layouts(&self) -> (Arc<TeamRows>, Vec<RowLayout>) {
        let definitions = self.lane.definitions();
        let schema = definitions.teams.get("fraud").expect("the team").schema();
        let bound = BoundPlan::bind(&plan(), &schema.expect("a schema")).expect("it fits");
        let rows = &self.app.services.window_rows;
        let hash_key = definitions.tenant().expect("the tenant").hash_key;
        let rows = testing::rows_of(rows, self.tenant, TeamId(1), &hash_key);
        (rows, Arc::new(bound).row_layouts())
    }

    /// Computes the windows of all stored transactions from what is kept of them, and from a table of them.
    pub(super) async fn check(&self, memory_bytes: usize) {
        let view = self.lane.team(1).await.expect("the team");
        let schema = self
            .lane
            .definitions()
            .teams
            .get("fraud")
            .expect("the team")
            .schema();
        let bound = BoundPlan::bind(&plan(), &schema.expect("a schema")).expect("it fits");
        let bound = Arc::new(bound);
        let mut walk = view.walk(1..=u64::MAX, Timestamp::MIN, Fields::All);
        let mut all: Vec<Transaction> = Vec::new();
        while let Some(step) = walk.step().expect("the store is read") {
            all.extend(step.into_iter().map(|placed| placed.transaction));
        }
        let reader = view.window_rows(&bound.row_layouts()).expect("rows");
        let limits = InputLimits {
            memory_bytes,
            ..InputLimits::default()
        };
        let inputs = Inputs::new(std::slice::from_ref(&bound), limits);
        let found = observed(inputs, &all, 1, |sequence| {
            Box::new(reader.before(sequence))
        });
        let inputs = Inputs::new(std::slice::from_ref(&bound), limits);
        let found_ahead = observed_ahead(inputs, &all, reader.reading_ahead());
        let inputs = Inputs::new(&[bound], InputLimits::default());
        let table = TableHistory::new(&inputs, &all);
        let expect = observed(inputs, &all, 0, |_| Box::new(&table));
        assert!(!expect.is_empty());
        assert!(found == expect, "windows of {} transactions", all.len());
        assert!(
            found_ahead == expect,
            "read ahead, of {} transactions",
            all.len()
        );
    }
}

/// The inputs of transactions whose sequence numbers begin with `first`.
fn observed<'h>(
    mut inputs: Inputs,
    all: &[Transaction],
    first: u64,
    history: impl Fn(u64) -> Box<dyn History + 'h>,
) -> Vec<Vec<Evidence>> {
    let mut batch = inputs.begin();
    for (sequence, transaction) in (first..).zip(all) {
        let history = history(sequence);
        inputs
            .observe(sequence, transaction, &NoLists, &*history, &mut batch)
            .expect("history is read");
    }
    evidence(&inputs, &batch)
}

/// The same with rows that are read before they are asked for.
fn observed_ahead(
    mut inputs: Inputs,
    all: &[Transaction],
    mut reader: AheadReader,
) -> Vec<Vec<Evidence>> {
    let mut batch = inputs.begin();
    for (sequence, transaction) in (1..).zip(all) {
        let behind = sequence as usize - 1;
        if behind.is_multiple_of(AheadReader::TRANSACTIONS) {
            let next = all[behind..].iter().take(AheadReader::TRANSACTIONS);
            reader.read_for(&mut inputs, next);
        }
        let history = reader.before(sequence);
        inputs
            .observe(sequence, transaction, &NoLists, &history, &mut batch)
            .expect("history is read");
    }
    evidence(&inputs, &batch)
}

fn evidence(inputs: &Inputs, batch: &InputBatch) -> Vec<Vec<Evidence>> {
    let columns = inputs.columns_of(0).iter();
    let column = |&column: &usize| {
        let values = &batch.columns[column];
        (0..batch.count as usize)
            .map(|row| values.evidence(row))
            .collect()
    };
    columns.map(column).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_over_stored_rows_are_right_before_and_after_a_power_cut() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..1_500)).await;
    host.check(usize::MAX).await;
    host.check(0).await;

    // What came since the index was made is taken up.
    host.post_many(&payloads(1_500..2_000)).await;
    host.check(usize::MAX).await;

    let host = host.after_power_cut().await;
    host.post_many(&payloads(2_000..2_300)).await;
    host.check(10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_of_many_customers_are_right_when_rows_are_read_ahead() {
    let host = Fixture::new().await;
    host.post_many(&payloads_of(400, 0..3_000)).await;
    host.check(usize::MAX).await;
    host.check(20_000).await;
    host.check(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_right_when_the_lane_was_rebuilt_after_a_failed_commit() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..300)).await;
    host.follow().await;
    host.post_many(&payloads(300..600)).await;
    host.backend.set_full(true);
    let never: Vec<String> = payloads(9_000..9_040);
    let never: Vec<&str> = never.iter().map(String::as_str).collect();
    host.post(&never).await.expect_err("no room");
    host.backend.set_full(false);
    // Of these some get the sequence numbers of those that were never kept.
    host.post_many(&payloads(600..900)).await;
    host.check(usize::MAX).await;
    host.check(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_missing_is_made_beside_the_lane() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..1_500)).await;
    let view = host.lane.team(1).await.expect("the team");
    let (rows, layouts) = host.rows_and_layouts().await;
    let missing = || testing::missing(&rows, &view, &layouts).expect("it is read");
    assert_eq!(missing(), 1_500);
    let rebuild = Rebuild::begin(view.clone(), layouts.clone()).expect("it begins");
    while rebuild.is_under_way() {
        host.post(&[&payload("one", "1")])
            .await
            .expect("the lane is free");
    }
    // What came after its end the lane takes in by itself.
    assert!(missing() <= 1);
    host.check(usize::MAX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_was_unloaded_goes_on_where_it_was() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..300)).await;
    host.follow().await;
    host.post_many(&payloads(300..400)).await;
    while !host.lane.unload() {
        // A turn that was answered is not over yet.
        tokio::task::yield_now().await;
    }
    assert!(!host.lane.unload(), "it holds nothing any more");
    host.lane.load().await.expect("it is loaded");
    let view = host.lane.team(1).await.expect("the team");
    assert!(!host.lane.unload(), "somebody reads its transactions");
    drop(view);
    while !host.lane.unload() {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.app.services.window_budget.used(), 0);
    let ingested = host
        .post(&[&payload("next", "1"), &payloads(5..6)[0]])
        .await;
    let expect = [("accepted", 401), ("duplicate", 6)];
    assert_eq!(said(&ingested.expect("durable")), expect);
    host.check(usize::MAX).await;
}
