//! Lists as CSV, in and out.

use reqwest::Method;
use serde_json::json;
use tests::TestHost;

use super::send;

const PATH: &str = "/v1/lists/high_risk";

#[tokio::test]
async fn a_list_is_uploaded_as_csv_and_read_back_the_same() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let put = async |query: &str, body: &str| {
        let path = format!("{PATH}{query}");
        send(client, Method::PUT, &path, "text/csv; charset=utf-8", body).await
    };

    // As spreadsheets save it: a byte order mark, CR LF, quotes, blank lines, duplicates.
    let body =
        "\u{feff}name,id\r\nIran,IR\r\n\"Korea, \"\"North\"\"\",  KP \r\n\r\nIran,IR\r\n,\r\n";
    let made = put("", body).await.expect(201);
    let expect = json!({ "count": 2, "added": 2, "removed": 0, "column": "id" });
    for (name, value) in expect.as_object().expect("an object") {
        assert_eq!(&made[name], value, "{name}");
    }
    let made = put("?column=name", body).await.expect(200);
    assert_eq!((&made["added"], &made["removed"]), (&json!(2), &json!(2)));
    let entries = &client.get(PATH).await.expect(200)["entries"];
    assert_eq!(entries, &json!(["Iran", "Korea, \"North\""]));
    put("?delimiter=;", "id;x\nIR;1\n").await.expect(200);
    put("?delimiter=tab&column=x", "id\tx\nIR\t1\n")
        .await
        .expect(200);
    assert_eq!(client.get(PATH).await.expect(200)["entries"], json!(["1"]));

    // Hostile content is content: formulas, markup, right-to-left marks, quotes, long texts.
    let hostile = [
        "\"",
        "\"\"\"\"",
        "'; DROP TABLE lists; --",
        ",",
        "-1",
        "../../etc/passwd",
        "<script>",
        "=HYPERLINK(\"http://x\")",
        "@SUM(A1)",
        "a\tb",
        "\u{1f600}\u{200d}\u{1f600}",
        "g\u{202e}np",
        "%00",
        "entry",
        &"ü".repeat(500),
    ];
    let mut csv = "entry\n".to_owned();
    for entry in hostile {
        csv += &format!("\"{}\"\n", entry.replace('"', "\"\""));
    }
    put("", &csv).await.expect(200);
    let mut sorted = hostile.map(str::to_owned);
    sorted.sort();
    let read = client.get(PATH).await.expect(200);
    assert_eq!(read["entries"], json!(sorted));
    let out = client.get_as(PATH, "text/csv").await;
    assert_eq!(
        out.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    let same = put("", &out.text()).await.expect(200);
    assert_eq!(same["version"], read["version"], "nothing has changed");
    for entry in hostile {
        let request = client.request(Method::GET, &format!("{PATH}/membership"));
        let found = client
            .send(request.query(&[("entry", entry)]))
            .await
            .expect(200);
        assert_eq!(found["member"], true, "{entry:?}");
    }
    host.stop().await;
}

#[tokio::test]
async fn entries_are_added_in_every_form() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let path = format!("{PATH}/entries");
    let add = async |media_type: &str, body: &str| {
        send(client, Method::POST, &path, media_type, body).await
    };
    add("text/plain", "IR").await.problem(404);
    client.put(PATH, json!(["IR"])).await.expect(201);
    let added = add("text/csv", "iban\nKP\nIR\n").await.expect(200);
    assert_eq!(
        (&added["added"], &added["column"]),
        (&json!(1), &json!("iban"))
    );
    add("application/json", "[\"MM\"]").await.expect(200);
    let last = add("text/plain", "SY\nIR").await.expect(200);
    assert_eq!((&last["added"], &last["count"]), (&json!(1), &json!(4)));
    let again = add("text/plain", "SY").await.expect(200);
    assert_eq!(again["version"], last["version"], "nothing has changed");
    let entries = &client.get(PATH).await.expect(200)["entries"];
    assert_eq!(entries, &json!(["IR", "KP", "MM", "SY"]));
    let stale = client
        .request(Method::POST, &path)
        .header("if-match", "\"0\"");
    client.send(stale.json(&json!(["X"]))).await.problem(412);
    host.stop().await;
}

#[tokio::test]
async fn a_file_that_is_not_clear_changes_nothing_and_is_told_where() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    client.put(PATH, json!(["IR"])).await.expect(201);
    let long = "x".repeat(501);
    for (query, body, status, expect) in [
        ("", "", 422, "without a header"),
        ("", "a,b\nIR,1\n", 422, "'a', 'b'"),
        ("", "id,value\nIR,1\n", 422, "?column="),
        ("?column=c", "a,b\nIR,1\n", 422, "no column 'c'"),
        ("?column=a", "a,a\nIR,1\n", 422, "more than once"),
        ("", "id;name\nIR;Iran\n", 422, "?delimiter="),
        ("", "id,x\nIR,1\nKP\n", 422, "line 3"),
        (
            "",
            "id,x\nIR,\"1\nKP,2\nMM,3\n",
            422,
            "line 2: a quote opens a cell and is never closed",
        ),
        ("", "id,x\nIR,1\n,2\n", 422, "line 3"),
        ("", &format!("id\nIR\n{long}\n"), 422, "line 3"),
        ("", "id\n\"I\nR\"\n", 422, "line 2"),
        ("", "id\nI\0R\n", 422, "line 2"),
        ("", "id\rIR\r\"K\"P\r", 422, "line 3"),
        ("", "id,\"x\nIR,1\n", 422, "line 1"),
        (
            "",
            "id\nI\u{200b}R\n",
            422,
            "line 2: an entry does not contain the invisible character U+200B",
        ),
        ("", "id\n", 422, "?empty=true"),
        ("?empty=false", "id\r\r", 422, "?empty=true"),
        ("?colour=red", "id\nIR\n", 400, "colour"),
        ("?delimiter=x", "id\nIR\n", 400, "delimiter"),
    ] {
        let path = format!("{PATH}{query}");
        let answer = send(client, Method::PUT, &path, "text/csv", body).await;
        let detail = answer.problem(status);
        assert!(detail.contains(expect), "{body:?}: {detail}");
    }
    let utf_16 = client
        .request(Method::PUT, PATH)
        .header("content-type", "text/csv");
    let utf_16 = client.send(utf_16.body(&b"\xff\xfei\0d\0"[..])).await;
    assert!(utf_16.problem(422).contains("UTF-16"));
    let lines = format!("{PATH}?column=id");
    send(client, Method::PUT, &lines, "text/plain", "IR")
        .await
        .problem(400);
    send(client, Method::PUT, PATH, "application/xml", "<a/>")
        .await
        .problem(415);
    assert_eq!(client.get(PATH).await.expect(200)["entries"], json!(["IR"]));
    host.stop().await;
}

#[tokio::test]
async fn every_line_end_is_one_and_a_list_is_emptied_only_if_that_is_said() {
    let host = TestHost::builder().in_memory().start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    let put = async |query: &str, media_type: &str, body: &str| {
        let path = format!("{PATH}{query}");
        send(client, Method::PUT, &path, media_type, body).await
    };
    put("", "text/csv", "id\rIR\rKP\r").await.expect(201);
    let entries = async || client.get(PATH).await.expect(200)["entries"].clone();
    assert_eq!(entries().await, json!(["IR", "KP"]));
    put("", "text/plain", "\u{feff}IR\r\u{200b}MM\u{200b}\r")
        .await
        .expect(200);
    assert_eq!(entries().await, json!(["IR", "MM"]));

    for (media_type, body) in [
        ("text/plain", ""),
        ("text/plain", "\r\n\u{200b}"),
        ("text/csv", "id\r"),
        ("application/json", "[\" \"]"),
    ] {
        let detail = put("", media_type, body).await.problem(422);
        assert!(detail.contains("?empty=true"), "{detail}");
    }
    assert_eq!(entries().await, json!(["IR", "MM"]));
    put("?empty=true", "text/csv", "id\n").await.expect(200);
    assert_eq!(entries().await, json!([]));
    put("", "text/plain", "IR").await.expect(200);
    put("", "application/json", "[]").await.expect(200);
    assert_eq!(entries().await, json!([]));
    host.stop().await;
}
