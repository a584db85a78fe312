//! Changes of lists, each kept with who made it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::diff::ListDiff;
use super::record::ListVersion;
use crate::lane::{Actor, Change};
use crate::store::StoreError;
use crate::store::key::Record;
use crate::tenant::List;

/// Who changes a list, how the audit calls it, and why it is done.
#[derive(Clone, Debug)]
pub struct Why {
    /// Who.
    pub by: Actor,
    /// The audit's word, such as `list.put`.
    pub action: &'static str,
    /// In the words of whoever does it.
    pub note: Option<String>,
}

/// What a change came to.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The list from then on.
    pub list: Arc<List>,
    /// How many entries were added.
    pub added: usize,
    /// How many were removed.
    pub removed: usize,
}

/// Makes a list, or gives it other entries; where they are the same, nothing is changed.
///
/// # Errors
/// Where the store cannot be read.
pub fn put(
    change: &mut Change<'_>,
    name: &str,
    entries: BTreeSet<String>,
    why: &Why,
) -> Result<Changed, StoreError> {
    let former = change.definitions().lists.get(name).cloned();
    if let Some(list) = former.as_ref().filter(|former| former.entries == entries) {
        return Ok(Changed {
            list: list.clone(),
            added: 0,
            removed: 0,
        });
    }
    let (added, removed) = keep(change, name, former.as_deref(), Some(&entries), why)?;
    let list = change.put(List {
        name: name.to_owned(),
        version: change.position(),
        updated_at: change.at().as_micros(),
        entries,
    });
    Ok(Changed {
        list,
        added,
        removed,
    })
}

/// Deletes a list.
///
/// # Errors
/// Where the store cannot be read.
pub fn delete(change: &mut Change<'_>, list: &List, why: &Why) -> Result<(), StoreError> {
    keep(change, &list.name, Some(list), None, why)?;
    change.remove::<List>(&list.name);
    Ok(())
}

/// Keeps what a change makes of a list; none where it deletes it. Answers how many entries it adds and removes.
///
/// A list that is deleted and made again must not have a version twice, for evidence names it. The place
/// of the change in the tenant's order never comes again.
fn keep(
    change: &mut Change<'_>,
    name: &str,
    former: Option<&List>,
    new: Option<&BTreeSet<String>>,
    why: &Why,
) -> Result<(usize, usize), StoreError> {
    if let Some(former) = former {
        keep_unkept(change, former)?;
    }
    let nothing = BTreeSet::new();
    let diff = ListDiff::between(
        former.map_or(&nothing, |former| &former.entries),
        new.unwrap_or(&nothing),
    );
    let (added, removed) = (diff.added.len(), diff.removed.len());
    let teams = change.definitions().teams.iter().map(|team| team.id);
    let version = ListVersion {
        version: change.position(),
        at: change.at().as_micros(),
        by: Some(why.by.clone()),
        note: why.note.clone(),
        deleted: new.is_none(),
        count: new.map_or(0, BTreeSet::len) as u64,
        added: added as u64,
        removed: removed as u64,
        from_sequences: teams
            .map(|team| (team, change.next_sequence(team)))
            .collect(),
        diff: None,
    };
    write(change, version, name, diff);
    change.audit(&why.by, why.action, name);
    Ok((added, removed))
}

/// Keeps what a list held before its changes were kept, the first time that it is changed.
fn keep_unkept(change: &mut Change<'_>, list: &List) -> Result<(), StoreError> {
    let record = Record::ListVersion {
        list: list.name.clone(),
        version: list.version,
    };
    if change.record(&record)?.is_none() {
        let diff = ListDiff::between(&BTreeSet::new(), &list.entries);
        write(change, ListVersion::of_unkept(list), &list.name, diff);
    }
    Ok(())
}

fn write(change: &mut Change<'_>, version: ListVersion, list: &str, diff: ListDiff) {
    let mut records = version.into_records(list, diff).into_iter();
    if let Some((version, value)) = records.next() {
        // The next change looks whether it is there.
        change.keep_record(&version, value);
    }
    for (record, value) in records {
        change.put_record(&record, value);
    }
}
