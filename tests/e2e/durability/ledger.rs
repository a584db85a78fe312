//! What clients sent and what they were answered, to be held against what a host has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tests::{Client, TestTenant};

use crate::payments::{BATCH, POST, payment, with};

/// What clients know of the transactions of one round, by `txn_id`.
#[derive(Clone, Default)]
pub(super) struct Ledger {
    /// All that may have reached the host.
    sent: BTreeMap<String, Value>,
    /// The ids of the alerts of what was acknowledged.
    acknowledged: BTreeMap<String, Vec<String>>,
    /// The sequence, where the acknowledgement says it.
    sequences: BTreeMap<String, u64>,
}

/// A ledger that several clients write.
pub(super) type SharedLedger = Arc<Mutex<Ledger>>;

/// Transactions of a round have its day, so that they can be listed by it.
fn moment(round: u32) -> String {
    format!("2026-01-{:02}T12:00:00Z", round + 1)
}

impl Ledger {
    /// A new transaction, every fifth of which leads to an alert.
    pub(super) fn send(&mut self, round: u32, client: u32) -> Value {
        let number = self.sent.len();
        let id = format!("{round}-{client}-{number}");
        let amount = if number.is_multiple_of(5) {
            12_000.0
        } else {
            1.5
        };
        let at = serde_json::json!({ "date_time": moment(round) });
        let transaction = with(payment(&id, &format!("c{client}"), amount), at);
        self.sent.insert(id, transaction.clone());
        transaction
    }

    /// Takes down an answer, or a line of one, that says that the transaction is durable.
    pub(super) fn acknowledge(&mut self, answer: &Value) {
        let id = answer["txn_id"].as_str().expect("an id").to_owned();
        let alerts = alert_ids(answer);
        assert_eq!(alerts.len(), self.expected_alerts(&id), "{answer}");
        if let Some(sequence) = answer["sequence"].as_u64() {
            self.sequences.insert(id.clone(), sequence);
        }
        self.acknowledged.insert(id, alerts);
    }

    /// Takes over what was sent, and not what was answered since: that was by a host of the past.
    pub(super) fn sent_until_the_end(&mut self, later: &Self) {
        self.sent = later.sent.clone();
    }

    /// How many transactions were acknowledged.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    fn expected_alerts(&self, id: &str) -> usize {
        usize::from(self.sent[id]["amount"] == 12_000.0)
    }

    /// Holds what a host has of the round against what clients know, sends all of it again, and
    /// holds it against that once more. Sequences go on after `last`; answers the last one.
    pub(super) async fn check(
        &self,
        tenant: &TestTenant,
        key: &Client,
        round: u32,
        last: u64,
    ) -> u64 {
        let stored = transactions(key, round).await;
        for (id, alerts) in &self.acknowledged {
            let stored = stored.get(id).unwrap_or_else(|| panic!("{id} is lost"));
            assert_eq!(
                &alert_ids(stored),
                alerts,
                "{id}: the alerts that were answered"
            );
            if let Some(sequence) = self.sequences.get(id) {
                assert_eq!(stored["sequence"], *sequence, "{id}");
            }
        }
        self.check_whole(&stored, last);
        check_alerts(tenant, key).await;

        self.send_again(key, &stored).await;
        let stored = transactions(key, round).await;
        assert_eq!(stored.len(), self.sent.len());
        self.check_whole(&stored, last);
        last + stored.len() as u64
    }

    /// Each as it was sent, with its alert, in places without gaps or repeats.
    fn check_whole(&self, stored: &BTreeMap<String, Value>, last: u64) {
        let mut sequences = BTreeSet::new();
        for (id, stored) in stored {
            assert_eq!(stored["payload"], self.sent[id], "{id}");
            assert_eq!(
                alert_ids(stored).len(),
                self.expected_alerts(id),
                "{stored}"
            );
            sequences.insert(stored["sequence"].as_u64().expect("a sequence"));
        }
        let expect: BTreeSet<u64> = (last + 1..=last + stored.len() as u64).collect();
        assert_eq!(sequences, expect, "no gaps, no repeats");
    }

    /// What was stored is known again, with the same alerts; all other is accepted.
    async fn send_again(&self, key: &Client, stored: &BTreeMap<String, Value>) {
        let lines = self.sent.values().map(|sent| format!("{sent}\n"));
        let lines = lines.collect::<String>();
        let answer = key
            .post_as(BATCH, "application/x-ndjson", lines)
            .await
            .text();
        for line in answer.lines() {
            let line: Value = serde_json::from_str(line).expect(line);
            let id = line["txn_id"].as_str().expect("an id");
            match stored.get(id) {
                Some(stored) => {
                    assert_eq!(line["status"], 200, "{line}");
                    assert_eq!(alert_ids(&line), alert_ids(stored), "{line}");
                }
                None => assert_eq!(line["status"], 201, "{line}"),
            }
        }
        assert_eq!(answer.lines().count(), self.sent.len());
    }
}

fn alert_ids(answer: &Value) -> Vec<String> {
    let alerts = answer["alerts"].as_array().expect("alerts").iter();
    let ids = alerts.map(|alert| alert["id"].as_str().expect("an id"));
    ids.map(str::to_owned).collect()
}

/// The transactions of a round, by id.
async fn transactions(key: &Client, round: u32) -> BTreeMap<String, Value> {
    let (from, to) = (moment(round), moment(round + 1));
    let stored = key.all(&format!("{POST}?from={from}&to={to}")).await;
    let count = stored.len();
    let id = |stored: &Value| stored["txn_id"].as_str().expect("an id").to_owned();
    let by_id: BTreeMap<_, _> = stored.into_iter().map(|one| (id(&one), one)).collect();
    assert_eq!(by_id.len(), count, "none is listed twice");
    by_id
}

/// No alert without its transaction, which names it; none twice.
async fn check_alerts(tenant: &TestTenant, key: &Client) {
    let alerts = tenant.administrator.at(key.base()).all("/v1/alerts").await;
    let stored = key.all(POST).await;
    let named: BTreeSet<(String, String)> = stored
        .iter()
        .flat_map(|stored| {
            let txn_id = stored["txn_id"].as_str().expect("an id").to_owned();
            alert_ids(stored)
                .into_iter()
                .map(move |id| (id, txn_id.clone()))
        })
        .collect();
    let there: BTreeSet<(String, String)> = alerts
        .iter()
        .map(|alert| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            (text(&alert["id"]), text(&alert["txn_ids"][0]))
        })
        .collect();
    assert_eq!(there, named);
    assert_eq!(there.len(), alerts.len());
}
