//! An install that is being prepared is durable, takes effect at one transaction, and gives way to whatever comes next.

use std::ops::ControlFlow;

use domain::window::BoundPlan;

use super::windows::{payloads, plan};
use super::*;
use crate::memory_host::until;
use json::JsonObject;
use tenant::{InstallState, Mode, OnFailure, PreparingInstall, RuleInstall};

fn install(rule: &str, mode: Mode) -> RuleInstall {
    RuleInstall {
        team: "fraud".into(),
        rule: rule.into(),
        number: 0,
        plugin: "velocity".into(),
        version: "1.0.0".into(),
        digest: String::new(),
        config: JsonObject::default().into(),
        mode,
        alert_type: None,
        severity: None,
        priority: None,
        on_failure: OnFailure::Skip,
        row_fuel: 1,
        memory_bytes: None,
        stand_ins: None,
        reads: None,
        from_sequence: 0,
        installed_at: 0,
        installed_by: String::new(),
        removed: false,
    }
}

impl Fixture {
    async fn made<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> T + Send + 'static,
    ) -> T {
        let change = |made: &mut Change<'_>| {
            made.audit(&Actor::Host, "rule.install", "fraud/cash");
            Ok::<_, Infallible>(change(made))
        };
        self.lane.change(change).await.expect("it is durable")
    }

    async fn put(&self, rule: &'static str, mode: Mode) -> u64 {
        self.made(move |change| change.put_install(install(rule, mode), "anna").number)
            .await
    }

    async fn prepare(&self, rule: &'static str) -> Arc<PreparingInstall> {
        self.made(move |change| change.put_preparing(install(rule, Mode::Live), 7, "anna"))
            .await
    }

    /// Number and first transaction of the rule's install in force.
    fn in_force(&self, rule: &str) -> Option<(u64, u64)> {
        let install = self.lane.definitions().rule_of("fraud", rule)?;
        Some((install.number, install.from_sequence))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_survives_a_power_cut_and_takes_effect_once() {
    let host = Fixture::new().await;
    host.post(&[&payload("a", "1")]).await.expect("durable");
    assert_eq!(host.put("cash", Mode::Off).await, 1);
    let preparing = host.prepare("cash").await;
    assert_eq!((preparing.install.number, preparing.rows), (2, 7));
    assert_eq!(preparing.install.installed_by, "anna");
    assert_eq!(host.in_force("cash"), Some((1, 2)));

    let host = host.after_power_cut().await;
    let kept = host.lane.definitions();
    assert_eq!(kept.preparing_rule("fraud", "cash"), Some(&preparing));
    assert_eq!(kept.state_of(&preparing.install), InstallState::Preparing);
    assert_eq!(host.in_force("cash"), Some((1, 2)));
    host.post(&[&payload("b", "1"), &payload("c", "1")])
        .await
        .expect("durable");

    let take_effect = |number| {
        move |change: &mut Change<'_>| {
            let install = change.take_effect("fraud", "cash", number);
            install.map(|install| install.number)
        }
    };
    assert_eq!(host.made(take_effect(1)).await, None, "another install");
    assert_eq!(host.made(take_effect(2)).await, Some(2));
    assert_eq!(host.in_force("cash"), Some((2, 4)));
    assert_eq!(host.made(take_effect(2)).await, None, "once");
    let defined = host.lane.definitions();
    let former = defined.install("fraud", "cash", 1).expect("it is kept");
    assert_eq!(defined.state_of(former), InstallState::Ended);
    assert!(defined.preparing_rules.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_install_withdraws_what_is_prepared_and_no_number_comes_twice() {
    let host = Fixture::new().await;
    assert_eq!(host.prepare("cash").await.install.number, 1);
    assert_eq!(host.prepare("cash").await.install.number, 2);
    assert_eq!(host.prepare("other").await.install.number, 1);
    assert_eq!(host.put("cash", Mode::Off).await, 3);
    let defined = host.lane.definitions();
    assert!(defined.preparing_rule("fraud", "cash").is_none());
    assert!(defined.preparing_rule("fraud", "other").is_some());
    assert_eq!(host.prepare("cash").await.install.number, 4);
    let removed = |change: &mut Change<'_>| {
        let removed = RuleInstall {
            removed: true,
            ..install("cash", Mode::Live)
        };
        change.put_install(removed, "anna").number
    };
    assert_eq!(host.made(removed).await, 5);
    let host = host.after_power_cut().await;
    assert_eq!(host.in_force("cash"), None);
    assert_eq!(
        host.lane.definitions().last_install_number("fraud", "cash"),
        5
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_prepared_is_tried_on_and_judges_nothing() {
    let host = Fixture::new().await;
    let preparing = host.prepare("cash").await;
    let failure = |host: &Fixture| {
        let progress = host
            .app
            .preparations
            .progress(host.lane.tenant(), &preparing);
        progress.and_then(|progress| progress.last_failure)
    };
    let expect = "plugin velocity 1.0.0 is not published";
    assert_eq!(until(|| failure(&host)).await, expect);
    let ingested = host.post(&[&payload("a", "1")]).await.expect("durable");
    let Ingested::Accepted(receipt) = &ingested[0] else {
        panic!("it is accepted");
    };
    assert!(receipt.outcome.rules.is_empty());
    // It goes on by itself after a start.
    let host = host.after_power_cut().await;
    assert_eq!(until(|| failure(&host)).await, expect);
    host.app.stop(std::time::Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_are_built_a_stretch_at_a_time_and_go_on_where_they_were() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..5_000)).await;
    let view = host.lane.team(1).await.expect("the team");
    let schema = host.lane.definitions().teams.get("fraud").cloned();
    let schema = schema.and_then(|team| team.schema()).expect("a schema");
    let layouts = Arc::new(BoundPlan::bind(&plan(), &schema).expect("it fits")).row_layouts();
    assert_eq!(view.lacking_rows(&layouts), 5_000);
    assert_eq!(view.lacking_rows(&[]), 0);

    let mut seen = Vec::new();
    let mut until_begun = |built: RowsBuilt| {
        seen.push((built.done, built.of));
        match built.done {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    let whole = view.build_window_rows(&layouts, &mut until_begun);
    assert!(!whole.expect("rows"), "it was ended");
    assert_eq!(seen, [(0, 5_000), (4_096, 5_000)]);
    assert_eq!(view.lacking_rows(&layouts), 904);
    let wanted = layouts.clone();
    let can_take_up = move |change: &mut Change<'_>| change.can_take_up(1, &wanted);
    assert!(host.made(can_take_up).await, "the lane adds so few itself");

    let mut to_the_end = |built: RowsBuilt| {
        seen.push((built.done, built.of));
        ControlFlow::Continue(())
    };
    let whole = view.build_window_rows(&layouts, &mut to_the_end);
    assert!(whole.expect("rows"));
    assert_eq!(seen[2..], [(4_096, 5_000), (5_000, 5_000)]);
    assert_eq!(view.lacking_rows(&layouts), 0);
    host.check(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_takes_up_no_index_that_lacks_much() {
    let host = Fixture::new().await;
    host.post_many(&payloads(0..10_001)).await;
    let schema = host.lane.definitions().teams.get("fraud").cloned();
    let schema = schema.and_then(|team| team.schema()).expect("a schema");
    let layouts = Arc::new(BoundPlan::bind(&plan(), &schema).expect("it fits")).row_layouts();
    let can_take_up =
        |layouts: Vec<_>| move |change: &mut Change<'_>| change.can_take_up(1, &layouts);
    assert!(!host.made(can_take_up(layouts.clone())).await);
    let view = host.lane.team(1).await.expect("the team");
    view.window_rows(&layouts).expect("rows");
    assert!(host.made(can_take_up(layouts)).await);
}
