//! Several sessions of one process of change, which has one `sessionExternalId`: each announces its own course.

use serde_json::{Value, json};
use tests::Consumer;
use tests::rabbitmq::event_of;

use super::hub::{BANK, Hub, Session};

const STARTED: &str = "AccountsSyncStarted";
const READ: &str = "AccountsSyncFinished";
const FINISHED: &str = "TransactionsSyncFinished";
const FAILED: &str = "TransactionsSyncFailed";

/// What becomes of a session.
#[derive(Clone, Copy)]
enum Course {
    Finish,
    /// It fails when its accounts are read.
    Fail,
    /// It fails before its accounts are read.
    FailEarly,
}

impl Course {
    fn events(self) -> &'static [&'static str] {
        match self {
            Self::Finish => &[STARTED, READ, FINISHED],
            Self::Fail => &[STARTED, READ, FAILED],
            Self::FailEarly => &[STARTED, "AccountsSyncFailed"],
        }
    }

    /// Every call comes twice, and adds nothing the second time.
    async fn run(self, session: &Session) {
        for _ in 0..2 {
            session.code("x").await.expect(200);
        }
        if matches!(self, Self::FailEarly) {
            for _ in 0..2 {
                session.fail("accounts").await.expect(200);
            }
            return;
        }
        for _ in 0..2 {
            session.accounts(&["a"]).await.expect(200);
        }
        for _ in 0..2 {
            match self {
                Self::Finish => {
                    let page = session.page("a", 1, "2020-01-01", true, Vec::new());
                    page.await.expect(200);
                    session.finish().await.expect(200);
                }
                _ => {
                    session.fail("transactions").await.expect(200);
                }
            }
        }
        if matches!(self, Self::Finish) {
            session.fail("transactions").await.problem(409);
        }
    }
}

/// Runs sessions under one name; before each but the first, the consent is taken back where it is an edit.
async fn check(hub: &Hub, queue: &mut Consumer, name: &str, courses: &[Course], is_edit: bool) {
    let before = queue.so_far().len();
    let mut expect = Vec::new();
    for (number, course) in courses.iter().enumerate() {
        if number > 0 && is_edit {
            let path = format!("/api/v2/bank/{BANK}/consent");
            let body = json!({ "userId": name, "sessionExternalId": name });
            hub.client.delete_with(&path, body).await.expect(200);
        }
        let session = Session::begin(&hub.client, name, name).await;
        course.run(&session).await;
        let of_session = course.events().iter();
        expect.extend(of_session.map(|event| (session.id.clone(), (*event).to_owned())));
    }
    hub.delivered().await;
    let messages = &queue.at_least(before + expect.len())[before..];
    let found: Vec<(String, String)> = messages
        .iter()
        .map(|message| {
            let session = message["message"]["sessionId"].as_str().expect("an id");
            (session.to_owned(), event_of(message))
        })
        .collect();
    assert_eq!(found, expect, "{name}");
    let is_of_process = |message: &Value| message["message"]["sessionExternalId"] == name;
    assert!(messages.iter().all(is_of_process));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_session_of_a_process_announces_its_own_course() {
    use Course::{Fail, FailEarly, Finish};
    let hub = Hub::start().await;
    let mut queue = hub.consume();
    check(
        &hub,
        &mut queue,
        "finish-edit-finish",
        &[Finish, Finish],
        true,
    )
    .await;
    check(&hub, &mut queue, "finish-edit-fail", &[Finish, Fail], true).await;
    check(
        &hub,
        &mut queue,
        "finish-edit-fail-early",
        &[Finish, FailEarly],
        true,
    )
    .await;
    check(
        &hub,
        &mut queue,
        "fail-retry-finish",
        &[Fail, Finish],
        false,
    )
    .await;
    check(
        &hub,
        &mut queue,
        "fail-early-retry-finish",
        &[FailEarly, Finish],
        false,
    )
    .await;
    check(&hub, &mut queue, "fail-retry-fail", &[Fail, Fail], false).await;
    check(
        &hub,
        &mut queue,
        "finish-renew-finish",
        &[Finish, Finish],
        false,
    )
    .await;
    check(
        &hub,
        &mut queue,
        "fail-retry-fail-retry-finish",
        &[FailEarly, Fail, Finish],
        false,
    )
    .await;
    hub.host.stop().await;
}
