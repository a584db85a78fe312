//! Whose files are there, and which of them are to be removed.

use std::collections::{BTreeMap, HashSet};

use parking_lot::Mutex;
use uuid::Uuid;

use store::key::TenantId;
use tenant::Retention;

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The runs of an export whose files are there, oldest first, with the moments of their snapshots.
type OfExport = BTreeMap<Uuid, i64>;

/// The runs whose files are there, of all exports.
#[derive(Default)]
pub(super) struct Kept(Mutex<BTreeMap<(TenantId, String), OfExport>>);

/// Why a file is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// The export keeps files for so many days.
    Old(Retention),
    /// There is no such export any more.
    Deleted,
}

impl Removal {
    /// A sentence for the run's record.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Old(Retention { days }) => {
                format!("the export keeps its files for {days} days, but for the newest")
            }
            Self::Deleted => "the export was deleted".to_owned(),
        }
    }
}

impl Kept {
    /// Notes that the file of a run is there.
    pub(super) fn put(&self, tenant: TenantId, export: &str, run: Uuid, snapshot_at: i64) {
        let mut all = self.0.lock();
        let export = all.entry((tenant, export.to_owned())).or_default();
        export.insert(run, snapshot_at);
    }

    /// Notes that the file of a run is not there any more.
    pub(super) fn remove(&self, tenant: TenantId, export: &str, run: Uuid) {
        let mut all = self.0.lock();
        let key = (tenant, export.to_owned());
        if let Some(of_export) = all.get_mut(&key) {
            of_export.remove(&run);
            if of_export.is_empty() {
                all.remove(&key);
            }
        }
    }

    /// The newest run of an export whose file is there.
    pub(super) fn newest(&self, tenant: TenantId, export: &str) -> Option<Uuid> {
        let all = self.0.lock();
        let of_export = all.get(&(tenant, export.to_owned()))?;
        of_export.last_key_value().map(|(run, _)| *run)
    }

    /// All runs of a tenant whose files are there.
    pub(super) fn of_tenant(&self, tenant: TenantId) -> HashSet<Uuid> {
        let all = self.0.lock();
        let of_tenant = all.iter().filter(|((of, _), _)| *of == tenant);
        of_tenant
            .flat_map(|(_, runs)| runs.keys().copied())
            .collect()
    }

    /// The exports of a tenant that have files.
    pub(super) fn exports(&self, tenant: TenantId) -> Vec<String> {
        let all = self.0.lock();
        let of_tenant = all.keys().filter(|(of, _)| *of == tenant);
        of_tenant.map(|(_, export)| export.clone()).collect()
    }

    /// The runs of an export whose files are to be removed now, and when the next one will be.
    /// `retention` is none if the export was deleted. The newest is never removed by age alone.
    pub(super) fn due(
        &self,
        tenant: TenantId,
        export: &str,
        retention: Option<Retention>,
        now: i64,
    ) -> (Vec<Uuid>, Option<i64>) {
        let all = self.0.lock();
        let Some(runs) = all.get(&(tenant, export.to_owned())) else {
            return (Vec::new(), None);
        };
        let Some(retention) = retention else {
            return (runs.keys().copied().collect(), None);
        };
        let old = runs.len().saturating_sub(1);
        let ends = runs.iter().take(old).map(|(run, snapshot_at)| {
            (
                *run,
                snapshot_at.saturating_add(i64::from(retention.days) * DAY),
            )
        });
        let (due, later): (Vec<_>, Vec<_>) = ends.partition(|(_, end)| *end <= now);
        let due = due.into_iter().map(|(run, _)| run).collect();
        (due, later.into_iter().map(|(_, end)| end).min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(1);

    #[test]
    fn the_newest_file_is_kept_however_old_it_is() {
        let kept = Kept::default();
        let run = |number: u128| Uuid::from_u128(number);
        for number in 1..=4_u128 {
            kept.put(TENANT, "nightly", run(number), number as i64 * DAY);
        }
        let check = |days: Option<u32>, now: i64, expect: &[u128], next: Option<i64>| {
            let retention = days.map(|days| Retention { days });
            let (due, at) = kept.due(TENANT, "nightly", retention, now * DAY);
            let expect: Vec<_> = expect.iter().map(|number| run(*number)).collect();
            assert_eq!(
                (due, at),
                (expect, next.map(|day| day * DAY)),
                "{days:?} {now}"
            );
        };
        check(Some(10), 10, &[], Some(11));
        check(Some(10), 11, &[1], Some(12));
        check(Some(10), 13, &[1, 2, 3], None);
        check(Some(10), 9_999, &[1, 2, 3], None);
        check(None, 0, &[1, 2, 3, 4], None);
        assert_eq!(kept.newest(TENANT, "nightly"), Some(run(4)));
        assert_eq!(kept.newest(TenantId(2), "nightly"), None);
        assert_eq!(kept.newest(TENANT, "night"), None);
        for number in 1..=4 {
            kept.remove(TENANT, "nightly", run(number));
        }
        assert!(kept.exports(TENANT).is_empty());
    }
}
