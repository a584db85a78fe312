//! One alert.

use std::borrow::Cow;

use uuid::Uuid;

use super::closed::{AlertOutcome, Closed, NotClosed};
use super::content::{AlertContent, GuardedContent, Labels, Marking, Viewer, Withheld};
use super::merging::{MergedInto, Own};
use super::workflow::Workflow;
use crate::rule::{Finding, Label, Level};
use crate::time::Timestamp;

/// An alert's id: UUIDv7, so that ids rise with the time of creation.
pub type AlertId = Uuid;

/// An insight about a customer that someone must look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// UUIDv7.
    pub id: AlertId,
    /// The team's name.
    pub team: String,
    /// Whom it is about: the transactions' `customer_id`; none if it is about no customer.
    pub dprofile_id: Option<String>,
    /// To whom it is assigned.
    pub user_id: Option<String>,
    /// What it says: [`seen_by`](Self::seen_by) shows it.
    pub content: GuardedContent,
    /// The alert type's name.
    pub incident_type: String,
    /// The state's name.
    pub state: String,
    /// How bad it is.
    pub severity: Level,
    /// How soon it must be looked at.
    pub priority: Level,
    /// Until when it must be done.
    pub due_date: Option<Timestamp>,
    /// Its transactions, oldest first.
    pub txn_ids: Vec<String>,
    /// The rule of its first finding.
    pub rule: Option<String>,
    /// Which of the rule's installs made its first finding; none if it has none, or where an earlier release
    /// kept it.
    pub install: Option<u64>,
    /// How many findings it has; each is a record of its own.
    pub findings: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Since when, if it is closed, and what it was.
    pub closed: Option<Closed>,
    /// 1 when made, rising by one with each change.
    pub version: u64,
    /// How many alerts it holds besides itself: those that were merged into it, and into those.
    pub merged: u32,
    /// Where it went, if it was merged into another.
    pub merged_into: Option<MergedInto>,
    /// What it had before others joined it, while they are merged into it.
    pub own: Option<Box<Own>>,
}

/// What an alert is made from.
#[derive(Clone, Debug)]
pub struct Raised<'f> {
    /// The new alert's id.
    pub id: AlertId,
    /// The team's name.
    pub team: &'f str,
    /// The transaction's customer.
    pub customer_id: &'f str,
    /// The transaction.
    pub txn_id: &'f str,
    /// The rule's name.
    pub rule: &'f str,
    /// Which of its installs.
    pub install: u64,
    /// From the install, else the manifest.
    pub incident_type: &'f str,
    /// What the tenant set for the type.
    pub of_type: TypeDefaults,
    /// Where the install sets it.
    pub install_severity: Option<Level>,
    /// Where the install sets it.
    pub install_priority: Option<Level>,
    /// The plugin's own.
    pub manifest_severity: Level,
    /// The plugin's own.
    pub manifest_priority: Level,
    /// When.
    pub at: Timestamp,
    /// Whether the rule reads masked fields: what it wrote is withheld from who may not see those.
    pub reads_masked: bool,
}

/// What a tenant set for the alerts of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeDefaults {
    /// Where neither an install nor a finding sets it.
    pub severity: Option<Level>,
    /// Where neither an install nor a finding sets it.
    pub priority: Option<Level>,
    /// Until when an alert that is made now must be done.
    pub due_date: Option<Timestamp>,
}

/// What people change of an alert; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertChange {
    /// Another assignee, or nobody.
    pub user_id: Option<Option<String>>,
    /// Another title.
    pub title: Option<String>,
    /// Another severity.
    pub severity: Option<Level>,
    /// Another priority.
    pub priority: Option<Level>,
    /// Another due date, or none.
    pub due_date: Option<Option<Timestamp>>,
    /// Other labels, in place of those that the viewer sees.
    pub labels: Option<Vec<Label>>,
    /// Labels that were given by name: they are people's words, even where a rule gave them before.
    pub given_labels: Vec<Label>,
    /// Another info: the text of a JSON object.
    pub info: Option<String>,
    /// Another outcome, or none; only a closed alert has one.
    pub outcome: Option<Option<AlertOutcome>>,
    /// Through whose eyes the change is made.
    pub viewer: Viewer,
}

impl Alert {
    /// The alert that a finding leads to. Severity and priority: what the install
    /// sets, else the finding's own, else what the tenant set for the type, else the manifest's.
    pub fn raise(raised: Raised<'_>, finding: &Finding, workflow: &Workflow) -> Self {
        let severity = raised.install_severity.or(finding.severity);
        let severity = severity.or(raised.of_type.severity);
        let priority = raised.install_priority.or(finding.priority);
        let priority = priority.or(raised.of_type.priority);
        Self {
            id: raised.id,
            team: raised.team.to_owned(),
            dprofile_id: Some(raised.customer_id.to_owned()),
            user_id: None,
            content: GuardedContent::new(
                AlertContent {
                    title: finding.title.clone(),
                    labels: finding.labels.clone(),
                    info: finding.info.clone(),
                    score: finding.score,
                },
                Marking::Decided(if raised.reads_masked {
                    Withheld::all_of(&finding.labels)
                } else {
                    Withheld::default()
                }),
            ),
            incident_type: raised.incident_type.to_owned(),
            state: workflow.initial().to_owned(),
            severity: severity.unwrap_or(raised.manifest_severity),
            priority: priority.unwrap_or(raised.manifest_priority),
            due_date: raised.of_type.due_date,
            txn_ids: vec![raised.txn_id.to_owned()],
            rule: Some(raised.rule.to_owned()),
            install: Some(raised.install),
            findings: 1,
            created_at: raised.at,
            updated_at: raised.at,
            closed: None,
            version: 1,
            merged: 0,
            merged_into: None,
            own: None,
        }
    }

    /// What a viewer sees of its content. Of an info that is withheld nothing is left but `{}`.
    pub fn seen_by(&self, viewer: Viewer) -> Cow<'_, AlertContent> {
        let withheld = self.withheld();
        self.content
            .seen_by(viewer, &withheld, self.rule.as_deref())
    }

    /// What of its content is withheld from viewers who may not see masked fields. Where nobody decided, all that a
    /// rule may have written.
    pub fn withheld(&self) -> Cow<'_, Withheld> {
        match self.content.marking() {
            Marking::Decided(withheld) => Cow::Borrowed(withheld),
            Marking::Undecided => {
                let full = self.content.full();
                Cow::Owned(match (&self.rule, self.merged) {
                    (Some(_), _) => Withheld::all_of(&full.labels),
                    // Labels may be of alerts that were merged into it.
                    (None, 1..) => Withheld {
                        labels: full.labels.clone(),
                        ..Withheld::default()
                    },
                    (None, 0) => Withheld::default(),
                })
            }
        }
    }

    /// Puts the info that the host makes of a rule's in its place.
    pub fn set_info(&mut self, info: String) {
        self.content.content_mut().info = info;
    }

    /// Gives it a title that is people's, which everybody may see.
    pub(super) fn set_title(&mut self, title: String) {
        let mut withheld = self.withheld().into_owned();
        withheld.title = false;
        self.content.decide(withheld);
        self.content.content_mut().title = title;
    }

    /// Its labels.
    pub(super) fn labels(&self) -> Labels {
        Labels {
            all: self.content.full().labels.clone(),
            withheld: self.withheld().labels.clone(),
        }
    }

    pub(super) fn set_labels(&mut self, labels: Labels) {
        let mut withheld = self.withheld().into_owned();
        withheld.labels = labels.withheld;
        self.content.decide(withheld);
        self.content.content_mut().labels = labels.all;
    }

    /// When it was closed, if it is.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed.map(|closed| closed.at)
    }

    /// What it was, if it is closed and somebody said so.
    pub fn outcome(&self) -> Option<AlertOutcome> {
        self.closed.and_then(|closed| closed.outcome)
    }

    /// Puts it into a state of the workflow. Whether it may go there, the caller has asked. From one closed state
    /// to another it takes its outcome along; an open alert has none.
    pub fn enter(&mut self, state: &str, workflow: &Workflow, at: Timestamp) {
        self.state = state.to_owned();
        self.closed = workflow.is_closed(state).then_some(Closed {
            at,
            outcome: self.outcome(),
        });
        self.touch(at);
    }

    /// Says what it was, of an alert that is closed; `None` takes back what was said.
    ///
    /// # Errors
    /// Where it is not closed; then nothing changed.
    pub fn conclude(&mut self, outcome: Option<AlertOutcome>) -> Result<(), NotClosed> {
        match (&mut self.closed, outcome) {
            (Some(closed), outcome) => closed.outcome = outcome,
            (None, Some(_)) => return Err(NotClosed),
            (None, None) => {}
        }
        Ok(())
    }

    /// Changes what people may change; says whether anything did.
    ///
    /// # Errors
    /// Where an outcome is given to an alert that is not closed; then nothing changed.
    pub fn change(&mut self, change: AlertChange, at: Timestamp) -> Result<bool, NotClosed> {
        let before = self.clone();
        if let Some(outcome) = change.outcome {
            self.conclude(outcome)?;
        }
        if let Some(user_id) = change.user_id {
            self.user_id = user_id;
        }
        if let Some(title) = change.title {
            self.set_title(title);
        }
        if let Some(severity) = change.severity {
            self.severity = severity;
        }
        if let Some(priority) = change.priority {
            self.priority = priority;
        }
        if let Some(due_date) = change.due_date {
            self.due_date = due_date;
        }
        if change.labels.is_some() || !change.given_labels.is_empty() {
            let mut labels = self.labels();
            if let Some(chosen) = change.labels {
                labels.choose(chosen, change.viewer);
            }
            change
                .given_labels
                .iter()
                .for_each(|label| labels.open(label));
            self.set_labels(labels);
        }
        if let Some(info) = change.info {
            self.set_info(info);
        }
        let changed = *self != before;
        if changed {
            self.touch(at);
        }
        Ok(changed)
    }

    /// Counts a change.
    pub fn touch(&mut self, at: Timestamp) {
        self.updated_at = at;
        self.version += 1;
    }
}
