use proptest::prelude::*;

use super::*;
use crate::backend::KeyRange;

fn records() -> impl Strategy<Value = Record> {
    let run = (any::<u32>(), any::<u8>(), any::<u64>()).prop_map(|(team, index, run)| RunKey {
        team: TeamId(team),
        index,
        run,
    });
    let page =
        (any::<[u8; 16]>(), any::<u32>(), any::<u32>()).prop_map(|(session, account, page)| {
            PageKey {
                session,
                account,
                page,
            }
        });
    // Few characters, so that prefixes and zero bytes are common.
    let text = "[\0a\u{ff}b]{0,4}";
    prop_oneof![
        text.prop_map(|name| Record::Host { name }),
        (any::<u8>(), text).prop_map(|(kind, name)| Record::Definition { kind, name }),
        (text, any::<u64>()).prop_map(|(list, version)| Record::ListVersion { list, version }),
        (text, any::<u64>(), text).prop_map(|(list, version, first)| Record::ListDiff {
            list,
            version,
            first
        }),
        (text, text).prop_map(|(list, from)| Record::ListPage { list, from }),
        (any::<u32>(), any::<u64>()).prop_map(|(team, first)| Record::Block {
            team: TeamId(team),
            first
        }),
        any::<u32>().prop_map(|team| Record::Index { team: TeamId(team) }),
        run.clone().prop_map(Record::Run),
        (run.clone(), any::<u32>()).prop_map(|(run, part)| Record::RunGuide(run, part)),
        (run, any::<u32>()).prop_map(|(run, chunk)| Record::RunChunk(run, chunk)),
        (any::<[u8; 16]>(), any::<u64>())
            .prop_map(|(alert, position)| Record::Alert { alert, position }),
        (any::<u8>(), text, any::<[u8; 16]>()).prop_map(|(index, value, alert)| {
            Record::AlertIndex {
                index,
                value: value.into_bytes(),
                alert,
            }
        }),
        (any::<[u8; 16]>(), any::<u32>())
            .prop_map(|(alert, number)| Record::Finding { alert, number }),
        (
            any::<[u8; 16]>(),
            any::<u8>(),
            any::<[u8; 16]>(),
            any::<u64>()
        )
            .prop_map(|(alert, part, id, position)| Record::AlertPart {
                alert,
                part,
                id,
                position
            }),
        any::<[u8; 16]>().prop_map(|bulk| Record::Bulk { bulk }),
        any::<[u8; 16]>().prop_map(|bulk| Record::BulkAlerts { bulk }),
        (any::<[u8; 16]>(), any::<u32>())
            .prop_map(|(bulk, number)| Record::BulkOutcome { bulk, number }),
        any::<[u8; 16]>().prop_map(|replay| Record::Replay { replay }),
        any::<[u8; 16]>().prop_map(|backtest| Record::Backtest { backtest }),
        (any::<[u8; 16]>(), any::<u64>())
            .prop_map(|(backtest, first)| Record::BacktestJudgements { backtest, first }),
        (any::<u32>(), text, any::<u64>()).prop_map(|(team, rule, first)| Record::Judgements {
            team: TeamId(team),
            rule,
            first
        }),
        (any::<u32>(), text).prop_map(|(team, rule)| Record::CatchUp {
            team: TeamId(team),
            rule,
        }),
        any::<u64>().prop_map(|position| Record::Audit { position }),
        any::<u64>().prop_map(|number| Record::Outbox { number }),
        (text, text).prop_map(|(plugin, version)| Record::PluginManifest { plugin, version }),
        (text, text).prop_map(|(plugin, version)| Record::PluginComponent { plugin, version }),
        (text, any::<[u8; 16]>()).prop_map(|(export, run)| Record::ExportRun { export, run }),
        (any::<[u8; 16]>(), any::<u32>())
            .prop_map(|(run, number)| Record::Delivery { run, number }),
        (any::<[u8; 16]>(), any::<u32>())
            .prop_map(|(run, number)| Record::Undelivered { run, number }),
        (text, any::<[u8; 16]>()).prop_map(|(export, run)| Record::OpenExportRun { export, run }),
        text.prop_map(|export| Record::ExportSchedule { export }),
        text.prop_map(|key| Record::Idempotency { key }),
        any::<[u8; 16]>().prop_map(|session| Record::Session { session }),
        (any::<u8>(), text, text, text).prop_map(|(index, client, bank, of)| {
            Record::SessionIndex {
                index,
                client,
                bank,
                of,
            }
        }),
        (page.clone(), any::<u32>()).prop_map(|(page, part)| Record::Fetched(page, part)),
        (text, text).prop_map(|(client, user)| Record::HubUser { client, user }),
        page.prop_map(Record::FetchedPage),
    ]
}

fn contains(range: &KeyRange, key: &Key) -> bool {
    range.start() <= key.as_bytes() && range.end().is_none_or(|end| key.as_bytes() < end)
}

proptest! {
    #[test]
    fn a_key_says_what_it_stands_for(tenant: u64, record in records()) {
        let key = Key::new(TenantId(tenant), &record);
        prop_assert_eq!(Key::parse(key.as_bytes()), Some((TenantId(tenant), record)));
    }

    #[test]
    fn different_records_and_parts_have_different_keys(
        one in records(), other in records(), parts in any::<[u32; 2]>(),
    ) {
        let tenant = TenantId(7);
        let keys = [&one, &other].map(|record| Key::new(tenant, record));
        prop_assert_eq!(one == other, keys[0] == keys[1]);
        let parts = [(&keys[0], parts[0]), (&keys[1], parts[1])];
        let part_keys = parts.map(|(key, number)| Key::part(key, number));
        prop_assert_eq!(parts[0] == parts[1], part_keys[0] == part_keys[1]);
        prop_assert_eq!(Key::parse(part_keys[0].as_bytes()), None);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        if let Some((tenant, record)) = Key::parse(&bytes) {
            let key = Key::new(tenant, &record);
            prop_assert_eq!(key.as_bytes(), &bytes[..]);
        }
    }

    #[test]
    fn no_range_crosses_tenants(tenant: u64, other: u64, record in records()) {
        let range = KeyRange::tenant(TenantId(tenant));
        let key = Key::new(TenantId(other), &record);
        prop_assert_eq!(contains(&range, &key), tenant == other);
        prop_assert_eq!(contains(&range, &Key::part(&key, 3)), tenant == other);
    }

    #[test]
    fn an_index_is_ordered_by_value_and_no_value_hides_in_another(
        one in "[\0a\u{1}]{0,4}", other in "[\0a\u{1}]{0,4}", alert: [u8; 16],
    ) {
        let key = |value: &str| Key::new(TenantId(1), &Record::AlertIndex {
            index: 1,
            value: value.as_bytes().to_vec(),
            alert,
        });
        prop_assert_eq!(key(&one).cmp(&key(&other)), one.cmp(&other));
        let exact = KeyRange::alert_index(TenantId(1), 1, one.as_bytes());
        prop_assert_eq!(contains(&exact, &key(&other)), one == other);
        let prefix = KeyRange::alert_index_prefix(TenantId(1), 1, one.as_bytes());
        prop_assert_eq!(contains(&prefix, &key(&other)), other.starts_with(&one));
    }
}

#[test]
fn versions_of_a_list_and_their_entries_are_read_by_themselves() {
    let tenant = TenantId(3);
    let version = |list: &str, version| {
        let list = list.to_owned();
        Key::new(tenant, &Record::ListVersion { list, version })
    };
    let before = KeyRange::list_versions_before(tenant, "a", 7);
    let found = [("a", 6), ("a", 7), ("a\0", 6), ("ab", 6), ("", 6)]
        .map(|(list, number)| contains(&before, &version(list, number)));
    assert_eq!(found, [true, false, false, false, false]);
    assert!(contains(
        &KeyRange::list_versions(tenant, "a"),
        &version("a", u64::MAX)
    ));

    let diff = |list: &str, version, first: &str| {
        let (list, first) = (list.to_owned(), first.to_owned());
        let record = Record::ListDiff {
            list,
            version,
            first,
        };
        Key::new(tenant, &record)
    };
    let up_to = KeyRange::list_diff_up_to(tenant, "a", 7, "IR");
    let found = [
        ("a", 7, ""),
        ("a", 7, "IQ\u{10ffff}"),
        ("a", 7, "IR"),
        ("a", 7, "IR\u{1}"),
        ("a", 7, "IS"),
        ("a", 6, "IR"),
        ("ab", 7, "IR"),
    ]
    .map(|(list, version, first)| contains(&up_to, &diff(list, version, first)));
    assert_eq!(found, [true, true, true, false, false, false, false]);
    let of_version = KeyRange::list_diff(tenant, "a", u64::MAX);
    assert!(contains(&of_version, &diff("a", u64::MAX, "\u{10ffff}")));
    assert!(!contains(&of_version, &version("a", u64::MAX)));
}

#[test]
fn what_a_session_fetched_is_read_by_account_from_any_part_on() {
    let tenant = TenantId(3);
    let page = |account, page| PageKey {
        session: [0xFF; 16],
        account,
        page,
    };
    let part = |key: PageKey, part| Key::new(tenant, &Record::Fetched(key, part));
    let from = KeyRange::fetched_from(tenant, page(1, 2), 3);
    let check = |key: Key, expect: bool| assert_eq!(contains(&from, &key), expect, "{key:?}");
    check(part(page(1, 2), 2), false);
    check(part(page(1, 2), 3), true);
    check(part(page(1, 3), 0), true);
    check(part(page(2, 2), 3), false);
    check(Key::new(tenant, &Record::FetchedPage(page(1, 3))), false);
}

#[test]
fn a_range_ends_where_it_says() {
    let tenant = TenantId(u64::MAX);
    let alert = [0xFF; 16];
    let version = |position| Key::new(tenant, &Record::Alert { alert, position });
    let as_of = KeyRange::alert_as_of(tenant, alert, 4);
    assert!(contains(&as_of, &version(4)));
    assert!(!contains(&as_of, &version(5)));
    assert!(contains(
        &KeyRange::alert_as_of(tenant, alert, u64::MAX),
        &version(u64::MAX)
    ));

    let other = |alert, position| Key::new(tenant, &Record::Alert { alert, position });
    let after = KeyRange::alerts_after(tenant, [5; 16]);
    let found = [
        ([5; 16], u64::MAX),
        ([4; 16], 9),
        ([6; 16], 0),
        ([0xFF; 16], 4),
    ]
    .map(|(alert, position)| contains(&after, &other(alert, position)));
    assert_eq!(found, [false, false, true, true]);

    let part = |kind, id, position| {
        let record = Record::AlertPart {
            alert,
            part: kind,
            id: [id; 16],
            position,
        };
        Key::new(tenant, &record)
    };
    let as_of = KeyRange::alert_part_as_of(tenant, alert, 2, [5; 16], 4);
    let found = [
        (2, 5, 0),
        (2, 5, 4),
        (2, 5, 5),
        (2, 4, 4),
        (2, 6, 4),
        (1, 5, 4),
    ]
    .map(|(kind, id, position)| contains(&as_of, &part(kind, id, position)));
    assert_eq!(found, [true, true, false, false, false, false]);
    let last = KeyRange::alert_part_as_of(tenant, alert, 2, [0xFF; 16], u64::MAX);
    assert!(contains(&last, &part(2, 0xFF, u64::MAX)));
    assert!(!contains(&last, &part(3, 0, 0)));
    let after = KeyRange::alert_parts_after(tenant, alert, 2, [5; 16]);
    let found = [(2, 5, u64::MAX), (2, 6, 0), (3, 0, 0), (1, 9, 0)]
        .map(|(kind, id, position)| contains(&after, &part(kind, id, position)));
    assert_eq!(found, [false, true, false, false]);
    let of_alert = KeyRange::alert_parts(tenant, alert);
    assert!(contains(&of_alert, &part(1, 0, 0)) && contains(&of_alert, &part(3, 0xFF, u64::MAX)));
    let run = |export: &str, run: u8| {
        let (export, run) = (export.to_owned(), [run; 16]);
        Key::new(tenant, &Record::ExportRun { export, run })
    };
    let before = KeyRange::export_runs_before(tenant, "b", [2; 16]);
    let all = KeyRange::all_export_runs(tenant);
    for (key, expect) in [
        (run("a", 1), false),
        (run("b", 1), true),
        (run("b", 2), false),
        (run("bb", 1), false),
    ] {
        assert_eq!(contains(&before, &key), expect, "{key:?}");
        assert!(contains(&all, &key));
    }

    let block = |first| {
        let team = TeamId(1);
        Key::new(tenant, &Record::Block { team, first })
    };
    let range = KeyRange::blocks_between(tenant, TeamId(1), 2..4);
    let found = [1, 2, 3, 4].map(|first| contains(&range, &block(first)));
    assert_eq!(found, [false, true, true, false]);
}
