//! Tasks, documents and comments on the page of an alert.

use tests::{Browser, Page, TestHost};

use super::alerts::{alert, analyst, id_of};
use super::person;

/// The addresses of forms of a page that contain a text, without what stands behind the path.
fn forms(page: &Page, of: &str) -> Vec<String> {
    let actions = page.text.split("action=\"").skip(1);
    let actions = actions.filter_map(|rest| rest.split(['"', '?']).next());
    let wanted = actions.filter(|action| action.contains(of));
    wanted.map(str::to_owned).collect()
}

async fn page(browser: &mut Browser, path: &str) -> Page {
    let page = browser.get(path).await;
    page.expect(200);
    page
}

#[tokio::test]
async fn a_task_is_made_changed_done_and_deleted() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "high").await;
    let path = format!("/alerts/{id}");
    let an = id_of(&athora, "an.peeters").await;
    let new = [
        ("title", "Ask <anna>"),
        ("user", &*an),
        ("due", "2026-12-24T18:30"),
    ];
    let made = browser.post(&format!("{path}/tasks"), &new).await;
    assert_eq!(made.leads_to(), format!("{path}#tasks"));
    let shown = page(&mut browser, &path).await;
    assert!(
        shown.text.contains("<strong>Ask &lt;anna&gt;</strong>"),
        "{}",
        shown.text
    );
    assert!(
        shown.text.contains("2026-12-24 18:30 CET"),
        "{}",
        shown.text
    );
    let tick = forms(&shown, "/done").pop().expect("a task to tick");
    let task = tick.trim_end_matches("/done").to_owned();

    for (field, wrong) in [("due", "tomorrow"), ("title", ""), ("user", "nobody")] {
        let typed = [("title", "Ask anna"), ("user", &*an), ("due", "")];
        let mut typed: Vec<(&str, &str)> = [("version", "1")].into_iter().chain(typed).collect();
        typed
            .iter_mut()
            .filter(|(name, _)| *name == field)
            .for_each(|pair| pair.1 = wrong);
        let refused = browser.post(&task, &typed).await;
        assert!(refused.expect(422).contains("class=\"alarm\""), "{field}");
        let new = browser.post(&format!("{path}/tasks"), &typed[1..]).await;
        new.expect(422);
    }
    let other = [
        ("version", "1"),
        ("title", "Call anna"),
        ("user", ""),
        ("due", ""),
    ];
    browser.post(&task, &other).await.leads_to();
    let late = [
        ("version", "1"),
        ("title", "Write to anna"),
        ("user", ""),
        ("due", ""),
    ];
    let stale = browser.post(&task, &late).await;
    let text = stale.expect(412);
    assert!(text.contains("Somebody changed the alert"), "{text}");
    assert!(
        text.contains("changed a task") && text.contains("value=\"Write to anna\""),
        "{text}"
    );
    browser
        .post(&tick, &[("version", "2"), ("done", "true")])
        .await
        .leads_to();
    let shown = page(&mut browser, &path).await;
    assert!(shown.text.contains("<s>Call anna</s>"), "{}", shown.text);
    assert!(shown.text.contains("done by an.peeters"), "{}", shown.text);

    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    let seen = page(&mut watcher, &path).await;
    assert!(seen.text.contains("Call anna") && forms(&seen, "/tasks").is_empty());
    assert!(
        seen.text
            .contains("Needs the permission incident_task:write")
    );
    watcher.post(&task, &other).await.expect(403);
    let gone = browser
        .post(&format!("{task}/delete"), &[("version", "3")])
        .await;
    assert_eq!(gone.leads_to(), format!("{path}#tasks"));
    browser
        .post(&tick, &[("version", "3"), ("done", "true")])
        .await
        .expect(404);
    let shown = page(&mut browser, &path).await;
    assert!(shown.text.contains("deleted a task"), "{}", shown.text);
    assert_eq!(browser.get(&tick).await.leads_to(), path);
    host.stop().await;
}

#[tokio::test]
async fn a_document_is_added_looked_at_and_deleted() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "high").await;
    let path = format!("/alerts/{id}");
    let to = format!("{path}/documents");
    let text = format!("seen: <script>alert(1)</script> {}é", "x".repeat(70_000));
    let name = "pay%0D%0Aslip \\\"a\\\".txt";
    let added = browser
        .upload(
            &to,
            &[("description", "<b>seen</b>")],
            (name, text.as_bytes()),
        )
        .await;
    assert_eq!(added.leads_to(), format!("{path}#documents"));
    let shown = page(&mut browser, &path).await;
    assert!(shown.text.contains("payslip _a_.txt"), "{}", shown.text);
    assert!(shown.text.contains("&lt;b&gt;seen&lt;/b&gt;") && shown.text.contains("68.4 KiB"));
    let delete = forms(&shown, "/delete").pop().expect("a document");
    let document = delete.trim_end_matches("/delete").to_owned();

    let preview = page(&mut browser, &format!("{document}/preview")).await;
    assert!(
        preview.text.contains("&lt;script&gt;alert(1)"),
        "{}",
        preview.text
    );
    assert!(preview.text.contains("the first 64 KiB"));
    let taken = browser.get(&document).await;
    assert_eq!(taken.expect(200), text);
    let header = |name: &str| taken.headers[name].to_str().expect("ASCII");
    assert!(header("content-disposition").starts_with("attachment;"));
    assert_eq!(
        header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");

    let pixel = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    browser
        .upload(&to, &[], ("shot.png", pixel))
        .await
        .leads_to();
    let shown = page(&mut browser, &path).await;
    let picture = forms(&shown, "/delete").pop().expect("a document");
    let picture = picture.trim_end_matches("/delete").to_owned();
    let preview = page(&mut browser, &format!("{picture}/preview")).await;
    assert!(
        preview
            .text
            .contains(&format!("<img class=\"preview\" src=\"{picture}\""))
    );

    for (name, bytes, status) in [
        ("a.html", &b"<html><script>x</script></html>"[..], 422),
        ("empty.txt", b"", 422),
        ("", b"", 422),
    ] {
        let refused = browser
            .upload(&to, &[("description", "kept words")], (name, bytes))
            .await;
        assert!(
            refused.expect(status).contains("value=\"kept words\""),
            "{name}"
        );
    }
    let mut watcher = person(&host, &athora, "watcher", "Watcher").await;
    watcher.upload(&to, &[], ("a.txt", b"a")).await.expect(403);
    page(&mut watcher, &format!("{document}/preview")).await;
    let gone = browser.post(&delete, &[("version", "1")]).await;
    assert_eq!(gone.leads_to(), format!("{path}#documents"));
    for address in [&document, &format!("{document}/preview")] {
        browser.get(address).await.expect(404);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_comment_is_markdown_and_its_author_alone_changes_it() {
    let host = TestHost::builder().in_memory().start().await;
    let (athora, mut browser) = analyst(&host).await;
    let id = alert(&athora, "Odd", "high").await;
    let path = format!("/alerts/{id}");
    let typed = "**sure** <script>x</script>\n- one\n- [two](javascript:alert(1))";
    let expect = "<p><strong>sure</strong> &lt;script&gt;x&lt;/script&gt;</p><ul><li>one</li>";
    let preview = browser
        .post(&format!("{path}/comment/preview"), &[("text", typed)])
        .await;
    assert!(preview.expect(200).contains(expect), "{}", preview.text);
    assert_eq!(preview.field("comment").trim(), typed, "it is kept");
    let part = browser
        .post("/parts/comments/preview", &[("text", typed)])
        .await;
    assert!(part.expect(200).contains(expect), "{}", part.text);
    assert!(!part.text.contains("javascript:"), "{}", part.text);
    let empty = browser
        .post("/parts/comments/preview", &[("text", " ")])
        .await;
    assert!(
        empty.expect(200).contains("cannot be taken"),
        "{}",
        empty.text
    );

    browser
        .post(&format!("{path}/comment"), &[("text", typed)])
        .await
        .leads_to();
    let shown = page(&mut browser, &path).await;
    assert!(shown.text.contains(expect), "{}", shown.text);
    let delete = forms(&shown, "/delete")
        .pop()
        .expect("a comment of one's own");
    let comment = delete.trim_end_matches("/delete").to_owned();
    let field = shown.field("comment-0");
    assert!(field.contains("**sure** <script>x</script>"), "{field}");
    let edited = [("version", "1"), ("text", "*not* sure")];
    assert_eq!(
        browser.post(&comment, &edited).await.leads_to(),
        format!("{path}#comments")
    );
    let stale = browser
        .post(&comment, &[("version", "1"), ("text", "quite sure")])
        .await;
    assert!(
        stale.expect(412).contains("edited a comment"),
        "{}",
        stale.text
    );
    assert_eq!(stale.field("comment-0"), "quite sure");

    let mut bo = person(&host, &athora, "bo", "AML Analyst").await;
    let seen = page(&mut bo, &path).await;
    assert!(seen.text.contains("<em>not</em> sure") && forms(&seen, "/comments/").is_empty());
    bo.post(&comment, &[("version", "2"), ("text", "mine")])
        .await
        .expect(403);
    bo.post(&delete, &[("version", "2")]).await.expect(403);
    browser.post(&delete, &[("version", "2")]).await.leads_to();
    let shown = page(&mut browser, &path).await;
    assert!(
        shown.text.contains("Nobody has commented yet."),
        "{}",
        shown.text
    );
    host.stop().await;
}
