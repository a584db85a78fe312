//! The inputs of all rules of a team.

use std::sync::Arc;

use hashbrown::HashMap;

use super::batch::{InputBatch, empty_values, push_view};
use super::bound::{BoundPlan, BoundSource, InputType};
use super::clock::Clock;
use super::frame::Demand;
use super::group::{Group, Past, Scratch};
use super::history::{History, HistoryError, Lists};
use super::layout::{Layouts, Seen, Slot};
use super::rows::RowLayout;
use super::value::View;
use crate::column::Values;
use crate::payload::Transaction;

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
    groups: Vec<Group>,
    clock: Clock,
    scratch: Scratch,
    /// Which group is the next to give up keys.
    hand: usize,
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
    /// For so many transactions at a time [`look_ahead`](Self::look_ahead) gains the most.
    pub const LOOK_AHEAD: usize = 16;

    /// The most keys that are looked at for forgetting with one transaction.
    const LOOKED_AT_ONCE: usize = 64;

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
        let group = |(entry, demands)| Group::new(entry, demands, limits, &mut layouts);
        let groups = entries.into_iter().map(group).collect();
        Self {
            limits,
            layouts,
            types,
            plain,
            plan_columns,
            groups,
            clock: Clock::default(),
            scratch: Scratch::default(),
            hand: 0,
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
        for group in old.groups {
            if let Some(heir) = self.groups.iter_mut().find(|it| it.entry == group.entry) {
                heir.inherit(group, &old.layouts, &mut self.layouts);
            }
        }
    }

    /// What history must hold of each transaction: one layout for each field by which windows part transactions.
    pub fn row_layouts(&self) -> Vec<RowLayout> {
        let mut all: Vec<RowLayout> = Vec::new();
        for group in &self.groups {
            let layout = group.row_layout(&self.layouts);
            match all.iter_mut().find(|it| it.by() == layout.by()) {
                Some(same) => *same = same.union(&layout),
                None => all.push(layout),
            }
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
        };
        self.follow(transaction);
        let seen = self.layouts.see(transaction);
        let mut found = std::mem::take(&mut self.scratch.found);
        found.clear();
        for group in &mut self.groups {
            found.push(group.find(&seen, &past, &mut self.layouts, &mut self.scratch)?);
        }
        self.read_plain(&seen, lists, batch);
        for (group, found) in self.groups.iter_mut().zip(&mut found) {
            group.read(found, transaction.date_time, batch, &mut self.scratch);
            group.enter(sequence, &seen, Some(found), &mut self.scratch);
            group.step(false);
        }
        self.scratch.found = found;
        batch.count += 1;
        self.keep_within_budget();
        Ok(())
    }

    /// Adds a transaction to the windows without computing its inputs, for which nobody asks.
    pub fn pass(&mut self, sequence: u64, transaction: &Transaction) {
        self.follow(transaction);
        let seen = self.layouts.see(transaction);
        for group in &mut self.groups {
            group.enter(sequence, &seen, None, &mut self.scratch);
            group.step(false);
        }
        self.keep_within_budget();
    }

    /// Brings near what some transactions will look at, which are to be observed next. It changes nothing but the time that
    /// that takes: rows of different keys lie all over the memory, and are waited for together instead of one by one.
    pub fn look_ahead<'t>(&mut self, next: impl IntoIterator<Item = &'t Transaction>) {
        const STEPS: usize = 5;
        let Scratch {
            key,
            hashes,
            places,
            ..
        } = &mut self.scratch;
        hashes.clear();
        for transaction in next {
            let seen = self.layouts.see(transaction);
            for (number, group) in self.groups.iter().enumerate() {
                let hash = group.sought_hash(&seen, key);
                hashes.extend(hash.map(|hash| (number, hash)));
            }
        }
        // From here on no reading of a step waits for another one of the same step.
        places.clear();
        places.extend(hashes.iter().filter_map(|&(number, hash)| {
            let place = self.groups[number].likely(hash);
            place.map(|place| (number, place))
        }));
        for step in 0..STEPS {
            let touched = places.iter();
            let touched = touched.map(|&(number, place)| self.groups[number].touch(place, step));
            std::hint::black_box(touched.fold(0, usize::wrapping_add));
        }
    }

    /// Tells all windows what time it is, each time that the clock says so.
    fn follow(&mut self, transaction: &Transaction) {
        if let Some(now) = self.clock.tick(transaction.date_time) {
            self.groups.iter_mut().for_each(|group| group.follow(now));
        }
    }

    /// About how many bytes the windows take.
    pub fn memory_bytes(&self) -> usize {
        self.groups.iter().map(Group::bytes).sum()
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

    /// Forgets keys that were not used for the longest, group by group, while there is too little memory.
    fn keep_within_budget(&mut self) {
        let mut used = self.memory_bytes();
        for _ in 0..Self::LOOKED_AT_ONCE {
            if used <= self.limits.memory_bytes {
                return;
            }
            self.hand = (self.hand + 1) % self.groups.len();
            let group = &mut self.groups[self.hand];
            let before = group.bytes();
            group.step(true);
            used = used + group.bytes() - before;
        }
    }
}
