//! What a finding is now, beside what it was.

use domain::rule::{Finding, Level};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use engine::alert::{Disclosure, FindingRecord, MASKED, SeenFinding};
use runtime::rule::RowOutcome;

/// How a finding is when it is judged again.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// As it was.
    Same,
    /// Not as it was.
    Different(Vec<Difference>),
    /// It could not be judged again, and why.
    Failed(String),
}

/// What of a finding is not as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Difference {
    /// Such as `title`; `findings` is how many the rule makes of the transaction, and `fuel` counts only where it is comparable.
    pub member: String,
    /// As it is kept with the alert.
    pub stored: Value,
    /// As it is now.
    pub now: Value,
}

/// What of a finding a rule may have computed from masked fields.
const TELLING: [&str; 5] = ["title", "score", "labels", "info", "fuel"];

impl Verdict {
    /// Without differences that would tell whether the rule says what it said before: who tries inputs of their own learned
    /// by those what the masked ones were. That it finds nothing any more is told.
    pub fn without_telling(self) -> Self {
        let Self::Different(mut differences) = self else {
            return self;
        };
        differences.retain(|difference| !difference.is_telling() || difference.now.is_null());
        match differences {
            none if none.is_empty() => Self::Same,
            some => Self::Different(some),
        }
    }
}

impl Difference {
    fn is_telling(&self) -> bool {
        TELLING.contains(&self.member.as_str())
    }

    /// What is shown of it to a viewer from whom the finding is withheld: which member differs.
    pub fn withheld(self) -> Self {
        if !self.is_telling() {
            return self;
        }
        let neutral = |value: Value| match value {
            Value::Null => Value::Null,
            _ => MASKED.into(),
        };
        Self {
            stored: neutral(self.stored),
            now: neutral(self.now),
            ..self
        }
    }
}

/// Compares what is kept with what is said now. Fuel counts where it is comparable.
pub(super) fn compare(record: &FindingRecord, now: &RowOutcome, fuel_counts: bool) -> Verdict {
    let nothing = Vec::new();
    let (findings, fuel) = match now {
        RowOutcome::Failed(failure) => return Verdict::Failed(failure.to_string()),
        RowOutcome::Clear => (&nothing, None),
        RowOutcome::Findings { findings, fuel } => (findings, Some(*fuel)),
    };
    // All of it: what of the differences is shown is decided where they are read.
    let record = &Disclosure::full().finding("", record);
    let mut differences = Differences(Vec::new());
    if let Some(said) = &record.said {
        differences.note("findings", json!(said.of), json!(findings.len()));
    }
    match finding_of(record, findings) {
        Some(finding) => differences.note_finding(record, finding),
        None => differences.note("title", json!(record.title), Value::Null),
    }
    if let Some(fuel) = fuel.filter(|_| fuel_counts) {
        differences.note("fuel", json!(record.fuel), json!(fuel));
    }
    match differences.0 {
        none if none.is_empty() => Verdict::Same,
        some => Verdict::Different(some),
    }
}

/// Which of the findings stands where the kept one stood.
fn finding_of<'f>(record: &SeenFinding<'_>, findings: &'f [Finding]) -> Option<&'f Finding> {
    match &record.said {
        Some(said) => findings.get(said.place as usize),
        // An earlier release did not keep where it stood.
        None => {
            let same = findings.iter().find(|now| *now.title == *record.title);
            same.or(findings.first())
        }
    }
}

struct Differences(Vec<Difference>);

impl Differences {
    fn note(&mut self, member: &str, stored: Value, now: Value) {
        if stored != now {
            self.0.push(Difference {
                member: member.to_owned(),
                stored,
                now,
            });
        }
    }

    fn note_finding(&mut self, record: &SeenFinding<'_>, now: &Finding) {
        self.note("title", json!(record.title), json!(now.title));
        if record.score.map(f64::to_bits) != now.score.map(f64::to_bits) {
            self.0.push(Difference {
                member: "score".to_owned(),
                stored: json!(record.score),
                now: json!(now.score),
            });
        }
        let Some(said) = &record.said else {
            return;
        };
        let labels: Vec<&str> = now.labels.iter().map(|label| label.as_str()).collect();
        let level = |level: Option<Level>| json!(level.map(Level::as_str));
        self.note("severity", json!(said.severity), level(now.severity));
        self.note("priority", json!(said.priority), level(now.priority));
        self.note("labels", json!(said.labels), json!(labels));
        self.note("info", json!(said.info), json!(now.info));
    }
}

#[cfg(test)]
mod tests {
    use domain::rule::Label;

    use super::*;
    use engine::alert::{FindingOrigin, Output, SaidRecord};
    use runtime::rule::{Failure, FailureKind};

    fn finding(title: &str) -> Finding {
        Finding {
            title: title.to_owned(),
            severity: Some(Level::High),
            priority: None,
            score: Some(0.1),
            labels: vec![Label::new("cash").expect("a label")],
            info: "{}".to_owned(),
        }
    }

    fn record(title: &str, place: u32, of: u32) -> FindingRecord {
        let said = SaidRecord {
            place,
            of,
            severity: Some("high".to_owned()),
            priority: None,
            labels: vec!["cash".to_owned()],
            info: "{}".to_owned(),
        };
        record_of(title, Some(said))
    }

    fn record_of(title: &str, said: Option<SaidRecord>) -> FindingRecord {
        let origin = FindingOrigin {
            rule: "rule".to_owned(),
            install: 1,
            plugin: "plugin".to_owned(),
            version: "1.0.0".to_owned(),
            digest: String::new(),
            txn_id: "t".to_owned(),
            sequence: 1,
            found_at: 0,
            late: false,
            made_by: None,
        };
        let output = Output {
            title: title.to_owned(),
            score: Some(0.1),
            evidence: Vec::new(),
            said,
        };
        FindingRecord::new(origin, output, 10, None)
    }

    #[test]
    fn what_differs_is_named() {
        let check = |record: &FindingRecord, now: Vec<Finding>, fuel: u64, expect: &[&str]| {
            let now = match now.is_empty() {
                true => RowOutcome::Clear,
                false => RowOutcome::Findings {
                    findings: now,
                    fuel,
                },
            };
            let differences = match compare(record, &now, true) {
                Verdict::Same => Vec::new(),
                Verdict::Different(differences) => differences,
                Verdict::Failed(reason) => panic!("{reason}"),
            };
            let members: Vec<&str> = differences.iter().map(|it| it.member.as_str()).collect();
            assert_eq!(members, expect);
        };
        let one = record("a", 0, 1);
        check(&one, vec![finding("a")], 10, &[]);
        check(&one, vec![finding("a")], 11, &["fuel"]);
        check(&one, vec![finding("b")], 10, &["title"]);
        check(&one, vec![], 10, &["findings", "title"]);
        check(&one, vec![finding("a"), finding("b")], 10, &["findings"]);
        check(
            &record("b", 1, 2),
            vec![finding("a"), finding("b")],
            10,
            &[],
        );
        check(
            &record("b", 1, 2),
            vec![finding("b"), finding("b")],
            10,
            &[],
        );
        check(
            &record("a", 1, 2),
            vec![finding("a"), finding("b")],
            10,
            &["title"],
        );
        let other = Finding {
            severity: None,
            priority: Some(Level::Low),
            score: Some(-0.1),
            labels: Vec::new(),
            info: "{ }".to_owned(),
            ..finding("a")
        };
        let all = ["score", "severity", "priority", "labels", "info"];
        check(&one, vec![other.clone()], 10, &all);
        let early = record_of("a", None);
        check(&early, vec![finding("z"), finding("a")], 10, &[]);
        check(&early, vec![other], 10, &["score"]);
    }

    #[test]
    fn fuel_counts_only_where_it_is_comparable() {
        let now = RowOutcome::Findings {
            findings: vec![finding("a")],
            fuel: 11,
        };
        assert_eq!(compare(&record("a", 0, 1), &now, false), Verdict::Same);
        let failed = RowOutcome::Failed(Failure {
            kind: FailureKind::Reported,
            reason: "no rate".to_owned(),
        });
        let failed = compare(&record("a", 0, 1), &failed, false);
        assert_eq!(failed, Verdict::Failed("reported: no rate".to_owned()));
    }
}
