//! Taking a file: whole, in part, compressed, or not at all where one has it.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use tests::Answer;

use super::{Exports, NIGHTLY};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(bytes).read_to_end(&mut plain);
    read.expect("a whole gzip file");
    plain
}

async fn ask(exports: &Exports, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = &exports.payments.tenant.administrator;
    let mut request = client.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_as_it_is_asked_for() {
    let exports = Exports::start("standard-csv", 400).await;
    exports.put(json!({})).await.expect(201);
    let run = exports.run().await;
    let sha256 = run["sha256"].as_str().expect("a digest").to_owned();
    let at = format!("{NIGHTLY}/runs/{}/file", super::id(&run));
    for path in [&*at, "/v1/exports/nightly/latest"] {
        let get = async |headers: &[(&str, &str)]| ask(&exports, Method::GET, path, headers).await;
        let whole = get(&[]).await;
        assert_eq!(whole.status, 200);
        assert_eq!(hex(&Sha256::digest(&whole.body)), sha256);
        assert_eq!(whole.header("vervet-sha256"), sha256);
        assert_eq!(whole.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(whole.header("content-length"), run["bytes"].to_string());
        assert_eq!(whole.header("accept-ranges"), "bytes");
        let name = whole.header("content-disposition");
        assert!(
            name.starts_with("attachment; filename=\"nightly-20"),
            "{name}"
        );
        assert!(name.ends_with(".csv\""), "{name}");
        let digest = whole
            .header("digest")
            .strip_prefix("sha-256=")
            .expect("a digest");
        assert_eq!(whole.header("repr-digest"), format!("sha-256=:{digest}:"));
        let tag = whole.header("etag");
        let modified = whole.header("last-modified");
        assert!(modified.ends_with(" GMT"), "{modified}");

        let head = ask(&exports, Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        for name in [
            "etag",
            "content-length",
            "content-type",
            "digest",
            "last-modified",
        ] {
            assert_eq!(head.header(name), whole.header(name), "{name}");
        }

        for (headers, status) in [
            ([("if-none-match", tag)], 304),
            ([("if-none-match", "\"other\"")], 200),
            ([("if-modified-since", modified)], 304),
            (
                [("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")],
                200,
            ),
        ] {
            let answer = get(&headers).await;
            assert_eq!(answer.status, status, "{headers:?}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.body.is_empty(), status == 304);
        }

        let end = whole.body.len();
        for (range, from, to) in [
            ("bytes=0-99".to_owned(), 0, 100),
            ("bytes=1000-".to_owned(), 1_000, end),
            ("bytes=-10".to_owned(), end - 10, end),
            (format!("bytes={}-{end}", end - 1), end - 1, end),
        ] {
            let part = get(&[
                ("range", &range),
                ("if-range", tag),
                ("accept-encoding", "gzip"),
            ])
            .await;
            assert_eq!(part.status, 206, "{range}");
            assert_eq!(part.body, whole.body[from..to], "{range}");
            let expect = format!("bytes {from}-{}/{end}", to - 1);
            assert_eq!(part.header("content-range"), expect);
            assert_eq!(part.header("etag"), tag);
            assert_eq!(part.header("repr-digest"), whole.header("repr-digest"));
        }
        let beyond = get(&[("range", &format!("bytes={end}-"))]).await;
        beyond.problem(416);
        assert_eq!(beyond.header("content-range"), format!("bytes */{end}"));
        for headers in [
            [("range", "bytes=0-1,5-9"), ("if-range", tag)],
            [("range", "bytes=0-9"), ("if-range", "\"other\"")],
            [("range", "lines=0-9"), ("if-range", tag)],
        ] {
            let answer = get(&headers).await;
            assert_eq!(
                (answer.status, answer.body.len()),
                (200, end),
                "{headers:?}"
            );
        }

        let coded = get(&[("accept-encoding", "br, gzip")]).await;
        assert_eq!(coded.status, 200);
        assert_eq!(coded.header("content-encoding"), "gzip");
        assert_eq!(coded.header("vary"), "accept-encoding");
        assert_ne!(coded.header("etag"), tag);
        assert!(coded.body.len() < end / 3);
        assert_eq!(gunzip(&coded.body), whole.body);
        let again = [
            ("accept-encoding", "gzip"),
            ("if-none-match", coded.header("etag")),
        ];
        assert_eq!(get(&again).await.status, 304);
        assert_eq!(
            get(&[("accept-encoding", "gzip;q=0")]).await.body,
            whole.body
        );
    }
}

/// The same snapshot, formatter and configuration give the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_be_kept_compressed() {
    let exports = Exports::start("standard-csv", 300).await;
    exports.put(json!({})).await.expect(201);
    let plain = exports.run().await;
    let latest = format!("{NIGHTLY}/latest");
    let file = exports.get(&latest).await.body;
    exports
        .put(json!({ "compression": "gzip" }))
        .await
        .expect(200);
    let (first, second) = (exports.run().await, exports.run().await);
    assert_eq!(first["sha256"], second["sha256"]);
    assert_ne!(first["sha256"], plain["sha256"]);
    let coded = exports.get(&latest).await;
    assert_eq!(coded.header("content-type"), "application/gzip");
    assert!(coded.header("content-disposition").ends_with(".csv.gz\""));
    assert_eq!(coded.headers.get("content-encoding"), None);
    assert_eq!(
        hex(&Sha256::digest(&coded.body)),
        first["sha256"].as_str().expect("a digest")
    );
    assert_eq!(coded.body.len() as u64, first["bytes"]);
    assert_eq!(gunzip(&coded.body), file);
    // It is not compressed twice.
    let again = ask(
        &exports,
        Method::GET,
        &latest,
        &[("accept-encoding", "gzip")],
    )
    .await;
    assert_eq!(again.body, coded.body);
    let part = ask(&exports, Method::GET, &latest, &[("range", "bytes=0-1")]).await;
    assert_eq!((part.status, &*part.body), (206, &[0x1f, 0x8b][..]));
}
