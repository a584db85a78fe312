//! Something wrong that may be noticed many times while it lasts: it is logged when it begins, once a minute while it
//! goes on, and when it ends.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How often a condition that lasts is logged.
const REMINDER: Duration = Duration::from_secs(60);

/// A condition, such as a disk that is full. One that nobody can see the end of is never [ended](Self::ended): it is
/// logged at most once a minute.
pub struct Condition {
    what: &'static str,
    lasts: AtomicBool,
    lasting: Mutex<Option<Lasting>>,
}

struct Lasting {
    since: Instant,
    logged_at: Instant,
    times: u64,
}

/// What is to be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    Begins,
    Reminds { times: u64 },
    Nothing,
}

impl Condition {
    /// A condition that does not hold; `what` is the message of its log lines.
    pub const fn new(what: &'static str) -> Self {
        Self {
            what,
            lasts: AtomicBool::new(false),
            lasting: Mutex::new(None),
        }
    }

    /// Notes that it holds, and why.
    pub fn holds(&self, error: impl Display) {
        match self.notice(Instant::now()) {
            Notice::Begins => tracing::error!(%error, "{}", self.what),
            Notice::Reminds { times } => {
                tracing::error!(%error, times, "{}; it still does", self.what);
            }
            Notice::Nothing => {}
        }
    }

    /// Notes that it holds no longer.
    pub fn ended(&self) {
        if !self.lasts() {
            return;
        }
        let ended = {
            let mut lasting = self.lasting.lock();
            self.lasts.store(false, Ordering::Relaxed);
            lasting.take()
        };
        if let Some(Lasting { since, times, .. }) = ended {
            let seconds = since.elapsed().as_secs();
            tracing::info!(times, seconds, "ended: {}", self.what);
        }
    }

    /// Whether it holds, as far as it was noted.
    pub fn lasts(&self) -> bool {
        self.lasts.load(Ordering::Relaxed)
    }

    fn notice(&self, now: Instant) -> Notice {
        let mut lasting = self.lasting.lock();
        self.lasts.store(true, Ordering::Relaxed);
        let Some(known) = lasting.as_mut() else {
            *lasting = Some(Lasting {
                since: now,
                logged_at: now,
                times: 1,
            });
            return Notice::Begins;
        };
        known.times += 1;
        if now.duration_since(known.logged_at) < REMINDER {
            return Notice::Nothing;
        }
        known.logged_at = now;
        Notice::Reminds { times: known.times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_when_it_begins_and_once_a_minute() {
        let condition = Condition::new("the disk is full");
        let begun = Instant::now();
        let after = |seconds| condition.notice(begun + Duration::from_secs(seconds));
        assert_eq!(after(0), Notice::Begins);
        for _ in 0..1000 {
            assert_eq!(after(59), Notice::Nothing);
        }
        assert_eq!(after(60), Notice::Reminds { times: 1002 });
        assert_eq!(after(61), Notice::Nothing);
        assert!(condition.lasts());
        condition.ended();
        assert!(!condition.lasts());
        assert_eq!(after(62), Notice::Begins);
    }
}
