//! Alerts as they are searched: the index, how much of it is filled, and what was committed since it was read last.
//!
//! The index of a tenant is filled from the store after a start, newest alerts first, while commits go on. Whatever a
//! commit says is newer than what filling reads: a new version of an alert that is not filled yet waits for its turn
//! among the others, and comments are put again when all are there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::alert::{Alert, AlertId, Content, Part, PartId};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use tokio::sync::watch;

use crate::alert::AlertIndex;
use untrusted_input::rich_text::plain;

/// So many alerts are entered before a search that waits gets its turn.
const ENTERED_AT_ONCE: usize = 64;
/// Room for so many committed versions is kept when they are entered.
const KEPT_ROOM: usize = 1_024;

/// What became durable.
pub(super) enum Committed {
    Alert(Arc<Alert>),
    Part(Box<Part>),
}

/// How far an index is that is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncompleteIndex {
    /// How many alerts are in it.
    pub searched: u64,
    /// How many there are.
    pub of: u64,
    /// Whether it gets no further: some alerts are damaged.
    pub is_stuck: bool,
}

/// Proof that the index of a tenant's alerts is whole. Once it is, it stays so.
#[derive(Clone, Copy, Debug)]
pub struct WholeIndex(());

/// How filling goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filling {
    UnderWay,
    /// All alerts are there.
    Whole,
    /// It ended before: alerts are damaged, or the host stops.
    Ended,
}

/// The alerts of a tenant as they are searched: only what is durable.
pub(super) struct Searchable {
    indexed: RwLock<Indexed>,
    /// What the committer handed over, which has no time to enter it.
    committed: Mutex<VecDeque<Committed>>,
    /// Whether the thread that enters them was told.
    is_noted: AtomicBool,
    filling: watch::Sender<Filling>,
    /// How many wait until all alerts are there.
    wanted: AtomicUsize,
}

/// The index, and what is not in it.
pub(super) struct Indexed {
    index: AlertIndex,
    unfilled: Option<Unfilled>,
    /// Alerts that cannot be read.
    damaged: u64,
}

/// What became durable while the index is filled.
#[derive(Default)]
struct Unfilled {
    /// How many alerts there are.
    of: u64,
    /// New versions of alerts that are not filled yet.
    changed: HashMap<AlertId, Arc<Alert>>,
    /// Comments that were written, changed or deleted.
    comments: HashMap<PartId, Part>,
}

/// Alerts and comments as filling reads them from the store.
#[derive(Default)]
pub(super) struct Slice {
    /// Newest first.
    pub(super) alerts: Vec<Alert>,
    /// Every version, each comment's in their order.
    pub(super) comments: Vec<Comment>,
}

/// A comment as plain text.
pub(super) struct Comment {
    alert: AlertId,
    id: PartId,
    /// None if it was deleted.
    text: Option<String>,
}

impl Comment {
    /// None if a part is no comment.
    pub(super) fn of(part: &Part) -> Option<Self> {
        let Content::Comment(comment) = &part.content else {
            return None;
        };
        Some(Self {
            alert: part.alert,
            id: part.id,
            text: (!part.deleted).then(|| plain(&comment.text)),
        })
    }

    fn enter(&self, index: &mut AlertIndex) {
        index.put_comment(self.alert, self.id, self.text.as_deref());
    }
}

impl Searchable {
    /// Those of a tenant that has none.
    pub(super) fn empty() -> Self {
        Self::new(None)
    }

    /// Those of a tenant that has so many in the store.
    pub(super) fn to_be_filled(count: u64) -> Self {
        Self::new(Some(Unfilled {
            of: count,
            ..Unfilled::default()
        }))
    }

    fn new(unfilled: Option<Unfilled>) -> Self {
        let filling = match &unfilled {
            Some(_) => Filling::UnderWay,
            None => Filling::Whole,
        };
        Self {
            indexed: RwLock::new(Indexed {
                index: AlertIndex::default(),
                unfilled,
                damaged: 0,
            }),
            committed: Mutex::default(),
            is_noted: AtomicBool::new(false),
            filling: watch::Sender::new(filling),
            wanted: AtomicUsize::new(0),
        }
    }

    /// Hands over what is durable now; says whether the thread that enters it must be told. Quick: it is called by the
    /// committer.
    pub(super) fn committed(&self, committed: Vec<Committed>) -> bool {
        self.committed.lock().extend(committed);
        !self.is_noted.swap(true, Ordering::AcqRel)
    }

    /// Enters what was committed, where the thread was told that something was.
    pub(super) fn enter_noted(&self) {
        // Before it looks: what comes afterwards is told again.
        self.is_noted.store(false, Ordering::Release);
        self.enter_committed();
    }

    /// How many committed versions are not in the index yet.
    pub(super) fn pending(&self) -> usize {
        self.committed.lock().len()
    }

    /// The index, with all that was committed.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Indexed> {
        self.enter_committed();
        self.indexed.read()
    }

    fn enter_committed(&self) {
        let mut left = self.committed.lock().len();
        while left > 0 {
            let mut indexed = self.indexed.write();
            // Taken under the lock of the index, so that versions enter in their order.
            let next = self.take_committed();
            if next.is_empty() {
                return;
            }
            left = left.saturating_sub(next.len());
            for committed in next {
                indexed.enter(committed);
            }
        }
    }

    fn take_committed(&self) -> Vec<Committed> {
        let mut committed = self.committed.lock();
        let count = committed.len().min(ENTERED_AT_ONCE);
        let next = committed.drain(..count).collect();
        if committed.is_empty() {
            committed.shrink_to(KEPT_ROOM);
        }
        next
    }

    /// Takes in what filling has read.
    pub(super) fn fill(&self, slice: &Slice) {
        for alerts in slice.alerts.chunks(ENTERED_AT_ONCE) {
            let mut indexed = self.indexed.write();
            for alert in alerts {
                indexed.fill(alert);
            }
        }
        for comments in slice.comments.chunks(ENTERED_AT_ONCE) {
            let mut indexed = self.indexed.write();
            for comment in comments {
                indexed.fill_comment(comment);
            }
        }
    }

    /// Ends filling: all alerts are there, but for those that are damaged.
    pub(super) fn end_filling(&self, damaged: u64) {
        self.indexed.write().end_filling(damaged);
        self.filling.send_replace(match damaged {
            0 => Filling::Whole,
            _ => Filling::Ended,
        });
    }

    /// Gives filling up, since the host stops: nobody waits for it any more.
    pub(super) fn give_up_filling(&self) {
        self.filling.send_if_modified(|filling| {
            let is_under_way = *filling == Filling::UnderWay;
            if is_under_way {
                *filling = Filling::Ended;
            }
            is_under_way
        });
    }

    /// Whether the index is whole, and how far it is where it is not.
    pub(super) fn progress(&self) -> Result<WholeIndex, IncompleteIndex> {
        let filling = *self.filling.borrow();
        match filling {
            Filling::Whole => Ok(WholeIndex(())),
            Filling::UnderWay | Filling::Ended => {
                let incomplete = self.indexed.read().incomplete();
                incomplete.map_or(Ok(WholeIndex(())), Err)
            }
        }
    }

    /// Whether it is to be filled from the store.
    pub(super) fn is_unfilled(&self) -> bool {
        *self.filling.borrow() == Filling::UnderWay
    }

    /// Whether somebody waits until it is filled.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// Waits until filling has ended. While somebody waits it goes faster, unless it is work that has time.
    pub(super) async fn filled(&self, has_time: bool) -> Result<WholeIndex, IncompleteIndex> {
        let _wanted = (!has_time).then(|| Wanted::note(&self.wanted));
        let mut filling = self.filling.subscribe();
        let ended = filling.wait_for(|filling| *filling != Filling::UnderWay);
        // The sender is this one's own.
        let _ = ended.await;
        self.progress()
    }
}

impl Indexed {
    /// The index.
    pub(super) fn index(&self) -> &AlertIndex {
        &self.index
    }

    /// How far it is, where it is not whole.
    pub(super) fn incomplete(&self) -> Option<IncompleteIndex> {
        let searched = self.index.len() as u64;
        match &self.unfilled {
            Some(unfilled) => Some(IncompleteIndex {
                searched,
                of: unfilled.of.max(searched),
                is_stuck: false,
            }),
            None => (self.damaged > 0).then(|| IncompleteIndex {
                searched,
                of: searched + self.damaged,
                is_stuck: true,
            }),
        }
    }

    fn enter(&mut self, committed: Committed) {
        match committed {
            Committed::Alert(alert) => {
                if let Some(unfilled) = &mut self.unfilled
                    && !self.index.contains(alert.id)
                {
                    if alert.version > 1 {
                        unfilled.changed.insert(alert.id, alert);
                        return;
                    }
                    unfilled.of += 1;
                }
                self.index.put(&alert);
            }
            Committed::Part(part) => {
                let Some(comment) = Comment::of(&part) else {
                    return;
                };
                comment.enter(&mut self.index);
                if let Some(unfilled) = &mut self.unfilled {
                    unfilled.comments.insert(part.id, *part);
                }
            }
        }
    }

    fn fill(&mut self, alert: &Alert) {
        let Some(unfilled) = &mut self.unfilled else {
            return;
        };
        if self.index.contains(alert.id) {
            return;
        }
        match unfilled.changed.remove(&alert.id) {
            Some(changed) if changed.version > alert.version => {
                let mut changed = Alert::clone(&changed);
                changed.install = changed.install.or(alert.install);
                self.index.put_older(&changed);
            }
            _ => self.index.put_older(alert),
        }
    }

    fn fill_comment(&mut self, comment: &Comment) {
        let is_newer_known = self
            .unfilled
            .as_ref()
            .is_none_or(|unfilled| unfilled.comments.contains_key(&comment.id));
        if !is_newer_known {
            comment.enter(&mut self.index);
        }
    }

    fn end_filling(&mut self, damaged: u64) {
        let Some(unfilled) = self.unfilled.take() else {
            return;
        };
        // Only what filling could not read is left.
        let mut changed: Vec<_> = unfilled.changed.into_values().collect();
        changed.sort_by_key(|alert| alert.id);
        for alert in &changed {
            self.index.put(alert);
        }
        for part in unfilled.comments.values() {
            if let Some(comment) = Comment::of(part) {
                comment.enter(&mut self.index);
            }
        }
        self.damaged = damaged;
    }
}

/// Somebody who waits, until it is dropped.
struct Wanted<'s>(&'s AtomicUsize);

impl<'s> Wanted<'s> {
    fn note(wanted: &'s AtomicUsize) -> Self {
        wanted.fetch_add(1, Ordering::Relaxed);
        Self(wanted)
    }
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
