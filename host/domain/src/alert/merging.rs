//! Alerts that are one alert: which of them join, and what comes of it.
//!
//! The oldest alert absorbs the others. It takes over what people go by (the
//! union of labels, the highest severity and priority, the earliest due date); transactions,
//! findings and `info` stay with their originals, and are read together with it. So a merge writes
//! the same little, however many alerts are merged already, and can be taken back.

use super::content::{Labels, Viewer};
use super::record::{Alert, AlertId};
use crate::rule::{Label, Level};
use crate::time::Timestamp;

/// How far back an alert may be that a new one joins: rolling, not by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MergePeriod {
    Hour,
    Day,
    Week,
    Month,
}

impl MergePeriod {
    /// Its length: an hour, 24 hours, 7 days, 30 days.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Hour => 60 * 60,
            Self::Day => 24 * 60 * 60,
            Self::Week => 7 * 24 * 60 * 60,
            Self::Month => 30 * 24 * 60 * 60,
        }
    }
}

/// What alerts must have in common to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MergeCondition {
    IncidentType,
    Rule,
    Always,
}

/// The one set of parameters by which new alerts join older ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertMerging {
    /// How far back.
    pub period: MergePeriod,
    /// What they have in common, besides team and customer.
    pub condition: MergeCondition,
}

impl AlertMerging {
    /// Since when an alert must have been created for a new one of `created_at` to join it.
    pub fn since(&self, created_at: Timestamp) -> Timestamp {
        created_at.minus_seconds(self.period.seconds())
    }

    /// Whether `new` may join `older`, which is in no closed state and is merged into no other.
    /// An alert about no customer joins none.
    pub fn may_join(&self, new: &Alert, older: &Alert) -> bool {
        let is_of_one_customer = new.team == older.team
            && new.dprofile_id.is_some()
            && new.dprofile_id == older.dprofile_id;
        let is_recent = (self.since(new.created_at)..=new.created_at).contains(&older.created_at);
        let is_alike = match self.condition {
            MergeCondition::IncidentType => new.incident_type == older.incident_type,
            MergeCondition::Rule => new.rule.is_some() && new.rule == older.rule,
            MergeCondition::Always => true,
        };
        is_of_one_customer && is_recent && is_alike
    }
}

/// Where an alert went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergedInto {
    /// The alert that holds it.
    pub alert: AlertId,
    /// The position at which it joined: alerts that joined together have the same.
    pub position: u64,
    /// Whether somebody merged it; else it joined by itself.
    pub by_hand: bool,
}

/// What an alert had of its own before others joined it, of that which merging changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its title, and the one that a merge gave it instead.
    pub title: Option<(String, String)>,
    /// Whether its own title is withheld, where a merge gave it another.
    pub title_withheld: bool,
    /// Its severity.
    pub severity: Level,
    /// Its priority.
    pub priority: Level,
    /// Its due date.
    pub due_date: Option<Timestamp>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Which of its labels are withheld.
    pub withheld_labels: Vec<Label>,
}

/// What merging makes of the values of several alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Folded {
    severity: Level,
    priority: Level,
    due_date: Option<Timestamp>,
    labels: Labels,
}

impl Folded {
    fn of(own: &Own) -> Self {
        Self {
            severity: own.severity,
            priority: own.priority,
            due_date: own.due_date,
            labels: Labels {
                all: own.labels.clone(),
                withheld: own.withheld_labels.clone(),
            },
        }
    }

    fn with(mut self, part: &Alert) -> Self {
        self.severity = self.severity.max(part.severity);
        self.priority = self.priority.max(part.priority);
        self.due_date = earliest(self.due_date, part.due_date);
        self.labels.add(&part.labels());
        self
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    [one, other].into_iter().flatten().min()
}

impl Alert {
    /// Whether it is one alert to those at work: it is merged into no other.
    pub fn is_whole(&self) -> bool {
        self.merged_into.is_none()
    }

    /// Takes in another alert, which is merged into none. The other is changed to say where it went.
    pub fn absorb(&mut self, other: &mut Alert, joined: MergedInto, at: Timestamp) {
        let mut labels = self.labels();
        if self.own.is_none() {
            self.own = Some(Box::new(Own {
                title: None,
                title_withheld: false,
                severity: self.severity,
                priority: self.priority,
                due_date: self.due_date,
                labels: labels.all.clone(),
                withheld_labels: labels.withheld.clone(),
            }));
        }
        self.severity = self.severity.max(other.severity);
        self.priority = self.priority.max(other.priority);
        self.due_date = earliest(self.due_date, other.due_date);
        labels.add(&other.labels());
        self.set_labels(labels);
        self.merged += 1 + other.merged;
        self.touch(at);
        other.merged_into = Some(joined);
        other.touch(at);
    }

    /// Takes the title that a merge gives it; its own comes back when all that is merged is given back.
    pub fn retitle_merged(&mut self, title: String) {
        let before = self.seen_by(Viewer::Full).title.clone();
        let was_withheld = self.withheld().title;
        self.set_title(title.clone());
        if let Some(own) = &mut self.own {
            let original = match own.title.take() {
                Some((original, _)) => original,
                None => {
                    own.title_withheld = was_withheld;
                    before
                }
            };
            own.title = Some((original, title));
        }
    }

    /// Gives back some of the alerts that were merged into it; `staying` are the others.
    /// What people changed since stays as they left it; what merging had raised is lowered again.
    pub fn give_back(&mut self, leaving: &mut [Alert], staying: &[Alert], at: Timestamp) {
        if let Some(own) = self.own.take() {
            let stay = staying.iter().fold(Folded::of(&own), Folded::with);
            let before = leaving.iter().fold(stay.clone(), Folded::with);
            if self.severity == before.severity {
                self.severity = stay.severity;
            }
            if self.priority == before.priority {
                self.priority = stay.priority;
            }
            if self.due_date == before.due_date {
                self.due_date = stay.due_date;
            }
            self.give_back_labels(&before.labels, &stay.labels);
            if !staying.is_empty() {
                self.own = Some(own);
            } else if let Some((original, given)) = own.title
                && self.seen_by(Viewer::Full).title == given
            {
                self.set_title(original);
                let mut withheld = self.withheld().into_owned();
                withheld.title = own.title_withheld;
                self.content.decide(withheld);
            }
        }
        for alert in leaving {
            self.merged -= 1 + alert.merged;
            alert.merged_into = None;
            alert.touch(at);
        }
        self.touch(at);
    }

    /// Takes away the labels that only those had which leave, and withholds again what only they showed; what people
    /// did since stays.
    fn give_back_labels(&mut self, before: &Labels, stay: &Labels) {
        let mut labels = self.labels();
        labels
            .all
            .retain(|label| stay.all.contains(label) || !before.all.contains(label));
        let is_withheld = |label: &&Label| {
            let now = labels.withheld.contains(label);
            match now == before.withheld.contains(label) {
                true => stay.withheld.contains(label),
                false => now,
            }
        };
        labels.withheld = labels.all.iter().filter(is_withheld).cloned().collect();
        self.set_labels(labels);
    }
}

#[cfg(test)]
mod tests {
    use super::super::content::Withheld;
    use super::*;
    use crate::alert::tests::an_alert;

    fn joined(alert: &Alert, position: u64) -> MergedInto {
        MergedInto {
            alert: alert.id,
            position,
            by_hand: true,
        }
    }

    fn labels(texts: &[&str]) -> Vec<Label> {
        let labels = texts.iter().map(|text| Label::new(text).expect("a label"));
        labels.collect()
    }

    fn set_labels(alert: &mut Alert, texts: &[&str]) {
        alert.set_labels(Labels {
            all: labels(texts),
            withheld: Vec::new(),
        });
    }

    fn title(alert: &Alert) -> String {
        alert.seen_by(Viewer::Full).title.clone()
    }

    const AT: Timestamp = Timestamp::from_micros(5);

    #[test]
    fn what_is_withheld_stays_so_through_a_merge_and_back() {
        let (mut oldest, mut newer) = (an_alert(1), an_alert(2));
        set_labels(&mut oldest, &["big", "cash"]);
        oldest.content.decide(Withheld {
            title: true,
            details: true,
            labels: labels(&["big"]),
        });
        set_labels(&mut newer, &["big", "huge"]);
        newer.content.decide(Withheld::all_of(&labels(&["huge"])));
        let before = oldest.clone();
        let into = joined(&oldest, 9);
        oldest.absorb(&mut newer, into, AT);
        oldest.retitle_merged("Two of them".to_owned());
        let seen = oldest.seen_by(Viewer::Masked);
        // Somebody gave the newer one its label `big`.
        assert_eq!(seen.labels, labels(&["big", "cash"]));
        assert_eq!(seen.title, "Two of them");
        oldest.give_back(&mut [newer], &[], AT);
        assert_eq!(oldest.content, before.content);
    }

    #[test]
    fn the_one_that_absorbs_has_the_highest_of_each() {
        let (mut oldest, mut newer) = (an_alert(1), an_alert(2));
        set_labels(&mut oldest, &["cash", "vip"]);
        set_labels(&mut newer, &["vip", "night"]);
        newer.severity = Level::High;
        newer.due_date = Some(AT);
        let into = joined(&oldest, 9);
        oldest.absorb(&mut newer, into, AT);
        assert_eq!(oldest.labels().all, labels(&["cash", "vip", "night"]));
        assert_eq!(oldest.severity, Level::High);
        assert_eq!(oldest.priority, Level::Low);
        assert_eq!(oldest.due_date, Some(AT));
        assert_eq!(oldest.merged, 1);
        assert!(oldest.is_whole() && !newer.is_whole());
    }

    #[test]
    fn what_is_given_back_leaves_nothing_behind_but_what_people_did() {
        let before = an_alert(1);
        let (mut oldest, mut newer) = (before.clone(), an_alert(2));
        newer.severity = Level::High;
        set_labels(&mut newer, &["night"]);
        let original = newer.clone();
        let into = joined(&oldest, 9);
        oldest.absorb(&mut newer, into, AT);
        oldest.retitle_merged("Two of them".to_owned());
        // Somebody labels the merged alert.
        let mut labelled = oldest.labels();
        labelled.all.extend(labels(&["seen"]));
        oldest.set_labels(labelled);
        let mut leaving = [newer];
        oldest.give_back(&mut leaving, &[], AT);
        assert_eq!(oldest.severity, before.severity);
        assert_eq!(title(&oldest), title(&before));
        assert_eq!(oldest.labels().all, labels(&["seen"]));
        assert_eq!(oldest.merged, 0);
        assert_eq!(oldest.own, None);
        assert_eq!(leaving[0].content, original.content);
        assert!(leaving[0].is_whole());
    }

    #[test]
    fn what_stays_keeps_its_share() {
        let mut oldest = an_alert(1);
        let (mut second, mut third) = (an_alert(2), an_alert(3));
        second.severity = Level::Medium;
        third.severity = Level::High;
        let into = joined(&oldest, 9);
        oldest.absorb(&mut second, into, AT);
        oldest.absorb(&mut third, into, AT);
        assert_eq!((oldest.severity, oldest.merged), (Level::High, 2));
        oldest.give_back(std::slice::from_mut(&mut third), &[second], AT);
        assert_eq!((oldest.severity, oldest.merged), (Level::Medium, 1));
    }

    #[test]
    fn who_joins_whom() {
        let day = AlertMerging {
            period: MergePeriod::Day,
            condition: MergeCondition::Rule,
        };
        let check = |change: fn(&mut Alert, &mut Alert), expect: bool| {
            let (mut new, mut older) = (an_alert(2), an_alert(1));
            older.created_at = new.created_at.minus_seconds(24 * 60 * 60);
            change(&mut new, &mut older);
            assert_eq!(day.may_join(&new, &older), expect, "{new:?} {older:?}");
        };
        check(|_, _| {}, true);
        check(
            |_, older| older.created_at = older.created_at.minus_seconds(1),
            false,
        );
        check(
            |new, older| older.created_at = new.created_at.plus_seconds(1),
            false,
        );
        check(|new, _| new.team = "other".to_owned(), false);
        check(|new, _| new.dprofile_id = Some("c-9".to_owned()), false);
        check(|new, _| new.rule = Some("velocity".to_owned()), false);
        check(|new, _| new.incident_type = "other".to_owned(), true);
        check(
            |new, older| (new.dprofile_id, older.dprofile_id) = (None, None),
            false,
        );
        check(|new, older| (new.rule, older.rule) = (None, None), false);
    }
}
