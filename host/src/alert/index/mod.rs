//! Where alerts are found: an index in memory over all alerts of a tenant.
//!
//! ```text
//! rows       one for each alert, in the order of creation: what is filtered and sorted by
//! postings   field and value → rows, as compressed bitmaps
//! words      each word of titles, labels and comments → rows
//! withheld   each word that only who may see masked fields sees → rows
//! ids        customers and transactions, by hash → rows
//! ```
//!
//! A filter is an intersection of bitmaps, so that the first page among a million alerts takes milliseconds, and a
//! change touches only the bitmaps of the values that changed. Alerts that were merged into another
//! are found through it: what is sought in transactions and words leads to the alert that holds them.
//!
//! What this module does not know: the store, positions, and what is durable. It holds what it is
//! given; an alert that is found is read from the store.

mod ids;
mod names;
mod outcomes;
mod query;
mod row;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeSet, HashMap};

use domain::alert::{Alert, AlertId, AlertMerging, PartId, Viewer};
use domain::rule::Label;
use domain::time::Timestamp;
use roaring::RoaringBitmap;

use ids::Ids;
use names::Names;
pub use outcomes::{FoundBy, OutcomeCounts};
pub use query::{AlertQuery, Group, GroupBy, Overdue, PageAfter, Sort, SortKey};
use row::{Field, Row};
use words::Words;

/// Where alerts are found.
#[derive(Debug, Default)]
pub struct AlertIndex {
    rows: Vec<Row>,
    by_id: HashMap<AlertId, u32>,
    names: Names,
    postings: HashMap<(Field, u32), RoaringBitmap>,
    /// Rows of alerts that are merged into no other.
    whole: RoaringBitmap,
    words: Words,
    /// Words that are shown only to who may see masked fields; they are not among the others.
    withheld: Words,
    /// Which of those stand in a row; most rows have none.
    withheld_in: HashMap<u32, Box<[u32]>>,
    /// Rows whose titles have a neutral form for all others.
    neutral: RoaringBitmap,
    /// The rules that made those, as names.
    neutral_rules: BTreeSet<u32>,
    profiles: Ids,
    /// Of customers of whose alerts one was ever merged into another: the rows that are merged into none. A new alert may
    /// join those; with all rows of a customer a join would cost the more the more had joined.
    unmerged: Ids,
    transactions: Ids,
    /// Rows that were merged into an alert that is not here yet.
    waiting: HashMap<AlertId, Vec<u32>>,
}

impl AlertIndex {
    /// How many alerts there are, merged ones too.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes in a new alert, or a new version of one.
    pub fn put(&mut self, alert: &Alert) {
        let (row, before) = match self.by_id.get(&alert.id) {
            Some(&row) => (row, Some(self.rows[row as usize].values())),
            None => (self.push(alert), None),
        };
        let before = before.unwrap_or_default();
        let mut after = self.values_of(alert);
        // Versions that an earlier release kept do not say it; it is the same in all versions.
        let known = before.iter().find(|(field, _)| *field == Field::Install);
        after.extend(known.filter(|_| alert.install.is_none()));
        for gone in before.iter().filter(|value| !after.contains(value)) {
            if let Some(rows) = self.postings.get_mut(gone) {
                rows.remove(row);
            }
        }
        for new in after.iter().filter(|value| !before.contains(value)) {
            self.postings.entry(*new).or_default().insert(row);
        }
        self.put_words(row, alert, &after);
        for txn_id in &alert.txn_ids {
            self.transactions.put(txn_id, row);
        }
        self.hold(row, alert);
    }

    /// Takes in the words of title and labels, and the other properties of a row.
    fn put_words(&mut self, row: u32, alert: &Alert, values: &[(Field, u32)]) {
        let (full, withheld) = (alert.seen_by(Viewer::Full), alert.withheld());
        let is_withheld = |label: &&Label| withheld.labels.contains(*label);
        let title = std::iter::once(full.title.as_str());
        let (unseen_title, seen_title) = match withheld.title {
            true => (Some(title), None),
            false => (None, Some(title)),
        };
        let labels = || full.labels.iter();
        let seen = labels().filter(|label| !is_withheld(label));
        let unseen = labels().filter(is_withheld);
        let seen = seen_title
            .into_iter()
            .flatten()
            .chain(seen.map(Label::as_str));
        let unseen = unseen_title
            .into_iter()
            .flatten()
            .chain(unseen.map(Label::as_str));
        let (words, withheld_words) = (self.words.intern(seen), self.withheld.intern(unseen));
        match alert.rule.as_ref().filter(|_| withheld.title) {
            Some(rule) => {
                self.neutral.insert(row);
                self.neutral_rules.insert(self.names.number(rule));
            }
            None => {
                self.neutral.remove(row);
            }
        }
        let changed = &mut self.rows[row as usize];
        let said_before = changed.all_words();
        changed.set(alert, values);
        changed.words = words;
        let said_after = changed.all_words();
        self.words.replace(row, &said_before, &said_after);
        let withheld_before = self.withheld_in.remove(&row).unwrap_or_default();
        self.withheld
            .replace(row, &withheld_before, &withheld_words);
        if !withheld_words.is_empty() {
            self.withheld_in.insert(row, withheld_words);
        }
    }

    /// Takes in a comment of an alert as plain text; none where it was deleted.
    pub fn put_comment(&mut self, alert: AlertId, comment: PartId, text: Option<&str>) {
        let Some(&row) = self.by_id.get(&alert) else {
            return;
        };
        let words = text.map(|text| self.words.intern(std::iter::once(text)));
        let changed = &mut self.rows[row as usize];
        let before = changed.all_words();
        changed.said.retain(|(other, _)| *other != comment);
        changed.said.extend(words.map(|words| (comment, words)));
        let after = changed.all_words();
        self.words.replace(row, &before, &after);
    }

    /// Begins the row of a new alert.
    fn push(&mut self, alert: &Alert) -> u32 {
        let row = u32::try_from(self.rows.len()).expect("fewer than 2^32 alerts");
        self.rows.push(Row::new(alert, row));
        self.by_id.insert(alert.id, row);
        if let Some(profile) = &alert.dprofile_id {
            self.profiles.put(profile, row);
        }
        for waiting in self.waiting.remove(&alert.id).unwrap_or_default() {
            self.rows[waiting as usize].holder = row;
        }
        row
    }

    /// Notes which alert holds this one.
    fn hold(&mut self, row: u32, alert: &Alert) {
        let profile = alert.dprofile_id.as_deref();
        let Some(into) = alert.merged_into else {
            self.rows[row as usize].holder = row;
            self.whole.insert(row);
            if let Some(profile) = profile.filter(|profile| self.unmerged.find(profile).is_some()) {
                self.unmerged.put(profile, row);
            }
            return;
        };
        self.whole.remove(row);
        if let Some(profile) = profile {
            if self.unmerged.find(profile).is_none() {
                let rows = self.profiles.get(profile).iter().copied();
                let whole = rows.filter(|row| self.whole.contains(*row)).collect();
                self.unmerged.set(profile, whole);
            }
            self.unmerged.remove(profile, row);
        }
        match self.by_id.get(&into.alert) {
            Some(&holder) => self.rows[row as usize].holder = holder,
            None => self.waiting.entry(into.alert).or_default().push(row),
        }
    }

    fn values_of(&mut self, alert: &Alert) -> Vec<(Field, u32)> {
        let names = &mut self.names;
        let mut values = vec![
            (Field::State, names.number(&alert.state)),
            (Field::Severity, names.number(alert.severity.as_str())),
            (Field::Priority, names.number(alert.priority.as_str())),
            (Field::IncidentType, names.number(&alert.incident_type)),
            (Field::Team, names.number(&alert.team)),
        ];
        if let Some(rule) = &alert.rule {
            values.push((Field::Rule, names.number(rule)));
        }
        if let Some(found_by) = FoundBy::of(alert) {
            values.push((Field::Install, names.number(&found_by.name())));
        }
        if let Some(user) = &alert.user_id {
            values.push((Field::User, names.number(user)));
        }
        if let Some(outcome) = alert.outcome() {
            values.push((Field::Outcome, names.number(outcome.as_str())));
        }
        let withheld = alert.withheld();
        for label in &alert.seen_by(Viewer::Full).labels {
            let field = match withheld.labels.contains(label) {
                true => Field::WithheldLabel,
                false => Field::Label,
            };
            values.push((field, names.label(label.as_str())));
        }
        values
    }

    /// The alert that holds it to those at work; itself where it is merged into none.
    fn holder(&self, row: u32) -> u32 {
        let mut row = row;
        loop {
            let holder = self.rows[row as usize].holder;
            if holder == row {
                return row;
            }
            row = holder;
        }
    }

    /// The alerts that hold these rows.
    fn holders(&self, rows: &RoaringBitmap) -> RoaringBitmap {
        let mut holders = rows & &self.whole;
        for row in rows - &self.whole {
            holders.insert(self.holder(row));
        }
        holders
    }

    /// The alerts that a new one may join, oldest first, as far as the index knows: what it
    /// tells by hash is to be looked at, and so is what was changed since.
    pub fn joinable<'i>(
        &'i self,
        merging: &AlertMerging,
        new: &'i Alert,
        is_closed: impl Fn(&str) -> bool + 'i,
    ) -> impl Iterator<Item = AlertId> + 'i {
        let since = merging.since(new.created_at);
        let profile = new.dprofile_id.as_deref();
        let rows = profile.map_or(&[][..], |profile| self.unmerged_of(profile));
        let rows = rows.iter().map(|&row| (row, &self.rows[row as usize]));
        let recent = rows.filter(move |(row, found)| {
            found.created_at >= since && found.created_at <= new.created_at && found.holder == *row
        });
        let open = recent.filter(move |(_, found)| !is_closed(self.names.name(found.state)));
        open.map(|(_, found)| found.id)
    }

    /// The rows of a customer, or those of them that are merged into none.
    fn unmerged_of(&self, profile: &str) -> &[u32] {
        let unmerged = self.unmerged.find(profile);
        unmerged.unwrap_or_else(|| self.profiles.get(profile))
    }

    /// How many alerts are in a state, merged ones too.
    pub fn count_in_state(&self, state: &str) -> u64 {
        let number = self.names.find(state);
        let rows = number.and_then(|number| self.postings.get(&(Field::State, number)));
        rows.map_or(0, RoaringBitmap::len)
    }

    /// The alerts that are in a state, merged ones too.
    pub fn in_state<'i>(&'i self, state: &str) -> impl Iterator<Item = AlertId> + 'i {
        let number = self.names.find(state);
        let rows = number.and_then(|number| self.postings.get(&(Field::State, number)));
        let rows = rows.into_iter().flatten();
        rows.map(|row| self.rows[row as usize].id)
    }

    /// Whether an alert has this value, merged ones too.
    pub fn occurs(&self, field: GroupBy, value: &str) -> bool {
        let number = self.names.find(value);
        let rows = number.and_then(|number| self.postings.get(&(field.field(), number)));
        rows.is_some_and(|rows| !rows.is_empty())
    }

    /// The values that alerts have, merged ones too, in no order.
    pub fn occurring(&self, field: GroupBy) -> impl Iterator<Item = &str> {
        let of_field = move |((of, number), rows): (&(Field, u32), &RoaringBitmap)| {
            (*of == field.field() && !rows.is_empty()).then(|| self.names.name(*number))
        };
        self.postings.iter().filter_map(of_field)
    }

    /// Whether there is an alert of a type.
    pub fn has_type(&self, incident_type: &str) -> bool {
        let number = self.names.find(incident_type);
        let rows = number.and_then(|number| self.postings.get(&(Field::IncidentType, number)));
        rows.is_some_and(|rows| !rows.is_empty())
    }

    /// When an alert was created, of one that is here.
    pub fn created_at(&self, id: AlertId) -> Option<Timestamp> {
        let row = self.by_id.get(&id)?;
        Some(self.rows[*row as usize].created_at)
    }
}
