//! Documents: what they are called, what they are, and that nothing is left of what was refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, HostProcess, RawConnection, TestHost};

use super::{alert_of, text};
use crate::deliveries::seaweed::{KEY, SECRET, Seaweed};
use crate::payments::Payments;

const FORM: &str = "multipart/form-data; boundary=edge";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<</OpenAction 2 0 R>>\nendobj\n%%EOF\n";

/// One field of a form: its name, what it says of a file, and its bytes.
type Field<'f> = (&'f str, Option<(&'f str, &'f str)>, &'f [u8]);

/// A form without its end.
fn begun(fields: &[Field<'_>]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, file, bytes) in fields {
        let (mut head, mut media_type) = (String::new(), String::new());
        if let Some((file, declared)) = file {
            head = format!("; filename=\"{file}\"");
            if !declared.is_empty() {
                media_type = format!("Content-Type: {declared}\r\n");
            }
        }
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n{media_type}\r\n"
        );
        form.extend(head.as_bytes());
        form.extend(*bytes);
        form.extend(b"\r\n");
    }
    form
}

fn form(fields: &[Field<'_>]) -> Vec<u8> {
    [begun(fields), b"--edge--\r\n".to_vec()].concat()
}

async fn upload(client: &Client, alert: &str, name: &str, declared: &str, bytes: &[u8]) -> Answer {
    let form = form(&[("file", Some((name, declared)), bytes)]);
    client
        .post_as(&format!("{alert}/documents"), FORM, form)
        .await
}

/// All files of documents, those on their way too.
fn files(host: &TestHost) -> Vec<PathBuf> {
    fn all(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        for entry in entries.map(|entry| entry.expect("an entry").path()) {
            match entry.is_dir() {
                true => all(&entry, found),
                false => found.push(entry),
            }
        }
    }
    let mut found = Vec::new();
    all(&host.data().join("files"), &mut found);
    found
}

async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, waiting)
        .await
        .expect("it comes to be");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_kept_with_its_name_and_fetched_as_a_download() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let watcher = payments.tenant.user("wim", &["Watcher"]).await;
    let alert = alert_of(&payments, "t1").await;
    let documents = format!("{alert}/documents");

    let fields: [Field<'_>; 2] = [
        ("description", None, "Signed, with annex".as_bytes()),
        (
            "file",
            Some(("C:\\scans\\été\u{202E}.pdf", "application/pdf")),
            PDF,
        ),
    ];
    let made = anna
        .post_as(&documents, FORM, form(&fields))
        .await
        .expect(201);
    assert_eq!(made["name"], "été.pdf");
    assert_eq!(made["description"], "Signed, with annex");
    assert_eq!(made["media_type"], "application/pdf");
    assert_eq!(made["bytes"], PDF.len());
    assert_eq!(made["author"]["login"], "anna");
    let path = format!("{documents}/{}", text(&made["id"]));
    let refused = upload(&watcher, &alert, "x.pdf", "", PDF).await;
    assert!(refused.problem(403).contains("incident_document:write"));

    payments.host.restart().await;
    assert_eq!(watcher.get(&path).await.expect(200), made);
    assert_eq!(watcher.all(&documents).await, std::slice::from_ref(&made));

    let content = format!("{path}/content");
    let whole = watcher.get(&content).await;
    assert_eq!((whole.status, &*whole.body), (200, PDF));
    assert_eq!(whole.header("content-type"), "application/pdf");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert!(
        whole
            .header("content-security-policy")
            .starts_with("sandbox")
    );
    let name = "attachment; filename=\"_t_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9.pdf";
    assert_eq!(whole.header("content-disposition"), name);
    assert!(whole.header("digest").starts_with("sha-256="));
    assert_eq!(whole.header("vervet-sha256"), text(&made["sha256"]));
    let part = watcher
        .request(Method::GET, &content)
        .header("range", "bytes=1-3");
    let part = watcher.send(part).await;
    assert_eq!((part.status, &*part.body), (206, &b"PDF"[..]));
    assert!(
        part.header("content-security-policy")
            .starts_with("sandbox")
    );
    let beyond = watcher
        .request(Method::GET, &content)
        .header("range", "bytes=999-");
    watcher.send(beyond).await.problem(416);
    let tag = whole.header("etag");
    let fresh = watcher
        .request(Method::GET, &content)
        .header("if-none-match", tag);
    assert_eq!(watcher.send(fresh).await.status, 304);

    watcher.delete(&path).await.problem(403);
    assert_eq!(files(&payments.host).len(), 1);
    assert_eq!(anna.delete(&path).await.status, 204);
    assert!(files(&payments.host).is_empty(), "its bytes are removed");
    for path in [&path, &content] {
        anna.get(path).await.problem(404);
    }
    assert!(watcher.all(&documents).await.is_empty());
    let history = watcher.all(&format!("{alert}/history")).await;
    let told: Vec<&str> = history.iter().map(|entry| text(&entry["action"])).collect();
    assert_eq!(told, ["alert.create", "document.create", "document.delete"]);
    let digest = json!({ "field": "sha256", "from": null, "to": made["sha256"] });
    let changes = history[1]["changes"].as_array().expect("changes");
    assert!(changes.contains(&digest), "{changes:?}");
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_leaves_nothing() {
    let small = TestHost::builder().config(|config| config.files.max_document_bytes = 300_000);
    let payments = Payments::on(small).await.with_large_amount().await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    let documents = format!("{alert}/documents");
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let large = vec![b'x'; 300_001];
    for (name, declared, bytes, status, expect) in [
        ("x.html", "text/html", &page[..], 422, "an HTML page"),
        ("x.txt", "text/plain", page, 422, "an HTML page"),
        ("x.svg", "image/svg+xml", drawing, 422, "an SVG drawing"),
        ("x.exe", "", b"MZ\x90\0\x03\0", 422, "a program"),
        (
            "x.pdf",
            "image/png",
            PDF,
            422,
            "declared as image/png, but is application/pdf",
        ),
        (
            "x.png",
            "",
            PDF,
            422,
            "ends in '.png', but it is application/pdf",
        ),
        (
            "x.js",
            "",
            b"alert(1)",
            422,
            "ends in '.js', but it is text/plain",
        ),
        ("x.bin", "", b"\0\x01\x02", 422, "neither"),
        ("x.txt", "", b"", 422, "empty"),
        ("x.txt", "", &large, 413, "300000"),
    ] {
        let refused = upload(&anna, &alert, name, declared, bytes).await;
        let detail = refused.problem(status);
        assert!(detail.contains(expect), "{name} {declared}: {detail}");
        assert!(files(&payments.host).is_empty(), "{name} {declared}");
    }
    let file: Field<'_> = ("file", Some(("x.pdf", "")), PDF);
    let description = "x".repeat(1001);
    for (fields, expect) in [
        (vec![], "'file' is missing"),
        (vec![("description", None, &b"x"[..])], "'file' is missing"),
        (vec![file, file], "'file' comes twice"),
        (vec![file, ("color", None, b"red")], "'color' is not known"),
        (
            vec![file, ("description", None, description.as_bytes())],
            "at most 1000",
        ),
        (vec![file, ("description", None, b"\xFF")], "UTF-8"),
    ] {
        let refused = anna.post_as(&documents, FORM, form(&fields)).await;
        let detail = refused.problem(422);
        assert!(detail.contains(expect), "{detail}");
        assert!(files(&payments.host).is_empty(), "{expect}");
    }
    anna.post_as(&documents, "application/pdf", PDF)
        .await
        .problem(415);
    anna.post_as(&documents, "multipart/form-data", PDF)
        .await
        .problem(400);
    let nothing = "/v1/alerts/01890000-0000-7000-8000-000000000000";
    upload(&anna, nothing, "x.pdf", "", PDF).await.problem(404);
    assert!(anna.all(&documents).await.is_empty());
    assert!(files(&payments.host).is_empty());
    let largest = upload(&anna, &alert, "x.txt", "", &large[1..])
        .await
        .expect(201);
    assert_eq!(largest["bytes"], 300_000);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    let documents = format!("{alert}/documents");
    // Long enough for some of it to be written before the end is missed.
    let long = [PDF, &vec![b'x'; 3 << 20]].concat();
    let whole = form(&[("file", Some(("x.pdf", "")), &long)]);
    for end in [
        whole.len() - 1 - b"--edge--\r\n".len(),
        whole.len() - 6,
        whole.len() / 2,
        100,
        20,
        0,
    ] {
        let cut = anna.post_as(&documents, FORM, whole[..end].to_vec()).await;
        cut.problem(400);
        assert!(files(&payments.host).is_empty(), "cut at {end}");
    }

    let host = &payments.host;
    let mut connection = RawConnection::post(&anna, &documents, FORM, Some(whole.len())).await;
    connection.write(&whole[..whole.len() / 2]).await;
    until(|| !files(host).is_empty()).await;
    drop(connection);
    until(|| files(host).is_empty()).await;

    let mut connection = RawConnection::post(&anna, &documents, FORM, None).await;
    connection.chunk(&whole[..whole.len() / 2]).await;
    until(|| !files(host).is_empty()).await;
    connection.chunk(b"").await;
    let answer = connection.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(files(host).is_empty());
    assert!(anna.all(&documents).await.is_empty());
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_has_so_many_documents_at_most() {
    let payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    // More come at once than there is room for.
    let uploads = (0..104).map(|number| {
        let (anna, alert) = (anna.clone(), alert.clone());
        tokio::spawn(async move {
            let content = number.to_string();
            upload(&anna, &alert, "x.txt", "", content.as_bytes()).await
        })
    });
    let mut statuses = Vec::new();
    for upload in uploads.collect::<Vec<_>>() {
        statuses.push(upload.await.expect("an answer").status);
    }
    let of = |status: u16| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((of(201), of(409)), (100, 4), "{statuses:?}");
    assert_eq!(files(&payments.host).len(), 100);
    let documents = anna.all(&format!("{alert}/documents")).await;
    assert_eq!(documents.len(), 100);
    let path = format!("{alert}/documents/{}", text(&documents[7]["id"]));
    assert_eq!(anna.delete(&path).await.status, 204);
    upload(&anna, &alert, "x.txt", "", b"again")
        .await
        .expect(201);
    upload(&anna, &alert, "x.txt", "", b"too many")
        .await
        .problem(409);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_no_document_has_are_removed_after_a_start() {
    let mut payments = Payments::on(TestHost::builder())
        .await
        .with_large_amount()
        .await;
    let anna = payments.tenant.user("anna", &["AML Analyst"]).await;
    let alert = alert_of(&payments, "t1").await;
    let made: Value = upload(&anna, &alert, "x.pdf", "", PDF).await.expect(201);
    let kept = files(&payments.host);
    let [kept] = &kept[..] else {
        panic!("one file: {kept:?}");
    };
    // As a crash leaves them: one whole that was not noted yet, one half.
    let folder = kept.parent().expect("a folder");
    let whole = folder.join("01890000-0000-7000-8000-000000000000");
    let half = folder.join("01890000-0000-7000-8000-000000000001#1");
    fs::write(&whole, "whole").expect("it is written");
    fs::write(&half, "half").expect("it is written");
    payments.host.restart().await;
    until(|| !whole.exists() && !half.exists()).await;
    let content = format!("{alert}/documents/{}/content", text(&made["id"]));
    assert_eq!(anna.get(&content).await.body, PDF);
    payments.host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_in_a_bucket_where_the_operator_says_so() {
    let seaweed = Seaweed::start().await;
    let host = HostProcess::start_with(&[
        ("VERVET_FILES_KIND", "s3"),
        ("VERVET_FILES_BUCKET", "documents"),
        ("VERVET_FILES_PREFIX", "vervet/test"),
        ("VERVET_FILES_REGION", "eu-west-1"),
        ("VERVET_FILES_ENDPOINT", &seaweed.endpoint),
        ("VERVET_FILES_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ]);
    let athora = host.tenant("athora").await;
    athora.team("aml", &[]).await;
    let anna = &athora.administrator;
    let new = json!({ "team": "aml", "title": "By hand", "incident_type": "other" });
    let made = anna.post("/v1/alerts", new).await.expect(201);
    let alert = format!("/v1/alerts/{}", text(&made["id"]));
    let folder = format!("documents/vervet/test/1/documents/{}", text(&made["id"]));

    // Long enough for several parts, the last of which is shorter.
    let mut long = PDF.to_vec();
    long.extend((0..20_000_000_u32).map(|at| (at / 251) as u8));
    let document = upload(anna, &alert, "long.pdf", "", &long)
        .await
        .expect(201);
    let short = upload(anna, &alert, "short.txt", "", b"x")
        .await
        .expect(201);
    let content = format!("{alert}/documents/{}/content", text(&document["id"]));
    assert!(anna.get(&content).await.body == long, "it is what was sent");
    let part = anna.request(Method::GET, &content);
    let part = part.header("range", "bytes=8388600-8388700");
    let part = anna.send(part).await;
    assert_eq!(
        (part.status, &*part.body),
        (206, &long[8_388_600..=8_388_700])
    );
    let mut names = seaweed.names(&folder).await;
    names.sort();
    assert_eq!(names, [text(&document["id"]), text(&short["id"])]);
    let file = format!("{folder}/{}", text(&document["id"]));
    assert!(
        seaweed.read(&file).await == long,
        "nothing else is in the bucket"
    );

    let cut = form(&[("file", Some(("x.pdf", "")), &long)]);
    let cut = cut[..cut.len() / 2].to_vec();
    let documents = format!("{alert}/documents");
    anna.post_as(&documents, FORM, cut).await.problem(400);
    upload(anna, &alert, "x.png", "", PDF).await.problem(422);
    let path = format!("{documents}/{}", text(&document["id"]));
    assert_eq!(anna.delete(&path).await.status, 204);
    assert_eq!(seaweed.names(&folder).await, [text(&short["id"])]);
}
