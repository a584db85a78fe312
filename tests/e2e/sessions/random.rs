//! A thousand sessions with steps in any order, some of them under one name, held against the model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tests::TestHost;
use tests::rabbitmq::{count, event_of};

use super::hub::{BANK, Hub, Session, events, transaction};
use super::model::{Call, Day, Model, days_after, months_before, text};

/// How many processes there are, each with a `sessionExternalId` of its own and one session or more.
const PROCESSES: usize = 800;
/// The most sessions of a process.
const MOST_SESSIONS: u32 = 3;
/// How many go on together.
const TOGETHER: usize = 8;
/// How many months of history are wanted.
const MONTHS: u32 = 13;
/// The accounts that sessions have some of.
const ACCOUNTS: [&str; 4] = ["a", "b", "c", "d"];

/// The days on which sessions begin, among them ends of months and a leap day; the first is found at the start.
const STARTS: [Day; 6] = [
    (2027, 3, 31),
    (2027, 8, 30),
    (2027, 12, 31),
    (2028, 2, 29),
    (2028, 3, 31),
    (2029, 3, 29),
];

/// The day where the tenant is, as a session says it.
fn day_of(moment: &str) -> Day {
    let number = |range: std::ops::Range<usize>| -> u32 { moment[range].parse().expect("digits") };
    (number(0..4) as i32, number(5..7), number(8..10))
}

/// The calls of a session: mostly in their order, some of them twice, some astray, and some ends too early.
fn script(rng: &mut StdRng, start: Day) -> Vec<Call> {
    let mut accounts = ACCOUNTS.to_vec();
    accounts.truncate(rng.random_range(1..=ACCOUNTS.len()));
    accounts.shuffle(rng);
    let mut calls = vec![Call::Code("x"), Call::Accounts(accounts.clone())];
    let mut pages = Vec::new();
    for account in &accounts {
        // Near the border, so that a day decides; or far from it.
        let border = months_before(start, MONTHS);
        let reach = match rng.random_range(0..6) {
            0 => border,
            1 => days_after(border, 1),
            2 => months_before(border, rng.random_range(1..14)),
            3 => days_after(border, rng.random_range(2..200)),
            _ => months_before(start, rng.random_range(0..26)),
        };
        let count = rng.random_range(1..=3);
        for number in 1..=count {
            let is_last = number == count;
            let months = rng.random_range(0..3);
            pages.push(Call::Page {
                account,
                number,
                from: if is_last {
                    reach
                } else {
                    months_before(start, months).max(reach)
                },
                is_whole: is_last && rng.random_bool(0.6),
            });
        }
    }
    match rng.random_range(0..3) {
        0 => pages.shuffle(rng),
        1 => pages.sort_by_key(|page| match page {
            Call::Page { number, .. } => *number,
            _ => 0,
        }),
        _ => {}
    }
    calls.extend(pages);
    calls.push(Call::Finish);
    // Some again, some otherwise, some where they do not belong.
    for _ in 0..rng.random_range(0..6) {
        let again = calls.choose(rng).expect("a call").clone();
        let stray = match rng.random_range(0..8) {
            0 => Call::Code("y"),
            1 => Call::Accounts(vec!["a", "z"]),
            2 => Call::Page {
                account: "z",
                number: 1,
                from: start,
                is_whole: true,
            },
            3 => Call::Page {
                account: accounts[0],
                number: 1,
                from: months_before(start, 40),
                is_whole: true,
            },
            _ => again,
        };
        calls.insert(rng.random_range(0..=calls.len()), stray);
    }
    if rng.random_bool(0.3) {
        let stage = ["authorization", "accounts", "transactions"];
        let failure = Call::Fail(stage.choose(rng).expect("a stage"));
        calls.insert(rng.random_range(0..=calls.len()), failure);
    }
    if rng.random_bool(0.1) {
        calls.shuffle(rng);
    }
    if rng.random_bool(0.1) {
        calls.truncate(rng.random_range(1..=calls.len()));
    }
    calls
}

async fn call(session: &Session, call: &Call) -> u16 {
    let answer = match call {
        Call::Code(code) => session.code(code).await,
        Call::Accounts(ids) => session.accounts(ids).await,
        Call::Page {
            account,
            number,
            from,
            is_whole,
        } => {
            let one = transaction(&format!("{account}{number}"), "2024-01-01");
            let from = text(*from);
            let page = session.page(account, *number, &from, *is_whole, vec![one]);
            page.await
        }
        Call::Fail(stage) => session.fail(stage).await,
        Call::Finish => session.finish().await,
    };
    answer.status
}

/// Calls all that the script says, and holds every answer against the model. What goes wrong is shown with all calls, so that
/// it can be done again without the seed.
async fn run(
    hub: &Hub,
    external_id: &str,
    start: Day,
    rng: &mut StdRng,
) -> (String, Vec<&'static str>) {
    let session = Session::begin(&hub.client, external_id, external_id).await;
    let begun = session.details().await;
    // Summer time or not, the tenant's day has begun and not ended at noon in UTC.
    assert_eq!(day_of(begun["startedAt"].as_str().expect("a time")), start);
    let mut model = Model::new(start, MONTHS);
    let mut so_far = Vec::new();
    for next in script(rng, start) {
        so_far.push(next.clone());
        let (found, expect) = (call(&session, &next).await, model.call(&next));
        assert_eq!(found, expect, "{external_id} from {start:?}: {so_far:#?}");
    }
    let details = session.details().await;
    assert_eq!(events(&details), model.events, "{external_id}: {so_far:#?}");
    assert_eq!(details["historyComplete"], model.is_complete());
    let accounts = details["accounts"].as_array().expect("accounts");
    assert_eq!(accounts.len(), model.accounts());
    for account in accounts {
        let id = account["accountId"].as_str().expect("an id");
        assert_eq!(
            account["historyMonths"],
            model.months_of(id),
            "{external_id}: {so_far:#?}"
        );
    }
    assert_eq!(session.history().await.is_empty(), !model.is_complete());
    if model.is_open() {
        // The name is free for the next session only when this one has ended.
        let (stage, expect) = match model.accounts() {
            0 => ("accounts", model.call(&Call::Fail("accounts"))),
            _ => ("transactions", model.call(&Call::Fail("transactions"))),
        };
        assert_eq!(session.fail(stage).await.status, expect, "{external_id}");
    }
    (session.id, model.events)
}

/// The sessions of a process, one after the other: after one that ended the consent is changed, which takes the old one
/// back first, or the client just tries again.
async fn run_process(
    hub: &Hub,
    external_id: &str,
    start: Day,
    rng: &mut StdRng,
) -> Vec<(String, Vec<&'static str>)> {
    let mut sessions = Vec::new();
    for number in 0..rng.random_range(1..=MOST_SESSIONS) {
        if number > 0 && rng.random_bool(0.5) {
            let path = format!("/api/v2/bank/{BANK}/consent");
            let body = json!({ "userId": external_id, "sessionExternalId": external_id });
            hub.client.delete_with(&path, body).await.expect(200);
        }
        sessions.push(run(hub, external_id, start, rng).await);
    }
    sessions
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_comes_as_often_as_the_model_says() {
    let hub = Arc::new(Hub::on(TestHost::builder().in_memory()).await);
    let mut queue = hub.consume();
    let mut expect: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let seed: u64 = rand::random();
    for (number, start) in STARTS.into_iter().enumerate() {
        advance_to(&hub, start);
        let mut running = tokio::task::JoinSet::new();
        for lot in 0..TOGETHER {
            let hub = hub.clone();
            let mut rng = StdRng::seed_from_u64(seed ^ (number * TOGETHER + lot) as u64);
            running.spawn(async move {
                let mut models = Vec::new();
                for process in 0..PROCESSES.div_ceil(STARTS.len() * TOGETHER) {
                    let external_id = format!("{number}-{lot}-{process}");
                    models.extend(run_process(&hub, &external_id, start, &mut rng).await);
                }
                models
            });
        }
        while let Some(models) = running.join_next().await {
            expect.extend(models.expect("the sessions go as the model says"));
        }
    }
    assert!(
        expect.len() > PROCESSES,
        "some processes have more than one session"
    );
    hub.delivered().await;
    let total: usize = expect.values().map(Vec::len).sum();
    assert!(total > expect.len(), "the scripts lead somewhere");
    let messages = queue.at_least(total).to_vec();
    assert_eq!(messages.len(), total, "none too many");
    let (times, ids) = count(&messages);
    assert!(times.values().all(|times| *times == 1), "none twice");
    let is_once = |ids: &Vec<String>| ids.len() == 1;
    assert!(
        ids.values().all(is_once),
        "each event of a session is one message"
    );

    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in &messages {
        let of = message["message"]["sessionId"].as_str().expect("an id");
        found
            .entry(of.to_owned())
            .or_default()
            .push(event_of(message));
        let months = &message["message"]["noMonths"];
        let is_of_transactions = event_of(message) == "TransactionsSyncFinished";
        assert_eq!(*months == MONTHS, is_of_transactions, "{message}");
    }
    for (session, events) in &expect {
        let found = found.remove(session).unwrap_or_default();
        assert_eq!(found, *events, "{session}");
        let finished = found
            .iter()
            .position(|event| event == "TransactionsSyncFinished");
        let failed = found
            .iter()
            .position(|event| event == "TransactionsSyncFailed");
        assert!(
            finished.is_none() || failed.is_none(),
            "no failure after an end: {found:?}"
        );
    }
    assert!(found.is_empty(), "{found:#?}");
    let kinds: std::collections::BTreeSet<&str> = expect.values().flatten().copied().collect();
    assert_eq!(kinds.len(), 5, "every kind of event was there: {kinds:?}");
    assert!(matches!(hub.events().await["waiting"], Value::Number(_)));
}

/// Moves the host's clock on to noon of a day.
fn advance_to(hub: &Hub, day: Day) {
    let noon: u64 = days_since_epoch(day) * 24 * 60 * 60 + 12 * 60 * 60;
    let now = hub.host.clock().now().as_micros();
    let micros = i64::try_from(noon).expect("a moment") * 1_000_000 - now;
    let by = u64::try_from(micros).expect("the clock is not there yet");
    hub.host.clock().advance(Duration::from_micros(by));
}

fn days_since_epoch(day: Day) -> u64 {
    let (mut at, mut days) = ((1970, 1, 1), 0);
    while at < day {
        at = days_after(at, 1);
        days += 1;
    }
    days
}
