//! What time it is: the machine's, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::time::Timestamp;
use tokio::sync::Notify;

/// The longest that a sleep trusts the machine not to have been asleep itself, or set to another time.
const TRUST: Duration = Duration::from_secs(60);

/// A clock that never goes backwards between two readings of one handle's copies.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds added to the machine's time.
    offset: Arc<AtomicI64>,
    /// The latest answer.
    last: Arc<AtomicI64>,
    /// Tells those who sleep that the clock was moved on.
    moved: Arc<Notify>,
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
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.offset.fetch_add(micros, Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Waits until it is `until`, also where the clock is moved on meanwhile.
    pub async fn sleep_until(&self, until: Timestamp) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // From here on no move is missed.
            moved.as_mut().enable();
            let left = until.as_micros().saturating_sub(self.now().as_micros());
            let Ok(left @ 1..) = u64::try_from(left) else {
                return;
            };
            let left = Duration::from_micros(left).min(TRUST);
            tokio::select! {
                () = moved => {}
                () = tokio::time::sleep(left) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_sleeps_wakes_when_the_clock_is_moved() {
        let clock = Clock::default();
        let until = clock.now().plus_seconds(3_600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(until).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(1_800));
        clock.advance(Duration::from_secs(1_800));
        assert!(sleeper.await.expect("it wakes") >= until);
    }

    #[tokio::test]
    async fn a_moment_that_is_over_is_not_waited_for() {
        let clock = Clock::default();
        clock.sleep_until(Timestamp::MIN).await;
        clock.sleep_until(clock.now()).await;
    }
}
