//! Alerts read from the store as they were at a position, with what was merged into them.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};

use domain::alert::{Alert, AlertContent, AlertId};

use super::info::merged_info;
use super::{AlertRecord, Disclosure, FindingRecord};
use store::backend::{Direction, Entry, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{Store, StoreError};

/// Among the alert indexes of the store: alerts that were once merged into one, under its id. Whether
/// one still is, its own version says.
pub(crate) const MERGED_INDEX: u8 = 2;

/// An alert as it is to those at work.
#[derive(Clone, Debug)]
pub struct WholeAlert {
    /// With the transactions of all that it holds.
    pub alert: Alert,
    /// What was merged into it, and into those, oldest first; where it was read so, the newest of them only.
    pub originals: Vec<Alert>,
    /// Whose findings it has, each with their count: its own first.
    pub findings: Vec<(AlertId, u32)>,
}

/// The newest version of an alert that was committed at `position` or before.
///
/// # Errors
/// Where the store cannot be read, or the alert is damaged.
pub fn read_alert(
    store: &Store,
    tenant: TenantId,
    id: AlertId,
    position: u64,
) -> Result<Option<Alert>, StoreError> {
    let versions = KeyRange::alert_as_of(tenant, id.into_bytes(), position);
    let newest = store.range(versions, Direction::Reverse).next();
    let Some((_, value)) = newest.transpose()? else {
        return Ok(None);
    };
    let read = AlertRecord::read(&value);
    read.map(Some)
        .map_err(|error| StoreError::damaged(format!("alert {id}"), error.to_string()))
}

/// The alerts that are merged into an alert as of a position, and into those, oldest first.
///
/// # Errors
/// Where the store cannot be read, or an alert is damaged.
pub fn read_originals(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
    position: u64,
) -> Result<Vec<Alert>, StoreError> {
    read_newest_originals(store, tenant, alert, position, usize::MAX)
}

/// The same of so many of them at most, and no others are read: the newest that are merged into the alert itself, then
/// the newest that are merged into those.
///
/// # Errors
/// Where the store cannot be read, or an alert is damaged.
pub fn read_newest_originals(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
    position: u64,
    limit: usize,
) -> Result<Vec<Alert>, StoreError> {
    let mut originals = Vec::with_capacity(limit.min(alert.merged as usize));
    // Alerts that hold others, and are not looked into yet.
    let mut holders = VecDeque::new();
    if alert.merged > 0 {
        holders.push_back(alert.id);
    }
    'all: while let Some(holder) = holders.pop_front() {
        let once = KeyRange::alert_index(tenant, MERGED_INDEX, holder.as_bytes());
        // Ids are in the order in which alerts are made.
        for entry in store.range(once, Direction::Reverse) {
            if originals.len() >= limit {
                break 'all;
            }
            let (key, _) = entry?;
            let Some((_, Record::AlertIndex { alert: id, .. })) = Key::parse(&key) else {
                continue;
            };
            let original = read_alert(store, tenant, AlertId::from_bytes(id), position)?;
            let still = |original: &Alert| {
                let into = original.merged_into;
                into.is_some_and(|into| into.alert == holder)
            };
            if let Some(original) = original.filter(still) {
                if original.merged > 0 {
                    holders.push_back(original.id);
                }
                originals.push(original);
            }
        }
    }
    originals.sort_by_key(|original| (original.created_at, original.id));
    Ok(originals)
}

impl WholeAlert {
    /// How many of those that are merged into it are not among its `originals`.
    pub fn left_out(&self) -> u32 {
        let read = u32::try_from(self.originals.len()).unwrap_or(u32::MAX);
        self.alert.merged.saturating_sub(read)
    }

    /// The alert and all that it holds: whose parts are its own.
    pub fn ids(&self) -> Vec<AlertId> {
        self.findings.iter().map(|(id, _)| *id).collect()
    }

    /// What of its content is shown, with the info of all that it holds.
    pub fn content(&self, disclosure: &Disclosure) -> Cow<'_, AlertContent> {
        let mut content = disclosure.content(&self.alert);
        if !self.originals.is_empty() {
            let originals = self.originals.iter();
            let infos = originals
                .map(|original| (original.id, disclosure.content(original).into_owned().info));
            let infos: Vec<_> = infos.collect();
            let info = merged_info(&content.info, &infos, self.left_out());
            content.to_mut().info = info;
        }
        content
    }

    /// Puts an alert and what is merged into it together.
    pub fn of(mut alert: Alert, originals: Vec<Alert>) -> Self {
        let mut findings = vec![(alert.id, alert.findings)];
        let mut seen: HashSet<String> = alert.txn_ids.iter().cloned().collect();
        for original in &originals {
            findings.push((original.id, original.findings));
            let more = original.txn_ids.iter();
            let more = more.filter(|txn_id| seen.insert((*txn_id).clone()));
            alert.txn_ids.extend(more.cloned());
        }
        Self {
            alert,
            originals,
            findings,
        }
    }
}

/// An alert as of a position, with all that is merged into it.
///
/// # Errors
/// Where the store cannot be read, or an alert is damaged.
pub fn read_whole(
    store: &Store,
    tenant: TenantId,
    id: AlertId,
    position: u64,
) -> Result<Option<WholeAlert>, StoreError> {
    read_with_newest(store, tenant, id, position, usize::MAX)
}

/// An alert as of a position, with the [newest](read_newest_originals) that are merged into it: so many at most.
///
/// # Errors
/// Where the store cannot be read, or an alert is damaged.
pub fn read_with_newest(
    store: &Store,
    tenant: TenantId,
    id: AlertId,
    position: u64,
    limit: usize,
) -> Result<Option<WholeAlert>, StoreError> {
    let Some(alert) = read_alert(store, tenant, id, position)? else {
        return Ok(None);
    };
    let originals = read_newest_originals(store, tenant, &alert, position, limit)?;
    Ok(Some(WholeAlert::of(alert, originals)))
}

/// The findings of an alert, and of what is merged into it: so many at most.
///
/// # Errors
/// Where the store cannot be read, or a finding is damaged.
pub fn read_findings(
    store: &Store,
    tenant: TenantId,
    alert: &WholeAlert,
    limit: usize,
) -> Result<Vec<FindingRecord>, StoreError> {
    let mut findings = Vec::new();
    for &(id, count) in &alert.findings {
        let left = limit - findings.len();
        if count == 0 || left == 0 {
            continue;
        }
        let range = KeyRange::findings(tenant, id.into_bytes());
        let records = store.range(range, Direction::Forward);
        findings.extend(findings_of(id, records, (count as usize).min(left))?);
    }
    Ok(findings)
}

/// The first findings of an alert itself, out of the entries of their [range](KeyRange::findings).
///
/// # Errors
/// Where an entry cannot be read, or a finding is damaged.
pub fn findings_of(
    alert: AlertId,
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
    limit: usize,
) -> Result<Vec<FindingRecord>, StoreError> {
    entries
        .take(limit)
        .map(|entry| finding(alert, &entry?.1))
        .collect()
}

/// A finding of an alert itself; none if it has none of this number.
///
/// # Errors
/// Where the store cannot be read.
pub fn read_finding(
    store: &Store,
    tenant: TenantId,
    alert: AlertId,
    number: u32,
) -> Result<Option<FindingRecord>, StoreError> {
    let record = Record::Finding {
        alert: alert.into_bytes(),
        number,
    };
    let value = store.get(&Key::new(tenant, &record))?;
    value.map(|value| finding(alert, &value)).transpose()
}

/// Which install of its rule made an alert's own finding; none if it has none.
///
/// # Errors
/// Where the store cannot be read, or the finding is damaged.
pub fn read_install(
    store: &Store,
    tenant: TenantId,
    alert: &Alert,
) -> Result<Option<u64>, StoreError> {
    if alert.install.is_some() || alert.findings == 0 {
        return Ok(alert.install);
    }
    let first = read_finding(store, tenant, alert.id, 0)?;
    Ok(first.map(|finding| finding.install))
}

fn finding(alert: AlertId, value: &[u8]) -> Result<FindingRecord, StoreError> {
    serde_json::from_slice(value).map_err(|error| {
        StoreError::damaged(format!("a finding of alert {alert}"), error.to_string())
    })
}
