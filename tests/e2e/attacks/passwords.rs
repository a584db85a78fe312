//! Many passwords at once.

use serde_json::json;
use tests::{HostProcess, TestHost};

/// Memory that one hash takes.
const HASH_BYTES: u64 = 19 << 20;

/// Creates so many users with passwords at the same time; answers the statuses, and checks that the refused are told
/// when to come again.
async fn create(administrator: &tests::Client, count: usize) -> Vec<u16> {
    let mut creating = tokio::task::JoinSet::new();
    for number in 0..count {
        let administrator = administrator.clone();
        creating.spawn(async move {
            let user = json!({
                "login": format!("user-{number}"), "password": "correct horse battery", "scopes": ["Watcher"],
            });
            administrator.post("/v1/users", user).await
        });
    }
    let answers = creating.join_all().await;
    for answer in &answers {
        if answer.status == 503 {
            answer.problem(503);
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
    answers.iter().map(|answer| answer.status).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_passwords_takes_the_memory_of_two() {
    let host = HostProcess::start();
    let tenant = host.tenant("athora").await;
    let statuses = create(&tenant.administrator, 10).await;
    assert_eq!(statuses, [201; 10]);
    let before = host.peak_resident_bytes();
    let tenant = host.tenant("belfius").await;
    let statuses = create(&tenant.administrator, 250).await;
    let created = statuses.iter().filter(|status| **status == 201).count();
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert_eq!(created + refused, 250, "{statuses:?}");
    assert!(
        created > 0 && refused > 0,
        "{created} created, {refused} refused"
    );
    let more = host.peak_resident_bytes() - before;
    assert!(
        more < 3 * HASH_BYTES,
        "{} MiB more than ten took",
        more >> 20
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_passwords_is_of_its_tenant_alone() {
    let host = TestHost::builder()
        .in_memory()
        .config(|config| config.http.passwords_waiting_per_tenant = 4);
    let host = host.start().await;
    let (one, other) = (host.tenant("athora").await, host.tenant("belfius").await);
    let flood = create(&one.administrator, 100);
    let quiet = create(&other.administrator, 3);
    let (flood, quiet) = tokio::join!(flood, quiet);
    assert!(flood.contains(&503), "nobody was refused");
    assert_eq!(quiet, [201; 3]);
    host.stop().await;
}
