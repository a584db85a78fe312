//! Watchlists, as people keep them.

use serde_json::json;
use tests::TestHost;

use super::person;

const LIST: &str = "/watchlists/countries";

#[tokio::test]
async fn a_watchlist_is_made_searched_changed_and_deleted() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let mut browser = person(&host, &athora, "rita", "Administrator").await;
    let empty = browser.get("/watchlists").await;
    assert!(empty.expect(200).contains("There is no watchlist."));
    let typed = [
        ("name", "Countries"),
        ("entries", "IR\nKP\n<script>x</script>"),
        ("note", "from the bank"),
    ];
    let refused = browser.post("/watchlists", &typed).await;
    refused.expect(422);
    assert_eq!(refused.field("entries"), typed[1].1);
    let typed = [("name", "countries"), typed[1], typed[2]];
    assert_eq!(browser.post("/watchlists", &typed).await.leads_to(), LIST);
    browser.post("/watchlists", &typed).await.expect(409);

    let page = browser.get(LIST).await;
    assert!(
        page.expect(200).contains("&lt;script&gt;x"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<script>x"));
    let found = browser.get(&format!("{LIST}?q=kp")).await;
    assert!(found.expect(200).contains("<code>KP</code>"));
    assert!(!found.text.contains("<code>IR</code>"));
    let none = browser.get(&format!("{LIST}?q=nothing")).await;
    assert!(none.expect(200).contains("No entry matches."));

    let remove = [("remove", "IR"), ("note", "")];
    let removed = browser.post(&format!("{LIST}/entries?q=k"), &remove).await;
    assert_eq!(removed.leads_to(), format!("{LIST}?q=k"));
    let add = [("add", "SY\r\n LY \r\n\r\n"), ("note", "<b>why</b>")];
    let added = browser.post(&format!("{LIST}/entries"), &add).await;
    assert_eq!(added.leads_to(), LIST);
    let long = "x".repeat(501);
    let refused = browser
        .post(&format!("{LIST}/entries"), &[("add", &*long)])
        .await;
    assert!(refused.expect(422).contains("at most 500 characters"));
    assert_eq!(refused.field("add"), long);
    let list = athora
        .administrator
        .get("/v1/lists/countries")
        .await
        .expect(200);
    assert_eq!(
        list["entries"],
        json!(["<script>x</script>", "KP", "LY", "SY"])
    );

    let all = athora
        .administrator
        .all("/v1/lists/countries/versions")
        .await;
    let number = |at: usize| all[at]["version"].as_u64().expect("a version");
    let (newest, first) = (number(0), number(2));
    let versions = browser.get(&format!("{LIST}/versions")).await;
    for shown in ["rita", "from the bank", "&lt;b&gt;why"] {
        assert!(
            versions.expect(200).contains(shown),
            "{shown}: {}",
            versions.text
        );
    }
    let difference = format!("{LIST}/versions?from={first}&to={newest}");
    let difference = browser.get(&difference).await;
    for shown in [
        "2 entries",
        "<code>SY</code>",
        "<code>LY</code>",
        "<code>IR</code>",
    ] {
        assert!(
            difference.expect(200).contains(shown),
            "{shown}: {}",
            difference.text
        );
    }
    assert!(!difference.text.contains("<code>KP</code>"));
    let nowhere = browser
        .get(&format!("{LIST}/versions?from=999999&to={newest}"))
        .await;
    assert!(nowhere.expect(200).contains("there is no version 999999"));
    let past = browser.get(&format!("{LIST}?version={first}")).await;
    assert!(past.expect(200).contains("not the newest"));
    assert!(past.text.contains("<code>IR</code>") && !past.text.contains("name=\"remove\""));
    let csv = browser.get(&format!("{LIST}/csv")).await;
    assert_eq!(csv.expect(200), "entry\n<script>x</script>\nKP\nLY\nSY\n");
    let disposition = csv.headers["content-disposition"].to_str().expect("ASCII");
    assert_eq!(
        disposition,
        format!("attachment; filename=\"countries-{newest}.csv\"")
    );

    let newest = newest.to_string();
    let stale = [("version", "1"), ("note", "")];
    browser
        .post(&format!("{LIST}/delete"), &stale)
        .await
        .expect(412);
    let delete = [("version", &*newest), ("note", "done")];
    let deleted = browser.post(&format!("{LIST}/delete"), &delete).await;
    assert_eq!(deleted.leads_to(), "/watchlists");
    browser.get(LIST).await.expect(404);
    let kept = browser.get(&format!("{LIST}/versions")).await;
    assert!(kept.expect(200).contains("deleted"), "{}", kept.text);
    for form in ["entries", "delete"] {
        let back = browser.get(&format!("{LIST}/{form}")).await;
        assert_eq!(back.leads_to(), LIST);
    }
    host.stop().await;
}

#[tokio::test]
async fn csv_is_counted_before_it_takes_effect() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    client
        .put("/v1/lists/countries", json!(["IR", "KP"]))
        .await
        .expect(201);
    let mut browser = person(&host, &athora, "rita", "Administrator").await;
    let import = format!("{LIST}/import");
    browser.get(&import).await.expect(200);
    let form = |effect: &'static str, button: &'static str| {
        [
            ("column", "code"),
            ("delimiter", "semicolon"),
            ("effect", effect),
            ("note", "quarterly"),
            ("button", button),
        ]
    };
    let file = "name;code\nIran;IR\nSyria;SY\n";
    let preview = form("replace", "preview");
    let counted = browser
        .upload(&import, &preview, ("file", file.as_bytes()))
        .await;
    assert!(
        counted
            .expect(200)
            .contains("2 entries sent: 1 would be added, 1 removed. The watchlist would have 2."),
        "{}",
        counted.text
    );
    assert_eq!(counted.field("text"), file, "it is kept for the next step");
    let entries = async || client.get("/v1/lists/countries").await.expect(200)["entries"].clone();
    assert_eq!(
        entries().await,
        json!(["IR", "KP"]),
        "nothing is changed yet"
    );
    let version = counted.field_named("version");

    // Somebody else is faster.
    let change = json!({ "add": ["LY"] });
    client
        .patch("/v1/lists/countries", change)
        .await
        .expect(200);
    let apply = [
        &form("replace", "apply")[..],
        &[("text", file), ("version", &*version)],
    ]
    .concat();
    let stale = browser.upload(&import, &apply, ("file", b"")).await;
    assert!(
        stale.expect(412).contains("since the preview"),
        "{}",
        stale.text
    );
    assert_eq!(stale.field("text"), file);
    let counted = browser
        .upload(
            &import,
            &form("replace", "preview"),
            ("file", file.as_bytes()),
        )
        .await;
    let version = counted.field_named("version");
    let apply = [
        &form("replace", "apply")[..],
        &[("text", file), ("version", &*version)],
    ]
    .concat();
    assert_eq!(
        browser
            .upload(&import, &apply, ("file", b""))
            .await
            .leads_to(),
        LIST
    );
    assert_eq!(entries().await, json!(["IR", "SY"]));

    let added = browser
        .upload(&import, &form("add", "apply"), ("file", b"code;x\nYE;1\n"))
        .await;
    assert_eq!(added.leads_to(), LIST);
    assert_eq!(entries().await, json!(["IR", "SY", "YE"]));

    let bad = [
        ("replace", "", "Choose a file"),
        ("replace", "code;x\n", "there are no entries"),
        ("add", "name;x\na;b\n", "has no column"),
        ("add", "code;x\nYE\n", "line 2"),
    ];
    for (effect, file, shown) in bad {
        let sent = form(effect, "apply");
        let refused = browser
            .upload(&import, &sent, ("file", file.as_bytes()))
            .await;
        assert!(
            refused.expect(422).contains(shown),
            "{shown}: {}",
            refused.text
        );
    }
    let unreadable = [&form("add", "apply")[..], &[("version", "the first")]].concat();
    let refused = browser
        .upload(&import, &unreadable, ("file", b"code;x\nYE;1\n"))
        .await;
    assert!(
        refused
            .expect(422)
            .contains("does not say which version it changes"),
        "{}",
        refused.text
    );
    let mut forged = form("add", "apply");
    forged[1].1 = "pipe";
    let refused = browser
        .upload(&import, &forged, ("file", b"code\nx\n"))
        .await;
    assert!(
        refused
            .expect(422)
            .contains("no choice 'pipe' of 'Delimiter'"),
        "{}",
        refused.text
    );
    let mut wrong = form("add", "apply");
    (wrong[0].1, wrong[1].1) = ("", "comma");
    let refused = browser
        .upload(&import, &wrong, ("file", b"code;x\nYE;1\n"))
        .await;
    assert!(
        refused.expect(422).contains("delimited by"),
        "{}",
        refused.text
    );
    assert!(
        !refused.text.contains("?delimiter"),
        "pages say it in their own words"
    );
    let latin = browser
        .upload(&import, &form("add", "apply"), ("file", b"code\nB\xff\n"))
        .await;
    assert_eq!(latin.status, 422, "{}", latin.text);
    browser
        .upload(
            "/watchlists/nothing/import",
            &form("add", "apply"),
            ("file", b"code\nx\n"),
        )
        .await
        .expect(404);
    host.stop().await;
}

#[tokio::test]
async fn who_may_not_change_watchlists_sees_why_and_is_refused() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    client
        .put("/v1/lists/countries", json!(["IR"]))
        .await
        .expect(201);
    let scope = json!({ "permissions": ["list:read"] });
    client.put("/v1/scopes/Reader", scope).await.expect(201);
    let mut reader = person(&host, &athora, "ruth", "Reader").await;
    for page in ["/watchlists", LIST, "/watchlists/countries/import"] {
        let page = reader.get(page).await;
        assert!(
            page.expect(200).contains("Needs the permission list:write"),
            "{}",
            page.text
        );
    }
    reader.get(&format!("{LIST}/versions")).await.expect(200);
    let add = [("add", "SY"), ("version", "1"), ("name", "other")];
    for form in ["/entries", "/delete"] {
        reader
            .post(&format!("{LIST}{form}"), &add)
            .await
            .expect(403);
    }
    reader.post("/watchlists", &add).await.expect(403);
    let import = format!("{LIST}/import");
    let apply = [("button", "apply")];
    reader
        .upload(&import, &apply, ("file", b"code\nSY\n"))
        .await
        .expect(403);

    let other = host.tenant("other").await;
    other
        .administrator
        .put("/v1/lists/own", json!(["X"]))
        .await
        .expect(201);
    for page in ["", "/versions", "/import", "/csv"] {
        let page = reader.get(&format!("/watchlists/own{page}")).await;
        page.expect(404);
    }
    reader.get("/watchlists/No%20name").await.expect(404);
    host.stop().await;
}

#[tokio::test]
async fn a_form_that_is_too_long_names_the_way_out_and_keeps_the_rest() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let made = client.put("/v1/lists/countries", json!(["IR"])).await;
    made.expect(201);
    let mut browser = person(&host, &athora, "rita", "Administrator").await;
    let long: String = (0..60_000).map(|number| format!("NO{number}\n")).collect();
    assert!(long.len() > 256 << 10);
    let add = browser.get(LIST).await.action(&format!("{LIST}/entries?"));
    let refused = browser
        .post(&add, &[("add", &*long), ("note", "quarterly")])
        .await;
    assert!(
        refused.expect(413).contains("import it: CSV import"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains(&format!("{LIST}/import")),
        "the way is there"
    );
    assert_eq!(refused.field("note"), "quarterly", "it is kept");
    let create = browser.get("/watchlists").await.action("/watchlists?");
    let typed = [("name", "many"), ("entries", &*long), ("note", "quarterly")];
    let refused = browser.post(&create, &typed).await;
    assert!(
        refused.expect(413).contains("under CSV import"),
        "{}",
        refused.text
    );
    assert_eq!(
        (refused.field("name"), refused.field("note")),
        ("many".into(), "quarterly".into())
    );
    let list = client.get("/v1/lists/countries").await.expect(200);
    assert_eq!(list["entries"], json!(["IR"]));
    host.stop().await;
}
