//! Many who change a list at once, some of them much of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::TestHost;

const PATH: &str = "/v1/lists/high_risk";

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}{number:05}"))
        .collect()
}

fn texts(array: &Value) -> impl Iterator<Item = String> {
    let texts = array.as_array().expect("an array").iter();
    texts.map(|text| text.as_str().expect("a text").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_made_once_and_the_versions_tell_all() {
    let mut host = TestHost::start().await;
    let athora = host.tenant("athora").await;
    let client = &athora.administrator;
    client
        .put(PATH, json!(numbered("a", 3_000)))
        .await
        .expect(201);
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..20 {
        let client = client.clone();
        changes.spawn(async move {
            let added = match number % 5 {
                0 => client.put(PATH, json!(numbered("a", 2_000 + number))).await,
                1 => {
                    let entries = json!(numbered(&format!("b{number}-"), 150));
                    client.post(&format!("{PATH}/entries"), entries).await
                }
                2 => {
                    client
                        .patch(PATH, json!({ "remove": numbered("a", 90) }))
                        .await
                }
                _ => {
                    client
                        .patch(PATH, json!({ "add": [format!("c{number}")] }))
                        .await
                }
            };
            added.expect(200);
        });
    }
    changes.join_all().await;

    for is_restarted in [false, true] {
        if is_restarted {
            host.restart().await;
        }
        let list = client.get(PATH).await.expect(200);
        let mut versions = client.all(&format!("{PATH}/versions")).await;
        versions.reverse();
        let mut entries = BTreeSet::new();
        for version in &versions {
            let path = format!("{PATH}/versions/{}", version["version"]);
            let version = client.get(&path).await.expect(200);
            for entry in texts(&version["removed_entries"]) {
                assert!(entries.remove(&entry), "{entry} was not there");
            }
            for entry in texts(&version["added_entries"]) {
                assert!(entries.insert(entry.clone()), "{entry} was there");
            }
            assert_eq!(version["count"], entries.len());
        }
        assert!(texts(&list["entries"]).eq(entries));
    }
    client.delete(PATH).await.expect(204);
    client.get(PATH).await.problem(404);
    client.put(PATH, json!(["IR"])).await.expect(201);
    host.restart().await;
    let list = client.get(PATH).await.expect(200);
    assert_eq!(list["entries"], json!(["IR"]));
    host.stop().await;
}
