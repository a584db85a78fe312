//! When a rule takes effect, and what is shown until then.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_takes_effect_when_its_windows_are_whole() {
    let world = World::start().await;
    world.post_many(0..5_000).await;
    let put = world.put("acme", by("counterparty", 100)).await;
    let accepted = put.expect(201);
    assert_eq!(
        (
            &accepted["state"],
            &accepted["preparing"],
            &accepted["install"]
        ),
        (
            &json!("preparing"),
            &json!({ "done": 0, "of": 5_000 }),
            &json!(1)
        )
    );
    assert_eq!(put.header("etag"), "\"1-pending\"");
    assert_eq!(world.rule("acme").await["state"], "preparing");
    let list = world.tenant.administrator.all(RULES).await;
    assert_eq!(list[0]["state"], "preparing");
    assert_eq!(world.installs("acme").await, listed(&[(1, "preparing")]));
    assert_eq!(world.preparing().await, ("1".to_owned(), 1));

    // A first install judges nothing, and that is what its figures say.
    let answer = world.key.post(POST, to_acme("u1", "zoe")).await.expect(201);
    assert_eq!(answer["rules"], json!([]), "{answer}");
    let stats = format!("{RULES}/acme/stats");
    let judged = world.get(&stats).await;
    assert_eq!(
        (&judged["evaluations"], &judged["versions"]),
        (&json!(0), &json!([]))
    );
    let client = &world.tenant.administrator;
    let comparison = client.get(&format!("{RULES}/acme/comparison")).await;
    assert!(comparison.problem(404).contains("being prepared"));
    let promote = format!("{RULES}/acme/promote");
    client.post(&promote, json!({})).await.problem(404);

    // How far it is changes, though the tag does not.
    let mut done = 0;
    for _ in 0..100 {
        world.gate.let_one_go();
        let path = format!("{RULES}/acme");
        let request = client.request(reqwest::Method::GET, &path);
        let request = request.header("if-none-match", "\"1-pending\"");
        let seen = client.send(request).await.expect(200);
        done = seen["preparing"]["done"].as_u64().expect("a count");
        if done > 0 {
            assert_eq!(seen["preparing"]["of"], 5_001);
            break;
        }
    }
    assert!((1..5_001).contains(&done), "{done} of 5001");

    world.gate.open();
    let active = world.active("acme").await;
    assert_eq!(
        (&active["install"], &active["preparing"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(world.preparing().await, ("0".to_owned(), 0));
    assert_eq!(
        world.titles("u2", "zoe").await,
        ["5002 transactions within 1 day exceed the limit of 100"],
        "all of history is in the window, with what came while it was read"
    );
    let judged = world.get(&stats).await;
    assert_eq!(judged["evaluations"], 1, "{judged}");
    let effects = client.all("/v1/audit?action=rule.take_effect").await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["subject"], "payments/acme");
    assert_eq!(effects[0]["actor"]["kind"], "host");

    // What the index covers takes effect at once, and is never shown as being prepared.
    world.gate.close();
    let put = world.put("acme", by("counterparty", 200)).await;
    let again = put.expect(200);
    assert_eq!(
        (&again["state"], &again["install"]),
        (&json!("active"), &json!(2))
    );
    let other = world.put("other", by("counterparty", 1)).await.expect(201);
    assert_eq!(
        (&other["state"], &other["preparing"]),
        (&json!("active"), &Value::Null)
    );
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_history_a_rule_takes_effect_at_once() {
    let world = World::start().await;
    let put = world.put("acme", by("counterparty", 0)).await.expect(201);
    assert_eq!(
        (&put["state"], &put["preparing"]),
        (&json!("active"), &Value::Null)
    );
    assert_eq!(world.titles("t1", "anna").await.len(), 1);
    world.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_little_history_is_read_in_the_request() {
    let gate = Gate::closed();
    let host = TestHost::builder()
        .over(gate)
        .taking_plugins()
        .start()
        .await;
    let tenant = host.tenant("athora").await;
    let key = tenant.team("payments", &fields()).await;
    let velocity = tenant.publish("velocity").await;
    let posted = key.post(POST, to_acme("t1", "anna")).await;
    posted.expect(201);
    let put = tenant.put_rule("payments", "acme", &velocity, by("counterparty", 1));
    assert_eq!(put.await.expect(201)["state"], "active");
    let posted = key.post(POST, to_acme("t2", "bert")).await.expect(201);
    assert_eq!(
        posted["alerts"].as_array().map(Vec::len),
        Some(1),
        "{posted}"
    );
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_install_before_goes_on_judging() {
    let world = World::start().await;
    world.put("acme", by("customer_id", 0)).await.expect(201);
    world.post_many(0..50).await;
    let put = world.put("acme", by("counterparty", 0)).await;
    assert_eq!(put.expect(200)["state"], "preparing");
    let pending = put.header("etag").to_owned();
    assert_eq!(pending, "\"2-pending\"");
    assert_eq!(
        world.installs("acme").await,
        listed(&[(2, "preparing"), (1, "active")])
    );
    assert_eq!(
        world.titles("u1", "zoe").await,
        ["1 transactions within 1 day exceed the limit of 0"]
    );

    world.gate.open();
    world.active("acme").await;
    assert_eq!(
        world.titles("u2", "zoe").await,
        ["52 transactions within 1 day exceed the limit of 0"]
    );
    assert_eq!(
        world.installs("acme").await,
        listed(&[(2, "active"), (1, "ended")])
    );
    let stats = world.get(&format!("{RULES}/acme/stats")).await;
    let judged = |at: usize| {
        let version = &stats["versions"][at];
        (version["install"].clone(), version["evaluations"].clone())
    };
    assert_eq!(
        (judged(0), judged(1)),
        ((json!(2), json!(1)), (json!(1), json!(51)))
    );

    // Whoever was answered while it was prepared knows the install.
    let client = &world.tenant.administrator;
    let path = format!("{RULES}/acme");
    let delete = client.request(reqwest::Method::DELETE, &path);
    let delete = delete.header("if-match", pending);
    client.send(delete).await.expect(204);
    world.host.stop().await;
}
