//! What time it is for a team, by its transactions.

use crate::time::Timestamp;

/// The median `date_time` of the newest transactions that came in.
///
/// The newest `date_time` would not do: one sender whose clock is years ahead
/// would make the host drop what all others need. The median moves only where
/// half of what comes in says so, and back again when that is over.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    recent: Vec<Timestamp>,
    received: usize,
}

impl Clock {
    const REMEMBERED: usize = 256;
    const EVERY: usize = 64;

    /// Takes note of a transaction; the new time, each time that it is told anew.
    pub(super) fn tick(&mut self, at: Timestamp) -> Option<Timestamp> {
        if self.recent.len() < Self::REMEMBERED {
            self.recent.push(at);
        } else {
            self.recent[self.received % Self::REMEMBERED] = at;
        }
        self.received += 1;
        if !self.received.is_multiple_of(Self::EVERY) {
            return None;
        }
        let mut recent = self.recent.clone();
        let middle = recent.len() / 2;
        let (_, median, _) = recent.select_nth_unstable(middle);
        Some(*median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_wrong_clocks_move_nothing() {
        let mut clock = Clock::default();
        let mut now = None;
        for second in 0..1000_u64 {
            let ahead = if second % 3 == 0 { 100_000_000 } else { 0 };
            let at = Timestamp::from_micros(0).plus_seconds(second + ahead);
            now = clock.tick(at).or(now);
        }
        let now = now.map(Timestamp::as_micros);
        assert!(now < Some(1000 * 1_000_000), "{now:?}");
        assert!(now > Some(700 * 1_000_000), "{now:?}");
    }
}
