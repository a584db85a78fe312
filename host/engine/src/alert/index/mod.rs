//! Where alerts are found: an index in memory over all alerts of a tenant.
//!
//! ```text
//! rows       one for each alert, in the order of creation: what is sorted by, and where its values and words are
//! values     each combination of values that alerts have, once
//! postings   field and value → rows, as compressed bitmaps
//! words      each word of titles, labels and comments → rows
//! withheld   each word that only who may see masked fields sees → rows
//! due        the hour in which alerts are due → rows
//! ids        customers and transactions, by hash → rows
//! ```
//!
//! Alerts grow for years, so a row is kept small: 250 bytes with all that finds it ([`AlertIndex::bytes`]). Texts are kept
//! once and have numbers, and what most alerts have but one of takes no allocation of its own.
//!
//! A filter is an intersection of bitmaps, so that the first page among a million alerts takes milliseconds, and a
//! change touches only the bitmaps of the values that changed. Alerts that were merged into another
//! are found through it: what is sought in transactions and words leads to the alert that holds them.
//!
//! What this module does not know: the store, positions, and what is durable. It holds what it is
//! given; an alert that is found is read from the store.

mod arena;
mod chunks;
mod dictionary;
mod due;
mod figures;
mod ids;
mod memory;
mod names;
mod outcomes;
mod page;
mod query;
mod row;
mod row_sets;
#[cfg(test)]
mod tests;
mod values;
mod word_lists;
mod words;

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use domain::alert::{Alert, AlertId, PartId, Viewer};
use domain::rule::Label;
use hashbrown::HashTable;
use roaring::RoaringBitmap;

use dictionary::Dictionary;
use due::DueDates;
pub use figures::SpanGroup;
use ids::Ids;
use names::Names;
pub use outcomes::{FoundBy, OutcomeCounts};
pub use page::{Neighbours, PageAfter, Sort, SortKey};
pub use query::{AlertQuery, Group, GroupBy, Overdue};
use row::{Field, Rows};
use values::Values;
use word_lists::{RowWords, WordLists};

/// The words of a comment, rising.
type CommentWords = Box<[u32]>;

/// Where alerts are found.
#[derive(Debug, Default)]
pub struct AlertIndex {
    rows: Rows,
    hasher: RandomState,
    by_id: HashTable<u32>,
    names: Names,
    /// What rows have in common is kept once.
    values: Values,
    postings: HashMap<(Field, u32), RoaringBitmap>,
    due: DueDates,
    /// Rows of alerts that are merged into no other.
    whole: RoaringBitmap,
    words: Dictionary,
    /// Words that are shown only to who may see masked fields; they are not among the others.
    withheld: Dictionary,
    /// The words of title and labels of each row.
    word_lists: WordLists,
    /// The words of each comment, of rows that have any.
    said: HashMap<u32, Vec<(PartId, CommentWords)>>,
    /// Rows whose titles have a neutral form for all others.
    neutral: RoaringBitmap,
    /// The rules that made those, as names.
    neutral_rules: BTreeSet<u32>,
    profiles: Ids,
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
        self.rows.len() == 0
    }

    /// Whether an alert is here.
    pub fn contains(&self, id: AlertId) -> bool {
        self.row_of(id).is_some()
    }

    fn row_of(&self, id: AlertId) -> Option<u32> {
        let is_it = |row: &u32| self.rows[*row].id == id;
        self.by_id.find(self.hasher.hash_one(id), is_it).copied()
    }

    /// Takes in a new version of an alert that is here, or a new alert, which is younger than all others.
    pub fn put(&mut self, alert: &Alert) {
        let row = match self.row_of(alert.id) {
            Some(row) => row,
            None => {
                let row = self.rows.push_newer(alert);
                self.begin(row, alert);
                row
            }
        };
        self.set(row, alert);
    }

    /// Takes in an alert that is not here, and is older than all others.
    pub fn put_older(&mut self, alert: &Alert) {
        debug_assert!(!self.contains(alert.id), "it is here");
        let row = self.rows.push_older(alert);
        self.begin(row, alert);
        self.set(row, alert);
    }

    fn set(&mut self, row: u32, alert: &Alert) {
        let before = self.values.get(self.rows[row].values).to_vec();
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
        let shared = self.values.share(&after);
        let changed = &mut self.rows[row];
        let released = std::mem::replace(&mut changed.values, shared);
        let due_before = changed.due_date();
        changed.set_times(alert);
        self.due.replace(row, due_before, alert.due_date);
        self.values.release(released);
        self.put_words(row, alert);
        for txn_id in &alert.txn_ids {
            self.transactions.put(txn_id, row);
        }
        self.hold(row, alert);
    }

    /// Takes in the words of title and labels.
    fn put_words(&mut self, row: u32, alert: &Alert) {
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
        let words = RowWords {
            seen: self.words.intern(seen),
            withheld: self.withheld.intern(unseen),
        };
        match alert.rule.as_ref().filter(|_| withheld.title) {
            Some(rule) => {
                self.neutral.insert(row);
                self.neutral_rules.insert(self.names.number(rule));
            }
            None => {
                self.neutral.remove(row);
            }
        }
        let list = self.rows[row].words;
        let before = self.word_lists.read(list);
        if before == words {
            return;
        }
        let said_before = self.with_comments(row, &before.seen);
        let said_after = self.with_comments(row, &words.seen);
        self.words.replace(row, &said_before, &said_after);
        self.withheld
            .replace(row, &before.withheld, &words.withheld);
        self.word_lists.give_up(list);
        self.rows[row].words = self.word_lists.keep(&words);
        if self.word_lists.is_wasteful() {
            let mut copied = WordLists::default();
            for row in self.rows.iter_mut() {
                row.words = copied.keep(&self.word_lists.read(row.words));
            }
            self.word_lists = copied;
        }
    }

    /// Words of a row and those of its comments, rising, without repeats.
    fn with_comments(&self, row: u32, words: &[u32]) -> Vec<u32> {
        let comments = self.said.get(&row).into_iter().flatten();
        let said = comments.flat_map(|(_, words)| words);
        let mut words: Vec<u32> = words.iter().chain(said).copied().collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Takes in a comment of an alert as plain text; none if it was deleted.
    pub fn put_comment(&mut self, alert: AlertId, comment: PartId, text: Option<&str>) {
        let Some(row) = self.row_of(alert) else {
            return;
        };
        let new = text.map(|text| self.words.intern(std::iter::once(text)));
        let of_title = self.word_lists.read(self.rows[row].words).seen;
        let before = self.with_comments(row, &of_title);
        let said = self.said.entry(row).or_default();
        said.retain(|(other, _)| *other != comment);
        said.extend(new.map(|words| (comment, words.into())));
        if said.is_empty() {
            self.said.remove(&row);
        }
        let after = self.with_comments(row, &of_title);
        self.words.replace(row, &before, &after);
    }

    /// Notes who a new row is.
    fn begin(&mut self, row: u32, alert: &Alert) {
        let (hasher, rows) = (&self.hasher, &self.rows);
        self.by_id
            .insert_unique(hasher.hash_one(alert.id), row, |row| {
                hasher.hash_one(rows[*row].id)
            });
        if let Some(profile) = &alert.dprofile_id {
            self.profiles.put(profile, row);
        }
        for waiting in self.waiting.remove(&alert.id).unwrap_or_default() {
            self.rows[waiting].holder = row;
        }
    }

    /// Notes which alert holds this one.
    fn hold(&mut self, row: u32, alert: &Alert) {
        let Some(into) = alert.merged_into else {
            self.rows[row].holder = row;
            self.whole.insert(row);
            return;
        };
        self.whole.remove(row);
        match self.row_of(into.alert) {
            Some(holder) => self.rows[row].holder = holder,
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
            let holder = self.rows[row].holder;
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
        rows.map(|row| self.rows[row].id)
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
}
