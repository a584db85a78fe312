//! Live, in shadow, in a backtest and in a replay a rule says the same, whatever comes and however it comes.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use tests::TestHost;

use super::said::{BACKTESTS, found, found_live, installed, sorted, trial, tried};
use super::{all_rules, counts, done, with_all_rules};
use crate::payments::{BATCH, POST, Payments, payment, with};

/// How many transactions there are.
const TRANSACTIONS: usize = 3_000;
const RULES: &str = "/v1/teams/payments/rules";
const LIST: &str = "/v1/lists/high_risk_countries";

/// Transactions as chance will have them: of a few customers, most of them in order, some late by up to two months, some at
/// the very moment of another, and some that say nothing of themselves.
struct Generator {
    rng: StdRng,
    now: jiff::Timestamp,
    made: usize,
}

impl Generator {
    fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            now: "2026-01-01T00:00:00Z".parse().expect("a time"),
            made: 0,
        }
    }

    fn next(&mut self) -> Value {
        let rng = &mut self.rng;
        if rng.random_bool(0.9) {
            self.now += jiff::SignedDuration::from_secs(rng.random_range(1..3_600));
        }
        let late = match rng.random_range(0..20) {
            0 => rng.random_range(0..60 * 24 * 3_600),
            1..=3 => rng.random_range(0..24 * 3_600),
            _ => 0,
        };
        let at = self.now - jiff::SignedDuration::from_secs(late);
        let amount = match rng.random_range(0..8) {
            0 => 0.0,
            1 | 2 => 9_000.0 + rng.random::<f64>() * 999.0,
            3 => 10_000.0 + rng.random::<f64>() * 50_000.0,
            _ => (rng.random::<f64>() * 500_000.0).round() / 100.0,
        };
        let country = ["BE", "NL", "IR", "KP", "MM", ""].choose(rng).expect("one");
        let counterparty = match rng.random_range(0..30) {
            0 => String::new(),
            number => format!("counterparty-{}", number * rng.random_range(1..3)),
        };
        let currency = ["EUR", "EUR", "USD"].choose(rng).expect("one");
        let more = json!({
            "date_time": at.to_string(), "country": country, "counterparty": counterparty, "currency": currency,
        });
        let customer = format!("customer-{}", rng.random_range(0..12));
        self.made += 1;
        with(payment(&format!("t{}", self.made), &customer, amount), more)
    }
}

/// A batch whose lines were put together by chance, and what is to be answered: accepted, duplicates, rejected.
struct Lot {
    lines: Vec<Value>,
    expect: [u64; 3],
}

impl Lot {
    /// New transactions, and among them some that came before, as they were or otherwise.
    fn new(generator: &mut Generator, sent: &mut HashMap<String, Value>) -> Self {
        let count = match generator.rng.random_range(0..4) {
            0 => generator.rng.random_range(100..400),
            _ => generator.rng.random_range(1..60),
        };
        let mut lot = Self {
            lines: Vec::new(),
            expect: [0; 3],
        };
        for _ in 0..count {
            let one = generator.next();
            sent.insert(one["txn_id"].to_string(), one.clone());
            lot.lines.push(one);
            lot.expect[0] += 1;
            let earlier = generator.rng.random_range(1..=generator.made);
            let earlier = sent[&json!(format!("t{earlier}")).to_string()].clone();
            match generator.rng.random_range(0..50) {
                0..=3 => {
                    lot.lines.push(earlier);
                    lot.expect[1] += 1;
                }
                4 => {
                    lot.lines.push(with(earlier, json!({ "amount": 77.77 })));
                    lot.expect[2] += 1;
                }
                _ => {}
            }
        }
        lot
    }

    async fn post(&self, payments: &Payments) {
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        let request = payments.key.request(Method::POST, BATCH).body(lines);
        let request = request
            .header("content-type", "application/x-ndjson")
            .header("accept", "application/json");
        let answer = payments.key.send(request).await.expect(200);
        let counts = ["accepted", "duplicates", "rejected"].map(|name| answer[name].as_u64());
        assert_eq!(counts, self.expect.map(Some));
    }
}

/// Posts some transactions at the same time, each alone.
async fn post_side_by_side(
    payments: &Payments,
    generator: &mut Generator,
    sent: &mut HashMap<String, Value>,
) {
    let some: Vec<Value> = (0..generator.rng.random_range(2..40))
        .map(|_| generator.next())
        .collect();
    for one in &some {
        sent.insert(one["txn_id"].to_string(), one.clone());
    }
    let mut posting = tokio::task::JoinSet::new();
    for one in some {
        let key = payments.key.clone();
        posting.spawn(async move { key.post(POST, one).await });
    }
    for answer in posting.join_all().await {
        answer.expect(201);
    }
}

/// Installs each of the live rules in shadow, too.
async fn with_shadows(payments: &Payments) {
    let client = &payments.tenant.administrator;
    for (rule, config) in all_rules() {
        let plugin = installed(client, rule).await;
        let shadow = json!({ "mode": "shadow", "config": config });
        let name = format!("{rule}-shadow");
        let put = payments.tenant.put_rule("payments", &name, &plugin, shadow);
        let put = put.await;
        assert!(put.is_success(), "{}", put.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_shadow_backtest_and_replay_say_the_same() {
    let seed: u64 = rand::random();
    let mut payments = Payments::on(TestHost::builder()).await;
    with_all_rules(&payments).await;
    with_shadows(&payments).await;
    let client = payments.tenant.administrator.clone();
    let mut generator = Generator::new(seed);
    let (mut sent, mut next_restart) = (HashMap::new(), TRANSACTIONS / 5);
    while generator.made < TRANSACTIONS {
        match generator.rng.random_range(0..10) {
            0..=6 => Lot::new(&mut generator, &mut sent).post(&payments).await,
            7 | 8 => post_side_by_side(&payments, &mut generator, &mut sent).await,
            _ => {
                let some = generator.rng.random_range(1..=3);
                let listed: Vec<&str> = ["IR", "KP", "MM", "NL"]
                    .sample(&mut generator.rng, some)
                    .copied()
                    .collect();
                client.put(LIST, json!(listed)).await.expect(200);
            }
        }
        if generator.made >= next_restart {
            payments.host.restart().await;
            next_restart += TRANSACTIONS / 5;
        }
    }
    let mut all = 0;
    for (rule, config) in all_rules() {
        let live = sorted(found_live(&payments, rule).await);
        assert!(live.len() > 20, "{rule}, seed {seed}: {}", live.len());
        all += live.len() as u64;
        let shadow = format!("{RULES}/{rule}-shadow/comparison?with={rule}");
        let shadow = client.get(&shadow).await.expect(200);
        let plugin = installed(&client, rule).await;
        let new = json!({ "config": config, "compare_with": rule });
        let (path, ended) = tried(&client, trial(&plugin, new)).await;
        assert_eq!(ended["state"], "done", "{ended}");
        let backtest = client.get(&format!("{path}/comparison")).await.expect(200);
        for compared in [&shadow, &backtest] {
            let count = |kind: &str| compared[kind]["count"].as_u64();
            let kinds = ["only_one", "only_other", "changed"].map(count);
            assert_eq!(kinds, [Some(0); 3], "{rule}, seed {seed}: {compared}");
        }
        let made = generator.made;
        assert_eq!(shadow["transactions"], made, "{shadow}");
        assert_eq!(backtest["sequences"], json!([[1, made]]), "{backtest}");
        for findings in [
            &shadow["one"]["findings"],
            &shadow["other"]["findings"],
            &backtest["findings_one"],
            &backtest["findings_other"],
        ] {
            assert_eq!(*findings, live.len(), "{rule}, seed {seed}");
        }
        assert_eq!(
            sorted(found(&client, &path).await),
            live,
            "{rule}, seed {seed}"
        );
    }
    assert_eq!(client.all(BACKTESTS).await.len(), all_rules().len());
    let replay = client.post("/v1/replays", json!({})).await;
    replay.expect(202);
    let replay = done(&client, replay.header("location")).await;
    assert_eq!(counts(&replay), [all, all, 0, 0], "seed {seed}: {replay}");
    payments.host.stop().await;
}
