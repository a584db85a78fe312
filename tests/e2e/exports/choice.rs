//! Which formatter an export names.

use serde_json::json;

use super::Exports;

#[tokio::test(flavor = "multi_thread")]
async fn a_formatter_that_is_not_published_is_refused_with_the_one_that_was_meant() {
    let exports = Exports::start("columns-csv", 0).await;
    let version = exports.formatter.version.clone();
    let check = async |plugin: &str, version: &str, expect: &str| {
        let formatter = json!({ "plugin": plugin, "version": version });
        let refused = exports.put(json!({ "formatter": formatter })).await;
        assert_eq!(refused.problem(422), expect);
    };
    check(
        "column-csv",
        &version,
        &format!("plugin column-csv {version} is not published; did you mean 'columns-csv'?"),
    )
    .await;
    // A rule is never what was meant.
    check(
        "large-amounts",
        "1.0.0",
        "plugin large-amounts 1.0.0 is not published",
    )
    .await;
    check(
        "columns-csv",
        "9.0.0",
        &format!(
            "plugin columns-csv 9.0.0 is not published; its newest published version is {version}"
        ),
    )
    .await;
}
