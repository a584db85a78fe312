//! Merging alerts by hand, and taking a merge back.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::read::{ReadAlertError, read_now};
use super::seen::FullAlert;
use super::{NoSuchAlert, TargetError, find_in};
use crate::App;
use crate::caller::{Caller, Forbidden};
use crate::request::from_store::from_store_error;
use crate::request::invalid::check_caption;
use crate::request::once::RepeatError;
use crate::request::{Expected, Invalid, Once, Replayable};
use domain::alert::{Alert, AlertId};
use engine::lane::{Change, LaneError};
use tenant::Permission;

/// The most alerts that are merged at once.
const MAX_ALERTS: usize = 100;

/// Alerts to merge.
#[derive(Clone, Debug)]
pub struct MergeAlerts {
    /// From 2 to 100, of one team and one customer, none of them closed.
    pub alerts: Vec<AlertId>,
    /// The title of the merged alert; else that of the oldest.
    pub title: Option<String>,
}

/// What alerts became. It is kept in this form for requests that come again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MergedAlert {
    /// The oldest of them, which holds the others.
    pub id: AlertId,
    /// Its title, as the caller sees it.
    pub title: String,
    /// How many alerts it holds besides itself.
    pub merged: u32,
    /// Its version.
    pub version: u64,
}

/// Alerts cannot be merged, or are not merged: which, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmergeable(String);

/// Why alerts were not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeAlertsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// They are too few or too many, one is there twice, or the title cannot be taken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// One of them is not there.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// One of them does not go with the others.
    #[error(transparent)]
    Unmergeable(#[from] Unmergeable),
    /// The request came again, and cannot be answered.
    #[error(transparent)]
    Repeat(#[from] RepeatError),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a merge was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum UnmergeAlertError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The alert cannot be changed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It is not said which alerts are to leave.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// What is to leave is not merged into it.
    #[error(transparent)]
    Unmergeable(#[from] Unmergeable),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The change was made, and the alert cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadAlertError),
}

from_store_error!(MergeAlertsError, UnmergeAlertError);

impl Replayable for MergedAlert {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

/// Merges alerts into the oldest of them. The originals stay, and the merge can be taken back.
///
/// # Errors
/// Where the caller may not, one of them is not there, or they do not go together.
pub async fn merge(
    caller: &Caller,
    merge: MergeAlerts,
    once: Once,
) -> Result<MergedAlert, MergeAlertsError> {
    caller.require(Permission::MergeWrite)?;
    merge.check()?;
    let (actor, viewer) = (caller.actor(), caller.viewer());
    let make = move |change: &mut Change<'_>| {
        let mut alerts = merge.find(change)?;
        alerts.sort_by_key(|alert| (alert.created_at, alert.id));
        let mut others = alerts.split_off(1);
        let mut holder = alerts.remove(0);
        for other in &mut others {
            change.merge_alert(&mut holder, other);
            change.audit(&actor, "alert.merge_into", other.id.to_string());
        }
        if let Some(title) = merge.title {
            holder.retitle_merged(title);
        }
        change.audit(&actor, "alert.merge", holder.id.to_string());
        for other in others {
            change.put_alert(other);
        }
        let content = change.disclosure(viewer).content(&holder).into_owned();
        let merged = MergedAlert {
            id: holder.id,
            title: content.title,
            merged: holder.merged,
            version: holder.version,
        };
        change.put_alert(holder);
        Ok(merged)
    };
    once.make(caller, make).await
}

/// Takes a merge back: each finding returns to its alert. What merging had raised is lowered again; what people changed
/// since stays. `alerts` names those that leave; none: those of the last merge by hand, or, where there was none, the
/// one that joined last.
///
/// # Errors
/// Where the caller may not, there is no such alert, or it does not hold what is to leave.
pub async fn unmerge(
    app: &Arc<App>,
    caller: &Caller,
    id: AlertId,
    expected: Expected,
    alerts: Option<Vec<AlertId>>,
) -> Result<FullAlert, UnmergeAlertError> {
    caller.require(Permission::MergeWrite)?;
    let (actor, viewer) = (caller.actor(), caller.viewer());
    let take_back = move |change: &mut Change<'_>| {
        let mut holder = find_in(change, id, &expected, viewer)?;
        let originals = change.originals_of(&holder)?;
        let leaving = leaving(alerts.as_deref(), &holder, &originals)?;
        let (mut leaving, staying): (Vec<Alert>, Vec<Alert>) = originals
            .into_iter()
            .partition(|original| leaving.contains(&original.id));
        holder.give_back(&mut leaving, &staying, change.at());
        for mut original in leaving {
            // The workflow may have lost the state that it was in when it was merged.
            let workflow = change.workflow();
            if workflow.state(&original.state).is_none() {
                original.state = workflow.initial().to_owned();
            }
            change.audit(&actor, "alert.unmerge_from", original.id.to_string());
            change.put_alert(original);
        }
        change.audit(&actor, "alert.unmerge", holder.id.to_string());
        change.put_alert(holder);
        Ok(())
    };
    caller.change::<_, UnmergeAlertError, _>(take_back).await?;
    Ok(read_now(app, caller, id).await?)
}

impl MergeAlerts {
    fn check(&self) -> Result<(), Invalid> {
        if let Some(title) = &self.title {
            check_caption("title", title)?;
        }
        let different: BTreeSet<&AlertId> = self.alerts.iter().collect();
        if different.len() < self.alerts.len() {
            let detail = "'alerts' names an alert twice, and none can be merged with itself";
            return Err(Invalid::field("alerts", "duplicate", detail));
        }
        if !(2..=MAX_ALERTS).contains(&self.alerts.len()) {
            let detail = format!("'alerts' must name from 2 to {MAX_ALERTS} alerts");
            return Err(Invalid::field("alerts", "out_of_range", detail));
        }
        Ok(())
    }

    /// The alerts in the lane, which may be merged.
    fn find(&self, change: &Change<'_>) -> Result<Vec<Alert>, MergeAlertsError> {
        let mut alerts: Vec<Alert> = Vec::with_capacity(self.alerts.len());
        for &id in &self.alerts {
            let alert = change.alert(id)?.ok_or(NoSuchAlert(id))?;
            let refuse = |why: String| Err(Unmergeable(format!("alert {id} {why}")).into());
            if let Some(into) = alert.merged_into {
                return refuse(format!("was merged into alert {} already", into.alert));
            }
            if change.workflow().is_closed(&alert.state) {
                return refuse("is closed; reopen it, or leave it out".to_owned());
            }
            if let Some(first) = alerts.first() {
                if first.team != alert.team {
                    return refuse(format!(
                        "is of team '{}', alert {} of team '{}'",
                        alert.team, first.id, first.team
                    ));
                }
                if first.dprofile_id != alert.dprofile_id {
                    return refuse(format!("is about another customer than alert {}", first.id));
                }
            }
            if alert.dprofile_id.is_none() {
                return refuse("is about no customer".to_owned());
            }
            alerts.push(alert);
        }
        Ok(alerts)
    }
}

/// Which of its originals leave an alert.
fn leaving(
    named: Option<&[AlertId]>,
    holder: &Alert,
    originals: &[Alert],
) -> Result<BTreeSet<AlertId>, UnmergeAlertError> {
    if let Some(named) = named {
        let is_original = |id: &AlertId| originals.iter().any(|original| original.id == *id);
        if let Some(strange) = named.iter().find(|id| !is_original(id)) {
            let detail = format!("alert {strange} is not merged into alert {}", holder.id);
            return Err(Unmergeable(detail).into());
        }
        if named.is_empty() {
            let detail = "'alerts' must name at least one alert, or be left out";
            return Err(Invalid::field("alerts", "empty", detail).into());
        }
        return Ok(named.iter().copied().collect());
    }
    let joined = originals.iter().filter_map(|original| original.merged_into);
    let last = joined.max_by_key(|into| (into.by_hand, into.position));
    let Some(last) = last else {
        let detail = format!("nothing is merged into alert {}", holder.id);
        return Err(Unmergeable(detail).into());
    };
    let of_last = originals
        .iter()
        .filter(|original| original.merged_into == Some(last));
    let ids = of_last.map(|original| original.id);
    Ok(match last.by_hand {
        true => ids.collect(),
        false => ids.max().into_iter().collect(),
    })
}
