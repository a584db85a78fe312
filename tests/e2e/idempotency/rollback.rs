//! A rollback that is tried again must not bring the bad rule back.

use serde_json::json;

use super::{JSON, post, twice};
use crate::payments::Payments;

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_is_sent_again_is_one_rollback() {
    let payments = Payments::start().await.with_large_amount().await;
    let me = &payments.tenant.administrator;
    let rule = "/v1/teams/payments/rules/large-amount";
    let good = me.get(rule).await.expect(200);
    let bad = json!({
        "plugin": good["plugin"], "version": good["version"], "mode": good["mode"], "config": { "limits": { "EUR": 1 } },
    });
    me.put(rule, bad).await.expect(200);
    let path = format!("{rule}/rollback");
    let send = async |key: &str| post(me, &path, key, JSON, "{}").await;
    twice(Some(me), &path, send).await;
    assert_eq!(me.get(rule).await.expect(200)["config"], good["config"]);
    let other = post(me, &path, &format!("once:{path}"), JSON, "{ }").await;
    assert!(other.problem(422).contains("another request"));
    payments.host.stop().await;
}
