//! A broker that goes away, refuses, or has no room: events wait, in their order, and none is lost.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::rabbitmq::{BROKER, OwnBroker, count, event_of};
use tests::{Proxy, TestHost, VirtualHost, Way};

use super::hub::{Hub, Session, announce, until};

/// A hub whose way to the broker is a proxy.
async fn through_a_proxy() -> (Hub, Proxy) {
    let proxy = Proxy::to(BROKER).await;
    let virtual_host = VirtualHost::make();
    let url = virtual_host.url(proxy.address());
    let builder = TestHost::builder().in_memory();
    let hub = Hub::with(
        virtual_host,
        builder.config(|config| announce(config, &url)),
    )
    .await;
    hub.until("the broker is there", |events| {
        events["broker"] == "connected"
    })
    .await;
    (hub, proxy)
}

/// The events of each session, in the order in which they came first.
fn orders(messages: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut orders = BTreeMap::<String, Vec<String>>::new();
    for message in messages {
        let session = message["message"]["sessionId"].as_str().expect("an id");
        let order = orders.entry(session.to_owned()).or_default();
        let event = event_of(message);
        if !order.contains(&event) {
            order.push(event);
        }
    }
    orders
}

/// Every session came wholly and in its order, each event as one message.
fn check_whole(messages: &[Value], sessions: usize) {
    let orders = orders(messages);
    assert_eq!(orders.len(), sessions);
    let expect = [
        "AccountsSyncStarted",
        "AccountsSyncFinished",
        "TransactionsSyncFinished",
    ];
    for (session, order) in orders {
        assert_eq!(order, expect, "{session}");
    }
    let (_, ids) = count(messages);
    for (event, ids) in ids {
        assert_eq!(
            ids.len(),
            1,
            "{event:?}: sent again, it is the same message"
        );
    }
}

async fn run_sessions(hub: &Hub, from: usize, count: usize) {
    for number in from..from + count {
        let user = format!("u{number}");
        Session::begin(&hub.client, &user, &format!("E{number}"))
            .await
            .run()
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_delays_events() {
    let (hub, proxy) = through_a_proxy().await;
    let mut queue = hub.consume();
    run_sessions(&hub, 0, 3).await;
    proxy.set(Way::Cut);
    run_sessions(&hub, 3, 5).await;
    let away = hub
        .until("the broker is away", |events| events["broker"] == "away")
        .await;
    assert!(away["waiting"].as_u64() >= Some(15), "{away}");
    let metrics = hub.host.anonymous().get("/metrics").await.text();
    assert!(metrics.contains("vervet_events_waiting"), "{metrics}");
    hub.until("the age of the oldest is told", |events| {
        events["oldest_seconds"].as_u64() >= Some(1)
    })
    .await;
    proxy.set(Way::Open);
    hub.delivered().await;
    check_whole(queue.at_least(24), 8);
    assert_eq!(hub.events().await["broker"], "connected");
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_does_not_answer_is_given_up_and_asked_again() {
    let (hub, proxy) = through_a_proxy().await;
    let mut queue = hub.consume();
    run_sessions(&hub, 0, 2).await;
    hub.delivered().await;
    // What is sent arrives, and no confirm comes back: it is sent again, as the same message.
    proxy.set(Way::Mute);
    run_sessions(&hub, 2, 1).await;
    let away = hub
        .until("the broker does not answer", |events| {
            events["broker"] == "away"
        })
        .await;
    assert_eq!(away["reason"], "timed_out");
    proxy.set(Way::Cut);
    proxy.set(Way::Open);
    hub.delivered().await;
    run_sessions(&hub, 3, 1).await;
    hub.delivered().await;
    let messages = queue.at_least(13).to_vec();
    check_whole(&messages, 4);
    let (times, _) = count(&messages);
    let twice = times.values().filter(|times| **times == 2).count();
    assert_eq!(
        (times.len(), twice),
        (12, 1),
        "the one whose confirm was lost"
    );

    proxy.set(Way::Hanging);
    run_sessions(&hub, 4, 1).await;
    hub.until("it is given up", |events| events["broker"] == "away")
        .await;
    proxy.set(Way::Cut);
    proxy.set(Way::Open);
    hub.delivered().await;
    check_whole(queue.at_least(16), 5);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_no_queue_takes_is_not_delivered() {
    let virtual_host = VirtualHost::make();
    let url = virtual_host.url(BROKER);
    // The exchange is there, and nothing is bound to it.
    let made = TestHost::builder()
        .in_memory()
        .config(|config| announce(config, &url));
    Hub::with(virtual_host, made).await.lose_queue().await;
}

impl Hub {
    /// Goes on without the queue, then with it.
    async fn lose_queue(self) {
        self.until("all is declared", |events| events["broker"] == "connected")
            .await;
        let url = self.virtual_host.url(BROKER);
        self.virtual_host.control("delete_queue", &["reporting"]);
        let Self {
            host, virtual_host, ..
        } = self;
        host.stop().await;
        let builder = TestHost::builder().in_memory().config(|config| {
            announce(config, &url);
            config.rabbitmq.declare = false;
        });
        let hub = Self::with(virtual_host, builder).await;
        let session = Session::begin(&hub.client, "anna", "E1").await;
        session.run().await;
        let away = hub
            .until("messages come back", |events| events["broker"] == "away")
            .await;
        assert_eq!(away["reason"], "returned");
        assert_eq!(hub.events().await["waiting"], 3);
        let details = session.details().await;
        let events = details["events"].as_array().expect("events").iter();
        assert!(
            events
                .map(|event| &event["deliveredAt"])
                .all(Value::is_null)
        );
        // An operator makes it and binds it, as another host does that may declare.
        let url = hub.virtual_host.url(BROKER);
        let declaring = TestHost::builder()
            .in_memory()
            .config(|config| announce(config, &url));
        let declaring = declaring.start().await;
        hub.delivered().await;
        check_whole(hub.consume().at_least(3), 1);
        declaring.stop().await;
        hub.host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_full_takes_the_rest_when_there_is_room() {
    let hub = Hub::start().await;
    hub.until("all is declared", |events| events["broker"] == "connected")
        .await;
    let full = r#"{"max-length":4,"overflow":"reject-publish"}"#;
    hub.virtual_host
        .control("set_policy", &["full", "^reporting$", full]);
    run_sessions(&hub, 0, 4).await;
    let away = hub
        .until("the queue is full", |events| {
            events["reason"] == "not_taken"
        })
        .await;
    assert!(away["waiting"].as_u64() >= Some(1), "{away}");
    let mut queue = hub.consume();
    hub.delivered().await;
    let messages = queue.at_least(12).to_vec();
    check_whole(&messages, 4);
    assert_eq!(
        messages.len(),
        12,
        "what is refused was not taken, so none comes twice"
    );
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_and_a_virtual_host_that_is_gone_are_told_apart() {
    let hub = Hub::start().await;
    hub.until("the broker is there", |events| {
        events["broker"] == "connected"
    })
    .await;
    hub.virtual_host.set_password("another");
    hub.virtual_host.delete();
    run_sessions(&hub, 0, 1).await;
    hub.until("the login is refused", |events| {
        events["reason"] == "login_refused"
    })
    .await;
    hub.virtual_host.set_password("secret");
    hub.until("there is no virtual host", |events| {
        events["reason"] == "no_virtual_host"
    })
    .await;
    hub.virtual_host.create();
    hub.virtual_host.permit();
    hub.delivered().await;
    check_whole(hub.consume().at_least(3), 1);
    hub.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_while_a_broker_is_restarted_and_outlive_a_restart_of_the_host() {
    let mut broker = OwnBroker::start();
    let url = broker.url();
    let mut host = TestHost::builder()
        .config(|config| announce(config, &url))
        .start()
        .await;
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", super::hub::CLIENT).await;
    let run = async |external_id: &str| {
        let session = Session::begin(&client, external_id, external_id).await;
        session.run().await;
        session
    };
    run("E1").await;
    let waiting = async |host: &TestHost| {
        let ready = host.anonymous().get("/readyz").await.expect(200);
        ready["events"]["waiting"].as_u64()
    };
    until("the first are delivered", async || {
        (waiting(&host).await == Some(0)).then_some(())
    })
    .await;
    broker.stop();
    let second = run("E2").await;
    assert_eq!(waiting(&host).await, Some(3));
    host.restart().await;
    assert_eq!(waiting(&host).await, Some(3), "the outbox is durable");
    run("E3").await;
    broker.start_again();
    until("all is delivered", async || {
        (waiting(&host).await == Some(0)).then_some(())
    })
    .await;
    // What was confirmed before the restart is on the broker's disk.
    let mut queue = broker.consume("reporting");
    let messages = queue.at_least(9).to_vec();
    check_whole(&messages, 3);
    assert_eq!(messages.len(), 9);
    let details = second.details().await;
    let mut events = details["events"].as_array().expect("events").iter();
    assert!(
        events.all(|event| event["deliveredAt"].is_string()),
        "{details}"
    );
    host.stop().await;
}
