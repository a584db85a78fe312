//! Schemas that ask for endless work of whoever validates by them. Each validation is ended soon, costs the host little,
//! and keeps nobody else waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tests::{Client, HostProcess, TestHost, TestTenant, field};
use tokio::task::{JoinHandle, JoinSet};

use crate::payments::{Payments, payment};
use crate::stored_release::OldHost;

/// What one validation may take of processors.
const TIME: Duration = Duration::from_secs(1);
/// What all of them may add to the host's memory.
const MEMORY: u64 = 256 << 20;
/// How soon a host answers that it lives, whatever else it does.
const HEALTHY_WITHIN: Duration = Duration::from_millis(100);

const TYPE: &str = "/v1/alert-types/endless";

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }))
}

/// Definitions `s0` to `s{count}`, each of which `step` makes from a reference to the next.
fn chain(count: usize, last: Value, step: impl Fn(Value) -> Value) -> Value {
    let mut definitions = Map::new();
    for index in 0..count {
        let next = json!({ "$ref": format!("#/$defs/s{}", index + 1) });
        definitions.insert(format!("s{index}"), step(next));
    }
    definitions.insert(format!("s{count}"), last);
    Value::Object(definitions)
}

/// A schema that asks for more than a million steps, whatever the value.
fn endless() -> Value {
    let names = (0..700).map(|name| (format!("m{name}"), json!([])));
    let last = json!({ "dependentRequired": names.collect::<Map<_, _>>() });
    let twice = |next: Value| json!({ "allOf": [next, next] });
    json!({ "$ref": "#/$defs/s0", "$defs": chain(11, last, twice) })
}

/// Schemas that are taken, and what asks for too much by them.
fn corpus() -> Vec<(&'static str, Value, Value)> {
    let node = json!({ "$ref": "#/$defs/n" });
    let members = json!({ "properties": { "a": node }, "patternProperties": { "a": node } });
    let down = json!({ "properties": { "a": node } });
    let branches = json!({ "allOf": [down, down] });
    let unevaluated = json!({ "properties": { "a": node }, "unevaluatedProperties": node });
    let unevaluated = json!({ "anyOf": [unevaluated, unevaluated], "unevaluatedProperties": node });
    let dynamic = json!({ "properties": { "a": { "$dynamicRef": "#n" } } });
    let both =
        |next: Value| json!({ "properties": { "a": next }, "patternProperties": { "a": next } });
    let recursive = |node: Value| json!({ "$ref": "#/$defs/n", "$defs": { "n": node } });
    let text = json!({ "a": "a".repeat(40_000) });
    let pattern = |pattern: &str| json!({ "properties": { "a": { "pattern": pattern } } });
    let lengths: Vec<Value> = (0..1_000)
        .map(|more| json!({ "minLength": more }))
        .collect();
    let zeros = json!(vec![0; 100]);
    let same = json!({ "not": { "not": { "const": zeros } } });
    let same = json!({ "contains": { "allOf": vec![same; 100] }, "minContains": 250 });
    let same = json!({ "properties": { "a": same } });
    vec![
        ("members that match twice", recursive(members), nested(40)),
        ("equal branches", recursive(branches), nested(40)),
        (
            "definitions that double",
            json!({ "$ref": "#/$defs/s0", "$defs": chain(40, json!({}), both) }),
            nested(45),
        ),
        ("unevaluated members", recursive(unevaluated), nested(40)),
        (
            "dynamic references",
            json!({ "$dynamicAnchor": "n", "allOf": [dynamic, dynamic] }),
            nested(40),
        ),
        (
            "a pattern with many states",
            pattern("(a|b)*a(a|b){300}c"),
            text.clone(),
        ),
        (
            "a pattern with nested repetitions",
            pattern("^(a{1,60}){1,60}b$"),
            text.clone(),
        ),
        (
            "many lengths of a long text",
            json!({ "properties": { "a": { "allOf": lengths } } }),
            text,
        ),
        (
            "large constants",
            same,
            json!({ "a": vec![vec![0; 100]; 250] }),
        ),
        ("whatever the value", endless(), json!({})),
    ]
}

/// Asks for the host's health until it is told to stop; answers how long each answer took, the shortest first.
fn watch(client: Client, until: Arc<AtomicBool>) -> JoinHandle<Vec<Duration>> {
    tokio::spawn(async move {
        let mut times = Vec::new();
        while !until.load(Ordering::Relaxed) {
            let asked = Instant::now();
            client.get("/healthz").await.expect(200);
            times.push(asked.elapsed());
            tokio::task::yield_now().await;
        }
        times.sort();
        times
    })
}

async fn put(tenant: &TestTenant, schema: &Value) {
    let typed = json!({ "title": "Endless", "info_schema": schema });
    let put = tenant.administrator.put(TYPE, typed).await;
    assert!(put.is_success(), "{}", put.text());
}

fn alert(info: &Value) -> Value {
    json!({ "team": "aml", "title": "Odd", "incident_type": "endless", "info": info })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_ended_soon_while_others_are_served() {
    let host = HostProcess::start();
    let tenant = host.tenant("athora").await;
    tenant.team("aml", &[field("amount", "float")]).await;
    let memory = host.resident_bytes();
    host.forget_peak();
    let stop = Arc::new(AtomicBool::new(false));
    let healthy = watch(tenant.administrator.clone(), stop.clone());
    for (name, schema, info) in corpus() {
        put(&tenant, &schema).await;
        let mut times = Vec::new();
        for _ in 0..3 {
            let before = host.processor_time();
            let posted = tenant.administrator.post("/v1/alerts", alert(&info)).await;
            let refused = posted.problem(422);
            assert!(
                refused.contains("took more than 1000000 steps; simplify"),
                "{name}: {refused}"
            );
            times.push(host.processor_time() - before);
        }
        let time = times.into_iter().min().expect("three times");
        assert!(time < TIME, "{name} took {time:?}");
    }
    stop.store(true, Ordering::Relaxed);
    let healthy = healthy.await.expect("it is watched");
    // A machine that has other work may keep any one of them waiting.
    let most = healthy[healthy.len() * 95 / 100];
    assert!(most < HEALTHY_WITHIN, "healthy within {most:?}");
    let memory = host.peak_resident_bytes().saturating_sub(memory);
    assert!(memory < MEMORY, "all together took {} MiB", memory >> 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_always_asks_for_too_much_is_refused() {
    let host = HostProcess::start();
    let tenant = host.tenant("athora").await;
    let memory = host.resident_bytes();
    host.forget_peak();
    let twice = |next: Value| json!({ "allOf": [next, next] });
    let relative = json!({ "$id": "http://x/r", "$ref": "r#/$defs/s0",
        "$defs": chain(40, json!({}), twice) });
    let letters = |number| json!({ "pattern": format!("\\p{{L}}{{200}}{number}_") });
    let letters: Vec<Value> = (0..300).map(letters).collect();
    for (schema, expect) in [
        (relative, "more than 10000 schemas apply"),
        (
            json!({ "$id": "http://x/r", "not": { "$ref": "r" } }),
            "leads back to itself",
        ),
        (
            json!({ "anyOf": letters }),
            "the patterns together are larger",
        ),
        (
            json!({ "pattern": "(a{1000}){1000}" }),
            "the pattern is larger",
        ),
    ] {
        let before = host.processor_time();
        let typed = json!({ "title": "Endless", "info_schema": schema });
        let refused = tenant.administrator.put(TYPE, typed).await.problem(422);
        assert!(refused.contains(expect), "{refused}");
        let time = host.processor_time() - before;
        assert!(time < TIME, "{expect} took {time:?}");
    }
    let memory = host.peak_resident_bytes().saturating_sub(memory);
    assert!(memory < MEMORY, "all together took {} MiB", memory >> 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_validates_much_leaves_the_others() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("athora").await;
    let other = host.tenant("other").await;
    for tenant in [&tenant, &other] {
        tenant.team("aml", &[field("amount", "float")]).await;
    }
    put(&tenant, &endless()).await;
    put(&other, &json!({ "required": ["a"] })).await;
    let mut posts = JoinSet::new();
    for _ in 0..30 {
        let client = tenant.administrator.clone();
        posts.spawn(async move { client.post("/v1/alerts", alert(&json!({}))).await });
    }
    let posted = other
        .administrator
        .post("/v1/alerts", alert(&json!({ "a": 1 })));
    posted.await.expect(201);
    // Its own wait for one another: each is refused, or told to try again later.
    posts.join_next().await;
    assert!(
        posts.len() > 5,
        "the other tenant waited for {} of 30",
        30 - posts.len()
    );
    while let Some(posted) = posts.join_next().await {
        let posted = posted.expect("it is answered");
        assert!([422, 503].contains(&posted.status), "{}", posted.text());
    }
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_stops_while_it_validates() {
    let host = TestHost::builder().in_memory().start().await;
    let tenant = host.tenant("athora").await;
    tenant.team("aml", &[field("amount", "float")]).await;
    put(&tenant, &endless()).await;
    let mut posts = JoinSet::new();
    for _ in 0..20 {
        let client = tenant.administrator.clone();
        posts.spawn(async move {
            let request = client.request(reqwest::Method::POST, "/v1/alerts");
            // It may find the host gone.
            let _ = request.json(&alert(&json!({}))).send().await;
        });
    }
    posts.join_next().await;
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_alert_is_made_whatever_the_schema_asks_for() {
    let payments = Payments::start().await;
    let client = &payments.tenant.administrator;
    put(&payments.tenant, &endless()).await;
    let plugin = payments.tenant.publish("large-amount").await;
    let rule = json!({ "mode": "live", "alert_type": "endless", "config": { "other_limit": 100 } });
    let rule = payments.tenant.put_rule("payments", "much", &plugin, rule);
    rule.await.expect(201);
    let posted = payments.post(payment("t1", "anna", 500.0)).await;
    let posted = posted.expect(201);
    let id = posted["alerts"][0]["id"].as_str().expect("an id");
    let alert = client.get(&format!("/v1/alerts/{id}")).await.expect(200);
    assert!(alert["info"]["unvalidated"].is_object(), "{alert}");
    let fault = alert["info"]["faults"][0]["message"].as_str();
    let fault = fault.expect("a message");
    assert!(fault.contains("took more than 1000000 steps"), "{fault}");
    let stats = "/v1/teams/payments/rules/much/stats";
    let stats = client.get(stats).await.expect(200);
    assert_eq!(stats["refused_infos"], 1);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_schemas_go_on_working_within_the_budget() {
    let old = OldHost::start().await;
    let owner = old.owner();
    let new = |name: &str, info: Value| json!({ "team": "aml", "title": "Odd", "incident_type": name, "info": info });
    let doubling = [
        "doubling_members",
        "doubling_branches",
        "doubling_definitions",
    ];
    for name in doubling {
        owner
            .post("/v1/alerts", new(name, json!({})))
            .await
            .expect(201);
        let refused = owner.post("/v1/alerts", new(name, nested(45))).await;
        let refused = refused.problem(422);
        assert!(
            refused.contains("steps; simplify the schema"),
            "{name}: {refused}"
        );
    }
    for name in ["relative_reference", "large_patterns", "plain"] {
        owner
            .post("/v1/alerts", new(name, nested(45)))
            .await
            .expect(201);
    }
    old.host.stop().await;
}
