//! What two installs said of the same transactions, side by side.

use std::collections::{BTreeMap, VecDeque};
use std::iter::Peekable;

use domain::rule::Level;

use super::JudgedRow;
use store::StoreError;

/// How what two installs said differs, transaction by transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Only the one found something.
    pub only_one: Severities,
    /// Only the other found something.
    pub only_other: Severities,
    /// Both found the same.
    pub both: Severities,
    /// Both found something, and not the same: as the one says it.
    pub changed_one: Severities,
    /// The same transactions, as the other says it.
    pub changed_other: Severities,
    /// Findings of the one: a transaction may have several.
    pub findings_one: u64,
    /// Findings of the other.
    pub findings_other: u64,
    /// Transactions that the one could not judge.
    pub failed_one: u64,
    /// Transactions that the other could not judge.
    pub failed_other: u64,
    /// By the day on which the transactions happened.
    pub days: BTreeMap<String, Day>,
    /// The newest pairs of each kind, oldest first.
    pub samples: BTreeMap<Kind, VecDeque<Pair>>,
}

/// How many transactions, by the highest severity of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Severities {
    pub high: u64,
    pub medium: u64,
    pub low: u64,
}

/// How many transactions of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Day {
    pub only_one: u64,
    pub only_other: u64,
    pub both: u64,
    pub changed: u64,
    /// Could not be judged by the one, by the other, or by neither.
    pub failed: u64,
}

/// What two installs make of a transaction of which one of them said anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    OnlyOne,
    OnlyOther,
    Both,
    Changed,
    Failed,
}

/// What both said of a transaction; none if it was clear.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Pair {
    pub one: Option<JudgedRow>,
    pub other: Option<JudgedRow>,
}

impl Severities {
    /// All of them.
    pub fn count(&self) -> u64 {
        self.high + self.medium + self.low
    }

    fn add(&mut self, level: Level) {
        match level {
            Level::High => self.high += 1,
            Level::Medium => self.medium += 1,
            Level::Low => self.low += 1,
        }
    }
}

impl Comparison {
    /// Compares what two installs said; both tell it in sequence order, of the same transactions. `day`
    /// names the day of a moment, in microseconds since the epoch; so many samples of each kind are kept.
    ///
    /// # Errors
    /// Where what was said cannot be read.
    pub fn of(
        one: impl Iterator<Item = Result<JudgedRow, StoreError>>,
        other: impl Iterator<Item = Result<JudgedRow, StoreError>>,
        day: impl Fn(i64) -> String,
        samples: usize,
    ) -> Result<Self, StoreError> {
        let (mut one, mut other) = (one.peekable(), other.peekable());
        let mut comparison = Self::default();
        while let Some(pair) = next_pair(&mut one, &mut other)? {
            comparison.count(pair, &day, samples);
        }
        Ok(comparison)
    }

    fn count(&mut self, pair: Pair, day: &impl Fn(i64) -> String, samples: usize) {
        let kind = pair.kind();
        let Some(row) = pair.one.as_ref().or(pair.other.as_ref()) else {
            return;
        };
        let day = self.days.entry(day(row.date_time)).or_default();
        let (one, other) = (worst(pair.one.as_ref()), worst(pair.other.as_ref()));
        let add = |to: &mut Severities, level: Option<Level>| {
            if let Some(level) = level {
                to.add(level);
            }
        };
        match kind {
            Kind::OnlyOne => {
                day.only_one += 1;
                add(&mut self.only_one, one);
            }
            Kind::OnlyOther => {
                day.only_other += 1;
                add(&mut self.only_other, other);
            }
            Kind::Both => {
                day.both += 1;
                add(&mut self.both, one);
            }
            Kind::Changed => {
                day.changed += 1;
                add(&mut self.changed_one, one);
                add(&mut self.changed_other, other);
            }
            Kind::Failed => day.failed += 1,
        }
        let failed =
            |row: &Option<JudgedRow>| u64::from(row.as_ref().is_some_and(JudgedRow::is_failed));
        self.failed_one += failed(&pair.one);
        self.failed_other += failed(&pair.other);
        let found =
            |row: &Option<JudgedRow>| row.as_ref().map_or(0, |row| row.findings().len() as u64);
        self.findings_one += found(&pair.one);
        self.findings_other += found(&pair.other);
        let kept = self.samples.entry(kind).or_default();
        kept.push_back(pair);
        if kept.len() > samples {
            kept.pop_front();
        }
    }
}

impl Pair {
    /// What the two make of it.
    pub fn kind(&self) -> Kind {
        let failed = |row: &Option<JudgedRow>| row.as_ref().is_some_and(JudgedRow::is_failed);
        match (&self.one, &self.other) {
            _ if failed(&self.one) || failed(&self.other) => Kind::Failed,
            (Some(one), Some(other)) if says(one) == says(other) => Kind::Both,
            (Some(_), Some(_)) => Kind::Changed,
            (_, None) => Kind::OnlyOne,
            (None, _) => Kind::OnlyOther,
        }
    }
}

/// What a rule said, so that it can be compared.
fn says(row: &JudgedRow) -> Vec<(&str, u64)> {
    let findings = row.findings().iter();
    findings
        .map(|finding| (&*finding.severity, finding.fingerprint))
        .collect()
}

fn worst(row: Option<&JudgedRow>) -> Option<Level> {
    let findings = row.map_or(&[][..], JudgedRow::findings).iter();
    findings.map(|finding| finding.level()).max()
}

/// The next transaction of which one of them said anything.
fn next_pair(
    one: &mut Peekable<impl Iterator<Item = Result<JudgedRow, StoreError>>>,
    other: &mut Peekable<impl Iterator<Item = Result<JudgedRow, StoreError>>>,
) -> Result<Option<Pair>, StoreError> {
    // What cannot be read is taken at once.
    let place = |row: Option<&Result<JudgedRow, StoreError>>| match row {
        Some(Ok(row)) => row.sequence,
        Some(Err(_)) => 0,
        None => u64::MAX,
    };
    let next = place(one.peek()).min(place(other.peek()));
    let one = one.next_if(|row| place(Some(row)) == next).transpose()?;
    let other = other.next_if(|row| place(Some(row)) == next).transpose()?;
    Ok((one.is_some() || other.is_some()).then_some(Pair { one, other }))
}

#[cfg(test)]
mod tests {
    use super::super::{Judgement, Kept, KeptFinding};
    use super::*;

    /// `1h7` is a finding of transaction 1, of severity high and with the fingerprint 7; `1!` a failure.
    fn rows(text: &str) -> Vec<Result<JudgedRow, StoreError>> {
        let row = |text: &str| {
            let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap();
            let (sequence, said) = text.split_at(end);
            let failed = Judgement::Failed {
                kind: "trapped".into(),
                reason: crate::alert::RuleWords::new("trapped: unreachable", None),
                caught_up: None,
            };
            let found = |said: &str| {
                let (severity, fingerprint) = said.split_at(1);
                let finding = KeptFinding {
                    severity: match severity {
                        "h" => "high",
                        "m" => "medium",
                        _ => "low",
                    }
                    .into(),
                    fingerprint: fingerprint.parse().unwrap(),
                    kept: Kept::Alert(uuid::Uuid::nil()),
                };
                Judgement::Found(vec![finding])
            };
            let sequence = sequence.parse().unwrap();
            Ok(JudgedRow {
                sequence,
                txn_id: format!("t{sequence}"),
                date_time: sequence as i64 / 10,
                judged_at: 0,
                said: if said == "!" { failed } else { found(said) },
            })
        };
        text.split_whitespace().map(row).collect()
    }

    #[test]
    fn what_two_installs_said_is_told_apart() {
        let one = rows("1h7 2m1 4h7 5l1 7! 12h7 13h7");
        let other = rows("2m1 3l2 4h8 5m1 8! 12h7");
        let day = |moment: i64| format!("day {moment}");
        let compared = Comparison::of(one.into_iter(), other.into_iter(), day, 1).unwrap();
        let severities = |high, medium, low| Severities { high, medium, low };
        assert_eq!(compared.only_one, severities(2, 0, 0), "1 and 13");
        assert_eq!(compared.only_other, severities(0, 0, 1), "3");
        assert_eq!(compared.both, severities(1, 1, 0), "2 and 12");
        assert_eq!(compared.changed_one, severities(1, 0, 1), "4 and 5");
        assert_eq!(compared.changed_other, severities(1, 1, 0));
        assert_eq!((compared.failed_one, compared.failed_other), (1, 1));
        assert_eq!((compared.findings_one, compared.findings_other), (6, 5));
        let days = [("day 0", [1, 1, 1, 2, 2]), ("day 1", [1, 0, 1, 0, 0])];
        for (name, expect) in days {
            let day = compared.days[name];
            let counts = [
                day.only_one,
                day.only_other,
                day.both,
                day.changed,
                day.failed,
            ];
            assert_eq!(counts, expect, "{name}");
        }
        let sampled = |kind| {
            let pair = &compared.samples[&kind][0];
            let row = pair.one.as_ref().or(pair.other.as_ref());
            row.map(|row| row.sequence)
        };
        assert_eq!(sampled(Kind::OnlyOne), Some(13), "the newest");
        assert_eq!(sampled(Kind::Changed), Some(5));
        assert_eq!(sampled(Kind::Failed), Some(8));
        let none = Comparison::of(Vec::new().into_iter(), Vec::new().into_iter(), day, 1);
        assert_eq!(none.unwrap(), Comparison::default());
    }
}
