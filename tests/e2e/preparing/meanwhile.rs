//! What else is changed while a rule is being prepared.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_it_needs_stays_and_the_schema_may_grow() {
    let world = World::start().await;
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(201);
    world.gate.wait_for_builder();
    let client = &world.tenant.administrator;
    let schema = format!("{TEAM}/payload-schema");
    let without = fields()
        .into_iter()
        .filter(|field| field["name"] != "counterparty");
    let without: Vec<Value> = without.collect();
    let refused = client.put(&schema, json!({ "fields": without })).await;
    let refused = refused.problem(409);
    assert!(
        refused.contains("rule 'acme'") && refused.contains("'counterparty'"),
        "{refused}"
    );
    let plugin = &world.velocity;
    let plugin = format!("/v1/plugins/{}/{}", plugin.name, plugin.version);
    let used = client.delete(&plugin).await.problem(409);
    assert!(used.contains("install 1 of rule 'acme'"), "{used}");

    let mut more = fields();
    more.push(field("iban", "string"));
    let grown = client.put(&schema, json!({ "fields": more })).await;
    assert_eq!(grown.expect(200)["version"], 2);
    assert_eq!(world.rule("acme").await["state"], "preparing");
    world.gate.open();
    world.active("acme").await;
    let payment = with(to_acme("u1", "zoe"), json!({ "iban": "BE1" }));
    let posted = world.key.post(POST, payment).await.expect(201);
    assert_eq!(
        posted["alerts"][0]["title"],
        "51 transactions within 1 day exceed the limit of 0"
    );
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_teams_and_rules_are_not_kept_waiting() {
    let world = World::start().await;
    let other_key = world.tenant.team("cards", &fields()).await;
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(201);
    world.gate.wait_for_builder();
    // The builder is held with the history of one team, and nothing of the other is prepared.
    let (tenant, velocity) = (&world.tenant, &world.velocity);
    let put = tenant.put_rule("cards", "acme", velocity, by("counterparty", 0));
    assert_eq!(put.await.expect(201)["state"], "active");
    let posted = other_key.post(POST, to_acme("t1", "zoe")).await.expect(201);
    assert_eq!(
        posted["alerts"].as_array().map(Vec::len),
        Some(1),
        "{posted}"
    );
    let mut off = by("bank", 0);
    off["mode"] = json!("off");
    assert_eq!(world.put("off", off).await.expect(201)["state"], "active");
    assert_eq!(world.preparing().await.1, 1);
    world.gate.open();
    world.active("acme").await;
    world.host.stop().await;
}
