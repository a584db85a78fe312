//! Merging alerts on their pages, and taking them out again.

use serde_json::json;
use tests::TestHost;

use super::alerts::{alert, analyst, version};
use super::person;

#[tokio::test]
async fn alerts_are_merged_after_it_is_said_what_happens_and_taken_out_again() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let oldest = alert(&athora, "First <one>", "low").await;
    let second = alert(&athora, "Second", "high").await;
    let third = alert(&athora, "Third", "medium").await;
    let to = format!("/alerts/{second}/merge");
    let choose = browser.get(&to).await;
    assert!(choose.expect(200).contains("First &lt;one&gt;") && choose.text.contains("Third"));
    assert!(!choose.text.contains(&format!("value=\"{second}\"")));
    let sure = browser
        .get(&format!(
            "{to}?with={oldest}&ids={third}%2C+{third}&title=Both"
        ))
        .await;
    assert!(sure.expect(200).contains("Merge 3 alerts"), "{}", sure.text);
    let holds = sure
        .text
        .find("The oldest alert holds")
        .expect("what happens");
    assert!(
        sure.text[holds..].find("First").expect("it")
            < sure.text[holds..].find("Second").expect("it")
    );
    let form = [("with", &*oldest), ("with", &*third), ("title", "Both")];
    let merged = browser.post(&to, &form).await;
    assert_eq!(merged.leads_to(), format!("/alerts/{oldest}#merged"));

    let page = browser.get(&format!("/alerts/{oldest}")).await;
    for part in [
        "<h1>Both</h1>",
        "Second",
        "Third",
        "Take out of the merged alert",
    ] {
        assert!(page.expect(200).contains(part), "{part}: {}", page.text);
    }
    let away = browser.get(&format!("/alerts/{second}")).await;
    let text = away.expect(200);
    assert!(
        text.contains("This alert is part of another one now"),
        "{text}"
    );
    assert!(
        text.contains(&format!("<a href=\"/alerts/{oldest}\">Both</a>")),
        "{text}"
    );
    for form in ["/comment", "/tasks", "/documents", "/move", "/merge\""] {
        assert!(
            !text.contains(&format!("/alerts/{second}{form}")),
            "{form}: {text}"
        );
    }
    let late = [("text", "too late")];
    let refused = browser
        .post(&format!("/alerts/{second}/comment"), &late)
        .await;
    assert!(
        refused.expect(409).contains("merged into alert"),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("part of another one"));

    // What does not go together is said, and what was chosen is kept.
    let again = [("with", &*oldest), ("title", "Kept title")];
    let refused = browser.post(&to, &again).await;
    assert!(
        refused.expect(422).contains("was merged into"),
        "{}",
        refused.text
    );
    assert_eq!(refused.field("title"), "Kept title");
    let odd = browser.get(&format!("{to}?ids=seven")).await;
    assert!(
        odd.expect(422).contains("&#39;seven&#39; is no id")
            || odd.text.contains("'seven' is no id")
    );
    let missing = "01890000-0000-7000-8000-000000000000";
    browser
        .get(&format!("{to}?ids={missing}"))
        .await
        .expect(404);

    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    watcher.get(&to).await.expect(403);
    watcher.post(&to, &form).await.expect(403);
    let held = version(&athora, &oldest).await;
    let path = format!("/alerts/{oldest}/unmerge");
    let out = [
        ("version", &*held),
        ("leaves", &*second),
        ("follow", "true"),
    ];
    watcher.post(&path, &out).await.expect(403);
    assert_eq!(
        browser.post(&path, &out).await.leads_to(),
        format!("/alerts/{second}")
    );
    browser.post(&path, &out).await.expect(412);
    let held = version(&athora, &oldest).await;
    let last = [
        ("version", &*held),
        ("leaves", &*third),
        ("follow", "false"),
    ];
    let done = browser.post(&path, &last).await;
    assert_eq!(done.leads_to(), format!("/alerts/{oldest}#merged"));
    let page = browser.get(&format!("/alerts/{second}")).await;
    assert!(!page.expect(200).contains("part of another one"));
    assert!(
        page.text.contains("took the alert out of another one"),
        "{}",
        page.text
    );
    host.stop().await;
}

#[tokio::test]
async fn alerts_of_others_are_not_merged() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let own = alert(&athora, "Own", "low").await;
    let other = json!({
        "team": "aml", "title": "Other", "incident_type": "other", "dprofile_id": "C-2",
    });
    let other = athora
        .administrator
        .post("/v1/alerts", other)
        .await
        .expect(201);
    let other = other["id"].as_str().expect("an id");
    let to = format!("/alerts/{own}/merge");
    let choose = browser.get(&to).await;
    assert!(
        choose.expect(200).contains("no other open alert"),
        "{}",
        choose.text
    );
    let refused = browser.post(&to, &[("ids", other)]).await;
    assert!(
        refused.expect(422).contains("another customer"),
        "{}",
        refused.text
    );
    assert_eq!(refused.field("ids"), other);
    browser.post(&to, &[("title", "x")]).await.expect(422);
    host.stop().await;
}
