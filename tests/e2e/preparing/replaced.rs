//! What is installed while a rule is being prepared replaces what is being prepared.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn another_version_replaces_what_is_prepared() {
    let world = World::start().await;
    world.put("acme", by("customer_id", 0)).await.expect(201);
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(200);
    world.gate.wait_for_builder();
    // The same again changes nothing; something else takes its place.
    let same = world.put("acme", by("counterparty", 0)).await.expect(200);
    assert_eq!(
        (&same["state"], &same["install"]),
        (&json!("preparing"), &json!(2))
    );
    let other = world.put("acme", by("bank", 7)).await.expect(200);
    assert_eq!(
        (&other["state"], &other["install"]),
        (&json!("preparing"), &json!(3))
    );
    assert_eq!(
        world.installs("acme").await,
        listed(&[(3, "preparing"), (1, "active")])
    );
    assert_eq!(world.preparing().await.1, 1);
    let client = &world.tenant.administrator;
    let stale = client.request(reqwest::Method::DELETE, &format!("{RULES}/acme"));
    let stale = client.send(stale.header("if-match", "\"2-pending\""));
    stale.await.problem(412);

    world.gate.open();
    let active = world.active("acme").await;
    assert_eq!(
        (&active["install"], &active["config"]["by"]),
        (&json!(3), &json!("bank"))
    );
    assert_eq!(
        world.installs("acme").await,
        listed(&[(3, "active"), (1, "ended")])
    );
    assert_eq!(
        world.titles("u1", "zoe").await,
        ["51 transactions within 1 day exceed the limit of 7"]
    );
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_back_keeps_the_install_in_force() {
    let world = World::start().await;
    world.put("acme", by("customer_id", 0)).await.expect(201);
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(200);
    world.gate.wait_for_builder();
    let client = &world.tenant.administrator;
    let promote = client
        .post(&format!("{RULES}/acme/promote"), json!({}))
        .await;
    assert!(
        promote
            .problem(409)
            .contains("install 2 of rule 'acme' is being prepared")
    );
    let back = client
        .post(&format!("{RULES}/acme/rollback"), json!({}))
        .await;
    let back = back.expect(200);
    assert_eq!(
        (&back["state"], &back["install"], &back["config"]["by"]),
        (&json!("active"), &json!(3), &json!("customer_id"))
    );

    world.gate.open();
    // The builder is done with the former install when it is done with the next one.
    world.put("later", by("city", 1_000)).await.expect(201);
    world.active("later").await;
    assert_eq!(
        world.installs("acme").await,
        listed(&[(3, "active"), (1, "ended")])
    );
    assert_eq!(
        world.titles("u1", "zoe").await,
        ["1 transactions within 1 day exceed the limit of 0"]
    );
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_or_removed_never_takes_effect() {
    let world = World::start().await;
    world.put("acme", by("customer_id", 0)).await.expect(201);
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(200);
    world.put("gone", by("counterparty", 0)).await.expect(201);
    world.gate.wait_for_builder();
    let mut off = by("counterparty", 0);
    off["mode"] = json!("off");
    let off = world.put("acme", off).await.expect(200);
    assert_eq!(
        (&off["state"], &off["mode"], &off["install"]),
        (&json!("active"), &json!("off"), &json!(3))
    );
    let client = &world.tenant.administrator;
    let gone = format!("{RULES}/gone");
    client.delete(&gone).await.expect(204);
    client.get(&gone).await.problem(404);
    assert_eq!(world.preparing().await.1, 0);

    world.gate.open();
    world.put("later", by("city", 1_000)).await.expect(201);
    world.active("later").await;
    assert_eq!(world.titles("u1", "zoe").await, [""; 0]);
    assert_eq!(
        world.installs("acme").await,
        listed(&[(3, "active"), (1, "ended")])
    );
    assert_eq!(world.installs("gone").await, listed(&[(2, "ended")]));
    client.get(&gone).await.problem(404);

    // Switched on again it finds what was made of its index.
    world.put("acme", by("counterparty", 0)).await.expect(200);
    world.active("acme").await;
    assert_eq!(
        world.titles("u2", "zoe").await,
        ["52 transactions within 1 day exceed the limit of 0"]
    );
    world.host.stop().await;
}
