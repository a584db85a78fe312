//! Merging alerts by hand, and taking a merge back.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use domain::alert::{Alert, AlertId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::caller::UserCaller;
use super::super::idempotency::Repeatable;
use super::body::AlertBody;
use super::fields::refuse;
use super::{AlertPath, find_in, no_such_alert, read};
use crate::http::{Created, JsonBody, Params, Preconditions, Problem, Tagged};
use app::App;
use app::request::Replayable;
use app::request::invalid::check_caption;
use engine::lane::Change;
use tenant::Permission;

/// The most alerts that are merged at once.
const MAX_ALERTS: usize = 100;

/// Alerts to merge.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Merge {
    /// From 2 to 100, of one team and one customer, none of them closed.
    #[schemars(with = "Vec<String>")]
    alerts: Vec<Uuid>,
    /// The title of the merged alert; else that of the oldest.
    #[serde(default)]
    title: Option<String>,
}

/// What alerts became.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Merged {
    /// The oldest of them, which holds the others.
    id: String,
    title: String,
    /// How many alerts it holds besides itself.
    merged: u32,
    /// Its version.
    version: u64,
}

impl Replayable for Merged {
    fn without_secrets(&self) -> Self {
        self.clone()
    }
}

pub(super) async fn merge_alerts(
    caller: UserCaller,
    Repeatable { body: merge, once }: Repeatable<Merge>,
) -> Result<Created<Merged>, Problem> {
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
        let merged = Merged {
            id: holder.id.to_string(),
            title: change
                .disclosure(viewer)
                .content(&holder)
                .into_owned()
                .title,
            merged: holder.merged,
            version: holder.version,
        };
        change.put_alert(holder);
        Ok(merged)
    };
    Ok(Created(once.make::<_, Problem, _>(&caller, make).await?))
}

impl Merge {
    fn check(&self) -> Result<(), Problem> {
        if let Some(title) = &self.title {
            check_caption("title", title)?;
        }
        let different: BTreeSet<&Uuid> = self.alerts.iter().collect();
        if different.len() < self.alerts.len() {
            let detail = "'alerts' names an alert twice, and none can be merged with itself";
            return Err(refuse("alerts", "duplicate", detail.to_owned()));
        }
        if !(2..=MAX_ALERTS).contains(&self.alerts.len()) {
            let detail = format!("'alerts' must name from 2 to {MAX_ALERTS} alerts");
            return Err(refuse("alerts", "out_of_range", detail));
        }
        Ok(())
    }

    /// The alerts in the lane, which may be merged.
    fn find(&self, change: &Change<'_>) -> Result<Vec<Alert>, Problem> {
        let mut alerts: Vec<Alert> = Vec::with_capacity(self.alerts.len());
        for &id in &self.alerts {
            let alert = change.alert(id)?.ok_or_else(|| no_such_alert(id))?;
            let conflict = |why: String| Err(Problem::conflict(format!("alert {id} {why}")));
            if let Some(into) = alert.merged_into {
                return conflict(format!("was merged into alert {} already", into.alert));
            }
            if change.workflow().is_closed(&alert.state) {
                return conflict("is closed; reopen it, or leave it out".to_owned());
            }
            if let Some(first) = alerts.first() {
                if first.team != alert.team {
                    return conflict(format!(
                        "is of team '{}', alert {} of team '{}'",
                        alert.team, first.id, first.team
                    ));
                }
                if first.dprofile_id != alert.dprofile_id {
                    return conflict(format!("is about another customer than alert {}", first.id));
                }
            }
            if alert.dprofile_id.is_none() {
                return conflict("is about no customer".to_owned());
            }
            alerts.push(alert);
        }
        Ok(alerts)
    }
}

/// Which alerts to give back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Unmerge {
    /// Alerts that were merged into this one. Left out: those of the last merge by hand, or, where there was none, the one
    /// that joined last.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    alerts: Option<Vec<Uuid>>,
}

pub(super) async fn unmerge_alert(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AlertPath>,
    preconditions: Preconditions,
    JsonBody(unmerge): JsonBody<Unmerge>,
) -> Result<Tagged<AlertBody>, Problem> {
    caller.require(Permission::MergeWrite)?;
    let (actor, viewer) = (caller.actor(), caller.viewer());
    let take_back = move |change: &mut Change<'_>| {
        let mut holder = find_in(change, path.alert, &preconditions, viewer)?;
        let originals = change.originals_of(&holder)?;
        let leaving = unmerge.leaving(&holder, &originals)?;
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
        Ok::<_, Problem>(())
    };
    caller.change(take_back).await?;
    read::changed(&app, &caller, path.alert).await
}

impl Unmerge {
    fn leaving(&self, holder: &Alert, originals: &[Alert]) -> Result<BTreeSet<AlertId>, Problem> {
        if let Some(named) = &self.alerts {
            if let Some(strange) = named
                .iter()
                .find(|id| !originals.iter().any(|original| original.id == **id))
            {
                let detail = format!("alert {strange} is not merged into alert {}", holder.id);
                return Err(Problem::conflict(detail));
            }
            if named.is_empty() {
                let detail = "'alerts' must name at least one alert, or be left out".to_owned();
                return Err(refuse("alerts", "empty", detail));
            }
            return Ok(named.iter().copied().collect());
        }
        let joined = originals.iter().filter_map(|original| original.merged_into);
        let last = joined.max_by_key(|into| (into.by_hand, into.position));
        let Some(last) = last else {
            let detail = format!("nothing is merged into alert {}", holder.id);
            return Err(Problem::conflict(detail));
        };
        let of_last = originals
            .iter()
            .filter(|original| original.merged_into == Some(last));
        let ids = of_last.map(|original| original.id);
        Ok(if last.by_hand {
            ids.collect()
        } else {
            ids.max().into_iter().collect()
        })
    }
}
