//! Preparing goes on through stops and failures.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_and_what_was_prepared_together_takes_effect_together() {
    let mut world = World::start().await;
    world.put("acme", by("customer_id", 0)).await.expect(201);
    world.post_many(0..50).await;
    world.put("acme", by("counterparty", 0)).await.expect(200);
    world.put("bank", by("bank", 0)).await.expect(201);
    world.gate.wait_for_builder();
    // The builder cannot end otherwise: its read never returns.
    world.gate.fail();
    let gate = world.gate.again();
    world.host.restart_over(gate.clone()).await;
    world.gate = gate;

    for (rule, install) in [("acme", 2), ("bank", 1)] {
        let seen = world.rule(rule).await;
        assert_eq!(
            (&seen["state"], &seen["preparing"]["done"], &seen["install"]),
            (&json!("preparing"), &json!(0), &json!(install)),
            "{seen}"
        );
    }
    assert_eq!(
        world.titles("u1", "zoe").await,
        ["1 transactions within 1 day exceed the limit of 0"],
        "the install before judges"
    );
    world.gate.wait_for_builder();
    assert_eq!(world.preparing().await, ("2".to_owned(), 2));
    world.gate.open();
    let (acme, bank) = (world.active("acme").await, world.active("bank").await);
    assert_eq!(acme["installed_at"], bank["installed_at"], "one commit");
    let mut titles = world.titles("u2", "zoe").await;
    titles.sort();
    let both = "52 transactions within 1 day exceed the limit of 0";
    assert_eq!(titles, [both, both]);

    // They are in force after another restart, too.
    world.host.restart().await;
    assert_eq!(world.rule("acme").await["state"], "active");
    assert_eq!(world.titles("u3", "zoe").await.len(), 2);
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_shown_and_tried_again() {
    let world = World::start().await;
    world.post_many(0..50).await;
    world.gate.fail();
    world.put("acme", by("counterparty", 0)).await.expect(201);
    let client = &world.tenant.administrator;
    let path = format!("{RULES}/acme");
    let has_failed = |rule: &Value| rule["preparing"]["last_failure"].is_string();
    let failed = until(client, &path, has_failed).await;
    assert_eq!(
        (&failed["state"], &failed["preparing"]["last_failure"]),
        (
            &json!("preparing"),
            &json!("the stored transactions cannot be read")
        )
    );
    assert_eq!(world.titles("u1", "zoe").await, [""; 0]);
    world.gate.open();
    world.active("acme").await;
    assert_eq!(
        world.titles("u2", "zoe").await,
        ["52 transactions within 1 day exceed the limit of 0"]
    );
    world.host.stop().await;
}
