//! The one place that decides what a viewer sees of what rules wrote.
//!
//! A rule that reads a masked field tells of it in whatever it writes: title, score, labels, info, the fuel that it took, the
//! words of a failure. Such words are marked when they are written, by the plan of the rule and the payload schema of
//! then, and whoever lacks the permission `transaction:sensitive` is shown a neutral form of them. Severity, priority, the kind of a
//! failure, and that there is an alert at all, everybody may see.
//!
//! What an earlier release wrote has no mark. It is open where the team had no masked field then, or where the install is
//! known to read none; all else of it is withheld.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use domain::alert::{Alert, AlertContent, Marking, Viewer, Withheld, neutral_title};

use super::finding_record::{EvidenceItem, EvidenceValue, FindingRecord, SaidRecord};
use super::info::of_the_host;
use super::words::RuleWords;
use tenant::Definitions;

/// What stands in place of a value that the viewer may not see.
pub const MASKED: &str = "***";

/// What stands in place of words that the viewer may not see.
pub const WITHHELD: &str = "details need transaction:sensitive";

/// What a viewer sees of what rules wrote for a tenant.
#[derive(Clone, Debug)]
pub struct Disclosure {
    viewer: Viewer,
    /// Says what is known of alerts and findings that an earlier release wrote.
    definitions: Arc<Definitions>,
}

/// Whose words something is, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'o> {
    /// The team's name.
    pub team: &'o str,
    /// The rule's name.
    pub rule: &'o str,
    /// Which of its installs, where that is known.
    pub install: Option<u64>,
    /// When it was written, in microseconds since the epoch.
    pub at: i64,
}

/// What a viewer sees of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFinding<'r> {
    /// What the rule said in one line.
    pub title: Cow<'r, str>,
    /// Where the rule gave one.
    pub score: Option<f64>,
    /// Name and value of every input.
    pub evidence: Cow<'r, [EvidenceItem]>,
    /// What else the rule said; none if an earlier release kept the finding.
    pub said: Option<Cow<'r, SaidRecord>>,
    /// Units of fuel that judging took; none if that is withheld.
    pub fuel: Option<u64>,
    /// Whether anything of it is withheld from the viewer.
    pub is_withheld: bool,
}

impl Disclosure {
    /// To a viewer of a tenant.
    pub fn new(viewer: Viewer, definitions: Arc<Definitions>) -> Self {
        Self {
            viewer,
            definitions,
        }
    }

    /// To the host itself.
    pub fn full() -> Self {
        Self::new(Viewer::Full, Arc::default())
    }

    /// Who looks.
    pub fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// What the viewer sees of an alert's content.
    pub fn content<'a>(&self, alert: &'a Alert) -> Cow<'a, AlertContent> {
        if self.viewer == Viewer::Full {
            return alert.seen_by(Viewer::Full);
        }
        let (mut content, has_details) = match self.decided(alert) {
            Cow::Borrowed(alert) => (alert.seen_by(self.viewer), !alert.withheld().details),
            Cow::Owned(alert) => {
                let content = alert.seen_by(self.viewer).into_owned();
                (Cow::Owned(content), !alert.withheld().details)
            }
        };
        if !has_details {
            let full = alert.seen_by(Viewer::Full);
            content.to_mut().info = of_the_host(&full.info, is_of_failures(alert));
        }
        content
    }

    /// Whether anything of an alert's content is withheld from the viewer.
    pub fn withholds(&self, alert: &Alert) -> bool {
        if self.viewer == Viewer::Full {
            return false;
        }
        !self.decided(alert).withheld().is_nothing()
    }

    fn decided<'a>(&self, alert: &'a Alert) -> Cow<'a, Alert> {
        let mut alert = Cow::Borrowed(alert);
        if *alert.content.marking() == Marking::Undecided {
            decide(alert.to_mut(), &self.definitions);
        }
        alert
    }

    /// What the viewer sees of a finding of a team.
    pub fn finding<'r>(&self, team: &str, record: &'r FindingRecord) -> SeenFinding<'r> {
        let (mut seen, mark) = record.in_full();
        let origin = Origin {
            team,
            rule: &record.rule,
            install: Some(record.install),
            at: record.found_at,
        };
        if self.viewer == Viewer::Full {
            return seen;
        }
        seen.is_withheld = !self.shows(mark, &origin);
        // An earlier release marked only the inputs that show a masked field's own value.
        let is_undecided = seen.is_withheld && mark.is_none();
        let is_masked = |item: &EvidenceItem| item.sensitive || is_undecided;
        if seen.evidence.iter().any(is_masked) {
            let items = seen.evidence.to_mut().iter_mut();
            for item in items.filter(|item| is_masked(item)) {
                item.value = EvidenceValue::Text(MASKED.to_owned());
            }
        }
        if seen.is_withheld {
            seen.title = neutral_title(&record.rule).into();
            seen.score = None;
            seen.fuel = None;
            if let Some(said) = &mut seen.said {
                let said = said.to_mut();
                said.labels.clear();
                said.info = "{}".to_owned();
            }
        }
        seen
    }

    /// A title that a rule gave an alert.
    pub fn title(&self, title: &RuleWords, origin: &Origin<'_>) -> String {
        let (text, mark) = title.in_full();
        match self.shows(mark, origin) {
            true => text.to_owned(),
            false => neutral_title(origin.rule),
        }
    }

    /// Why a rule could not judge.
    pub fn reason(&self, reason: &RuleWords, origin: &Origin<'_>) -> String {
        let (text, mark) = reason.in_full();
        match self.shows(mark, origin) {
            true => text.to_owned(),
            false => WITHHELD.to_owned(),
        }
    }

    /// Whether the viewer sees something with this mark.
    pub fn shows(&self, mark: Option<bool>, origin: &Origin<'_>) -> bool {
        self.viewer == Viewer::Full
            || match mark {
                Some(reads_masked) => !reads_masked,
                None => is_open(&self.definitions, origin),
            }
    }
}

/// Decides what of an alert is withheld, where an earlier release wrote it and nobody did yet.
pub fn decide(alert: &mut Alert, definitions: &Definitions) {
    if *alert.content.marking() != Marking::Undecided {
        return;
    }
    let origin = Origin {
        team: &alert.team,
        rule: alert.rule.as_deref().unwrap_or_default(),
        install: alert.install,
        at: alert.created_at.as_micros(),
    };
    // What was merged into it may be younger than the alert itself.
    let masked = masked_until(definitions, origin.team, alert.updated_at.as_micros());
    let withheld = if masked.is_some_and(|masked| masked.is_empty()) {
        Withheld::default()
    } else {
        let mut withheld = alert.withheld().into_owned();
        if is_open(definitions, &origin) {
            withheld.title = false;
            withheld.details = false;
            if alert.merged == 0 {
                withheld.labels.clear();
            }
        }
        withheld
    };
    alert.content.decide(withheld);
}

/// Whether what an earlier release wrote is known to tell of no masked field.
fn is_open(definitions: &Definitions, origin: &Origin<'_>) -> bool {
    let Some(masked) = masked_until(definitions, origin.team, origin.at) else {
        return false;
    };
    if masked.is_empty() {
        return true;
    }
    let install = origin
        .install
        .and_then(|number| definitions.install(origin.team, origin.rule, number));
    let reads = install.and_then(|install| install.reads.as_ref());
    reads.is_some_and(|reads| !reads.iter().any(|field| masked.contains(field.as_str())))
}

/// The fields of a team that were masked at some time up to a moment; none if there is no such team.
fn masked_until<'d>(definitions: &'d Definitions, team: &str, at: i64) -> Option<HashSet<&'d str>> {
    let team = definitions.teams.get(team)?;
    let schemas = team.schemas.iter().filter(|schema| schema.created_at <= at);
    let fields = schemas.flat_map(|schema| schema.masked());
    Some(fields.collect())
}

/// Whether it is the alert that says that a rule could not judge, whose info the host writes.
fn is_of_failures(alert: &Alert) -> bool {
    alert.rule.is_some() && alert.findings == 0
}
