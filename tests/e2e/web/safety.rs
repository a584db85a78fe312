//! What no page gives away, and what no other site can make a browser do.

use tests::{Browser, TestHost, field};

use super::{PASSWORD, person};

#[tokio::test]
async fn other_sites_change_nothing() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let mut browser = person(&host, &athora, "iris", "Integrator").await;
    let path = "/settings/teams/aml/keys";
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-nothing", "at all"),
    ] {
        let request = browser.form(path, &[]).header(header, value);
        let page = browser.send(request).await;
        page.expect(403);
    }
    let own = host.url();
    let request = browser.form(path, &[]).header("origin", own);
    browser.send(request).await.expect(200);
    let typed = [("login", "iris"), ("password", PASSWORD)];
    let request = browser
        .form("/sign-in", &typed)
        .header("origin", "https://evil.example");
    browser.send(request).await.expect(403);
    host.stop().await;
}

#[tokio::test]
async fn the_api_takes_no_cookie_and_no_sign_in() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    browser.get("/v1/me").await.expect(401);
    let cookie = browser.cookie().expect("a cookie").to_owned();
    let (_, credential) = cookie.split_once('=').expect("a pair");
    assert!(credential.starts_with("vvs_"));
    athora
        .administrator
        .with(credential)
        .get("/v1/me")
        .await
        .problem(401);
    // And pages take nothing that the API takes.
    let mut stranger = Browser::new(host.url());
    let token = athora.administrator.credential();
    let request = stranger.form("/settings/teams", &[]).bearer_auth(token);
    let request = request.header("sec-fetch-site", "same-origin");
    assert_eq!(stranger.send(request).await.leads_to(), "/sign-in");
    host.stop().await;
}

#[tokio::test]
async fn pages_load_from_here_alone_and_run_nothing_that_stands_in_them() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    athora.team("aml", &[field("amount", "float")]).await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    for path in ["/alerts", "/settings/teams", "/sign-in", "/alerts/none"] {
        let page = browser.get(path).await;
        if page.status == 303 {
            continue;
        }
        let header = |name: &str| page.headers[name].to_str().expect("ASCII").to_owned();
        assert!(header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        for no in [
            " style=\"",
            " onclick",
            " onload",
            "<script>",
            "http://",
            "https://",
        ] {
            assert!(!page.text.contains(no), "{path} has '{no}'");
        }
        for part in page.text.split("=\"/assets/").skip(1) {
            let asset = part.split('"').next().expect("an address");
            let address = format!("/assets/{asset}");
            let asset = browser.get(&address).await;
            asset.expect(200);
            let request = reqwest::Client::new().get(format!("{}{address}", host.url()));
            let request = request.header("accept-encoding", "gzip");
            let packed = request.send().await.expect("an answer");
            assert_eq!(packed.headers()["content-encoding"], "gzip", "{address}");
            let packed = packed.bytes().await.expect("the whole");
            assert!(packed.len() < asset.text.len(), "{address}");
            let kept = asset.headers["cache-control"].to_str().expect("ASCII");
            assert!(kept.contains("immutable"), "{kept}");
        }
    }
    host.stop().await;
}

#[tokio::test]
async fn browsers_are_answered_with_a_page_where_nothing_is() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "iris", "Administrator").await;
    let html = "text/html,application/xhtml+xml;q=0.9";
    for path in ["/nope", "/alerts/", "/settings/nope"] {
        let request = browser.form(path, &[]);
        let page = browser.send(request.header("accept", html)).await;
        assert!(page.expect(404).contains("Go to the start page"), "{path}");
        assert!(page.headers.contains_key("content-security-policy"));
        assert!(page.headers.contains_key("x-request-id"));
    }
    let program = browser.get("/nope").await;
    assert!(program.expect(404).contains("about:blank"));
    let request = browser.form("/v1/nope", &[]).header("accept", html);
    assert!(
        browser
            .send(request)
            .await
            .expect(404)
            .contains("about:blank")
    );
    host.stop().await;
}
