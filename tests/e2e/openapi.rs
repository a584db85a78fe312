//! The document of the API, which others build against: a change of it is seen.

use tests::TestHost;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_the_one_that_others_build_against() {
    let host = TestHost::builder().in_memory().start().await;
    let document = host.anonymous().get("/openapi.json").await.expect(200);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("openapi", document);
    });
    host.stop().await;
}
