//! The texts that load files elsewhere.

use serde_json::json;

use super::{Exports, NIGHTLY};

#[tokio::test(flavor = "multi_thread")]
async fn a_data_engineer_is_told_how_to_load_a_file() {
    let exports = Exports::start("athora-csv", 0).await;
    exports
        .get(&format!("{NIGHTLY}/redshift"))
        .await
        .problem(404);
    exports
        .put(json!({ "compression": "gzip" }))
        .await
        .expect(201);
    let redshift = exports.get(&format!("{NIGHTLY}/redshift")).await;
    assert_eq!(redshift.status, 200, "{}", redshift.text());
    assert_eq!(redshift.header("content-type"), "text/plain; charset=utf-8");
    let text = redshift.text();
    for part in [
        "CREATE TABLE IF NOT EXISTS \"nightly\"",
        "\"alert_reference\" VARCHAR(",
        "\"raised_at\" TIMESTAMPTZ",
        "\"alert_details\" SUPER",
        "IGNOREHEADER 1",
        "GZIP",
        "TIMEFORMAT 'auto'",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let power_bi = exports.get(&format!("{NIGHTLY}/power-bi")).await;
    assert_eq!(power_bi.header("content-type"), "text/plain; charset=utf-8");
    let text = power_bi.text();
    let url = exports.payments.host.url();
    for part in [
        &*format!("Web.Contents(\"{url}\""),
        "v1/exports/nightly/latest",
        "Binary.Decompress",
        "VervetToken",
        "{\"risk_score\", type number}",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_nobody_knows_has_no_text() {
    let exports = Exports::start("hostile-formatter", 0).await;
    exports.put(json!({})).await.expect(201);
    for path in ["redshift", "power-bi"] {
        let refused = exports.get(&format!("{NIGHTLY}/{path}")).await.problem(409);
        assert!(refused.contains("text/plain"), "{refused}");
    }
}
