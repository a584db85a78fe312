//! Windows whose rows are not in memory.

use std::ops::Range;

use serde_json::{Value, json};

use crate::payments::{BATCH, Payments, payment};

/// Enough that the rows of many of them are read at the same time.
const CUSTOMERS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_after_a_restart_sees_every_transaction_before_it() {
    let mut payments = Payments::start().await;
    let velocity = payments.tenant.publish("velocity").await;
    let config = json!({ "by": "customer_id", "most_transactions": 3 });
    let tenant = &payments.tenant;
    tenant
        .install("payments", "velocity", &velocity, config)
        .await;
    // Customers have different numbers of transactions: one to three.
    for round in 0..3 {
        let customers = (round * CUSTOMERS / 3)..CUSTOMERS;
        assert_eq!(titles(&payments, round, customers).await, [""; 0]);
    }
    payments.host.restart().await;
    for round in 3..6 {
        let mut expect = Vec::new();
        for customer in 0..CUSTOMERS {
            let before = customer * 3 / CUSTOMERS + 1;
            let count = before + round - 2;
            if count > 3 {
                expect.push(format!(
                    "{count} transactions within 1 day exceed the limit of 3"
                ));
            }
        }
        let found = titles(&payments, round, 0..CUSTOMERS).await;
        assert_eq!(found, expect, "round {round}");
    }
    payments.host.stop().await;
}

/// Posts one payment of each customer as a batch; returns the titles of the alerts in its order.
async fn titles(payments: &Payments, round: usize, customers: Range<usize>) -> Vec<String> {
    let line = |customer| {
        payment(
            &format!("t{round}-{customer}"),
            &format!("c{customer}"),
            1.0,
        )
    };
    let lines: String = customers
        .map(|customer| format!("{}\n", line(customer)))
        .collect();
    let answer = payments
        .key
        .post_as(BATCH, "application/x-ndjson", lines)
        .await;
    assert!(answer.is_success(), "{}", answer.text());
    let mut titles = Vec::new();
    for line in answer.text().lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["error"].is_null(), "{line}");
        for alert in line["alerts"].as_array().into_iter().flatten() {
            titles.push(alert["title"].as_str().expect("a title").to_owned());
        }
    }
    titles
}
