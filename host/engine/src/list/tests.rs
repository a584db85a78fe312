//! Versions, lists as they were, and timelines, against a model that keeps every list whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use domain::time::Timestamp;
use domain::window::Lists;
use proptest::prelude::*;

use super::*;
use crate::lane::Actor;
use store::backend::Backend;
use store::key::{Key, TenantId};
use store::memory::MemoryBackend;
use store::{Batch, CommitLimits, Store};
use tenant::{Definitions, List};

const TENANT: TenantId = TenantId(7);
const NAME: &str = "high_risk";
const TEAMS: [u32; 2] = [1, 2];

type Entries = BTreeSet<String>;

fn store() -> Store {
    let backend = Arc::new(MemoryBackend::new()) as Arc<dyn Backend>;
    Store::over(backend, CommitLimits::default()).expect("a store")
}

fn list_of(version: u64, at: i64, entries: &Entries) -> List {
    let entries = entries.iter().cloned().collect();
    List::new(NAME.to_owned(), version, at, entries)
}

fn entries_of(list: &List) -> Entries {
    list.entries.iter().map(str::to_owned).collect()
}

fn entries(names: &[&str]) -> Entries {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn between(former: &Entries, new: &Entries) -> ListDiff {
    ListDiff {
        added: new.difference(former).cloned().collect(),
        removed: former.difference(new).cloned().collect(),
    }
}

/// A list whose changes are kept as a lane keeps them, and everything that it ever was.
struct Model {
    store: Store,
    definitions: Definitions,
    /// The next transaction of each team.
    next: BTreeMap<u32, u64>,
    position: u64,
    /// Version, time and entries; none if it was deleted.
    past: Vec<(u64, i64, Option<Entries>)>,
    /// What each transaction of each team saw.
    seen: BTreeMap<(u32, u64), (Option<u64>, Option<Entries>)>,
}

impl Model {
    fn new() -> Self {
        Self {
            store: store(),
            definitions: Definitions::default(),
            next: TEAMS.iter().map(|team| (*team, 1)).collect(),
            position: 10,
            past: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    fn now(&self) -> Option<&Arc<List>> {
        self.definitions.lists.get(NAME)
    }

    /// A list as earlier releases left it, without any version.
    fn begin_unkept(&mut self, entries: Entries) {
        let list = list_of(4, 4_000, &entries);
        self.definitions.lists.put(Arc::new(list));
        self.past.push((4, 4_000, Some(entries)));
    }

    fn change(&mut self, new: Option<Entries>) {
        let former = self.now().cloned();
        let before = former.as_ref().map(|list| entries_of(list));
        if before == new {
            return;
        }
        self.position += 2;
        let (position, at) = (self.position, self.position as i64 * 1_000);
        let mut batch = Batch::new();
        let mut write = |version: ListVersion, diff: ListDiff| {
            for (record, value) in version.into_records(NAME, diff.into()) {
                batch.put(Key::new(TENANT, &record), value);
            }
        };
        let nothing = Entries::new();
        if let Some(former) = former.filter(|former| former.version == 4) {
            let diff = ListDiff::from_nothing(&former.entries);
            write(ListVersion::of_unkept(&former), diff);
        }
        let to = new.as_ref().unwrap_or(&nothing);
        let from = before.as_ref().unwrap_or(&nothing);
        let diff = between(from, to);
        let version = ListVersion {
            version: position,
            at,
            by: Some(Actor::Host),
            note: None,
            deleted: new.is_none(),
            count: to.len() as u64,
            added: diff.added.len() as u64,
            removed: diff.removed.len() as u64,
            from_sequences: self.next.clone(),
            diff: None,
        };
        write(version, diff);
        futures::executor::block_on(self.store.commit_wait(batch)).expect("it is written");
        match &new {
            Some(entries) => {
                let list = list_of(position, at, entries);
                self.definitions.lists.put(Arc::new(list));
            }
            None => drop(self.definitions.lists.remove(NAME)),
        }
        self.past.push((position, at, new));
    }

    fn ingest(&mut self, team: u32) {
        let next = self.next.get_mut(&team).expect("a team");
        let now = self.definitions.lists.get(NAME);
        let saw = (
            now.map(|list| list.version),
            now.map(|list| entries_of(list)),
        );
        self.seen.insert((team, *next), saw);
        *next += 1;
    }

    fn versions<'m>(&'m self, defined: Option<&Arc<List>>) -> Versions<'m> {
        Versions::of(&self.store, TENANT, NAME, defined, u64::MAX).expect("the store is read")
    }

    fn timeline(&self, definitions: &Definitions, team: u32) -> ListTimeline {
        let names = [NAME.to_owned(), "no_such_list".to_owned()];
        ListTimeline::load(&self.store, TENANT, definitions, team, &names)
            .expect("the store is read")
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(Entries),
    Delete,
    Ingest(u32),
}

fn some_entries() -> impl Strategy<Value = Entries> {
    prop::collection::btree_set("[a-d]", 0..4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => some_entries().prop_map(Step::Put),
        1 => Just(Step::Delete),
        4 => prop::sample::select(&TEAMS[..]).prop_map(Step::Ingest),
    ];
    prop::collection::vec(step, 0..24)
}

proptest! {
    #[test]
    fn every_moment_is_as_it_was(
        unkept in prop::option::of(some_entries()), steps in steps(), stale: prop::sample::Index,
    ) {
        let mut model = Model::new();
        if let Some(entries) = unkept.clone() {
            model.begin_unkept(entries);
        }
        // Definitions that a reader took some steps ago.
        let mut taken = vec![model.definitions.clone()];
        for step in steps {
            match step {
                Step::Put(entries) => model.change(Some(entries)),
                Step::Delete => model.change(None),
                Step::Ingest(team) => model.ingest(team),
            }
            taken.push(model.definitions.clone());
        }
        let taken = [stale.get(&taken), &model.definitions];

        for definitions in taken {
            for team in TEAMS {
                let mut timeline = model.timeline(definitions, team);
                // Forwards and back again.
                let seen = || model.seen.iter().filter(|((of, _), _)| *of == team);
                for ((_, sequence), (version, entries)) in seen().chain(seen().rev()) {
                    timeline.advance_to(*sequence);
                    prop_assert_eq!(timeline.version(NAME), *version);
                    for text in ["a", "b", "c", "d", "e"] {
                        let expect = entries.as_ref().is_some_and(|held| held.contains(text));
                        prop_assert_eq!(timeline.contains(NAME, text), expect, "{} at {}", text, sequence);
                    }
                }
            }

            let defined = definitions.lists.get(NAME);
            let versions = model.versions(defined);
            let numbers: Vec<u64> = versions
                .newest_first(None)
                .map(|version| version.expect("it is read").version)
                .collect();
            let expect: Vec<u64> = model.past.iter().rev().map(|(version, ..)| *version).collect();
            // A list that was never changed is known by its definition alone.
            let is_unknown = defined.is_none() && model.past.len() == 1 && unkept.is_some();
            prop_assert_eq!(&numbers, if is_unknown { &numbers } else { &expect });

            for (version, at, entries) in &model.past {
                let moments = [Moment::Version(*version), Moment::Time(Timestamp::from_micros(*at))];
                for moment in moments {
                    let found = AsOf::read(&versions, moment);
                    let expect = entries.as_ref();
                    match (found, expect) {
                        (Ok(found), Some(expect)) => prop_assert_eq!(&found.entries(), expect),
                        (Err(AsOfError::Deleted { .. }), None) => {}
                        (found, expect) => prop_assert!(false, "{:?}, not {:?}", found, expect),
                    }
                }
                for text in ["a", "b", "c", "d", "e"] {
                    let found = membership(&versions, text, Timestamp::from_micros(*at));
                    let found = found.expect("it is known");
                    let expect = entries.as_ref().is_some_and(|held| held.contains(text));
                    prop_assert_eq!(found.member, expect);
                    prop_assert_eq!(found.version, entries.as_ref().map(|_| *version));
                    let mut turns = found.turns.iter().map(|turn| turn.member);
                    let mut next = turns.next();
                    while let Some(turn) = next {
                        next = turns.next();
                        prop_assert_ne!(Some(turn), next, "each turn changes something");
                    }
                }
            }
        }
    }

    #[test]
    fn a_diff_of_any_length_is_kept_whole(
        former in prop::collection::btree_set("[a-c\u{fc}]{1,3}", 0..40),
        new in prop::collection::btree_set("[a-c\u{fc}]{1,3}", 0..40),
        length in prop::sample::select(&[1_usize, 2_000][..]),
    ) {
        // Long entries make many pieces of a diff.
        let long = |entries: Entries| -> Entries {
            entries.iter().map(|entry| entry.repeat(length)).collect()
        };
        let (former, new) = (long(former), long(new));
        let mut model = Model::new();
        model.change(Some(former.clone()));
        model.change(Some(new.clone()));
        let versions = model.versions(model.now());
        let Some(newest) = versions.newest_first(None).next() else {
            return Ok(());
        };
        let newest = newest.expect("it is read");
        if former == new {
            return Ok(());
        }
        let diff = versions.diff(&newest).expect("it is read");
        prop_assert_eq!(&diff, &between(&former, &new));
        for entry in former.union(&new) {
            let says = versions.says_of(&newest, entry).expect("it is read");
            let is_touched = former.contains(entry) != new.contains(entry);
            prop_assert_eq!(says, is_touched.then(|| new.contains(entry)));
        }
        prop_assert_eq!(versions.says_of(&newest, "zzz").expect("it is read"), None);
    }
}

#[test]
fn what_was_before_a_list_is_told_apart_from_what_is_not_known() {
    let at = |micros| Moment::Time(Timestamp::from_micros(micros));
    let mut model = Model::new();
    assert!(matches!(
        model.versions(None).in_force(at(9)),
        Err(AsOfError::NoList)
    ));
    model.change(Some(entries(&["a"])));
    let found = model.versions(model.now()).in_force(at(9));
    assert!(matches!(found, Err(AsOfError::NotYet { .. })), "{found:?}");
    let never = membership(&model.versions(None), "a", Timestamp::from_micros(9));
    assert!(
        !never
            .expect("a list that is not there holds nothing")
            .member
    );

    let mut model = Model::new();
    model.begin_unkept(entries(&["a"]));
    let found = model.versions(model.now()).in_force(at(9));
    assert!(matches!(found, Err(AsOfError::NotKept { .. })), "{found:?}");
    model.change(Some(entries(&["b"])));
    let found = membership(&model.versions(None), "a", Timestamp::from_micros(9));
    assert!(matches!(found, Err(AsOfError::NotKept { .. })), "{found:?}");
}

#[test]
fn entries_go_on_behind_any_of_them() {
    let mut model = Model::new();
    model.change(Some(entries(&["b", "d", "f"])));
    let first = model.position;
    model.change(Some(entries(&["a", "d", "e", "f"])));
    let versions = model.versions(model.now());
    let found = AsOf::read(&versions, Moment::Version(first)).expect("a list");
    let after = |bound| found.entries_after(bound).collect::<Vec<_>>();
    assert_eq!(after(Bound::Unbounded), ["b", "d", "f"]);
    assert_eq!(after(Bound::Excluded("b")), ["d", "f"]);
    assert_eq!(after(Bound::Included("c")), ["d", "f"]);
    assert_eq!(after(Bound::Excluded("f")), [""; 0]);
}

#[test]
fn versions_that_are_not_durable_yet_are_not_told() {
    let mut model = Model::new();
    model.change(Some(entries(&["a"])));
    let durable = model.position;
    model.change(Some(entries(&["b"])));
    let versions = Versions::of(&model.store, TENANT, NAME, None, durable).expect("it is read");
    let found: Vec<_> = versions.newest_first(None).collect();
    assert_eq!(found.len(), 1);
}
