//! Published plugins: how many a tenant may have, when one may be deleted, and for how long compiled code is kept.

use reqwest::Method;
use serde_json::{Value, json};
use tests::guests::{component, module};
use tests::wasm::with_note;
use tests::{Answer, Client, TestHost, TestPlugin, field};

async fn upload(client: &Client, bytes: Vec<u8>) -> Answer {
    let upload = client.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    client.send(upload.body(bytes)).await
}

/// How many plugins have compiled code on the disk.
fn compiled(host: &TestHost) -> usize {
    let folder = host.data().join("compiled");
    let files = std::fs::read_dir(folder).expect("the folder of compiled code");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "cwasm"))
        .count()
}

async fn host(idle_code_bytes: u64) -> TestHost {
    let builder = TestHost::builder().in_memory().taking_plugins();
    let builder = builder.config(|config| {
        config.plugins.max_plugins = 3;
        config.plugins.idle_code_bytes = idle_code_bytes;
    });
    builder.start().await
}

fn plugin(name: &str, version: &str) -> TestPlugin {
    TestPlugin {
        name: name.into(),
        version: version.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_has_so_many_plugins_at_most() {
    let host = host(1 << 30).await;
    let (athora, other) = (host.tenant("athora").await, host.tenant("other").await);
    for name in ["large-amount", "velocity", "ndjson"] {
        athora.publish(name).await;
    }
    let refused = upload(&athora.administrator, component("structuring"))
        .await
        .problem(409);
    assert!(refused.contains("plugins.max_plugins"), "{refused}");
    assert_eq!(compiled(&host), 3, "nothing is left of what was refused");
    upload(&athora.administrator, component("velocity"))
        .await
        .expect(200);
    other.publish("structuring").await;
    athora
        .administrator
        .delete("/v1/plugins/velocity/1.1.0")
        .await
        .expect(204);
    athora.publish("structuring").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_never_used_can_be_deleted() {
    let host = host(1 << 30).await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    athora
        .team(
            "aml",
            &[field("amount", "float"), field("currency", "string")],
        )
        .await;
    let path = "/v1/plugins/large-amount/1.1.0";
    client.delete(path).await.problem(404);
    let rule = athora.publish("large-amount").await;
    let watcher = athora.user("watcher", &["Watcher"]).await;
    watcher.delete(path).await.problem(403);
    host.tenant("other")
        .await
        .administrator
        .delete(path)
        .await
        .problem(404);
    let deleted = client
        .request(Method::DELETE, path)
        .header("if-match", "\"x\"");
    client.send(deleted).await.problem(412);

    // Deleted, the name and version are free: for the same bytes, and for others.
    client.delete(path).await.expect(204);
    client.get(path).await.problem(404);
    upload(client, component("large-amount")).await.expect(201);
    client.delete(path).await.expect(204);
    let changed = with_note(component("large-amount"), "another build");
    upload(client, changed).await.expect(201);

    let check = |expect: &'static str| async move {
        let refused = client.delete(path).await.problem(409);
        assert!(
            refused.contains(expect),
            "'{refused}' does not say '{expect}'"
        );
    };
    let backtest = json!({ "plugin": rule.name, "version": rule.version, "config": { "limits": { "EUR": 5 } } });
    let backtest = client
        .post("/v1/teams/aml/backtests", backtest)
        .await
        .expect(202);
    check("backtest").await;
    athora
        .install("aml", "large", &rule, json!({ "limits": { "EUR": 5 } }))
        .await;
    check("install 1 of rule 'large' of team 'aml'").await;
    client.delete("/v1/teams/aml/rules/large").await.expect(204);
    check("install 1 of rule 'large' of team 'aml'").await;
    drop(backtest);

    let formatter = athora.publish("ndjson").await;
    athora.run_export("nightly", &formatter).await;
    let path = "/v1/plugins/ndjson/1.1.0";
    let refused = client.delete(path).await.problem(409);
    assert!(refused.contains("export 'nightly', run "), "{refused}");
    client.delete("/v1/exports/nightly").await.expect(204);
    let refused = client.delete(path).await.problem(409);
    assert!(refused.contains("of export 'nightly'"), "{refused}");

    let audit: Vec<Value> = client.all("/v1/audit?action=plugin.delete").await;
    assert_eq!(audit.len(), 2, "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_is_refused() {
    let mut host = host(1 << 30).await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    // It compiles, and cannot say what it is.
    let mut traps = module("hostile-rule");
    let marker = b"describe:honest                 ";
    let at = traps
        .windows(marker.len())
        .position(|bytes| bytes == marker);
    let at = at.expect("the guest has its marker");
    traps[at..at + marker.len()].copy_from_slice(b"describe:traps                  ");
    upload(client, traps).await.problem(422);
    assert_eq!(compiled(&host), 0);
    let rule = component("large-amount");
    upload(client, rule.clone()).await.expect(201);
    upload(client, with_note(rule, "other bytes"))
        .await
        .problem(409);
    assert_eq!(compiled(&host), 1);

    // What an earlier release, or a stop in between, may have left.
    let orphan = host
        .data()
        .join("compiled")
        .join(format!("{}-0123456789abcdef.cwasm", "0".repeat(64)));
    std::fs::write(&orphan, b"code").expect("a file");
    host.restart().await;
    assert!(!orphan.exists());
    assert_eq!(compiled(&host), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_what_nobody_has_installed_is_made_again() {
    let host = host(0).await;
    let athora = host.tenant("athora").await;
    athora
        .team(
            "aml",
            &[field("amount", "float"), field("currency", "string")],
        )
        .await;
    let rule = athora.publish("large-amount").await;
    assert_eq!(compiled(&host), 0, "nobody has installed it");
    athora
        .install("aml", "large", &rule, json!({ "limits": { "EUR": 5 } }))
        .await;
    athora.publish("velocity").await;
    let installed = plugin("large-amount", "1.1.0");
    athora
        .install(
            "aml",
            "large",
            &installed,
            json!({ "limits": { "EUR": 6 } }),
        )
        .await;
    athora
        .administrator
        .get("/v1/plugins/large-amount/1.1.0")
        .await
        .expect(200);
    assert_eq!(compiled(&host), 1, "the one that is installed");
}
