//! What time it is: the machine's, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::time::Timestamp;

/// A clock that never goes backwards between two readings of one handle's copies.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds added to the machine's time.
    offset: Arc<AtomicI64>,
    /// The latest answer.
    last: Arc<AtomicI64>,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let machine = jiff::Timestamp::now().as_microsecond();
        let now = machine + self.offset.load(Ordering::Relaxed);
        let last = self.last.fetch_max(now, Ordering::Relaxed);
        Timestamp::from_micros(now.max(last))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.offset.fetch_add(micros, Ordering::Relaxed);
    }
}
