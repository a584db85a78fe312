//! Alerts that join others: new ones by the tenant's parameters, and any by hand.

use domain::alert::{Alert, AlertId, MergedInto};

use super::audit::Actor;
use super::change::Change;
use super::searchable::WholeIndex;
use crate::alert::{MERGED_INDEX, WholeAlert, open, read_originals};
use store::StoreError;
use store::key::Record;

impl Change<'_> {
    /// Makes a new alert: one of its own, or part of the oldest one that it joins. Answers the alert that those at work see.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn create_alert(&mut self, mut new: Alert, actor: &Actor) -> Result<Alert, StoreError> {
        self.audit(actor, "alert.create", new.id.to_string());
        let Some(mut holder) = self.joined_by(&new)? else {
            self.put_alert(new.clone());
            return Ok(new);
        };
        self.absorb(&mut holder, &mut new, false);
        // The version in which it is made is its first.
        new.version = 1;
        self.audit(actor, "alert.join", holder.id.to_string());
        self.put_alert(new);
        self.put_alert(holder.clone());
        Ok(holder)
    }

    /// Merges an alert into another by hand. Neither is merged yet; both must be put.
    pub fn merge_alert(&mut self, holder: &mut Alert, other: &mut Alert) {
        self.absorb(holder, other, true);
    }

    fn absorb(&mut self, holder: &mut Alert, other: &mut Alert, by_hand: bool) {
        let joined = MergedInto {
            alert: holder.id,
            position: self.position,
            by_hand,
        };
        holder.absorb(other, joined, self.at);
        let entry = Record::AlertIndex {
            index: MERGED_INDEX,
            value: holder.id.as_bytes().to_vec(),
            alert: other.id.into_bytes(),
        };
        self.put_record(&entry, Vec::new());
    }

    /// The alerts that were merged into one itself, as they are in the lane, oldest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn originals_of(&self, holder: &Alert) -> Result<Vec<Alert>, StoreError> {
        let mut originals: Vec<Alert> = Vec::new();
        let durable = read_originals(self.store, self.tenant, holder, u64::MAX)?;
        let ids = durable.into_iter().map(|alert| alert.id);
        let in_flight = self.in_flight().map(|alert| alert.id);
        let ids: Vec<AlertId> = ids.chain(in_flight).collect();
        for id in ids {
            if originals.iter().any(|original| original.id == id) {
                continue;
            }
            let is_of_it = |original: &Alert| {
                let into = original.merged_into;
                into.is_some_and(|into| into.alert == holder.id)
            };
            originals.extend(self.alert(id)?.filter(is_of_it));
        }
        originals.sort_by_key(|original| (original.created_at, original.id));
        Ok(originals)
    }

    /// An alert as it is in the lane, with all that is merged into it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn whole(&self, alert: Alert) -> Result<WholeAlert, StoreError> {
        let mut originals = Vec::with_capacity(alert.merged as usize);
        let mut holders = vec![alert.clone()];
        while let Some(holder) = holders.pop() {
            if holder.merged > 0 {
                let of_it = self.originals_of(&holder)?;
                holders.extend(of_it.iter().cloned());
                originals.extend(of_it);
            }
        }
        originals.sort_by_key(|original| (original.created_at, original.id));
        Ok(WholeAlert::of(alert, originals))
    }

    /// Whether there is an alert of a type, or one is on its way.
    pub fn has_alert_of_type(&self, whole: &WholeIndex, name: &str) -> bool {
        self.search(whole, |index| index.has_type(name))
            || self.in_flight().any(|alert| alert.incident_type == name)
    }

    /// Alerts that the store may not show yet, each as it is in the lane.
    pub(super) fn in_flight(&self) -> impl Iterator<Item = &Alert> {
        let made = self.alerts.iter().rev();
        let mut seen = std::collections::HashSet::new();
        made.chain(self.overlay.alerts())
            .filter(move |alert| seen.insert(alert.id))
    }

    /// The oldest alert that a new one joins by the tenant's parameters.
    fn joined_by(&self, new: &Alert) -> Result<Option<Alert>, StoreError> {
        let definitions = self.definitions();
        let (Some(merging), Some(customer)) = (definitions.alert_merging(), &new.dprofile_id)
        else {
            return Ok(None);
        };
        let workflow = definitions.workflow();
        let is_closed = |state: &str| workflow.is_closed(state);
        let may = |older: &Alert| {
            older.is_whole() && !is_closed(&older.state) && merging.may_join(new, older)
        };
        let is_in_flight =
            |id: AlertId| self.alerts.iter().any(|alert| alert.id == id) || self.overlay.holds(id);
        let mut oldest: Option<Alert> = None;
        let (since, until) = (merging.since(new.created_at), new.created_at);
        for id in open::of_customer(self.store, self.tenant, customer, since, until) {
            let id = id?;
            if is_in_flight(id) {
                continue;
            }
            // They come oldest first.
            if let Some(alert) = self.alert(id)?
                && may(&alert)
            {
                oldest = Some(alert);
                break;
            }
        }
        for alert in self.in_flight() {
            let is_older =
                |oldest: &Alert| (alert.created_at, alert.id) < (oldest.created_at, oldest.id);
            if may(alert) && oldest.as_ref().is_none_or(is_older) {
                oldest = Some(alert.clone());
            }
        }
        Ok(oldest)
    }
}
