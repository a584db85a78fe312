//! The host is killed between any two steps, and at any moment: no event is lost, and what comes twice is the same message.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::rabbitmq::{BROKER, count};
use tests::{Client, HostProcess, VirtualHost};
use tokio::sync::watch;

use super::hub::{BANK, CLIENT, CONTEXT, account, transaction, until};

/// A host in a process of its own, whose sessions make events.
fn start(virtual_host: &VirtualHost) -> HostProcess {
    HostProcess::start_with(&[
        ("VERVET_RABBITMQ_URL", &virtual_host.url(BROKER)),
        ("VERVET_RABBITMQ_CONFIRM_SECONDS", "5"),
        ("VERVET_SESSIONS_CLIENT_ID", CLIENT),
        ("VERVET_SESSIONS_CONTEXT", CONTEXT),
    ])
}

async fn all_is_delivered(client: &Client) {
    until("all is delivered", async || {
        let ready = client.get("/readyz").await.expect(200);
        (ready["events"]["waiting"] == 0).then_some(())
    })
    .await;
}

/// Goes the way of a session, step by step.
struct Walk {
    external_id: String,
    /// Once it was answered.
    session: Option<String>,
    /// How many steps were answered.
    taken: usize,
}

/// The steps of a session.
const STEPS: usize = 6;

impl Walk {
    fn new(external_id: &str) -> Self {
        Self {
            external_id: external_id.to_owned(),
            session: None,
            taken: 0,
        }
    }

    /// The next step: method, path, body.
    fn next(&self) -> (Method, String, Value) {
        let session = self.session.as_deref().unwrap_or_default();
        let of_session = |rest: &str| format!("/api/v2/bank/session/{session}{rest}");
        let page = |id: &str| {
            let body = json!({
                "page": 1, "historyFrom": "2020-01-01", "isWholeHistory": true,
                "transactions": [transaction("t", "2026-01-01")],
            });
            (
                Method::POST,
                of_session(&format!("/accounts/{id}/transactions")),
                body,
            )
        };
        match self.taken {
            0 => {
                let body = json!({
                    "userId": self.external_id, "sessionExternalId": self.external_id,
                    "sessionContext": CONTEXT, "values": [],
                });
                (Method::POST, format!("/api/v2/bank/{BANK}/authorize"), body)
            }
            1 => (Method::POST, of_session("/code"), json!({ "code": "x" })),
            2 => {
                let accounts = json!({ "accounts": [account("a"), account("b")] });
                (Method::PUT, of_session("/accounts"), accounts)
            }
            3 => page("a"),
            4 => page("b"),
            _ => (Method::POST, of_session("/finish"), json!({})),
        }
    }

    /// Takes the next step, unless the host is away; it is taken when it was answered.
    async fn step(&mut self, client: &Client) {
        let (method, path, body) = self.next();
        let Ok(answer) = client.request(method, &path).json(&body).send().await else {
            return;
        };
        let status = answer.status().as_u16();
        let Ok(answer) = answer.json::<Value>().await else {
            return;
        };
        if status >= 500 {
            return;
        }
        assert!(
            status < 300,
            "step {} of {}: {answer}",
            self.taken,
            self.external_id
        );
        if self.taken == 0 {
            self.session = answer["sessionId"].as_str().map(str::to_owned);
        }
        self.taken += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_any_two_steps_loses_nothing() {
    let virtual_host = VirtualHost::make();
    let mut host = start(&virtual_host);
    let mut queue = virtual_host.consume("reporting");
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let mut walk = Walk::new("E1");
    for number in 0..STEPS {
        walk.step(&client.at(host.url())).await;
        assert_eq!(walk.taken, number + 1);
        host.kill();
        host.start_again();
    }
    let client = client.at(host.url());
    all_is_delivered(&client).await;
    let (_, ids) = count(queue.at_least(3));
    assert_eq!(ids.len(), 3);
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "each event is one message"
    );
    let path = format!("/api/v2/bank/session/{}", walk.session.expect("a session"));
    let details = client.get(&path).await.expect(200);
    assert_eq!(details["stage"], "finished");
    let events = details["events"].as_array().expect("events");
    assert!(
        events.iter().all(|event| event["deliveredAt"].is_string()),
        "{details}"
    );
    // What was audited goes on where it was: no number of the outbox comes twice.
    let audit = tenant.administrator.at(host.url()).all("/v1/audit").await;
    let delivered = audit
        .iter()
        .filter(|entry| entry["action"] == "event.deliver");
    assert_eq!(delivered.count(), 3);
}

/// How many kills there are.
const ROUNDS: usize = 12;
/// How many events can be confirmed and not marked: those on their way and those that are being marked.
const WINDOW: usize = 2 * 32;
/// How many clients walk.
const CLIENTS: usize = 4;

/// Walks from session to session until there is no host any more; answers how many were walked to their end, and how
/// many steps of the last were answered.
async fn walk(
    number: usize,
    client: Client,
    urls: watch::Receiver<Option<String>>,
) -> (usize, usize) {
    let mut done = 0;
    loop {
        let mut walk = Walk::new(&format!("{number}-{done}"));
        while walk.taken < STEPS {
            let Some(url) = urls.borrow().clone() else {
                return (done, walk.taken);
            };
            walk.step(&client.at(url)).await;
        }
        done += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_nothing() {
    let virtual_host = VirtualHost::make();
    let mut host = start(&virtual_host);
    let mut queue = virtual_host.consume("reporting");
    let tenant = host.tenant("bank").await;
    let client = tenant.bank_client("mwd", CLIENT).await;
    let (url, urls) = watch::channel(Some(host.url().to_owned()));
    let walks = (0..CLIENTS).map(|number| tokio::spawn(walk(number, client.clone(), urls.clone())));
    let walks: Vec<_> = walks.collect();
    for _ in 0..ROUNDS {
        let pause = rand::random_range(50..700);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        host.kill();
        host.start_again();
        url.send_replace(Some(host.url().to_owned()));
    }
    url.send_replace(None);
    let mut expect = Vec::new();
    for (number, walk) in walks.into_iter().enumerate() {
        let (done, steps) = walk.await.expect("no client panics");
        let announced = |steps: usize| match steps {
            0 | 1 => 0,
            2 => 1,
            3 | 4 => 2,
            _ => 3,
        };
        let name = |number_of: usize| format!("{number}-{number_of}");
        expect.extend((0..done).map(|number_of| (name(number_of), 3..=3)));
        // Of the last step it is not known whether it was taken.
        expect.push((name(done), announced(steps)..=announced(steps + 1)));
    }
    all_is_delivered(&client.at(host.url())).await;
    let least = expect.iter().map(|(_, announced)| announced.start()).sum();
    assert!(least >= ROUNDS, "the clients came somewhere");
    let messages = queue.at_least(least).to_vec();
    let (times, ids) = count(&messages);
    for (external_id, announced) in &expect {
        let of_process = ids.keys().filter(|(known, _, _)| known == external_id);
        let found = of_process.count();
        assert!(
            announced.contains(&found),
            "{external_id}: {found} of {announced:?}"
        );
    }
    let names: std::collections::BTreeSet<_> = ids.keys().map(|(known, _, _)| known).collect();
    assert!(names.len() <= expect.len(), "none is made up");
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "each event is one message"
    );
    // Only what was confirmed and not marked when the host was killed comes again: what one pipeline holds and what is
    // being marked, at most.
    let twice = times.values().filter(|times| **times > 1).count();
    assert!(twice <= ROUNDS * WINDOW, "{twice} came again");
}
