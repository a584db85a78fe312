//! Nothing is sequenced after the revocation of the credential that asked for it.

use std::time::{Duration, Instant};

use reqwest::{Body, Method, Response};
use serde_json::{Value, json};
use tests::{Client, RawConnection};
use tokio::sync::mpsc;

use super::{own_path, text};
use crate::payments::{BATCH, Payments, payment};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// A batch whose lines are sent one by one.
struct Batch {
    lines: mpsc::UnboundedSender<Result<String, std::io::Error>>,
    response: Response,
    read: String,
}

impl Batch {
    async fn begin(client: &Client) -> Self {
        let (lines, sent) = mpsc::unbounded_channel();
        let stream = futures::stream::unfold(sent, async |mut sent| {
            let line = sent.recv().await?;
            Some((line, sent))
        });
        let request = client.request(Method::POST, BATCH);
        let request = request.header("content-type", NDJSON);
        let response = request
            .body(Body::wrap_stream(Box::pin(stream)))
            .send()
            .await;
        Self {
            lines,
            response: response.expect("an answer begins"),
            read: String::new(),
        }
    }

    fn send(&self, line: &str) {
        let sent = self.lines.send(Ok(format!("{line}\n")));
        sent.expect("the body is being read");
    }

    /// The results, once there are so many.
    async fn results(&mut self, count: usize) -> Vec<Value> {
        while self.read.lines().count() < count || !self.read.ends_with('\n') {
            let bytes = self.response.chunk().await.expect("an open connection");
            let bytes = bytes.unwrap_or_else(|| panic!("it ended: {}", self.read));
            self.read
                .push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
        let lines = self.read.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

fn statuses(results: &[Value]) -> Vec<u64> {
    let statuses = results.iter().map(|result| result["status"].as_u64());
    statuses.map(|status| status.expect("a status")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_remaining_lines_of_a_batch_are_refused_once_its_key_is_revoked() {
    let payments = Payments::start().await;
    let keys = "/v1/teams/payments/api-keys";
    let administrator = &payments.tenant.administrator;
    let host = payments.host.administrator();
    for how in ["deleted", "suspended", "regenerated"] {
        let made = administrator.post(keys, json!({})).await.expect(201);
        let mut batch = Batch::begin(&payments.key.with(text(&made["key"]))).await;
        let line = |number: u32| payment(&format!("{how}-{number}"), "anna", 1.0).to_string();
        batch.send(&line(1));
        assert_eq!(statuses(&batch.results(1).await), [201], "{how}");
        match how {
            "deleted" => {
                let path = format!("{keys}/{}", text(&made["id"]));
                administrator.delete(&path).await.expect(204);
            }
            "suspended" => {
                let suspended = json!({ "suspended": true });
                host.patch("/v1/tenants/athora", suspended)
                    .await
                    .expect(200);
            }
            _ => {
                let path = format!("{keys}/regenerate");
                administrator.post(&path, json!({})).await.expect(201);
            }
        }
        for line in [&line(2), "no JSON", "{}", &line(1)] {
            batch.send(line);
        }
        let results = batch.results(5).await;
        assert_eq!(statuses(&results), [201, 401, 401, 401, 401], "{how}");
        assert_eq!(results[4]["line"], 5);
        let resumed = json!({ "suspended": false });
        host.patch("/v1/tenants/athora", resumed).await.expect(200);
    }

    let path = "/v1/teams/payments/transactions";
    let stored = administrator.all(path).await;
    let mut ids: Vec<&str> = stored
        .iter()
        .map(|stored| text(&stored["txn_id"]))
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["deleted-1", "regenerated-1", "suspended-1"]);
    payments.host.stop().await;
}

/// A request whose body has only begun to arrive.
struct Trickled {
    connection: RawConnection,
    rest: Vec<u8>,
}

impl Trickled {
    async fn begin(client: &Client, path: &str, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        let mut connection = RawConnection::post(client, path, JSON, Some(body.len())).await;
        connection.write(&body[..1]).await;
        // Whatever came earlier on another connection is answered: the head was most likely read, too. Where it was
        // not, the request is refused all the same.
        client.get("/v1/me").await.expect(200);
        let rest = body[1..].to_vec();
        Self { connection, rest }
    }

    /// The first line of the answer, once the whole body has arrived.
    async fn finish(mut self) -> String {
        self.connection.write(&self.rest).await;
        let answer = self.connection.read_to_end().await;
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_trickles_is_refused_once_its_user_may_not_any_more() {
    let payments = Payments::start().await;
    let (tenant, administrator) = (&payments.tenant, &payments.tenant.administrator);
    let team = |name: &str| json!({ "name": name, "title": "X", "kind": "aml" });
    let check = async |login: &str, change: Value, expect: &str| {
        let user = tenant.user(login, &["Integrator"]).await;
        let path = own_path(&user).await;
        let trickled = Trickled::begin(&user, "/v1/teams", &team(login)).await;
        administrator.patch(&path, change).await.expect(200);
        let answered = trickled.finish().await;
        assert!(answered.contains(expect), "{login}: {answered}");
        let team = format!("/v1/teams/{login}");
        administrator.get(&team).await.problem(404);
    };
    check("disabled", json!({ "disabled": true }), "401").await;
    check("demoted", json!({ "scopes": ["Watcher"] }), "403").await;

    let user = tenant.user("revoked", &["Integrator"]).await;
    let tokens = format!("{}/tokens", own_path(&user).await);
    let trickled = Trickled::begin(&user, "/v1/teams", &team("revoked")).await;
    administrator.delete(&tokens).await.expect(204);
    let answered = trickled.finish().await;
    assert!(answered.contains("401"), "{answered}");
    administrator.get("/v1/teams/revoked").await.problem(404);

    // And what a team's key posts.
    let keys = "/v1/teams/payments/api-keys";
    let made = administrator.post(keys, json!({})).await.expect(201);
    let key = payments.key.with(text(&made["key"]));
    let posted = payment("late", "anna", 1.0);
    let trickled = Trickled::begin(&key, "/v1/transactions", &posted).await;
    let path = format!("{keys}/{}", text(&made["id"]));
    administrator.delete(&path).await.expect(204);
    let answered = trickled.finish().await;
    assert!(answered.contains("401"), "{answered}");
    let path = "/v1/teams/payments/transactions/late";
    administrator.get(path).await.problem(404);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_many_alerts_stops_with_its_user() {
    let payments = Payments::start().await.with_large_amount().await;
    let administrator = &payments.tenant.administrator;
    let lines: String = (0..3_000)
        .map(|number| format!("{}\n", payment(&format!("t{number}"), "anna", 20_000.0)))
        .collect();
    let answer = payments.key.post_as(BATCH, NDJSON, lines).await;
    assert!(answer.is_success(), "{}", answer.text());

    let analyst = payments.tenant.user("analyst", &["AML Analyst"]).await;
    let user = own_path(&analyst).await;
    let change = json!({ "filter": {}, "change": { "severity": "low" } });
    let begun = analyst.post("/v1/alerts/bulk", change).await;
    begun.expect(202);
    let disabled = json!({ "disabled": true });
    administrator.patch(&user, disabled).await.expect(200);

    let deadline = Instant::now() + Duration::from_secs(60);
    let ended = loop {
        let bulk = administrator
            .get(begun.header("location"))
            .await
            .expect(200);
        if bulk["state"] != "running" {
            break bulk;
        }
        assert!(Instant::now() < deadline, "{bulk}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(ended["state"], "stopped", "{ended}");
    assert_eq!(ended["reason"], "the user was disabled");
    let done = ended["done"].as_u64().expect("a number");
    assert!(done < 3_000, "{ended}");

    // In the tenant's order nothing of the analyst's comes after it.
    let entries = administrator.all("/v1/audit").await;
    let disabled = entries
        .iter()
        .position(|entry| entry["action"] == "user.change");
    let disabled = disabled.expect("it is audited");
    let later = entries[..disabled].iter();
    let later = later.filter(|entry| entry["action"] == "alert.change");
    assert_eq!(later.count(), 0);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_ends_where_its_user_may_not_do_it_any_more() {
    let payments = Payments::start().await.with_large_amount().await;
    let administrator = &payments.tenant.administrator;
    let lines: String = (0..2_000)
        .map(|number| format!("{}\n", payment(&format!("t{number}"), "anna", 20_000.0)))
        .collect();
    let answer = payments.key.post_as(BATCH, NDJSON, lines).await;
    assert!(answer.is_success(), "{}", answer.text());
    let supervisor = payments
        .tenant
        .user("supervisor", &["AML Supervisor"])
        .await;
    let integrator = payments.tenant.user("integrator", &["Integrator"]).await;
    let users = [own_path(&supervisor).await, own_path(&integrator).await];
    let formatter = payments.tenant.publish("ndjson").await;
    let choice = json!({ "plugin": formatter.name, "version": formatter.version });
    let export = json!({ "formatter": choice, "sensitive": "mask" });
    administrator
        .put("/v1/exports/nightly", export)
        .await
        .expect(201);

    // Many of each, so that some are still to be done.
    let mut begun = Vec::new();
    for _ in 0..6 {
        let replay = supervisor.post("/v1/replays", json!({})).await;
        replay.expect(202);
        begun.push(replay.header("location").to_owned());
        let run = integrator.post("/v1/exports/nightly/runs", json!({})).await;
        run.expect(202);
        begun.push(run.header("location").to_owned());
    }
    for user in &users {
        let disabled = json!({ "disabled": true });
        administrator.patch(user, disabled).await.expect(200);
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    for path in begun.iter().skip(begun.len() - 2) {
        let ended = loop {
            let work = administrator.get(path).await.expect(200);
            if !["running", "queued"].contains(&text(&work["state"])) {
                break work;
            }
            assert!(Instant::now() < deadline, "{work}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(ended["reason"], "the user was disabled", "{ended}");
    }
    payments.host.stop().await;
}
