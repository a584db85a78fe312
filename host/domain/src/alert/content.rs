//! What an alert says, and who may see it.
//!
//! What a rule computed from masked fields tells of their values. So the content of an alert is
//! reached only by saying who looks: [`Alert::seen_by`](super::Alert::seen_by).

use std::borrow::Cow;

use crate::rule::Label;

/// Who looks at what rules wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Someone who may see the values of masked fields, or the host itself.
    Full,
    /// Someone who may not.
    #[default]
    Masked,
}

/// What an alert says: written by its rule, or by people.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertContent {
    /// One line.
    pub title: String,
    /// Tags, without duplicates.
    pub labels: Vec<Label>,
    /// The text of a JSON object.
    pub info: String,
    /// The score of its first finding.
    pub score: Option<f64>,
}

impl Default for AlertContent {
    fn default() -> Self {
        Self {
            title: String::new(),
            labels: Vec::new(),
            info: "{}".to_owned(),
            score: None,
        }
    }
}

/// Which parts of an alert's content a rule computed from masked fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// The title is the rule's.
    pub title: bool,
    /// Score and info are the rule's.
    pub details: bool,
    /// The labels that a rule gave and nobody else.
    pub labels: Vec<Label>,
}

/// Whether it is known which parts of an alert's content are withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marking {
    /// It is known.
    Decided(Withheld),
    /// An earlier release wrote the alert and did not decide. Until somebody does, all that a rule may have written is
    /// withheld.
    Undecided,
}

/// The content of an alert, with what of it is withheld from viewers who may not see masked fields.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardedContent {
    content: AlertContent,
    marking: Marking,
}

impl Withheld {
    /// Whether nothing is withheld.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// All that a rule wrote.
    pub fn all_of(labels: &[Label]) -> Self {
        Self {
            title: true,
            details: true,
            labels: labels.to_vec(),
        }
    }
}

/// The title that is shown in place of one that a rule computed from masked fields.
pub fn neutral_title(rule: &str) -> String {
    format!("{rule}: details need transaction:sensitive")
}

impl GuardedContent {
    /// AlertContent that everybody may see.
    pub fn open(content: AlertContent) -> Self {
        Self::new(content, Marking::Decided(Withheld::default()))
    }

    /// AlertContent of which parts may be withheld.
    pub fn new(content: AlertContent, marking: Marking) -> Self {
        Self { content, marking }
    }

    /// Whether it is known which parts are withheld.
    pub fn marking(&self) -> &Marking {
        &self.marking
    }

    /// Decides which parts are withheld.
    pub fn decide(&mut self, withheld: Withheld) {
        self.marking = Marking::Decided(withheld);
    }

    /// What a viewer sees, where `withheld` is what is withheld. Of a withheld info nothing is left but `{}`.
    pub(super) fn seen_by(
        &self,
        viewer: Viewer,
        withheld: &Withheld,
        rule: Option<&str>,
    ) -> Cow<'_, AlertContent> {
        if viewer == Viewer::Full || withheld.is_nothing() {
            return Cow::Borrowed(&self.content);
        }
        let mut seen = self.content.clone();
        if withheld.title {
            seen.title = neutral_title(rule.unwrap_or("rule"));
        }
        if withheld.details {
            seen.score = None;
            seen.info = "{}".to_owned();
        }
        seen.labels.retain(|label| !withheld.labels.contains(label));
        Cow::Owned(seen)
    }

    pub(super) fn full(&self) -> &AlertContent {
        &self.content
    }

    pub(super) fn content_mut(&mut self) -> &mut AlertContent {
        &mut self.content
    }
}

/// Labels, and which of them are withheld.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) all: Vec<Label>,
    pub(super) withheld: Vec<Label>,
}

impl Labels {
    /// Adds those of another alert. A label that either shows is shown.
    pub(super) fn add(&mut self, more: &Self) {
        for label in &more.all {
            let is_withheld = more.withheld.contains(label);
            if !self.all.contains(label) {
                self.all.push(label.clone());
                if is_withheld {
                    self.withheld.push(label.clone());
                }
            } else if !is_withheld {
                self.open(label);
            }
        }
    }

    /// Somebody gave a label by name: it is that person's word, too.
    pub(super) fn open(&mut self, label: &Label) {
        self.withheld.retain(|withheld| withheld != label);
    }

    /// Puts the labels that a viewer chose in place of those that the viewer sees.
    pub(super) fn choose(&mut self, chosen: Vec<Label>, viewer: Viewer) {
        let unseen: Vec<Label> = match viewer {
            Viewer::Full => Vec::new(),
            Viewer::Masked => std::mem::take(&mut self.withheld),
        };
        let unseen = unseen.into_iter().filter(|label| !chosen.contains(label));
        let unseen: Vec<Label> = unseen.collect();
        self.withheld.retain(|label| chosen.contains(label));
        self.all = chosen;
        self.all.extend(unseen.iter().cloned());
        self.withheld.extend(unseen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(texts: &[&str]) -> Vec<Label> {
        let labels = texts.iter().map(|text| Label::new(text).expect("a label"));
        labels.collect()
    }

    fn set(all: &[&str], withheld: &[&str]) -> Labels {
        Labels {
            all: labels(all),
            withheld: labels(withheld),
        }
    }

    #[test]
    fn viewers_choose_among_the_labels_that_they_see() {
        let check = |before: &Labels, chosen: &[&str], viewer: Viewer, expect: &Labels| {
            let mut after = before.clone();
            after.choose(labels(chosen), viewer);
            assert_eq!(after, *expect);
        };
        let before = set(&["big", "cash"], &["big"]);
        check(&before, &[], Viewer::Masked, &set(&["big"], &["big"]));
        check(&before, &[], Viewer::Full, &set(&[], &[]));
        // Who guesses a label that is there anyway learns nothing: it is theirs now.
        check(&before, &["big"], Viewer::Masked, &set(&["big"], &[]));
        check(&before, &["big"], Viewer::Full, &set(&["big"], &["big"]));
        check(
            &before,
            &["cash", "vip"],
            Viewer::Masked,
            &set(&["cash", "vip", "big"], &["big"]),
        );
    }

    #[test]
    fn a_label_that_either_alert_shows_is_shown() {
        let check = |one: &Labels, other: &Labels, expect: &Labels| {
            let mut both = one.clone();
            both.add(other);
            assert_eq!(both, *expect);
        };
        let (open, withheld) = (set(&["big"], &[]), set(&["big"], &["big"]));
        check(&open, &withheld, &open);
        check(&withheld, &open, &open);
        check(&withheld, &withheld, &withheld);
        check(&set(&[], &[]), &withheld, &withheld);
    }
}
