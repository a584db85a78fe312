//! What the conditions of the workflow see of an alert and of whoever calls.

use domain::alert::{Alert, AlertId, AlertOutcome, Comment, Part, Person, Task};
use domain::guard::Value;
use domain::time::Timestamp;

use crate::caller::Caller;
use crate::guard_value::of_json;
use engine::alert::parts::{PartQuery, list_parts};
use engine::alert::{Disclosure, EvidenceItem, FindingRecord, MASKED, WholeAlert, read_findings};
use engine::lane::{Actor, Change};
use json::{JsonValue, to_json};
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// The most findings, comments and tasks, of each, that a condition sees: the first ones.
const MAX_SEEN: usize = 1_000;

/// An alert with all that conditions see of it.
pub(super) struct ConditionView {
    whole: WholeAlert,
    outcome: Option<AlertOutcome>,
    findings: Vec<FindingRecord>,
    comments: Vec<Part<Comment>>,
    tasks: Vec<Part<Task>>,
}

impl ConditionView {
    /// What belongs to an alert, as it is in the lane.
    pub(super) fn in_lane(change: &Change<'_>, alert: &Alert) -> Result<Self, StoreError> {
        let whole = change.whole(alert.clone())?;
        let whose = whole.ids();
        Ok(Self {
            findings: change.findings(&whole, MAX_SEEN)?,
            comments: change.parts(&whose, MAX_SEEN)?,
            tasks: change.parts(&whose, MAX_SEEN)?,
            outcome: alert.outcome(),
            whole,
        })
    }

    /// What belonged to an alert at a position.
    pub(super) fn as_of(
        store: &Store,
        tenant: TenantId,
        position: u64,
        whole: WholeAlert,
    ) -> Result<Self, StoreError> {
        let whose = whole.ids();
        Ok(Self {
            findings: read_findings(store, tenant, &whole, MAX_SEEN)?,
            comments: parts(store, tenant, position, &whose)?,
            tasks: parts(store, tenant, position, &whose)?,
            outcome: whole.alert.outcome(),
            whole,
        })
    }

    /// Whether anything that a condition sees is withheld from a viewer.
    pub(super) fn withholds_from(&self, disclosure: &Disclosure) -> bool {
        let alert = &self.whole.alert;
        let mut alerts = std::iter::once(alert).chain(&self.whole.originals);
        alerts.any(|alert| disclosure.withholds(alert))
            || self
                .findings
                .iter()
                .any(|finding| disclosure.finding(&alert.team, finding).is_withheld)
    }

    /// With the outcome that a move gives it, before it is made: a condition can ask for one.
    pub(super) fn concluded(mut self, outcome: AlertOutcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// `alert`, as conditions see it.
    pub(super) fn value(&self, definitions: &Definitions) -> Value {
        let alert = &self.whole.alert;
        let content = self.whole.content(&Disclosure::full());
        let info = JsonValue::read_stored(&content.info).expect("an info is a JSON object");
        let texts = |texts: &[String]| Value::list(texts.iter().map(Value::text));
        let findings = self.findings.iter();
        let findings = findings.map(|finding| finding_value(alert, finding, definitions));
        Value::dict([
            ("id", Value::text(alert.id.to_string())),
            ("team", Value::text(&alert.team)),
            ("dprofile_id", text(alert.dprofile_id.as_deref())),
            ("user_id", text(alert.user_id.as_deref())),
            ("title", Value::text(&content.title)),
            ("incident_type", Value::text(&alert.incident_type)),
            ("state", Value::text(&alert.state)),
            ("severity", Value::text(alert.severity.as_str())),
            ("priority", Value::text(alert.priority.as_str())),
            ("due_date", time(alert.due_date)),
            (
                "labels",
                Value::list(
                    content
                        .labels
                        .iter()
                        .map(|label| Value::text(label.as_str())),
                ),
            ),
            ("info", of_json(&info)),
            ("txn_ids", texts(&alert.txn_ids)),
            ("rule", text(alert.rule.as_deref())),
            ("score", float(content.score)),
            ("findings", Value::list(findings)),
            ("created_at", time(Some(alert.created_at))),
            ("updated_at", time(Some(alert.updated_at))),
            ("closed_at", time(alert.closed_at())),
            ("outcome", text(self.outcome.map(AlertOutcome::as_str))),
            ("version", integer(alert.version)),
            (
                "merged_from",
                Value::list(
                    self.whole
                        .originals
                        .iter()
                        .map(|original| Value::text(original.id.to_string())),
                ),
            ),
            (
                "comments",
                Value::list(self.comments.iter().map(comment_value)),
            ),
            ("tasks", Value::list(self.tasks.iter().map(task_value))),
        ])
    }
}

/// `security`, as conditions see it.
pub(super) fn security(caller: &Caller) -> Value {
    security_of(&caller.scopes, &caller.id, &caller.login)
}

/// The same of whoever moves an alert in the lane, with the scopes that the user has by then.
pub(super) fn security_in(definitions: &Definitions, actor: &Actor) -> Value {
    match actor {
        Actor::User { id, login } => {
            let user = definitions.users.get(id);
            let scopes = user.map_or(&[][..], |user| &user.scopes);
            security_of(scopes, id, login)
        }
        Actor::Rule { .. } | Actor::Administrator | Actor::Host => security_of(&[], "", ""),
    }
}

fn security_of(scopes: &[String], id: &str, login: &str) -> Value {
    Value::dict([
        ("scope", Value::list(scopes.iter().map(Value::text))),
        ("user_id", Value::text(id)),
        ("login", Value::text(login)),
    ])
}

fn parts<C: domain::alert::PartContent>(
    store: &Store,
    tenant: TenantId,
    position: u64,
    alerts: &[AlertId],
) -> Result<Vec<Part<C>>, StoreError> {
    let query = PartQuery {
        alerts,
        kind: C::KIND,
        position,
        after: None,
        limit: MAX_SEEN,
    };
    let found = list_parts(store, tenant, &query)?;
    Ok(found.into_iter().filter_map(Part::of_kind).collect())
}

fn finding_value(alert: &Alert, finding: &FindingRecord, definitions: &Definitions) -> Value {
    let install = definitions.install(&alert.team, &finding.rule, finding.install);
    // Conditions are evaluated with what the rule said; only evidence stays masked.
    let seen = Disclosure::full().finding(&alert.team, finding);
    let found_at = Timestamp::from_micros(finding.found_at);
    Value::dict([
        ("rule", Value::text(&finding.rule)),
        ("install", integer(finding.install)),
        ("plugin", Value::text(&finding.plugin)),
        ("version", Value::text(&finding.version)),
        ("digest", Value::text(&finding.digest)),
        (
            "configuration",
            install.map_or(Value::None, |install| of_json(&install.config)),
        ),
        ("title", Value::text(&*seen.title)),
        ("score", float(seen.score)),
        ("fuel", seen.fuel.map_or(Value::None, integer)),
        ("transaction", Value::text(&finding.txn_id)),
        ("found_at", time(Some(found_at))),
        (
            "evidence",
            Value::list(seen.evidence.iter().map(evidence_value)),
        ),
    ])
}

fn evidence_value(item: &EvidenceItem) -> Value {
    let value = match item.sensitive {
        true => Value::text(MASKED),
        false => of_json(&to_json(&item.value).expect("evidence is JSON")),
    };
    Value::dict([("name", Value::text(&item.name)), ("value", value)])
}

fn comment_value(comment: &Part<Comment>) -> Value {
    Value::dict([
        ("id", Value::text(comment.id.to_string())),
        ("author", person(&comment.author)),
        ("text", Value::text(&comment.content.text)),
        ("created_at", time(Some(comment.created_at))),
        ("edited_at", time(comment.content.edited_at)),
    ])
}

fn task_value(task: &Part<Task>) -> Value {
    let done = task.content.done.as_ref();
    Value::dict([
        ("id", Value::text(task.id.to_string())),
        ("author", person(&task.author)),
        ("title", Value::text(&task.content.title)),
        ("user_id", text(task.content.user_id.as_deref())),
        ("due_date", time(task.content.due_date)),
        ("done", Value::Bool(done.is_some())),
        ("done_by", done.map_or(Value::None, |done| person(&done.by))),
        ("done_at", time(done.map(|done| done.at))),
        ("created_at", time(Some(task.created_at))),
    ])
}

fn person(person: &Person) -> Value {
    Value::dict([
        ("id", Value::text(&person.id)),
        ("login", Value::text(&person.login)),
    ])
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::None, Value::text)
}

/// As RFC 3339, in UTC, as the API writes it. Within one second such texts are not in the order of their times.
fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::None, |at| Value::text(at.to_string()))
}

fn float(number: Option<f64>) -> Value {
    number.map_or(Value::None, Value::Float)
}

fn integer(integer: u64) -> Value {
    i64::try_from(integer).map_or(Value::None, Value::Int)
}
