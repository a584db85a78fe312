//! The ranges of keys that are read together.

use super::codec::Writer;
use super::{Key, PageKey, Record, RunKey, TeamId, TenantId, kind};
use crate::backend::{Direction, KeyRange};

impl KeyRange {
    /// All that a tenant has.
    pub fn tenant(tenant: TenantId) -> Self {
        Self::prefix(tenant.0.to_be_bytes().to_vec())
    }

    /// A tenant's definitions of a kind whose names begin so, by name.
    pub fn definitions(tenant: TenantId, kind: u8, name_prefix: &str) -> Self {
        let prefix = Writer::new(tenant, kind::DEFINITION).u8(kind);
        Self::prefix(prefix.rest(name_prefix.as_bytes()).into_bytes())
    }

    /// What a list's changes made of it, by version.
    pub fn list_versions(tenant: TenantId, list: &str) -> Self {
        let prefix = Writer::new(tenant, kind::LIST_VERSION).ended(list.as_bytes());
        Self::prefix(prefix.into_bytes())
    }

    /// The same below a version.
    pub fn list_versions_before(tenant: TenantId, list: &str, version: u64) -> Self {
        let record = Record::ListVersion {
            list: list.to_owned(),
            version,
        };
        Self::list_versions(tenant, list).ending_before(Key::new(tenant, &record).0.into_vec())
    }

    /// What a version of a list added and removed, by entry.
    pub fn list_diff(tenant: TenantId, list: &str, version: u64) -> Self {
        let prefix = Writer::new(tenant, kind::LIST_DIFF).ended(list.as_bytes());
        Self::prefix(prefix.u64(version).into_bytes())
    }

    /// The same as far as it begins with this entry or an earlier one: read in reverse, the first is where the entry would be.
    pub fn list_diff_up_to(tenant: TenantId, list: &str, version: u64, entry: &str) -> Self {
        let record = Record::ListDiff {
            list: list.to_owned(),
            version,
            first: entry.to_owned(),
        };
        let key = Key::new(tenant, &record);
        Self::list_diff(tenant, list, version).ending_before([key.as_bytes(), &[0]].concat())
    }

    /// The pages of a list, in the order of entries.
    pub fn list_pages(tenant: TenantId, list: &str) -> Self {
        let prefix = Writer::new(tenant, kind::LIST_PAGE).ended(list.as_bytes());
        Self::prefix(prefix.into_bytes())
    }

    /// A team's transaction blocks, by sequence.
    pub fn blocks(tenant: TenantId, team: TeamId) -> Self {
        Self::prefix(Writer::new(tenant, kind::BLOCK).u32(team.0).into_bytes())
    }

    /// A team's transaction blocks whose first sequence number is in a range.
    pub fn blocks_between(tenant: TenantId, team: TeamId, first: std::ops::Range<u64>) -> Self {
        let key = |first| {
            Key::new(tenant, &Record::Block { team, first })
                .0
                .into_vec()
        };
        Self::blocks(tenant, team)
            .starting_at(key(first.start))
            .ending_before(key(first.end))
    }

    /// What a rule said of a team's transactions, in records whose first sequence number is in a range.
    pub fn judgements_between(
        tenant: TenantId,
        team: TeamId,
        rule: &str,
        first: std::ops::Range<u64>,
    ) -> Self {
        let of_rule = || {
            Writer::new(tenant, kind::JUDGEMENTS)
                .u32(team.0)
                .ended(rule.as_bytes())
        };
        Self::prefix(of_rule().into_bytes())
            .starting_at(of_rule().u64(first.start).into_bytes())
            .ending_before(of_rule().u64(first.end).into_bytes())
    }

    /// How rules of a tenant caught up, by team and rule.
    pub fn catch_ups(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::CATCH_UP).into_bytes())
    }

    /// The headers of a team's runs, by index and run.
    pub(crate) fn runs(tenant: TenantId, team: TeamId) -> Self {
        Self::prefix(Writer::new(tenant, kind::RUN).u32(team.0).into_bytes())
    }

    /// The parts of a run's guide.
    pub(crate) fn run_guide(tenant: TenantId, run: &RunKey) -> Self {
        Self::prefix(Writer::new(tenant, kind::RUN_GUIDE).run(run).into_bytes())
    }

    /// The chunks of a run.
    pub(crate) fn run_chunks(tenant: TenantId, run: &RunKey) -> Self {
        Self::prefix(Writer::new(tenant, kind::RUN_CHUNK).run(run).into_bytes())
    }

    /// All versions of all alerts of a tenant.
    pub fn alerts(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::ALERT).into_bytes())
    }

    /// The versions of an alert, by position.
    pub fn alert(tenant: TenantId, alert: [u8; 16]) -> Self {
        Self::prefix(Writer::new(tenant, kind::ALERT).rest(&alert).into_bytes())
    }

    /// The versions of an alert up to a position: read in reverse, the first is the one as of then.
    pub fn alert_as_of(tenant: TenantId, alert: [u8; 16], position: u64) -> Self {
        let range = Self::alert(tenant, alert);
        let Some(after) = position.checked_add(1) else {
            return range;
        };
        let record = Record::Alert {
            alert,
            position: after,
        };
        range.ending_before(Key::new(tenant, &record).0.into_vec())
    }

    /// The alerts under a value of an index, by id.
    pub fn alert_index(tenant: TenantId, index: u8, value: &[u8]) -> Self {
        let prefix = Writer::new(tenant, kind::ALERT_INDEX).u8(index);
        Self::prefix(prefix.ended(value).into_bytes())
    }

    /// The alerts under all values of an index that begin so, by value and id.
    pub fn alert_index_prefix(tenant: TenantId, index: u8, value_prefix: &[u8]) -> Self {
        let whole = Writer::new(tenant, kind::ALERT_INDEX).u8(index);
        let mut prefix = whole.ended(value_prefix).into_bytes();
        prefix.truncate(prefix.len() - 2);
        Self::prefix(prefix)
    }

    /// The alerts under the values of an index from one, inclusive, to another, exclusive, by value and id.
    pub fn alert_index_between(tenant: TenantId, index: u8, from: &[u8], to: &[u8]) -> Self {
        let of_index = || Writer::new(tenant, kind::ALERT_INDEX).u8(index);
        Self::prefix(of_index().into_bytes())
            .starting_at(of_index().ended(from).into_bytes())
            .ending_before(of_index().ended(to).into_bytes())
    }

    /// The findings that an alert holds, by number.
    pub fn findings(tenant: TenantId, alert: [u8; 16]) -> Self {
        Self::prefix(Writer::new(tenant, kind::FINDING).rest(&alert).into_bytes())
    }

    /// The findings of all alerts of a tenant, by alert and number.
    pub fn all_findings(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::FINDING).into_bytes())
    }

    /// The versions of all parts of all alerts of a tenant, by alert, kind, id and position.
    pub fn all_alert_parts(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::ALERT_PART).into_bytes())
    }

    /// The versions of all parts of an alert, by kind, id and position.
    pub fn alert_parts(tenant: TenantId, alert: [u8; 16]) -> Self {
        Self::prefix(
            Writer::new(tenant, kind::ALERT_PART)
                .rest(&alert)
                .into_bytes(),
        )
    }

    /// The versions of an alert's parts of one kind, by id and position.
    pub fn alert_parts_of(tenant: TenantId, alert: [u8; 16], part: u8) -> Self {
        let prefix = Writer::new(tenant, kind::ALERT_PART).rest(&alert).u8(part);
        Self::prefix(prefix.into_bytes())
    }

    /// The versions of an alert's parts of one kind whose ids come after this one, by id and position.
    pub fn alert_parts_after(tenant: TenantId, alert: [u8; 16], part: u8, id: [u8; 16]) -> Self {
        let last = Record::AlertPart {
            alert,
            part,
            id,
            position: u64::MAX,
        };
        let last = Key::new(tenant, &last);
        Self::alert_parts_of(tenant, alert, part).beyond(last.as_bytes(), Direction::Forward)
    }

    /// The versions of one part of an alert up to a position: read in reverse, the first is the one as of then.
    pub fn alert_part_as_of(
        tenant: TenantId,
        alert: [u8; 16],
        part: u8,
        id: [u8; 16],
        position: u64,
    ) -> Self {
        let key = |position| {
            let record = Record::AlertPart {
                alert,
                part,
                id,
                position,
            };
            Key::new(tenant, &record)
        };
        Self::alert_parts_of(tenant, alert, part)
            .starting_at(key(0).0.into_vec())
            .ending_before([key(position).as_bytes(), &[0]].concat())
    }

    /// All changes of many alerts of a tenant, by id.
    pub fn bulks(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::BULK).into_bytes())
    }

    /// The lists of alerts of changes of many: of those that are not over, or not forgotten.
    pub fn bulk_alerts(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::BULK_ALERTS).into_bytes())
    }

    /// What came of each alert of a change of many, by number.
    pub fn bulk_outcomes(tenant: TenantId, bulk: [u8; 16]) -> Self {
        let prefix = Writer::new(tenant, kind::BULK_OUTCOME).rest(&bulk);
        Self::prefix(prefix.into_bytes())
    }

    /// All replays of many alerts of a tenant, by id.
    pub fn replays(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::REPLAY).into_bytes())
    }

    /// All backtests of a tenant, by id.
    pub fn backtests(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::BACKTEST).into_bytes())
    }

    /// The backtests of a tenant whose ids come before this one.
    pub fn backtests_before(tenant: TenantId, backtest: [u8; 16]) -> Self {
        let key = Key::new(tenant, &Record::Backtest { backtest });
        Self::backtests(tenant).ending_before(key.0.into_vec())
    }

    /// All that the rule of a backtest said.
    pub fn backtest_judgements(tenant: TenantId, backtest: [u8; 16]) -> Self {
        let prefix = Writer::new(tenant, kind::BACKTEST_JUDGEMENTS).rest(&backtest);
        Self::prefix(prefix.into_bytes())
    }

    /// What the rule of a backtest said, in records whose first sequence number is in a range.
    pub fn backtest_judgements_between(
        tenant: TenantId,
        backtest: [u8; 16],
        first: std::ops::Range<u64>,
    ) -> Self {
        let of_backtest = || Writer::new(tenant, kind::BACKTEST_JUDGEMENTS).rest(&backtest);
        Self::prefix(of_backtest().into_bytes())
            .starting_at(of_backtest().u64(first.start).into_bytes())
            .ending_before(of_backtest().u64(first.end).into_bytes())
    }

    /// All versions of the alerts whose ids come after this one.
    pub fn alerts_after(tenant: TenantId, alert: [u8; 16]) -> Self {
        let position = u64::MAX;
        let last = Key::new(tenant, &Record::Alert { alert, position });
        Self::alerts(tenant).beyond(last.as_bytes(), Direction::Forward)
    }

    /// All versions of the alerts whose ids come before this one.
    pub fn alerts_before(tenant: TenantId, alert: [u8; 16]) -> Self {
        let first = Key::new(tenant, &Record::Alert { alert, position: 0 });
        Self::alerts(tenant).ending_before(first.0.into_vec())
    }

    /// The versions of all parts of the alerts from one, inclusive, to another, exclusive, or to the last.
    pub fn alert_parts_between(tenant: TenantId, from: [u8; 16], to: Option<[u8; 16]>) -> Self {
        let first = |alert: [u8; 16]| Self::alert_parts(tenant, alert).start().to_vec();
        let range = Self::all_alert_parts(tenant).starting_at(first(from));
        match to {
            Some(to) => range.ending_before(first(to)),
            None => range,
        }
    }

    /// A tenant's audit entries from a position on.
    pub fn audit_from(tenant: TenantId, position: u64) -> Self {
        Self::prefix(Writer::new(tenant, kind::AUDIT).into_bytes())
            .starting_at(Key::new(tenant, &Record::Audit { position }).0.into_vec())
    }

    /// A tenant's audit entries up to a position, that one too.
    pub fn audit_up_to(tenant: TenantId, position: u64) -> Self {
        let range = Self::audit_from(tenant, 0);
        let Some(position) = position.checked_add(1) else {
            return range;
        };
        range.ending_before(Key::new(tenant, &Record::Audit { position }).0.into_vec())
    }

    /// What a tenant has to deliver, from a number on.
    pub fn outbox_from(tenant: TenantId, number: u64) -> Self {
        Self::prefix(Writer::new(tenant, kind::OUTBOX).into_bytes())
            .starting_at(Key::new(tenant, &Record::Outbox { number }).0.into_vec())
    }

    /// The manifests of all plugins of a tenant.
    pub fn plugin_manifests(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::MANIFEST).into_bytes())
    }

    /// The runs of all exports of a tenant, by export and id.
    pub fn all_export_runs(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::EXPORT_RUN).into_bytes())
    }

    /// The runs of an export that came before a run, by id.
    pub fn export_runs_before(tenant: TenantId, export: &str, run: [u8; 16]) -> Self {
        let record = Record::ExportRun {
            export: export.to_owned(),
            run,
        };
        Self::export_runs(tenant, export).ending_before(Key::new(tenant, &record).0.into_vec())
    }

    /// The runs of an export, by id.
    pub fn export_runs(tenant: TenantId, export: &str) -> Self {
        let prefix = Writer::new(tenant, kind::EXPORT_RUN).ended(export.as_bytes());
        Self::prefix(prefix.into_bytes())
    }

    /// What says which runs of a tenant are not over, or have a file, by export and id.
    pub fn open_export_runs(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::OPEN_EXPORT_RUN).into_bytes())
    }

    /// The deliveries of a run, by number.
    pub fn deliveries(tenant: TenantId, run: [u8; 16]) -> Self {
        Self::prefix(Writer::new(tenant, kind::DELIVERY).rest(&run).into_bytes())
    }

    /// What says which deliveries of a tenant are pending, by run and number.
    pub fn undelivered(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::UNDELIVERED).into_bytes())
    }

    /// All idempotency keys of a tenant.
    pub fn idempotency(tenant: TenantId) -> Self {
        Self::prefix(Writer::new(tenant, kind::IDEMPOTENCY).into_bytes())
    }

    /// The account-aggregation sessions of a tenant, by id, or those before one.
    pub fn sessions(tenant: TenantId, before: Option<[u8; 16]>) -> Self {
        let all = Self::prefix(Writer::new(tenant, kind::SESSION).into_bytes());
        match before {
            Some(session) => {
                let record = Record::Session { session };
                all.ending_before(Key::new(tenant, &record).0.into_vec())
            }
            None => all,
        }
    }

    /// What is known of sessions under all names of an index, by client, bank and name.
    pub fn session_index(tenant: TenantId, index: u8) -> Self {
        Self::prefix(
            Writer::new(tenant, kind::SESSION_INDEX)
                .u8(index)
                .into_bytes(),
        )
    }

    /// The transactions that a session fetched of an account, by page and part.
    pub fn fetched(tenant: TenantId, session: [u8; 16], account: u32) -> Self {
        let prefix = Writer::new(tenant, kind::FETCHED).rest(&session);
        Self::prefix(prefix.u32(account).into_bytes())
    }

    /// The same from a part of a page on, that one too.
    pub fn fetched_from(tenant: TenantId, page: PageKey, part: u32) -> Self {
        let key = Key::new(tenant, &Record::Fetched(page, part));
        Self::fetched(tenant, page.session, page.account).starting_at(key.0.into_vec())
    }

    /// The pages that a session fetched, by account and number.
    pub fn fetched_pages(tenant: TenantId, session: [u8; 16]) -> Self {
        Self::prefix(
            Writer::new(tenant, kind::FETCHED_PAGE)
                .rest(&session)
                .into_bytes(),
        )
    }
}
