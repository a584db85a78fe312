//! The inputs of all rules of a team.

mod budget;
mod look_ahead;
mod unread;

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;

use hashbrown::HashMap;

use super::batch::{InputBatch, empty_values, push_view};
use super::bound::{BoundPlan, BoundSource, Entry, InputType};
use super::clock::Clock;
use super::frame::Demand;
use super::group::{Found, Group, Scratch, Sought, Unread};
use super::history::{History, HistoryError, Lists};
use super::key_field::{KeyField, Looked, Place};
use super::layout::{Layouts, Seen, Slot};
use super::past::Past;
use super::rows::{ByField, RowLayout};
use super::series::Span;
use super::value::View;
use crate::column::Values;
use crate::payload::Transaction;
use crate::time::Timestamp;

/// How much of the past is kept in memory. Whatever they are, inputs are exact.
#[derive(Clone, Copy, Debug)]
pub struct InputLimits {
    /// Transactions that come later than this, in seconds, are judged by reading history.
    pub lateness_seconds: u64,
    /// About how many bytes rows may take; what does not fit is read back from history.
    pub memory_bytes: usize,
}

/// Seven days, and 256 MiB.
impl Default for InputLimits {
    fn default() -> Self {
        Self {
            lateness_seconds: 7 * 86_400,
            memory_bytes: 256 << 20,
        }
    }
}

/// Where the keys were found whose windows were looked at, for the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lookups {
    /// Their rows were in memory.
    pub held: u64,
    /// No transaction had them before.
    pub new: u64,
    /// Their rows were read from history, all or some.
    pub read: u64,
    /// How many rows history showed.
    pub rows_read: u64,
}

/// The state of one team's windows, for all rules of the team.
///
/// Equal sources of several rules are computed once. A new one has nothing in
/// memory: the rows of each key are read from history when the key is first used.
#[derive(Debug)]
pub struct Inputs {
    limits: InputLimits,
    layouts: Layouts,
    types: Vec<InputType>,
    plain: Vec<(usize, Plain)>,
    plan_columns: Vec<Vec<usize>>,
    key_fields: Vec<KeyField>,
    groups: Vec<Group>,
    /// Whether the next transaction is the first of all.
    is_at_the_first: bool,
    clock: Clock,
    scratch: Scratch,
    /// For how many transactions nothing was dropped.
    untidied: usize,
    /// Which group is the next to give up keys.
    hand: usize,
    lookups: Lookups,
}

/// A column that needs no window.
#[derive(Debug)]
enum Plain {
    Field(Slot),
    Membership(Slot, String),
}

impl BoundPlan {
    /// What history must hold of each transaction: one layout for each field by which its windows part transactions.
    pub fn row_layouts(self: &Arc<Self>) -> Vec<RowLayout> {
        Inputs::new(std::slice::from_ref(self), InputLimits::default()).row_layouts()
    }
}

impl Inputs {
    /// For the plans of all rules of a team.
    pub fn new(plans: &[Arc<BoundPlan>], limits: InputLimits) -> Self {
        let mut columns = HashMap::new();
        let mut types = Vec::new();
        let plan_columns = plans
            .iter()
            .map(|plan| {
                let inputs = plan.inputs.iter();
                let column = |input: &'_ super::bound::BoundInput| {
                    let next = columns.len();
                    *columns.entry(input.source.clone()).or_insert_with(|| {
                        types.push(input.input_type.clone());
                        next
                    })
                };
                inputs.map(column).collect()
            })
            .collect();
        let mut sources: Vec<(BoundSource, usize)> = columns.into_iter().collect();
        sources.sort_by_key(|&(_, column)| column);

        let mut layouts = Layouts::default();
        let mut plain = Vec::new();
        let mut entries = Vec::new();
        for (source, column) in sources {
            match source {
                BoundSource::Field(field) => {
                    plain.push((column, Plain::Field(layouts.slot(&field))));
                }
                BoundSource::Membership { field, list } => {
                    plain.push((column, Plain::Membership(layouts.slot(&field), list)));
                }
                BoundSource::Window {
                    entry,
                    length_seconds,
                    delay_seconds,
                    reduction,
                } => {
                    let demand = Demand {
                        column,
                        length_seconds,
                        delay_seconds,
                        reduction,
                    };
                    match entries.iter_mut().find(|(it, _)| *it == entry) {
                        None => entries.push((entry, vec![demand])),
                        Some((_, demands)) => demands.push(demand),
                    }
                }
            }
        }
        // Some slack, so that rows which come a little late do not have history read for each.
        let lateness = limits.lateness_seconds.max(3600);
        let mut key_fields: Vec<KeyField> = Vec::new();
        let group = |(entry, demands): (Entry, Vec<Demand>)| {
            let by = ByField(entry.by.clone());
            let known = key_fields.iter().position(|it| it.by == by);
            let key_field = known.unwrap_or_else(|| {
                let slot = layouts.slot(&entry.by);
                key_fields.push(KeyField::new(by, slot, lateness));
                key_fields.len() - 1
            });
            let group = Group::new(entry, demands, key_field, lateness, &mut layouts);
            key_fields[key_field].reach(group.reach());
            group
        };
        let groups = entries.into_iter().map(group).collect();
        let mut inputs = Self {
            limits,
            layouts,
            types,
            plain,
            plan_columns,
            key_fields,
            groups,
            is_at_the_first: false,
            clock: Clock::default(),
            scratch: Scratch::default(),
            untidied: 0,
            hand: 0,
            lookups: Lookups::default(),
        };
        inputs.share();
        inputs
    }

    /// Says which cells the rows have that the groups by a field share.
    fn share(&mut self) {
        let before: Vec<usize> = self.key_fields.iter().map(|it| it.cells.len()).collect();
        for group in &mut self.groups {
            group.share(&mut self.key_fields[group.key_field].cells);
        }
        for (field, before) in self.key_fields.iter_mut().zip(before) {
            if field.cells.len() > before {
                field.forget_few();
            }
        }
    }

    /// Says that the next transaction is the first of all. So there is no history to be read for keys that none of the
    /// transactions since then had.
    pub fn begin_at_the_first(&mut self) {
        self.is_at_the_first = true;
        for field in &mut self.key_fields {
            field.begin_at_the_first();
        }
        for group in &mut self.groups {
            group.begin_at_the_first();
        }
    }

    /// The inputs of a plan, as indexes into [`InputBatch::columns`].
    ///
    /// # Panics
    /// Where there is no plan of this index.
    pub fn columns_of(&self, plan: usize) -> &[usize] {
        &self.plan_columns[plan]
    }

    /// Takes over what is in memory of the windows that stay the same when rules change.
    pub fn inherit(&mut self, old: Self) {
        self.clock = old.clock;
        if old.is_at_the_first {
            self.begin_at_the_first();
        }
        for field in old.key_fields {
            if let Some(heir) = self.key_fields.iter_mut().find(|it| it.by == field.by) {
                heir.inherit(field, &old.layouts, &mut self.layouts);
            }
        }
        for group in old.groups {
            if let Some(heir) = self.groups.iter_mut().find(|it| it.entry == group.entry) {
                heir.inherit(group, &old.layouts, &mut self.layouts);
            }
        }
        self.share();
    }

    /// What history must hold of each transaction: one layout for each field by which windows part transactions.
    pub fn row_layouts(&self) -> Vec<RowLayout> {
        let fields = self.key_fields.iter();
        let mut all: Vec<RowLayout> = fields.map(|it| it.row_layout(&self.layouts)).collect();
        for group in &self.groups {
            let of_field = &mut all[group.key_field];
            *of_field = of_field.union(&group.row_layout(&self.layouts));
        }
        all
    }

    /// Empty columns, ready for a batch.
    pub fn begin(&self) -> InputBatch {
        let columns = self.types.iter().map(empty_values);
        InputBatch {
            count: 0,
            columns: columns.collect(),
        }
    }

    /// Computes all inputs of a transaction from those of lower sequence,
    /// appends one row to each column, and adds the transaction to the windows.
    ///
    /// # Errors
    /// Where history was needed and could not be read. Then nothing was
    /// appended and nothing was added: the same transaction may be tried again.
    pub fn observe(
        &mut self,
        sequence: u64,
        transaction: &Transaction,
        lists: &dyn Lists,
        history: &dyn History,
        batch: &mut InputBatch,
    ) -> Result<(), HistoryError> {
        let past = Past {
            history,
            before: sequence,
            rows_read: Cell::new(0),
        };
        self.follow(transaction);
        let seen = self.layouts.see(transaction);
        let mut found = std::mem::take(&mut self.scratch.found);
        let outcome = self.find(&seen, &past, &mut found);
        // After an error, too: some of the keys are held now.
        self.meet(&seen);
        self.lookups.rows_read += past.rows_read.get();
        outcome?;
        self.read_plain(&seen, lists, batch);
        for (group, found) in self.groups.iter_mut().zip(&mut found) {
            let field = &self.key_fields[group.key_field];
            let shared = match found {
                Found::Shared(place) => field.rows(*place),
                Found::Nothing | Found::Held(_) | Found::Read(_) => None,
            };
            match shared {
                Some(rows) => {
                    group.read_shared(rows, &seen, batch, &mut self.scratch);
                    group.note_entered(rows, &seen, &mut self.scratch.key);
                }
                None => {
                    group.read(found, transaction.date_time, batch, &mut self.scratch);
                    group.enter(sequence, &seen, Some(found), &mut self.scratch);
                }
            }
        }
        self.scratch.found = found;
        self.enter_shared(sequence, &seen);
        self.is_at_the_first = false;
        batch.count += 1;
        self.tidy();
        Ok(())
    }

    /// Adds a transaction to the windows without computing its inputs, for which nobody asks.
    pub fn pass(&mut self, sequence: u64, transaction: &Transaction) {
        self.follow(transaction);
        let seen = self.layouts.see(transaction);
        self.meet(&seen);
        self.is_at_the_first = false;
        let Scratch { key, fields, .. } = &mut self.scratch;
        fields.clear();
        fields.extend(self.key_fields.iter().map(|field| field.place(&seen, key)));
        for group in &mut self.groups {
            let field = &self.key_fields[group.key_field];
            let shared = match self.scratch.fields[group.key_field] {
                Place::Few(place) => field.rows(place),
                Place::Nothing | Place::Long => None,
            };
            match shared {
                Some(rows) => group.note_entered(rows, &seen, &mut self.scratch.key),
                None => group.enter(sequence, &seen, None, &mut self.scratch),
            }
        }
        self.enter_shared(sequence, &seen);
        self.tidy();
    }

    /// Adds a transaction to the rows that groups share.
    fn enter_shared(&mut self, sequence: u64, seen: &Seen<'_>) {
        for (number, field) in self.key_fields.iter_mut().enumerate() {
            let key = &mut self.scratch.key;
            let Place::Few(place) = self.scratch.fields[number] else {
                continue;
            };
            let Some(rows) = field.enter(place, sequence, seen, key) else {
                continue;
            };
            let by = std::mem::take(key);
            for group in &mut self.groups {
                if group.key_field == number {
                    group.take_shared(&by, &rows);
                    group.enter(sequence, seen, None, &mut self.scratch);
                }
            }
        }
    }

    /// Forgets what a transaction added that was observed or passed and is not kept: the windows that it entered are read
    /// from history when they are used again. Its sequence number may be given to another one.
    pub fn withdraw(&mut self, transaction: &Transaction) {
        let seen = self.layouts.see(transaction);
        for field in &mut self.key_fields {
            field.withdraw(&seen, &mut self.scratch.key);
        }
        for group in &mut self.groups {
            group.withdraw(&seen, &mut self.scratch.key);
        }
    }

    /// Finds the rows that a transaction looks at, one place for each group.
    fn find(
        &mut self,
        seen: &Seen<'_>,
        past: &Past<'_>,
        found: &mut Vec<Found>,
    ) -> Result<(), HistoryError> {
        found.clear();
        self.scratch.unread.clear();
        self.scratch.fields.clear();
        for field in &mut self.key_fields {
            let (layouts, key) = (&mut self.layouts, &mut self.scratch.key);
            let (place, looked) = field.find(seen, past, layouts, key)?;
            self.scratch.fields.push(place);
            match (place, looked) {
                // The groups look for themselves.
                (Place::Long, _) => {}
                (_, Looked::Held) => self.lookups.held += 1,
                (_, Looked::New) => self.lookups.new += 1,
                (_, Looked::Read) => self.lookups.read += 1,
            }
        }
        for (place, group) in self.groups.iter_mut().enumerate() {
            match self.scratch.fields[group.key_field] {
                Place::Long => {}
                Place::Few(shared) => {
                    found.push(Found::Shared(shared));
                    continue;
                }
                Place::Nothing => {
                    found.push(Found::Nothing);
                    continue;
                }
            }
            let met = &self.key_fields[group.key_field].met;
            let (layouts, scratch) = (&mut self.layouts, &mut self.scratch);
            let read_before = past.rows_read.get();
            let sought = group.find(seen, past, met, layouts, scratch)?;
            match sought {
                Sought::Held(_) if past.rows_read.get() == read_before => self.lookups.held += 1,
                Sought::Held(_) | Sought::Unread(_) => self.lookups.read += 1,
                Sought::New(_) => self.lookups.new += 1,
            }
            found.push(match sought {
                Sought::Held(found) | Sought::New(found) => found,
                Sought::Unread(unread) => {
                    scratch.unread.push((place, unread));
                    Found::Nothing
                }
            });
        }
        if !self.scratch.unread.is_empty() {
            self.read_unread(past, found)?;
        }
        Ok(())
    }

    /// Reads the rows of the keys that no group holds, once for all groups that part transactions by the same field.
    fn read_unread(&mut self, past: &Past<'_>, found: &mut [Found]) -> Result<(), HistoryError> {
        let groups = &mut self.groups;
        let mut unread = std::mem::take(&mut self.scratch.unread);
        for (number, field) in self.key_fields.iter().enumerate() {
            let of_field = unread.extract_if(.., |(place, _)| groups[*place].key_field == number);
            let mut here: Vec<(usize, Box<Unread>)> = of_field.collect();
            let Some(from) = here.iter().map(|(_, unread)| unread.from()).min() else {
                continue;
            };
            let by_value = here[0].1.by_value().to_vec();
            let span = Span {
                from,
                to: Timestamp::MAX,
            };
            let buffer = &mut self.scratch.key;
            let mut take = |sequence, row: &Seen<'_>| {
                let mut wants_more = false;
                for (place, unread) in &mut here {
                    wants_more |= groups[*place].take(unread, sequence, row, buffer);
                }
                match wants_more {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            };
            past.rows(&field.by, &by_value, span, &mut self.layouts, &mut take)?;
            for (place, unread) in here {
                found[place] = groups[place].hold(*unread, past, &mut self.layouts)?;
            }
        }
        self.scratch.unread = unread;
        Ok(())
    }

    /// Notes those values of a transaction's fields that may be new: from now on there are rows under them.
    fn meet(&mut self, seen: &Seen<'_>) {
        for field in &mut self.key_fields {
            field.meet(seen, &mut self.scratch.key);
        }
    }

    /// Tells all windows what time it is, each time that the clock says so.
    fn follow(&mut self, transaction: &Transaction) {
        if let Some(now) = self.clock.tick(transaction.date_time) {
            self.key_fields
                .iter_mut()
                .for_each(|field| field.follow(now));
            self.groups.iter_mut().for_each(|group| group.follow(now));
        }
    }

    /// Changes about how many bytes rows may take.
    pub fn set_memory(&mut self, bytes: usize) {
        self.limits.memory_bytes = bytes;
    }

    /// Where keys were found since this was asked last.
    pub fn take_lookups(&mut self) -> Lookups {
        std::mem::take(&mut self.lookups)
    }

    /// About how many bytes the windows take.
    pub fn memory_bytes(&self) -> usize {
        let fields = self.key_fields.iter().map(KeyField::bytes);
        self.groups.iter().map(Group::bytes).chain(fields).sum()
    }

    /// Appends the inputs that need no window.
    fn read_plain(&self, seen: &Seen<'_>, lists: &dyn Lists, batch: &mut InputBatch) {
        for (column, plain) in &self.plain {
            let Values::Column(values) = batch.column(*column) else {
                continue;
            };
            match plain {
                Plain::Field(slot) => push_view(values, seen.view(*slot)),
                Plain::Membership(slot, list) => {
                    let text = match seen.view(*slot) {
                        View::Text(text) => text,
                        _ => "",
                    };
                    push_view(values, View::Boolean(lists.has_member(list, text)));
                }
            }
        }
    }
}
