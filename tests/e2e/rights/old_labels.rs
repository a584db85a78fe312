//! Labels that an earlier release accepted.

use std::time::{Duration, Instant};

use domain::alert::AlertChange;
use domain::rule::Label;
use engine::lane::{Actor, Change};
use serde_json::{Value, json};
use store::StoreError;
use tests::TestHost;

/// Gives an alert these labels, which the API does not check.
async fn give(host: &TestHost, alert: &Value, labels: &[&str]) {
    let tenant = host.app().tenant_named("athora").expect("the tenant");
    let lane = host.app().lane(tenant).expect("its lane");
    let id: uuid::Uuid = serde_json::from_value(alert["id"].clone()).expect("an id");
    let labels: Vec<Label> = labels
        .iter()
        .map(|label| Label::new(label).expect("a label"))
        .collect();
    let give = move |change: &mut Change<'_>| {
        let mut alert = change.alert(id)?.expect("the alert");
        let labels = AlertChange {
            labels: Some(labels),
            ..AlertChange::default()
        };
        let changed = alert.change(labels, change.at());
        assert!(changed.expect("its outcome stays"));
        change.audit(&Actor::Host, "alert.change", id.to_string());
        change.put_alert(alert);
        Ok::<(), StoreError>(())
    };
    lane.change(give).await.expect("it is changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_with_invisible_characters_are_counted_and_go_on_working() {
    let mut host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    athora.team("aml", &[]).await;
    let create = async || {
        let alert = json!({ "team": "aml", "title": "X", "incident_type": "other" });
        client.post("/v1/alerts", alert).await.expect(201)
    };
    let (first, second, mended) = (create().await, create().await, create().await);
    give(&host, &first, &["vi\u{200b}p", "cash"]).await;
    give(&host, &second, &["vi\u{200b}p", "ca\u{ad}sh"]).await;
    give(&host, &mended, &["old\u{200b}"]).await;
    give(&host, &mended, &["old"]).await;
    host.restart().await;

    let deadline = Instant::now() + Duration::from_secs(60);
    let counts = loop {
        let ready = host.anonymous().get("/readyz").await.expect(200);
        if ready["grandfathered"].is_object() {
            break ready["grandfathered"].clone();
        }
        assert!(Instant::now() < deadline, "{ready}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(counts["label"], 2, "{counts}");
    let found = client.all("/v1/alerts?label=vip").await;
    assert_eq!(found.len(), 2);
    host.stop().await;
}
