//! Files of exports show what rules computed from masked fields only where whoever defined them may see it.

use serde_json::{Value, json};
use tests::Client;

use super::{Masked, NEUTRAL, told};
use crate::trying::until;

const EXPORT: &str = "/v1/exports/night";

/// Runs the export; answers the path of its run.
async fn run(client: &Client) -> String {
    let run = client.post(&format!("{EXPORT}/runs"), json!({})).await;
    run.expect(202);
    let run = run.header("location").to_owned();
    let done = until(client, &run, |run| {
        run["state"] != "queued" && run["state"] != "running"
    });
    assert_eq!(done.await["state"], "ready");
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_says_what_its_files_show() {
    let masked = Masked::start().await;
    let administrator = &masked.administrator;
    masked.post("t1", "anna").await;
    let csv = masked.payments.tenant.publish("standard-csv").await;
    let formatter = json!({ "plugin": csv.name, "version": csv.version });
    let export = |more: Value| {
        let mut export = json!({ "formatter": formatter });
        let members = export.as_object_mut().expect("an object");
        members.extend(more.as_object().cloned().expect("an object"));
        export
    };
    let integrator = masked.payments.tenant.user("ines", &["Integrator"]).await;
    let show = json!({ "sensitive": "show" });
    let refused = integrator
        .put(EXPORT, export(show.clone()))
        .await
        .problem(403);
    assert!(refused.contains("transaction:sensitive"), "{refused}");
    let put = integrator.put(EXPORT, export(json!({}))).await.expect(201);
    assert_eq!(put["sensitive"], "mask");
    integrator.patch(EXPORT, show.clone()).await.problem(403);
    let path = run(&integrator).await;
    let file = masked.watcher.get(&format!("{path}/file")).await;
    assert_eq!((file.status, told(&file.text())), (200, Vec::new()));
    assert!(file.text().contains(NEUTRAL));
    let by_label = export(json!({ "filter": { "label": ["everything"] } }));
    integrator.put(EXPORT, by_label).await.expect(200);
    run(&integrator).await;
    let empty = masked.watcher.get(&format!("{EXPORT}/latest")).await;
    assert_eq!(empty.text().lines().count(), 1, "{}", empty.text());

    let by_label = json!({ "filter": { "label": ["everything"] }, "sensitive": "show" });
    administrator
        .put(EXPORT, export(by_label))
        .await
        .expect(200);
    let path = run(&integrator).await;
    for client in [&masked.watcher, &integrator] {
        client.get(&format!("{path}/file")).await.problem(403);
        client.get(&format!("{EXPORT}/latest")).await.problem(403);
        let run = client.get(&path).await.expect(200);
        assert_eq!(run["sensitive"], "show");
    }
    let file = administrator.get(&format!("{path}/file")).await.text();
    assert!(file.contains("123456.78"), "{file}");
    // Values of masked fields are in no file.
    assert!(file.contains("***"), "{file}");
    let refused = administrator
        .patch(EXPORT, json!({ "sensitive": null }))
        .await;
    refused.problem(422);
    // Whoever may not see it may still pause it, and mask it.
    integrator
        .patch(EXPORT, json!({ "paused": true }))
        .await
        .expect(200);
    let changed = integrator
        .patch(EXPORT, json!({ "sensitive": "mask" }))
        .await;
    assert_eq!(changed.expect(200)["sensitive"], "mask");
    administrator.patch(EXPORT, show).await.expect(200);

    // The Export button shows what its caller may see.
    let given = masked.watcher.get("/v1/alerts/export").await.text();
    assert_eq!(told(&given), [""; 0]);
    assert!(given.contains(NEUTRAL), "{given}");
    let given = administrator.get("/v1/alerts/export").await.text();
    assert!(given.contains("123456.78"), "{given}");
    masked.payments.host.stop().await;
}
