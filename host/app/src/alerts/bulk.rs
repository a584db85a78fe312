//! The same change of many alerts. Each alert is changed, or not, by itself.
//!
//! Here is what is asked and what is done to one alert; [`crate::bulk`] does it to all of them, across stops of the host.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::comments::{CommentError, harmless};
use super::filters::AlertFilters;
use super::known::{FilterError, query};
use super::labels::labels;
use super::parts::{NewPartError, check_assignee};
use super::transitions::{MoveRefused, Mover, check_concludes, move_in, put_comment};
use super::{MergedAway, NoSuchAlert, check_not_merged};
use crate::App;
use crate::alert_index::{self, NotWhole, whole_index};
use crate::blocking::{ReadError, on_disk};
use crate::bulk::{self, AskError, Asked, BulkFailure, BulkRecord, BulkState, RefusalKind};
use crate::caller::{Caller, Forbidden};
use crate::request::once::RepeatError;
use crate::request::{Invalid, Once, Replayable, level, rfc3339};
use base::naming;
use domain::alert::{AlertChange, AlertId, AlertOutcome, NotClosed, Person, Viewer};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use engine::lane::{Actor, Change, LaneError};
use store::StoreError;
use tenant::Permission;

/// Which alerts to change.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    Alerts(Vec<AlertId>),
    /// All that the filters let through now.
    Filter {
        /// The filters.
        filters: Box<AlertFilters>,
        /// How many that must be: nothing is changed where these are other alerts than somebody was shown.
        count: Option<u64>,
    },
}

/// What is done to each alert; what is none stays. It is kept in this form until it is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkChange {
    /// Moves it to this state.
    pub to: Option<String>,
    /// Puts a comment to it: HTML, as in other comments.
    pub comment: Option<String>,
    /// What it was: with a move to a closed state, or, where it is not moved, of an alert that is closed.
    #[serde(with = "outcome")]
    pub outcome: Option<AlertOutcome>,
    /// Assigns it to this user; `""` to nobody.
    pub user_id: Option<String>,
    /// How bad it is.
    #[serde(with = "level::option")]
    pub severity: Option<Level>,
    /// How urgent it is.
    #[serde(with = "level::option")]
    pub priority: Option<Level>,
    /// Labels that it gets.
    pub add_labels: Vec<String>,
    /// Labels that are taken from it.
    pub remove_labels: Vec<String>,
}

/// A change of many alerts. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BulkView {
    /// UUIDv7.
    pub id: Uuid,
    /// How far it is.
    pub state: BulkState,
    /// Why it ended before its end, where it was stopped.
    pub reason: Option<String>,
    /// How many alerts there are.
    pub of: u64,
    /// How many of them were tried.
    pub done: u64,
    /// How many of those could not be changed.
    pub failed: u64,
    /// The first thousand of those.
    pub failures: Vec<FailureView>,
    /// The login of who asked for it; empty in what an earlier release kept for requests that come again.
    #[serde(default)]
    pub asked_by: String,
    /// What is done to each alert; only who asked for it is shown it, since it may name what others may not see.
    #[serde(default)]
    pub change: Option<BulkChange>,
    /// When it was asked for.
    #[serde(with = "rfc3339")]
    pub asked_at: Timestamp,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    pub finished_at: Option<Timestamp>,
}

/// An alert that could not be changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailureView {
    /// Which.
    pub alert: AlertId,
    /// The number of a [`RefusalKind`], as the API answers it to a change of one alert.
    pub status: u16,
    /// Why.
    pub detail: String,
}

/// There is no change of many alerts of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no change of many alerts {0}")]
pub struct NoSuchBulk(pub Uuid);

/// Why a change of many alerts was not begun.
#[derive(Debug, thiserror::Error)]
pub enum ChangeManyError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A value cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The comment cannot be taken.
    #[error(transparent)]
    Comment(#[from] CommentError),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Some alerts cannot be searched yet, and nobody would know which were changed.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// There are too many alerts.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The filters let another number of alerts through than was said.
    #[error("the filter finds {found} alerts now, not {expected}; nothing was changed")]
    OtherCount {
        /// How many were expected.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The alerts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a change of many alerts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadBulkError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is none of this id.
    #[error(transparent)]
    NoSuchBulk(#[from] NoSuchBulk),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Replayable for BulkView {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

impl BulkView {
    fn of(record: &BulkRecord, viewer: Viewer, reader: &str) -> Self {
        let failure = |failure: &BulkFailure| FailureView {
            alert: failure.alert,
            status: failure.status,
            detail: failure.detail(viewer).to_owned(),
        };
        let (asked_by, is_own) = match &record.actor {
            Actor::User { id, login } => (login.clone(), id == reader),
            _ => (String::new(), false),
        };
        let change = is_own.then(|| serde_json::from_value(record.change.clone()).ok());
        Self {
            asked_by,
            change: change.flatten(),
            id: record.id,
            state: record.state,
            reason: record.stopped.clone(),
            of: record.of,
            done: record.done,
            failed: record.failed,
            failures: record.failures.iter().map(failure).collect(),
            asked_at: Timestamp::from_micros(record.asked_at),
            finished_at: record.finished_at.map(Timestamp::from_micros),
        }
    }
}

/// Begins a change of many alerts, and answers how far it is. A stop of the host loses none: it goes on when the host is
/// started again.
///
/// # Errors
/// Where the caller may not, no alert could be changed so, or there are too many.
pub async fn change_many(
    app: &Arc<App>,
    caller: &Caller,
    which: Which,
    change: BulkChange,
    once: Once,
) -> Result<BulkView, ChangeManyError> {
    caller.require(Permission::AlertRead)?;
    let alerts = which.alerts(app, caller).await?;
    let change = change.checked(caller).await?;
    let change = serde_json::to_value(change).expect("a change has only string keys");
    let (actor, needs) = (caller.actor(), caller.needs());
    let (viewer, reader) = (caller.viewer(), caller.id.clone());
    let note = move |noting: &mut Change<'_>| {
        let asked = Asked {
            actor,
            needs,
            change,
            alerts,
        };
        let record = bulk::note(noting, asked)?;
        Ok(BulkView::of(&record, viewer, &reader))
    };
    let view: BulkView = once.make::<_, ChangeManyError, _>(caller, note).await?;
    let (lane, id) = (caller.lane.clone(), view.id);
    on_disk(app, move |app| app.jobs.bulks.start_stored(&lane, id)).await?;
    Ok(view)
}

/// Checks what is asked for without doing it.
///
/// # Errors
/// Where the caller may not, or no alert could be changed so.
pub async fn check(caller: &Caller, change: &BulkChange) -> Result<(), ChangeManyError> {
    caller.require(Permission::AlertRead)?;
    change.clone().checked(caller).await.map(drop)
}

/// How far a change of many alerts is.
///
/// # Errors
/// Where the caller may not, or there is none of this id.
pub async fn read(app: &Arc<App>, caller: &Caller, id: Uuid) -> Result<BulkView, ReadBulkError> {
    caller.require(Permission::AlertRead)?;
    let tenant = caller.tenant;
    let record = on_disk(app, move |app| bulk::get(&app.jobs.bulks, tenant, id));
    let record = record.await?.ok_or(NoSuchBulk(id))?;
    Ok(BulkView::of(&record, caller.viewer(), &caller.id))
}

impl Which {
    /// The alerts that are meant, in the order in which they are changed.
    async fn alerts(
        self,
        app: &Arc<App>,
        caller: &Caller,
    ) -> Result<Vec<AlertId>, ChangeManyError> {
        match self {
            Self::Alerts(alerts) => {
                let mut seen = HashSet::new();
                match alerts.iter().find(|alert| !seen.insert(**alert)) {
                    None => Ok(alerts),
                    Some(twice) => {
                        let detail = format!("'alerts' names alert {twice} twice");
                        Err(Invalid::field("alerts", "duplicate", detail).into())
                    }
                }
            }
            Self::Filter { filters, count } => {
                // Some of them would be changed, and nobody would know which.
                whole_index(caller).await?;
                let query = query(app, caller, &filters).await?;
                let found = alert_index::search(caller, move |index| index.all(&query));
                let (alerts, _) = found.await?;
                match count {
                    Some(expected) if expected != alerts.len() as u64 => {
                        Err(ChangeManyError::OtherCount {
                            expected,
                            found: alerts.len() as u64,
                        })
                    }
                    _ => Ok(alerts),
                }
            }
        }
    }
}

impl BulkChange {
    /// Refuses what no alert could be changed to, and what the caller may not do.
    async fn checked(mut self, caller: &Caller) -> Result<Self, ChangeManyError> {
        if self == Self::default() {
            let detail = "'change' must say what to change";
            return Err(Invalid::field("change", "empty", detail).into());
        }
        let definitions = caller.definitions();
        if let Some(to) = &self.to {
            caller.require(Permission::AlertTransition)?;
            if definitions.workflow().state(to).is_none() {
                let detail = format!("the workflow has no state '{to}'");
                return Err(Invalid::field("change.to", "unknown", detail).into());
            }
            if self.outcome.is_some() {
                check_concludes("change.outcome", to, &definitions.workflow())?;
            }
        }
        if let Some(text) = self.comment.take() {
            caller.require(Permission::CommentWrite)?;
            self.comment = Some(harmless(text).await?);
        }
        let of_fields = Self {
            to: None,
            comment: None,
            outcome: self.outcome.filter(|_| self.to.is_none()),
            ..self.clone()
        };
        if of_fields != Self::default() {
            caller.require(Permission::AlertWrite)?;
        }
        if let Some(user) = self.user_id.as_deref().filter(|user| !user.is_empty()) {
            check_assignee(&definitions, user)?;
        }
        labels(&self.add_labels, &[])?;
        // Labels that could not be put any more can be taken away.
        let removed = self.remove_labels.iter();
        let removed: Vec<Label> = removed.filter_map(|text| Label::new(text).ok()).collect();
        labels(&self.remove_labels, &removed)?;
        Ok(self)
    }

    /// The change to one alert, given the labels on it that the caller may see.
    fn of_fields(&self, current: &[Label], viewer: Viewer) -> Result<AlertChange, Invalid> {
        let mut texts: Vec<String> = current.iter().map(|label| label.as_str().into()).collect();
        let removed = |label: &String| {
            let mut removed = self.remove_labels.iter();
            removed.any(|removed| naming::look_alike(removed, label))
        };
        texts.retain(|label| !removed(label));
        for label in &self.add_labels {
            if !texts.iter().any(|text| naming::look_alike(text, label)) {
                texts.push(label.clone());
            }
        }
        let chosen = labels(&texts, current)?;
        Ok(AlertChange {
            user_id: self
                .user_id
                .clone()
                .map(|user| Some(user).filter(|user| !user.is_empty())),
            severity: self.severity,
            priority: self.priority,
            labels: (chosen != current).then_some(chosen),
            given_labels: labels(&self.add_labels, current)?,
            outcome: self.outcome.filter(|_| self.to.is_none()).map(Some),
            viewer,
            ..AlertChange::default()
        })
    }
}

/// Why one alert is not changed.
#[derive(Debug, thiserror::Error)]
enum ChangeOneError {
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    #[error(transparent)]
    MergedAway(#[from] MergedAway),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    NotClosed(#[from] NotClosed),
    #[error(transparent)]
    NewPart(#[from] NewPartError),
    #[error("{}", .0.0)]
    Moved(#[from] Refused),
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the host failed; its log has the cause")]
    Damaged,
}

/// A move that is refused, and what is said of it to who may not see masked fields, where that may differ.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(MoveRefused, Option<String>);

impl ChangeOneError {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::NoSuchAlert(_) | Self::NewPart(NewPartError::NoSuchAlert(_)) => {
                RefusalKind::NotFound
            }
            Self::MergedAway(_)
            | Self::NewPart(NewPartError::MergedAway(_) | NewPartError::TooMany { .. })
            | Self::Moved(Refused(MoveRefused::NoTransition(_), _)) => RefusalKind::Conflict,
            Self::Invalid(_)
            | Self::NotClosed(_)
            | Self::Moved(Refused(MoveRefused::Outcome(_) | MoveRefused::NotClosed(_), _)) => {
                RefusalKind::Invalid
            }
            Self::Moved(Refused(MoveRefused::Denied(_), _)) => RefusalKind::Denied,
            Self::NewPart(NewPartError::Lane(_))
            | Self::Moved(Refused(MoveRefused::Lane(_), _))
            | Self::Store(_) => RefusalKind::Unavailable,
            Self::Damaged => RefusalKind::Failed,
        }
    }
}

/// Changes one of the alerts, in the lane.
pub(crate) fn change_one_of_many(
    change: &mut Change<'_>,
    id: AlertId,
    record: &BulkRecord,
) -> Result<(), BulkFailure> {
    change_one(change, id, record).map_err(|error| {
        let neutral = match &error {
            ChangeOneError::Moved(Refused(_, neutral)) => neutral.clone(),
            _ => None,
        };
        BulkFailure::new(id, error.kind(), error.to_string(), neutral)
    })
}

fn change_one(
    change: &mut Change<'_>,
    id: AlertId,
    record: &BulkRecord,
) -> Result<(), ChangeOneError> {
    let asked: BulkChange = serde_json::from_value(record.change.clone()).map_err(|error| {
        tracing::error!(bulk = %record.id, %error, "a change of many alerts cannot be read");
        ChangeOneError::Damaged
    })?;
    let mut alert = change.alert(id)?.ok_or(NoSuchAlert(id))?;
    check_not_merged(&alert)?;
    let Actor::User { id: user, login } = &record.actor else {
        return Err(ChangeOneError::Damaged);
    };
    if let Some(text) = asked.comment.clone() {
        let author = Person {
            id: user.clone(),
            login: login.clone(),
        };
        put_comment(change, &alert, &record.actor, author, text)?;
    }
    let of_user = change.definitions().users.get(user);
    let scopes = of_user.map_or(&[][..], |user| &user.scopes);
    let viewer = match change
        .definitions()
        .permit(scopes, Permission::TransactionSensitive)
    {
        true => Viewer::Full,
        false => Viewer::Masked,
    };
    let seen = change.disclosure(viewer).content(&alert).labels.clone();
    if alert.change(asked.of_fields(&seen, viewer)?, change.at())? {
        change.audit(&record.actor, "alert.change", id.to_string());
        change.put_alert(alert.clone());
    }
    if let Some(to) = &asked.to {
        let mut moving = |viewer| {
            let mover = Mover {
                actor: &record.actor,
                viewer,
            };
            move_in(change, alert.clone(), to, asked.outcome, &mover)
        };
        // Whoever may read alerts reads what became of it.
        if let Err(refused) = moving(Viewer::Full) {
            let neutral = moving(Viewer::Masked).err();
            return Err(Refused(refused, neutral.map(|error| error.to_string())).into());
        }
    }
    Ok(())
}

/// Outcomes by name, for what is kept of a change.
mod outcome {
    use std::borrow::Cow;

    use domain::alert::AlertOutcome;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(
        outcome: &Option<AlertOutcome>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        match outcome {
            Some(outcome) => out.serialize_str(outcome.as_str()),
            None => out.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        text: D,
    ) -> Result<Option<AlertOutcome>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(text)?;
        text.map(|text| {
            let outcome = AlertOutcome::parse(&text);
            outcome.ok_or_else(|| de::Error::custom(format!("there is no outcome '{text}'")))
        })
        .transpose()
    }
}
