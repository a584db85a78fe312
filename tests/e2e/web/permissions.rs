//! Every form refuses who may not send it, before it says anything of what was sent.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tests::TestHost;

use super::person;

/// Forms of everybody who is signed in, or of nobody: their permission is nobody's to give.
const OF_EVERYBODY: [&str; 10] = [
    "/parts/comments/preview",
    "/set-password",
    "/settings/password",
    "/settings/preferences",
    "/settings/teams/{team}/current",
    "/settings/tokens",
    "/settings/tokens/{token}/revoke",
    "/sign-in",
    "/sign-out",
    "/alerts/{alert}/comment/preview",
];

/// The addresses to which forms are sent, as the tables of routes have them.
fn forms() -> BTreeSet<String> {
    fn read(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder is read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/web/src");
    let mut files = Vec::new();
    read(&sources, &mut files);
    let mut forms = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).expect("text");
        for route in text.split(".route(").skip(1) {
            let table = route.split(".merge(").next().unwrap_or_default();
            let Some(path) = table.split('"').nth(1).filter(|path| path.starts_with('/')) else {
                continue;
            };
            let is_form = ["post(", "form(upload)"]
                .iter()
                .any(|form| table.contains(form));
            if is_form && !table.trim_start().starts_with("comments::PREVIEW") {
                forms.insert(path.to_owned());
            }
        }
    }
    forms.insert("/parts/comments/preview".to_owned());
    forms
}

/// An address with something in the place of each name.
fn address(route: &str) -> String {
    let id = "01a227b9-0f22-7205-878a-89bdbe881b95";
    let mut address = route.to_owned();
    for name in [
        "alert", "part", "view", "bulk", "token", "key", "user", "upload", "backtest", "session",
        "run",
    ] {
        address = address.replace(&format!("{{{name}}}"), id);
    }
    for (name, value) in [("version", "1.0.0"), ("number", "0")] {
        address = address.replace(&format!("{{{name}}}"), value);
    }
    while let (Some(from), Some(to)) = (address.find('{'), address.find('}')) {
        address.replace_range(from..=to, "nowhere");
    }
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn permission_comes_before_what_was_sent() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let clerk = json!({ "permissions": ["audit:read"] });
    athora
        .administrator
        .put("/v1/scopes/Clerk", clerk)
        .await
        .expect(201);
    let mut browser = person(&host, &athora, "cleo", "Clerk").await;
    let forms = forms();
    assert!(forms.len() > 50, "{forms:?}");
    for one in OF_EVERYBODY {
        assert!(forms.contains(one), "{one} is no form");
    }
    let mut wrong = Vec::new();
    for route in forms
        .iter()
        .filter(|route| !OF_EVERYBODY.contains(&&***route))
    {
        let sent = browser.post(&address(route), &[]).await;
        if sent.status != 403 {
            wrong.push(format!("{route}: {}", sent.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // A watcher may look at alerts, and not make any.
    let mut watcher = person(&host, &athora, "wim", "Watcher").await;
    watcher.post("/alerts/new", &[]).await.expect(403);
    host.stop().await;
}

#[tokio::test]
async fn a_form_that_chooses_nothing_says_what_to_choose() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "an.peeters", "AML Analyst").await;
    let refused = browser.post("/alerts/new", &[("type", "none")]).await;
    assert!(
        refused
            .expect(422)
            .contains("there is no choice 'none' of 'Type'"),
        "{}",
        refused.text
    );
    let forged = [("theme", "purple"), ("rows", "many")];
    let refused = browser.post("/settings/preferences", &forged).await;
    assert!(
        !refused.expect(422).contains("expected"),
        "{}",
        refused.text
    );
    assert!(
        refused
            .text
            .contains("a value that its page does not offer")
    );
    host.stop().await;
}

#[tokio::test]
async fn the_character_that_ends_texts_is_refused() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "owner2", "Administrator").await;
    let typed = [("title", "A\0B"), ("name", "aml"), ("kind", "aml")];
    let refused = browser.post("/settings/teams", &typed).await;
    assert!(refused.expect(422).contains("U+0000"), "{}", refused.text);
    let page = browser.get("/alerts?q=a%00b").await;
    assert!(page.expect(400).contains("U+0000"), "{}", page.text);
    browser
        .post("/alerts/views?q=%00", &[("name", "x")])
        .await
        .expect(400);
    assert_eq!(athora.administrator.all("/v1/teams").await.len(), 0);
    host.stop().await;
}
