//! The introduction's commands lead from the administrator token to the first alert.

use std::process::Command;

use serde_json::Value;
use tests::{TestHost, guests};

/// The commands: all that stands in fenced blocks of `sh`.
fn commands(introduction: &str) -> String {
    let mut commands = String::from("set -euo pipefail\n");
    let mut is_inside = false;
    for line in introduction.lines() {
        match line.trim() {
            "```sh" => is_inside = true,
            "```" => is_inside = false,
            _ if is_inside => {
                commands.push_str(line);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_comes_to_an_alert() {
    let host = TestHost::builder()
        .in_memory()
        .taking_plugins()
        .start()
        .await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    let introduction = document["info"]["description"].as_str().expect("a text");
    let folder = tempfile::tempdir().expect("a folder");
    let component = guests::component("large-amount");
    std::fs::write(folder.path().join("large-amount.wasm"), component).expect("a file");
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &commands(introduction)])
        .current_dir(folder.path())
        .env("VERVET_URL", host.url())
        .env("VERVET_ADMIN_TOKEN", host.administrator().credential());
    let ran = tokio::task::spawn_blocking(move || shell.output());
    let ran = ran.await.expect("it ends").expect("bash runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // The last command lists the alerts.
    let last = serde_json::Deserializer::from_str(&said).into_iter::<Value>();
    let last = last.last().expect("answers").expect("JSON");
    assert_eq!(last["items"].as_array().map(Vec::len), Some(1), "{last}");
    assert_eq!(
        last["items"][0]["rule"]["name"]
            .as_str()
            .or(last["items"][0]["rule"].as_str()),
        Some("large-amount"),
        "{last}"
    );
    host.stop().await;
}
