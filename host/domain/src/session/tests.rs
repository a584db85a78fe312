use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const START: Date = date(2024, 3, 31);

fn account(id: &str) -> Account {
    Account {
        id: id.to_owned(),
        iban: None,
        name: None,
        currency: "PLN".to_owned(),
        balances: vec![Balance {
            kind: "booked".to_owned(),
            amount: Decimal::new("10.00").expect("a decimal"),
            currency: "PLN".to_owned(),
            on: None,
        }],
    }
}

/// A session of which the accounts are read.
fn reading(ids: &[&str]) -> Session {
    let mut session = Session::new(SessionKind::Consent, START, 13);
    session.code([1; 32]).expect("a code");
    let accounts = ids.iter().map(|id| account(id)).collect();
    session.read_accounts(accounts).expect("accounts");
    session
}

/// Reads a page of which none is known.
fn page(session: &mut Session, id: &str, day: Date, is_whole: bool) -> Result<Taken, Refusal> {
    session.read_page(&PageStep {
        account: id,
        content: &[0; 32],
        known: None,
        reaches_to: day,
        is_whole,
    })
}

#[test]
fn calendar_months_end_with_their_month() {
    let check = |day: Date, months, expect: Date| {
        assert_eq!(
            months_before(day, months),
            expect,
            "{months} months before {day}"
        );
        assert_eq!(whole_months(expect, day), months, "{expect} to {day}");
    };
    check(date(2024, 3, 31), 13, date(2023, 2, 28));
    check(date(2025, 3, 31), 13, date(2024, 2, 29));
    check(date(2024, 2, 29), 12, date(2023, 2, 28));
    check(date(2024, 2, 29), 48, date(2020, 2, 29));
    check(date(2024, 5, 31), 1, date(2024, 4, 30));
    check(date(2024, 1, 15), 0, date(2024, 1, 15));
    check(date(2024, 1, 1), 1, date(2023, 12, 1));

    assert_eq!(whole_months(date(2023, 3, 1), date(2024, 3, 31)), 12);
    assert_eq!(whole_months(date(2023, 2, 28), date(2024, 3, 30)), 13);
    assert_eq!(whole_months(date(2023, 3, 1), date(2024, 2, 29)), 11);
    assert_eq!(whole_months(date(2024, 4, 1), date(2024, 3, 31)), 0);
}

proptest! {
    #[test]
    fn whole_months_are_the_most_that_fit(from in -20_000_i32..20_000, start in -20_000_i32..20_000) {
        let day = |days: i32| date(2000, 1, 1).saturating_add(jiff::Span::new().days(days));
        let (from, start) = (day(from), day(start));
        let months = whole_months(from, start);
        if from <= start {
            prop_assert!(months_before(start, months) >= from);
            prop_assert!(months_before(start, months + 1) < from);
        } else {
            prop_assert_eq!(months, 0);
        }
    }
}

#[test]
fn the_history_of_all_accounts_must_suffice() {
    let (short, at, beyond) = (date(2023, 9, 30), date(2023, 2, 28), date(2022, 3, 31));
    // What is known of the accounts, and whether that is enough.
    let check = |pages: &[(Date, bool)], expect: bool| {
        let ids: Vec<String> = (0..pages.len()).map(|number| number.to_string()).collect();
        let mut session = reading(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let mut events = Vec::new();
        for (id, (day, is_whole)) in ids.iter().zip(pages) {
            let taken = page(&mut session, id, *day, *is_whole).expect("a page");
            if let Taken::Now(Some(event)) = taken {
                events.push(event);
            }
        }
        let finished = vec![EventType::TransactionsSyncFinished];
        assert_eq!(
            events,
            if expect { finished } else { Vec::new() },
            "{pages:?}"
        );
        assert_eq!(session.shows_history(), expect, "{pages:?}");
        assert_eq!(session.finish().is_ok(), expect, "{pages:?}");
    };
    check(&[(at, false)], true);
    check(&[(date(2023, 3, 1), false)], false);
    check(&[(short, true)], true);
    check(&[(at, false), (beyond, false)], true);
    check(&[(at, false), (short, false)], false);
    // One that is short and whole: the other must be whole, too, however long.
    check(&[(at, false), (short, true)], false);
    check(&[(beyond, false), (short, true)], false);
    check(&[(beyond, true), (short, true)], true);
    check(&[(beyond, true), (at, false)], true);
}

#[test]
fn later_pages_follow_and_announce_nothing() {
    let mut session = reading(&["a"]);
    let taken = page(&mut session, "a", date(2023, 2, 28), false);
    assert_eq!(
        taken,
        Ok(Taken::Now(Some(EventType::TransactionsSyncFinished)))
    );
    assert_eq!(session.stage(), Stage::Complete);
    let later = page(&mut session, "a", date(2022, 1, 1), true);
    assert_eq!(later, Ok(Taken::Now(None)));
    assert_eq!(session.shown_accounts()[0].1.months(START), 26);
    let beyond = page(&mut session, "a", date(2021, 12, 31), true);
    assert!(matches!(beyond, Err(Refusal::BeyondWhole { .. })));
    // A page that reaches less far takes nothing back.
    assert_eq!(
        page(&mut session, "a", date(2024, 1, 1), false),
        Ok(Taken::Now(None))
    );
    assert_eq!(session.shown_accounts()[0].1.months(START), 26);
}

#[test]
fn what_comes_again_changes_nothing_and_what_contradicts_is_refused() {
    let mut session = Session::new(SessionKind::Consent, START, 13);
    let refused = |taken: Result<Taken, Refusal>| assert!(taken.is_err(), "{taken:?}");
    let again = |taken: Result<Taken, Refusal>| assert_eq!(taken, Ok(Taken::Again));

    refused(session.read_accounts(vec![account("a")]));
    refused(page(&mut session, "a", START, true));
    refused(session.finish());
    session.code([1; 32]).expect("a code");
    again(session.code([1; 32]));
    refused(session.code([2; 32]));
    refused(session.finish());
    let accounts = || vec![account("b"), account("a")];
    session.read_accounts(accounts()).expect("accounts");
    again(session.read_accounts(accounts().into_iter().rev().collect()));
    refused(session.read_accounts(vec![account("a")]));
    let mut other = accounts();
    other[0].balances[0].amount = Decimal::new("11").expect("a decimal");
    refused(session.read_accounts(other));
    refused(session.finish());
    assert_eq!(
        page(&mut session, "c", START, true),
        Err(Refusal::NoSuchAccount("c".to_owned()))
    );
    page(&mut session, "a", START, true).expect("a page");
    let known = |session: &mut Session, content: &Digest| {
        session.read_page(&PageStep {
            account: "a",
            content,
            known: Some(&[0; 32]),
            reaches_to: START,
            is_whole: true,
        })
    };
    again(known(&mut session, &[0; 32]));
    refused(known(&mut session, &[9; 32]));
    page(&mut session, "b", START, true).expect("a page");
    session.finish().expect("an end");
    again(session.finish());
    again(known(&mut session, &[0; 32]));
    refused(page(&mut session, "b", START, true));
    refused(session.fail(Failure {
        stage: FailureStage::Transactions,
        reason: None,
    }));
    session.take_back();
    refused(session.code([1; 32]));
    assert!(session.shown_accounts().is_empty() && !session.shows_history());
}

#[test]
fn a_failure_is_announced_by_its_stage() {
    use FailureStage::{Accounts, Authorization, Transactions};
    let failure = |stage| Failure {
        stage,
        reason: Some("timeout".to_owned()),
    };
    let complete = || {
        let mut session = reading(&["a"]);
        page(&mut session, "a", START, true).expect("a page");
        session
    };
    let begun = || Session::new(SessionKind::Consent, START, 13);
    let check = |mut session: Session, stage, expect: Option<Option<EventType>>| {
        let taken = session.fail(failure(stage));
        assert_eq!(taken.clone().ok(), expect.map(Taken::Now), "{stage:?}");
        if taken.is_ok() {
            assert_eq!(session.fail(failure(stage)), Ok(Taken::Again));
            let other = Failure {
                stage,
                reason: None,
            };
            assert!(session.fail(other).is_err());
            assert!(session.finish().is_err());
        }
    };
    let (accounts, transactions) = (
        Some(Some(EventType::AccountsSyncFailed)),
        Some(Some(EventType::TransactionsSyncFailed)),
    );
    check(begun(), Authorization, accounts);
    check(begun(), Accounts, accounts);
    check(begun(), Transactions, None);
    check(reading(&["a"]), Authorization, None);
    check(reading(&["a"]), Accounts, None);
    check(reading(&["a"]), Transactions, transactions);
    check(complete(), Transactions, Some(None));

    let mut session = complete();
    session.fail(failure(Transactions)).expect("a failure");
    assert!(session.shows_history(), "what was announced stays");
    let mut session = reading(&["a"]);
    session.fail(failure(Transactions)).expect("a failure");
    assert!(!session.shows_history() && session.shown_accounts().len() == 1);
}

#[test]
fn a_refresh_begins_where_the_customer_would_be_back() {
    let mut session = Session::new(SessionKind::Refresh, START, 13);
    assert_eq!(session.stage(), Stage::Accounts);
    assert!(session.code([1; 32]).is_err());
    session.read_accounts(vec![account("a")]).expect("accounts");
}
