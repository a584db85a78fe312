//! How often in a row a rule could not judge.

use domain::time::Timestamp;

use crate::alert::RuleWords;
use crate::judgement::{JudgedRow, Judgement};

/// After so many failures in a row a rule is shown as failing. It is asked on all the same.
pub(in crate::lane) const FAILING_AFTER: u64 = 10;

/// The newest transactions in a row that an install could not judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// How many.
    pub failures: u64,
    /// When the first of them was judged; none if there is none.
    pub since: Option<Timestamp>,
    /// Why the newest of them failed.
    pub last_failure: Option<RuleWords>,
}

impl Streak {
    /// Whether there are so many that the rule is shown as failing.
    pub fn is_failing(&self) -> bool {
        self.failures >= FAILING_AFTER
    }

    /// Of what an install said of transactions up to `last`, newest first: those of which it said nothing are not among them.
    pub(in crate::lane) fn up_to<'r>(
        last: u64,
        rows: impl IntoIterator<Item = &'r JudgedRow>,
    ) -> Self {
        let mut streak = Self::default();
        for row in rows {
            let Judgement::Failed { reason, .. } = &row.said else {
                break;
            };
            if row.sequence + streak.failures != last {
                break;
            }
            streak.failures += 1;
            streak.since = Some(Timestamp::from_micros(row.judged_at));
            streak.last_failure.get_or_insert_with(|| reason.clone());
        }
        streak
    }

    /// Goes on with so many transactions that were judged next, of which `turn` is the streak at their end.
    pub(in crate::lane) fn go_on(&mut self, rows: u64, turn: Self) {
        if turn.failures < rows {
            *self = turn;
            return;
        }
        self.failures += turn.failures;
        self.since = self.since.or(turn.since);
        self.last_failure = turn.last_failure.or(self.last_failure.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sequence: u64, fails: bool) -> JudgedRow {
        JudgedRow {
            sequence,
            txn_id: String::new(),
            date_time: 0,
            judged_at: sequence as i64,
            said: if fails {
                Judgement::Failed {
                    kind: "trapped".to_owned(),
                    reason: RuleWords::new(format!("at {sequence}"), None),
                    caught_up: None,
                }
            } else {
                Judgement::Found(Vec::new())
            },
        }
    }

    /// What was said, newest first, of transactions up to `last`: at which it failed, and at which it found something.
    fn streak(last: u64, said: &[(u64, bool)]) -> Streak {
        let rows = said.iter().map(|&(sequence, fails)| row(sequence, fails));
        Streak::up_to(last, &rows.collect::<Vec<_>>())
    }

    fn of(failures: u64, since: i64, last: &str) -> Streak {
        Streak {
            failures,
            since: Some(Timestamp::from_micros(since)),
            last_failure: Some(RuleWords::new(last, None)),
        }
    }

    #[test]
    fn a_streak_ends_at_what_was_judged() {
        assert_eq!(streak(9, &[]), Streak::default());
        assert_eq!(streak(9, &[(9, true), (8, true)]), of(2, 8, "at 9"));
        assert_eq!(
            streak(9, &[(9, true), (8, false), (7, true)]),
            of(1, 9, "at 9")
        );
        assert_eq!(
            streak(9, &[(9, true), (7, true)]),
            of(1, 9, "at 9"),
            "8 was clear"
        );
        assert_eq!(streak(9, &[(8, true)]), Streak::default(), "9 was clear");
    }

    #[test]
    fn a_streak_goes_on_over_turns_until_something_is_judged() {
        let mut going = streak(2, &[(2, true), (1, true)]);
        going.go_on(2, streak(4, &[(4, true), (3, true)]));
        assert_eq!(going, of(4, 1, "at 4"));
        going.go_on(2, streak(6, &[(6, true)]));
        assert_eq!(going, of(1, 6, "at 6"));
        going.go_on(1, streak(7, &[]));
        assert_eq!(going, Streak::default());
        let ten: Vec<(u64, bool)> = (1..=10).rev().map(|sequence| (sequence, true)).collect();
        assert!(streak(10, &ten).is_failing());
        assert!(!streak(10, &ten[..9]).is_failing());
    }
}
