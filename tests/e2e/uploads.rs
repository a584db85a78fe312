//! Uploads that take long to compile: answered at once, and followed.

use reqwest::Method;
use serde_json::{Value, json};
use tests::guests::component;
use tests::program::vervet;
use tests::{Answer, Client, TestHost};

/// A host that lets no upload wait for its answer.
async fn impatient() -> TestHost {
    let builder = TestHost::builder().config(|config| {
        config.plugins.publish_wait_milliseconds = 0;
    });
    builder.in_memory().taking_plugins().start().await
}

async fn upload(client: &Client, bytes: impl Into<reqwest::Body>) -> Answer {
    let upload = client.request(Method::POST, "/v1/plugins");
    let upload = upload.header("content-type", "application/wasm");
    client.send(upload.body(bytes)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_takes_long_is_followed_to_its_end() {
    let mut host = impatient().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let rule = component("large-amount");
    let begun = upload(client, rule.clone()).await;
    let place = begun.header("location").to_owned();
    let begun = begun.expect(202);
    assert_eq!(begun["state"], "compiling");
    assert_eq!(begun["bytes"], rule.len());
    assert_eq!(
        place,
        format!(
            "/v1/plugin-uploads/{}",
            begun["id"].as_str().expect("an id")
        )
    );

    let ended = athora.compiled(&place).await;
    assert_eq!(ended["state"], "published", "{ended}");
    assert_eq!(ended["fresh"], true);
    assert!(ended["finished_at"].as_str() >= ended["uploaded_at"].as_str());
    let mut said = ended["plugin"].clone();
    let checks = said.as_object_mut().expect("an object").remove("checks");
    assert!(
        checks
            .expect("what the checks found")
            .to_string()
            .contains("compiled in")
    );
    let plugin = format!(
        "/v1/plugins/large-amount/{}",
        said["version"].as_str().expect("a version")
    );
    assert_eq!(client.get(&plugin).await.expect(200), said);

    // The same bytes need not be compiled, whoever uploads them.
    let checks = |answer: &Value| answer["checks"].to_string();
    let again = upload(client, rule.clone()).await.expect(200);
    assert!(checks(&again).contains("compiled before"), "{again}");
    let third = host.tenant("third").await;
    let elsewhere = upload(&third.administrator, rule).await.expect(201);
    assert!(
        checks(&elsewhere).contains("compiled before"),
        "{elsewhere}"
    );
    assert_eq!(elsewhere["digest"], again["digest"]);

    let refused = upload(client, "x").await;
    let refused = athora.compiled(refused.header("location")).await;
    assert_eq!(refused["state"], "refused");
    let problem = &refused["problem"];
    assert_eq!(
        (&problem["status"], &problem["title"]),
        (&json!(422), &json!("Unprocessable Entity"))
    );
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.starts_with("this is not WebAssembly"), "{detail}");

    let other = host.tenant("other").await;
    other.administrator.get(&place).await.problem(404);
    host.restart().await;
    let forgotten = client.get(&place).await.problem(404);
    assert!(
        forgotten.contains("upload the same bytes again"),
        "{forgotten}"
    );
    client.get(&plugin).await.expect(200);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_is_followed_to_its_end() {
    let host = impatient().await;
    let athora = host.tenant("athora").await;
    let folder = tempfile::tempdir().expect("a directory");
    let push = async |bytes: &[u8]| {
        let file = folder.path().join("rule.wasm");
        std::fs::write(&file, bytes).expect("is written");
        let mut push = tokio::process::Command::new(vervet());
        push.args(["plugin", "push"]).arg(&file);
        push.args([
            "--url",
            &host.url(),
            "--token",
            athora.administrator.credential(),
        ]);
        let done = push.output().await.expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let rule = component("large-amount");
    let (code, said, complaints) = push(&rule).await;
    assert_eq!(code, Some(0), "{complaints}");
    let version = &athora.administrator.all("/v1/plugins").await[0]["version"];
    let version = version.as_str().expect("a version");
    assert!(
        said.starts_with(&format!(
            "rule large-amount {version} published\n  digest  "
        )),
        "{said}"
    );
    let (code, said, _) = push(&rule).await;
    assert_eq!(code, Some(0));
    assert!(
        said.contains("was published already, with the same bytes"),
        "{said}"
    );
    let (code, _, complaints) = push(b"fn main() {}").await;
    assert_eq!(code, Some(1));
    assert!(
        complaints.contains("the host answered 422: this is not WebAssembly"),
        "{complaints}"
    );
    let plugins: Vec<Value> = athora.administrator.all("/v1/plugins").await;
    assert_eq!(plugins.len(), 1);
    host.stop().await;
}
