//! The index against a search that looks at every alert.

use domain::alert::{
    AlertContent, AlertId, AlertOutcome, Closed, GuardedContent, MergedInto, PartId, Viewer,
    Withheld,
};
use domain::rule::Label;
use domain::time::Timestamp;
use proptest::prelude::*;

use super::query::Overdue;
use super::*;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// An alert whose properties follow from small numbers.
fn an_alert(number: u32, made: [u8; 6]) -> Alert {
    let one_of = |names: &[&str], pick: u8| names[pick as usize % names.len()].to_owned();
    let [state, team, profile, level, user, label] = made;
    let levels = domain::rule::Level::ALL;
    let labels = ["cash", "night", "vip"].iter().take(label as usize % 4);
    Alert {
        id: AlertId::from_u128(u128::from(number) + 1),
        team: one_of(&["aml", "fraud"], team),
        dprofile_id: Some(one_of(&["c-1", "c-2", "c-3"], profile)),
        user_id: (user % 3 != 0).then(|| one_of(&["ana", "bob"], user)),
        content: GuardedContent::open(AlertContent {
            title: one_of(&["Large cash deposit", "Many small transfers"], state),
            labels: labels
                .map(|text| Label::new(text).expect("a label"))
                .collect(),
            info: "{}".to_owned(),
            score: None,
        }),
        incident_type: one_of(&["trx_aml_alert", "other"], label),
        state: one_of(&["open", "in_progress", "closed"], state),
        severity: levels[level as usize % 3],
        priority: levels[team as usize % 3],
        due_date: (level % 2 == 0).then(|| time(i64::from(user) * 1_000)),
        txn_ids: vec![format!("t-{number}")],
        rule: (profile % 2 == 0).then(|| "structuring".to_owned()),
        install: None,
        findings: 0,
        created_at: time(i64::from(number)),
        updated_at: time(i64::from(user) + 1_000),
        closed: (state % 3 == 2).then(|| Closed {
            at: time(1),
            outcome: AlertOutcome::ALL.get(user as usize % 4).copied(),
        }),
        version: 1,
        merged: 0,
        merged_into: None,
        own: None,
    }
}

/// The same search without an index.
fn passes(query: &AlertQuery, alert: &Alert) -> bool {
    let any =
        |wanted: &[String], has: &str| wanted.is_empty() || wanted.iter().any(|one| one == has);
    let content = alert.seen_by(query.viewer);
    let text = format!("{} {:?}", content.title, content.labels).to_lowercase();
    alert.merged_into.is_none()
        && any(&query.state, &alert.state)
        && any(&query.team, &alert.team)
        && any(
            &query.dprofile_id,
            alert.dprofile_id.as_deref().unwrap_or_default(),
        )
        && (query.user_id.is_empty() || query.user_id.contains(&alert.user_id))
        && (query.outcome.is_empty() || query.outcome.contains(&alert.outcome()))
        && (query.severity.is_empty() || query.severity.contains(&alert.severity))
        && (query.label.is_empty()
            || content
                .labels
                .iter()
                .any(|label| any(&query.label, label.as_str())))
        && query
            .created_from
            .is_none_or(|from| alert.created_at >= from)
        && query
            .due_before
            .is_none_or(|before| alert.due_date.is_some_and(|due| due < before))
        && query.overdue.as_ref().is_none_or(|overdue| {
            let is_late = alert.due_date.is_some_and(|due| due < overdue.now);
            (is_late && !overdue.closed_states.contains(&alert.state)) == overdue.is
        })
        && query.text.split(' ').all(|word| text.contains(word))
}

/// In the order that is asked for, without an index.
fn sorted(mut alerts: Vec<&Alert>, sort: Sort) -> Vec<AlertId> {
    let key = |alert: &Alert| match sort.by {
        SortKey::CreatedAt => 0,
        SortKey::UpdatedAt => alert.updated_at.as_micros(),
        SortKey::DueDate => match (alert.due_date, sort.descending) {
            (Some(due), _) => due.as_micros(),
            (None, true) => i64::MIN,
            (None, false) => i64::MAX,
        },
        SortKey::Severity => alert.severity as i64,
        SortKey::Priority => alert.priority as i64,
    };
    alerts.sort_by_key(|alert| (key(alert), alert.created_at));
    if sort.descending {
        alerts.reverse();
    }
    alerts.iter().map(|alert| alert.id).collect()
}

/// The alerts beside one in a list, which need not have it, without an index.
fn beside(found: &[&Alert], alert: &Alert, sort: Sort) -> Neighbours {
    let others = found.iter().filter(|one| one.id != alert.id).copied();
    let list = sorted(others.chain([alert]).collect(), sort);
    let here = list.iter().position(|id| *id == alert.id);
    let here = here.expect("the alert is in its own list");
    let before = here.checked_sub(1);
    Neighbours {
        previous: before.map(|before| list[before]),
        next: list.get(here + 1).copied(),
    }
}

/// Due before some of the alerts are, in the middle of an hour.
fn overdue(is: bool) -> Overdue {
    Overdue {
        is,
        now: time(90_500),
        closed_states: vec!["closed".to_owned(), "unheard".to_owned()],
    }
}

fn queries() -> Vec<AlertQuery> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let any = AlertQuery::default;
    vec![
        any(),
        AlertQuery {
            state: texts(&["open", "closed"]),
            ..any()
        },
        AlertQuery {
            team: texts(&["aml"]),
            label: texts(&["night"]),
            ..any()
        },
        AlertQuery {
            dprofile_id: texts(&["c-2", "c-3"]),
            ..any()
        },
        AlertQuery {
            outcome: vec![
                Some(AlertOutcome::FalsePositive),
                Some(AlertOutcome::Inconclusive),
            ],
            ..any()
        },
        AlertQuery {
            state: texts(&["closed"]),
            outcome: vec![None, Some(AlertOutcome::TruePositive)],
            ..any()
        },
        AlertQuery {
            user_id: vec![Some("ana".to_owned())],
            severity: vec![domain::rule::Level::High],
            ..any()
        },
        AlertQuery {
            user_id: vec![None, Some("bob".to_owned())],
            state: texts(&["open"]),
            ..any()
        },
        AlertQuery {
            created_from: Some(time(7)),
            due_before: Some(time(100_000)),
            ..any()
        },
        AlertQuery {
            overdue: Some(overdue(true)),
            ..any()
        },
        AlertQuery {
            team: texts(&["fraud"]),
            overdue: Some(overdue(false)),
            ..any()
        },
        AlertQuery {
            text: "cash dep".to_owned(),
            ..any()
        },
        AlertQuery {
            text: "transfers vip".to_owned(),
            ..any()
        },
        AlertQuery {
            state: texts(&["unheard"]),
            ..any()
        },
    ]
}

fn sorts() -> impl Iterator<Item = Sort> {
    let keys = [
        SortKey::CreatedAt,
        SortKey::UpdatedAt,
        SortKey::DueDate,
        SortKey::Severity,
        SortKey::Priority,
    ];
    keys.into_iter()
        .flat_map(|by| [true, false].map(|descending| Sort { by, descending }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_page_is_what_a_search_of_all_alerts_gives(
        made in prop::collection::vec(any::<[u8; 6]>(), 1..60),
        changed in prop::collection::vec(any::<(u8, [u8; 6])>(), 0..30),
        merged in prop::collection::vec(any::<(u8, u8)>(), 0..10),
        stored in 0_usize..60,
        limit in 1_usize..7,
    ) {
        let mut alerts: Vec<Alert> = (0..).zip(&made).map(|(number, made)| an_alert(number, *made)).collect();
        let mut index = AlertIndex::default();
        // Those that a store holds are entered newest first, after others that are newer.
        let (stored, new) = alerts.split_at(stored.min(alerts.len()));
        for alert in new {
            index.put(alert);
        }
        for alert in stored.iter().rev() {
            index.put_older(alert);
        }
        for (which, made) in changed {
            let which = which as usize % alerts.len();
            // Team and customer of an alert never change.
            let [state, _, _, level, user, label] = made;
            let was = [0, u8::from(alerts[which].team == "fraud"), 0];
            let mut alert = an_alert(which as u32, [state, was[1], was[2], level, user, label]);
            alert.dprofile_id = alerts[which].dprofile_id.clone();
            index.put(&alert);
            alerts[which] = alert;
        }
        for (one, other) in merged {
            let (one, other) = (one as usize % alerts.len(), other as usize % alerts.len());
            if one != other && alerts[one].is_whole() && alerts[other].is_whole() {
                let into = MergedInto { alert: alerts[other].id, position: 1, by_hand: true };
                alerts[one].merged_into = Some(into);
                index.put(&alerts[one]);
            }
        }
        for query in queries() {
            let found: Vec<&Alert> = alerts.iter().filter(|alert| passes(&query, alert)).collect();
            // Words and transactions of merged alerts lead to another: those are checked below.
            if !query.text.is_empty() && alerts.iter().any(|alert| !alert.is_whole()) {
                continue;
            }
            let count: u64 = index.count_by(&query, &[GroupBy::State]).iter().map(|group| group.count).sum();
            prop_assert_eq!(count, found.len() as u64);
            prop_assert_eq!(index.count(&query), found.len() as u64);
            for sort in sorts() {
                for alert in alerts.iter().filter(|alert| alert.is_whole()) {
                    let expect = beside(&found, alert, sort);
                    let got = index.neighbours(&query, sort, alert.id);
                    prop_assert_eq!(got, expect, "{:?} {:?} {}", query, sort, alert.id);
                }
                let expect = sorted(found.clone(), sort);
                let mut pages = Vec::new();
                let mut after = None;
                loop {
                    let page = index.page(&query, sort, after, limit);
                    after = page.last().copied();
                    pages.extend(page.iter().map(|place| place.id));
                    if page.len() < limit {
                        break;
                    }
                }
                prop_assert_eq!(pages, expect, "{:?} {:?}", query, sort);
            }
        }
    }
}

fn found(index: &AlertIndex, query: AlertQuery) -> Vec<u128> {
    let ids = index.all(&query);
    ids.into_iter().map(|id| id.as_u128() - 1).collect()
}

fn text(text: &str) -> AlertQuery {
    AlertQuery {
        text: text.to_owned(),
        ..AlertQuery::default()
    }
}

#[test]
fn words_and_transactions_of_merged_alerts_lead_to_the_one_that_holds_them() {
    let mut index = AlertIndex::default();
    let [first, mut second, mut third] = [0, 1, 2].map(|number| an_alert(number, [0; 6]));
    retitle(&mut second, "Unusual counterparty");
    let into = |alert: &Alert| {
        Some(MergedInto {
            alert: alert.id,
            position: 1,
            by_hand: true,
        })
    };
    second.merged_into = into(&third);
    third.merged_into = into(&first);
    // A merged alert may be read before the one that holds it.
    for alert in [&second, &third, &first] {
        index.put(alert);
    }
    assert_eq!(found(&index, AlertQuery::default()), [0]);
    assert_eq!(found(&index, text("unusual")), [0]);
    let txn_id = vec!["t-1".to_owned()];
    let of_transaction = AlertQuery {
        txn_id,
        ..AlertQuery::default()
    };
    assert_eq!(found(&index, of_transaction.clone()), [0]);
    third.merged_into = None;
    index.put(&third);
    assert_eq!(found(&index, of_transaction), [2]);
    assert_eq!(found(&index, AlertQuery::default()), [2, 0]);
}

fn retitle(alert: &mut Alert, title: &str) {
    let mut content = alert.seen_by(Viewer::Full).into_owned();
    content.title = title.to_owned();
    alert.content = GuardedContent::open(content);
}

#[test]
fn what_is_withheld_is_found_by_who_may_see_it_alone() {
    let mut index = AlertIndex::default();
    let mut alert = an_alert(0, [0, 0, 0, 0, 1, 2]);
    alert.rule = Some("large-amount".to_owned());
    retitle(&mut alert, "EUR 123,456.78 of cash");
    let labels = alert.seen_by(Viewer::Full).labels[..1].to_vec();
    alert.content.decide(Withheld {
        labels,
        ..Withheld::all_of(&[])
    });
    index.put(&alert);
    let label = |label: &str| AlertQuery {
        label: vec![label.to_owned()],
        ..AlertQuery::default()
    };
    let check = |index: &AlertIndex, query: AlertQuery, full: bool, masked: bool| {
        for (viewer, expect) in [(Viewer::Full, full), (Viewer::Masked, masked)] {
            let query = AlertQuery {
                viewer,
                ..query.clone()
            };
            assert_eq!(!found(index, query.clone()).is_empty(), expect, "{query:?}");
        }
    };
    check(&index, text("123"), true, false);
    check(&index, text("123,456.78 cash"), true, false);
    check(&index, text("eur"), true, false);
    check(&index, label("cash"), true, false);
    check(&index, label("night"), true, true);
    check(&index, text("night"), true, true);
    // The neutral title is found by who sees it.
    check(&index, text("details"), false, true);
    check(&index, text("large-am"), false, true);
    check(&index, text("t-0 bob"), true, true);
    // Somebody says it in other words.
    alert
        .change(
            domain::alert::AlertChange {
                title: Some("Much of it".to_owned()),
                given_labels: alert.withheld().labels.clone(),
                ..Default::default()
            },
            time(9),
        )
        .expect("a change");
    index.put(&alert);
    check(&index, text("much"), true, true);
    check(&index, text("details"), false, false);
    check(&index, text("123"), false, false);
    check(&index, label("cash"), true, true);
}

#[test]
fn texts_are_found_by_words_and_ids() {
    let mut index = AlertIndex::default();
    let mut alert = an_alert(0, [0, 0, 0, 0, 1, 0]);
    retitle(&mut alert, "Überweisung nach Łódź: 14.200 EUR");
    index.put(&alert);
    let comment = |number| domain::alert::PartId::from_u128(number);
    index.put_comment(alert.id, comment(1), Some("Asked the customer"));
    index.put_comment(alert.id, comment(2), Some("No answer yet"));
    let check = |query: &str, expect: bool| {
        assert_eq!(!found(&index, text(query)).is_empty(), expect, "{query}");
    };
    check("überweisung", true);
    check("ÜBERW", true);
    check("łódź eur", true);
    check("łódź usd", false);
    check("custom answer", true);
    check("t-0", true);
    check("t-1", false);
    check("c-1", true);
    check("bob", true);
    check(&alert.id.to_string(), true);
    check("", true);
    index.put_comment(alert.id, comment(2), None);
    assert!(found(&index, text("answer")).is_empty());
    assert_eq!(found(&index, text("asked")), [0]);
}

#[test]
fn what_is_overdue_is_due_and_not_closed() {
    let mut index = AlertIndex::default();
    for (number, state) in [(0, "open"), (1, "closed"), (2, "open")] {
        let mut alert = an_alert(number, [0; 6]);
        alert.state = state.to_owned();
        alert.due_date = Some(time(if number == 2 { 90 } else { 10 }));
        index.put(&alert);
    }
    let overdue = |is| AlertQuery {
        overdue: Some(Overdue {
            is,
            now: time(50),
            closed_states: vec!["closed".to_owned()],
        }),
        ..AlertQuery::default()
    };
    assert_eq!(found(&index, overdue(true)), [0]);
    assert_eq!(found(&index, overdue(false)), [1, 2]);
}

#[test]
fn outcomes_are_those_of_the_alerts_that_installs_made() {
    let mut index = AlertIndex::default();
    let closed = |outcome| {
        Some(Closed {
            at: time(1),
            outcome,
        })
    };
    let made = [
        (1, "closed", closed(Some(AlertOutcome::TruePositive))),
        (1, "open", None),
        (2, "closed", closed(Some(AlertOutcome::FalsePositive))),
        (2, "closed", closed(None)),
    ];
    let mut alerts: Vec<Alert> = Vec::new();
    for (number, (install, state, closed)) in (0..).zip(made) {
        let mut alert = an_alert(number, [0; 6]);
        alert.rule = Some("limit".to_owned());
        alert.install = Some(install);
        alert.state = state.to_owned();
        alert.closed = closed;
        index.put(&alert);
        alerts.push(alert);
    }
    // One that says that the rule could not judge is no finding of it.
    index.put(&an_alert(9, [0; 6]));
    let check = |index: &AlertIndex, installs: &[u64], expect: [u64; 4], precision: Option<f64>| {
        let found_by = installs.iter().map(|&install| FoundBy {
            team: "aml",
            rule: "limit",
            install,
        });
        let counts = index.outcomes(found_by, &["closed".to_owned(), "archived".to_owned()]);
        let [open, unsaid, true_positive, false_positive] = expect;
        let expect = OutcomeCounts {
            open,
            unsaid,
            true_positive,
            false_positive,
            inconclusive: 0,
        };
        assert_eq!(counts, expect, "{installs:?}");
        assert_eq!(counts.precision(), precision);
    };
    check(&index, &[1], [1, 0, 1, 0], Some(1.0));
    check(&index, &[2], [0, 1, 0, 1], Some(0.0));
    check(&index, &[1, 2], [1, 1, 1, 1], Some(0.5));
    check(&index, &[3], [0; 4], None);
    // What was merged became what the alert is that holds it, which both installs made.
    alerts[1].merged_into = Some(MergedInto {
        alert: alerts[2].id,
        position: 1,
        by_hand: true,
    });
    index.put(&alerts[1]);
    check(&index, &[1], [0, 0, 1, 1], Some(0.5));
    check(&index, &[1, 2], [0, 1, 1, 1], Some(0.5));
}

#[test]
fn which_install_made_an_alert_is_known_once_and_for_all() {
    let mut index = AlertIndex::default();
    let mut alert = an_alert(0, [0; 6]);
    alert.rule = Some("limit".to_owned());
    alert.install = Some(7);
    index.put(&alert);
    // A version that an earlier release would have kept.
    alert.install = None;
    retitle(&mut alert, "Another");
    index.put(&alert);
    let found_by = FoundBy {
        team: "aml",
        rule: "limit",
        install: 7,
    };
    assert_eq!(index.outcomes([found_by], &[]).open, 1);
}

#[test]
fn words_that_change_often_leave_the_others_as_they_are() {
    let mut index = AlertIndex::default();
    let mut alerts: Vec<Alert> = (0..40).map(|number| an_alert(number, [0; 6])).collect();
    let words = |round: u32, number: u32| {
        let words = (0..100).map(|word| format!("w{}", round * 4_000 + number * 100 + word));
        words.collect::<Vec<_>>().join(" ")
    };
    // Long enough that what is given up is copied away.
    let rounds = 40;
    for round in 0..rounds {
        for (number, alert) in (0..).zip(&mut alerts) {
            retitle(alert, &words(round, number));
            index.put(alert);
        }
    }
    for number in 0..40 {
        let last = words(rounds - 1, number);
        let expect = [u128::from(number)];
        assert_eq!(found(&index, text(&last[..400])), expect, "{last}");
        assert!(found(&index, text(&words(rounds - 2, number)[..400])).is_empty());
    }
}

/// An alert as rules raise them, with what analysts do to some: one of so many that all have other titles.
fn a_realistic_alert(number: u32) -> Alert {
    let mix = |salt: u32| number.wrapping_mul(2_654_435_761).wrapping_add(salt) ^ (number >> 3);
    let rules = [
        "large-amount",
        "structuring",
        "velocity",
        "unfamiliar-counterparty",
    ];
    let rule = rules[mix(1) as usize % rules.len()];
    let (euros, cents) = (10_000 + mix(2) % 90_000, mix(3) % 100);
    let title = match rule {
        "large-amount" => {
            format!("Amount of {euros},{cents:02} EUR is over the limit of 10000 EUR")
        }
        "structuring" => format!(
            "{} amounts just below 10000 EUR within 7 days, together {euros}.{cents:02} EUR",
            mix(4) % 9 + 2
        ),
        "velocity" => format!("{} transactions within one hour", mix(4) % 60 + 5),
        _ => format!(
            "First payment of {euros}.{cents:02} EUR to BE{:014}",
            u64::from(mix(5)) * 7_919
        ),
    };
    let labels: &[&str] = match number % 10 {
        0 => &["escalated"],
        1 | 2 => &["cash", "night"],
        _ => &[],
    };
    let mut alert = an_alert(number, [(mix(6) % 3) as u8, 0, 0, (mix(7) % 3) as u8, 0, 0]);
    alert.id = AlertId::from_u128(
        u128::from(number) << 80 | u128::from(mix(8)) << 32 | u128::from(mix(9)),
    );
    alert.dprofile_id = Some(format!("customer-{:08}", mix(10) % 30_000));
    alert.user_id = number
        .is_multiple_of(4)
        .then(|| format!("user-{}", mix(11) % 40));
    alert.rule = Some(rule.to_owned());
    alert.install = Some(u64::from(mix(12) % 5));
    let transactions = if rule == "structuring" { 3 } else { 1 };
    alert.txn_ids = (0..transactions)
        .map(|txn| format!("txn-{number:010}-{txn}"))
        .collect();
    alert.due_date = number
        .is_multiple_of(2)
        .then(|| time(i64::from(number) + 1_000_000));
    retitle(&mut alert, &title);
    let mut content = alert.seen_by(Viewer::Full).into_owned();
    content.labels = labels
        .iter()
        .map(|text| Label::new(text).expect("a label"))
        .collect();
    alert.content = GuardedContent::open(content);
    alert
}

#[test]
fn an_alert_takes_at_most_250_bytes() {
    // Just above a power of two times 7/8, where tables of hashes have most room to spare: 0.46 of it is used, as with a
    // million alerts.
    const ALERTS: u32 = 60_000;
    let mut index = AlertIndex::default();
    for number in (0..ALERTS / 2).rev() {
        index.put_older(&a_realistic_alert(number));
    }
    for number in ALERTS / 2..ALERTS {
        index.put(&a_realistic_alert(number));
    }
    // Some are closed, and some are written about.
    for number in (0..ALERTS).step_by(10) {
        let mut alert = a_realistic_alert(number);
        alert.state = "closed".to_owned();
        index.put(&alert);
        if number % 100 == 0 {
            let text = format!("Called the customer about {number}; waits for an invoice");
            index.put_comment(alert.id, PartId::from_u128(u128::from(number)), Some(&text));
        }
    }
    let bytes = index.bytes() as f64 / f64::from(ALERTS);
    assert!(bytes <= 250.0, "an alert takes {bytes:.1} bytes");
    // It is all there.
    let one = a_realistic_alert(777);
    let title = one.seen_by(Viewer::Full).title.clone();
    assert!(index.all(&text(&title)).contains(&one.id), "{title}");
}
