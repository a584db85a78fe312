//! When sign-ins were used last. It is not kept: after a start of the host each counts as used just then.

use std::collections::HashMap;

use domain::time::Timestamp;
use parking_lot::Mutex;
use tenant::directory::Digest;

/// A sign-in with which nothing was asked for so long ends, in seconds.
pub(super) const LONGEST_PAUSE_SECONDS: u64 = 30 * 60;

/// So many sign-ins are remembered before those that ended are forgotten.
const BETWEEN_SWEEPS: usize = 1_024;

/// When sign-ins were used last.
#[derive(Debug, Default)]
pub struct Idle(Mutex<HashMap<Digest, Timestamp>>);

impl Idle {
    /// Whether a sign-in is still good. Asking does not use it.
    pub fn is_good(&self, digest: &Digest, now: Timestamp) -> bool {
        let used = self.0.lock();
        !used.get(digest).is_some_and(|last| has_ended(*last, now))
    }

    /// Notes that a sign-in is used now. Answers whether it is still good: it stays ended once it has ended.
    pub fn is_used(&self, digest: &Digest, now: Timestamp) -> bool {
        let mut used = self.0.lock();
        if used.get(digest).is_some_and(|last| has_ended(*last, now)) {
            return false;
        }
        if used.len() >= BETWEEN_SWEEPS && !used.contains_key(digest) {
            // What a sign-in can have lasted at most is over for these.
            let longest = super::LONGEST_SECONDS;
            used.retain(|_, last| last.plus_seconds(longest) > now);
        }
        used.insert(*digest, now);
        true
    }
}

/// Whether a sign-in that was last used then has ended.
fn has_ended(last: Timestamp, now: Timestamp) -> bool {
    last.plus_seconds(LONGEST_PAUSE_SECONDS) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_it_for_good() {
        let idle = Idle::default();
        let at = |minutes: u64| Timestamp::from_micros(0).plus_seconds(60 * minutes);
        let digest = [1; 32];
        assert!(idle.is_used(&digest, at(0)));
        assert!(idle.is_used(&digest, at(29)));
        assert!(idle.is_used(&digest, at(58)));
        assert!(idle.is_good(&digest, at(87)));
        assert!(!idle.is_good(&digest, at(88)), "looking is no use");
        assert!(!idle.is_used(&digest, at(88)));
        assert!(!idle.is_used(&digest, at(89)));
        assert!(idle.is_used(&[2; 32], at(89)));
    }
}
