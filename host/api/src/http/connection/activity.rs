//! What happens on a connection, and when it is over.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::super::serve::ConnectionLimits;

/// What happens on a connection. Times are milliseconds since it began.
pub(super) struct Activity {
    begun: Instant,
    has_asked: AtomicBool,
    /// Requests whose answers are not sent to their end.
    under_way: AtomicUsize,
    /// When the last request ended.
    idle_since: AtomicU64,
    /// When something of a request's body was read.
    read_at: AtomicU64,
    next_answer: AtomicU64,
    /// Long answers that are being sent.
    answers: Mutex<HashMap<u64, Arc<LongAnswer>>>,
}

/// A long answer on its way.
pub(super) struct LongAnswer {
    /// Since when its next piece is not asked for; 0 while the client waits for the host.
    unread_since: AtomicU64,
    /// When something of the body of its request was read: a client that still writes need not read.
    pub(super) read_at: Arc<AtomicU64>,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// It never asked for anything.
    Silent,
    /// It has asked for nothing for too long.
    Idle,
    /// It leaves an answer unread.
    Stalled,
}

impl LongAnswer {
    /// Notes that the client has a piece that it may read.
    pub(super) fn is_offered(&self, now: u64) {
        self.unread_since.store(now.max(1), Ordering::Relaxed);
    }

    /// Notes that the client waits for the host.
    pub(super) fn is_awaited(&self) {
        self.unread_since.store(0, Ordering::Relaxed);
    }

    /// When the client last did something, where it is its turn.
    fn waits_since(&self) -> Option<u64> {
        match self.unread_since.load(Ordering::Relaxed) {
            0 => None,
            since => Some(since.max(self.read_at.load(Ordering::Relaxed))),
        }
    }
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            has_asked: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            read_at: AtomicU64::new(0),
            next_answer: AtomicU64::new(0),
            answers: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn begin_request(&self) {
        self.has_asked.store(true, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_request(&self) {
        self.idle_since.store(self.now(), Ordering::Relaxed);
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether a request is under way.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// Notes that something of a request's body was read just now.
    pub(super) fn has_read(&self) {
        self.read_at.store(self.now(), Ordering::Relaxed);
    }

    /// How long ago something of a request's body was read.
    pub(super) fn since_read(&self) -> Duration {
        Duration::from_millis(
            self.now()
                .saturating_sub(self.read_at.load(Ordering::Relaxed)),
        )
    }

    /// Watches a long answer until it [ends](Self::end_answer).
    pub(super) fn begin_answer(&self, read_at: Arc<AtomicU64>) -> (u64, Arc<LongAnswer>) {
        let answer = Arc::new(LongAnswer {
            unread_since: AtomicU64::new(self.now().max(1)),
            read_at,
        });
        let id = self.next_answer.fetch_add(1, Ordering::Relaxed);
        self.answers.lock().insert(id, answer.clone());
        (id, answer)
    }

    pub(super) fn end_answer(&self, id: u64) {
        self.answers.lock().remove(&id);
    }

    /// Waits until the connection is over.
    pub(super) async fn over(&self, limits: &ConnectionLimits) -> Over {
        loop {
            let (at, over) = self.over_at(limits);
            let now = self.now();
            if at <= now {
                return over;
            }
            // Whatever begins from now on is over later than this.
            let look_again = now.saturating_add(millis(limits.idle.min(limits.stalled_answer)));
            let at = at.min(look_again.max(now + 1));
            tokio::time::sleep_until(self.begun + Duration::from_millis(at)).await;
        }
    }

    /// When it will be over, if nothing happens until then.
    fn over_at(&self, limits: &ConnectionLimits) -> (u64, Over) {
        if !self.has_asked.load(Ordering::Relaxed) {
            // The first bytes tell HTTP/1 from HTTP/2, and the limit of a head holds only from there on; it is given
            // time to end a head that is under way by an answer.
            return (millis(2 * limits.head), Over::Silent);
        }
        if self.under_way.load(Ordering::Relaxed) == 0 {
            let since = self.idle_since.load(Ordering::Relaxed);
            return (since.saturating_add(millis(limits.idle)), Over::Idle);
        }
        let answers = self.answers.lock();
        let oldest = answers.values().filter_map(|answer| answer.waits_since());
        let since = oldest.min().unwrap_or_else(|| self.now());
        (
            since.saturating_add(millis(limits.stalled_answer)),
            Over::Stalled,
        )
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
