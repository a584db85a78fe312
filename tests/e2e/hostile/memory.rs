//! Plugins that ask for more of the host's memory than a plugin may have: in tables, memories and instances, at the start
//! and by growing, in one component and in nested ones. Each is ended soon, and costs the host little.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::guests::component;
use tests::wasm::Appended;
use tests::{Answer, HostProcess, TestPlugin, TestTenant, field};
use tokio::task::JoinSet;

use super::{HOST, RUNTIME};

/// What one upload may take of processors, of the host and of the process that compiles.
const TIME: Duration = Duration::from_secs(1);
/// What uploads and installs may add to the host's memory.
const MEMORY: u64 = 256 << 20;

/// A rule that starts with this beside it.
fn rule() -> Appended {
    Appended::to(component("hostile-rule"))
}

fn times(count: usize, text: &str) -> String {
    text.repeat(count)
}

/// Tables that are small, and grow to a million elements each when the module starts.
fn growing_tables(count: usize) -> String {
    let grow =
        |table: usize| format!("(drop (table.grow {table} (ref.null func) (i32.const 1048576)))");
    let grow: String = (0..count).map(grow).collect();
    format!(
        "(module {} (func $grow {grow}) (start $grow))",
        times(count, "(table 0 funcref)")
    )
}

/// Memories that are small, and grow by 4 MiB each, again and again, when the module starts.
fn growing_memories(count: usize) -> String {
    let grow = |memory: usize| format!("(drop (memory.grow {memory} (i32.const 64)))");
    let grow: String = (0..count).map(grow).collect();
    format!(
        "(module {} (func $grow (loop $again {grow} (br $again))) (start $grow))",
        times(count, "(memory 0)")
    )
}

/// A component that instantiates the one inside it ten times, so many levels deep.
fn nested(levels: usize, innermost: &str) -> String {
    let mut text = format!("(component $c0 {innermost})");
    for level in 1..=levels {
        let instances = times(10, &format!("(instance (instantiate $c{}))", level - 1));
        text = format!("(component $c{level} {text} {instances})");
    }
    format!("(component {text} (instance (instantiate $c{levels})))")
}

/// Hostile components, and what is said of each.
fn corpus() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let table = "(core module $m (table 1000000 funcref)) (core instance (instantiate $m))";
    let memory = "(core module $m (memory 100)) (core instance (instantiate $m))";
    let large = times(50_000, "(func)");
    vec![
        (
            "90 tables of a million elements",
            rule().module(
                &format!("(module {})", times(90, "(table 1048576 funcref)")),
                1,
            ),
            "tables, and may be made of 64",
        ),
        (
            "60 tables of a million elements",
            rule().module(
                &format!("(module {})", times(60, "(table 1048576 funcref)")),
                1,
            ),
            "of linear memory and 62 914",
        ),
        (
            "a table that is too large",
            rule().module("(module (table 4000000000 funcref))", 1),
            "starts with 4 000 000 000 elements",
        ),
        (
            "many memories",
            rule().module(&format!("(module {})", times(90, "(memory 1)")), 1),
            "memories, and may be made of 32",
        ),
        (
            "large memories",
            rule().module(&format!("(module {})", times(30, "(memory 100)")), 1),
            "of linear memory",
        ),
        (
            "many instances",
            rule().module("(module (global i32 (i32.const 0)))", 900),
            "core instances, and may be made of 256",
        ),
        (
            "instances of many functions",
            rule().module(&format!("(module {large})"), 200),
            "functions, globals and imports of this plugin",
        ),
        (
            "tables that grow",
            rule().module(&growing_tables(60), 1),
            "out of memory after",
        ),
        (
            "memories that grow",
            rule().module(&growing_memories(20), 1),
            "out of memory after",
        ),
        (
            "tables in nested components",
            rule().component(&nested(2, table)),
            "table elements",
        ),
        (
            "memories in nested components",
            rule().component(&nested(2, memory)),
            "of linear memory",
        ),
        (
            "components in components in components",
            rule().component(&nested(9, "")),
            "instantiates modules and components more than",
        ),
    ]
}

async fn upload(tenant: &TestTenant, bytes: Vec<u8>) -> Answer {
    let upload = tenant.administrator.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    tenant.administrator.send(upload.body(bytes)).await
}

fn host() -> HostProcess {
    let wait = ("VERVET_PLUGINS_PUBLISH_WAIT_MILLISECONDS", "300000");
    HostProcess::start_with(&[wait])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_ended_soon_and_costs_little_memory() {
    let host = host();
    let tenant = host.tenant("athora").await;
    // What is needed for any upload is there from now on.
    upload(&tenant, component("hostile-rule")).await.expect(201);
    for (name, bytes, expect) in corpus() {
        let (memory, time) = (host.resident_bytes(), host.processor_time());
        host.forget_peak();
        let refused = upload(&tenant, bytes).await.problem(422);
        assert!(
            refused.contains(expect),
            "{name}: '{refused}' does not say '{expect}'"
        );
        let time = host.processor_time() - time;
        let memory = host.peak_resident_bytes().saturating_sub(memory);
        assert!(time < TIME, "{name} took {time:?}");
        assert!(memory < MEMORY, "{name} took {} MiB", memory >> 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_one_budget() {
    let host = host();
    let tenants = Arc::new([host.tenant("athora").await, host.tenant("other").await]);
    let rule = component("hostile-rule");
    for tenant in tenants.iter() {
        tenant.team("aml", &[field("amount", "float")]).await;
        tenant.publish_bytes(rule.clone()).await;
    }
    let memory = host.resident_bytes();
    host.forget_peak();

    let hostile = rule_that_grows();
    let mut uploads = JoinSet::new();
    for tenant in [0, 1].repeat(4) {
        let (tenants, hostile) = (tenants.clone(), hostile.clone());
        uploads.spawn(async move { upload(&tenants[tenant], hostile).await.problem(422) });
    }
    all_out_of_memory(uploads.join_all().await);
    let plugin = Arc::new(TestPlugin {
        name: "hostile".into(),
        version: "1.0.0".into(),
    });
    let grows = json!({ "mode": "shadow", "config": { "prepare": "grows", "evaluate": "" } });
    let mut installs = JoinSet::new();
    for tenant in [0, 1].repeat(8) {
        let (tenants, plugin, grows) = (tenants.clone(), plugin.clone(), grows.clone());
        installs.spawn(async move {
            let installed = tenants[tenant].put_rule("aml", "r", &plugin, grows);
            installed.await.problem(422)
        });
    }
    all_out_of_memory(installs.join_all().await);
    let memory = host.peak_resident_bytes().saturating_sub(memory);
    assert!(memory < MEMORY, "all together took {} MiB", memory >> 20);
}

fn rule_that_grows() -> Vec<u8> {
    rule().module(&growing_tables(60), 1)
}

fn all_out_of_memory(refused: Vec<String>) {
    for refused in refused {
        assert!(refused.contains("out of memory"), "{refused}");
    }
}

#[test]
fn what_was_published_before_there_were_limits_goes_on() {
    let many = format!("(module {})", times(90, "(table 1 funcref)"));
    let stored = rule().module(&many, 1);
    let refused = HOST.publish(stored.clone()).map(|_| ());
    assert!(refused.is_err_and(|error| error.to_string().contains("tables")));
    let digest = runtime::Digest::of(&stored);
    let loaded = RUNTIME.block_on(HOST.registry.load(digest, stored.into()));
    assert_eq!(loaded.expect("it runs").manifest().name.as_str(), "hostile");
}
