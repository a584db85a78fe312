//! What the README shows of `vervet demo` is what it prints and answers.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use tests::Client;
use tests::program::vervet;

const README: &str = include_str!("../../README.md");

/// Stands in the README for what is left out.
const LEFT_OUT: &str = ", …";

/// Differ at each run.
const DIFFERENT: [&str; 2] = ["id", "received_at"];

/// The first block of a language.
fn block(language: &str) -> &'static str {
    let (_, block) = README
        .split_once(&format!("```{language}\n"))
        .expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    block
}

/// Without the time that something took, and on no certain day: the demo's transactions are those of the days before it.
fn timeless(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once(" in ") {
        Some((before, time)) if time.ends_with(" s") => before,
        _ => line,
    });
    dateless(&lines.collect::<Vec<_>>().join("\n"))
}

/// With a word in place of each date.
fn dateless(text: &str) -> String {
    let (mut dateless, mut rest) = (String::new(), text);
    while let Some(next) = rest.chars().next() {
        let date = rest.get(..10).filter(|it| it.parse::<Date>().is_ok());
        let length = date.map_or(next.len_utf8(), str::len);
        dateless.push_str(date.map_or(&rest[..length], |_| "DATE"));
        rest = &rest[length..];
    }
    dateless
}

struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Checks that an answer has what the README shows of it: of lists the first items.
fn check_shown(shown: &Value, answer: &Value) {
    match (shown, answer) {
        (Value::Object(shown), Value::Object(_)) => {
            for (name, member) in shown {
                if !DIFFERENT.contains(&name.as_str()) {
                    check_shown(member, &answer[name]);
                }
            }
        }
        (Value::Array(shown), Value::Array(items)) => {
            assert!(shown.len() <= items.len(), "{answer}");
            for (shown, item) in shown.iter().zip(items) {
                check_shown(shown, item);
            }
        }
        (Value::String(shown), Value::String(answer)) => {
            assert_eq!(dateless(shown), dateless(answer));
        }
        _ => assert_eq!(shown, answer, "the README and the answer differ"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_is_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Command::new(vervet())
        .args(["demo", "--data", "demo", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut demo = Demo(demo.expect("the demo starts"));
    let output = demo.0.stdout.take().expect("a pipe");
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = String::new();
        for line in BufReader::new(output).lines() {
            let line = line.expect("a text");
            let is_last = line.starts_with("The host goes on serving");
            said.push_str(&line);
            said.push('\n');
            if is_last {
                break;
            }
        }
        said
    });
    let said = reading.await.expect("the demo prints");
    let yesterday = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date();
    let yesterday = yesterday.yesterday().expect("a day");
    let first = yesterday.saturating_sub(jiff::Span::new().days(27));
    let posting = format!("Posting the transactions of 28 days, from {first} on");
    assert!(said.contains(&posting), "{said}");
    let (said_timeless, shown) = (timeless(&said), timeless(block("text")));
    assert!(
        said_timeless.contains(&shown),
        "the README shows\n{shown}\nand the demo prints\n{said}"
    );

    // The first of the calls to copy.
    let between = |start: &str, end: &str| -> &str {
        let (_, rest) = said.split_once(start).expect("a call to copy");
        rest.split_once(end).expect("its end").0
    };
    let url = between("curl -s ", "/v1/transactions");
    let key = between("Authorization: Bearer ", "'");
    let transaction = between("-d '", "'");
    let transaction: Value = serde_json::from_str(transaction).expect("JSON");
    let client = Client::new(url).with(key);
    let answer = client.post("/v1/transactions", transaction).await;
    let shown = block("json").replace(LEFT_OUT, "");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    check_shown(&shown, &answer.expect(201));
}
