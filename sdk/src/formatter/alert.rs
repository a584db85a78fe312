//! One alert out of a batch.

use std::borrow::Cow;

use super::alerts::Alerts;
use super::texts::{TextLists, Texts};
use crate::{Level, Timestamp};

/// One alert out of a batch.
///
/// ```
/// use vervet_sdk::testing::AlertsBuilder;
///
/// let alerts = AlertsBuilder::new()
///     .alert(|alert| alert.labels = vec!["cash".into(), "branch".into()])
///     .build();
/// let alert = alerts.iter().next().unwrap();
/// assert_eq!(alert.labels().collect::<Vec<_>>(), ["cash", "branch"]);
/// assert_eq!(alert.closed_at(), None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    alerts: &'a Alerts,
    index: usize,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(self) -> &'a str {
            self.alerts.$name.get(self.index)
        }
    )*};
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(self) -> TextList<'a> {
            TextList::new(&self.alerts.$name, self.index)
        }
    )*};
}

impl<'a> Alert<'a> {
    pub(super) fn new(alerts: &'a Alerts, index: usize) -> Self {
        Self { alerts, index }
    }

    texts! {
        /// The alert's id.
        id
        /// The team's name.
        team
        /// Whom it is about.
        dprofile_id
        /// To whom it is assigned; "" where to nobody.
        user_id
        /// One line for people.
        title
        /// Its alert type.
        incident_type
        /// Where it stands in the workflow.
        state
        /// The rule of its first finding; "" where a person made it.
        rule
        /// A JSON object.
        info
    }

    lists! {
        /// What it is marked with.
        labels
        /// The transactions that it is about.
        txn_ids
        /// JSON objects: rule, version, digest, score, transaction, evidence.
        findings
        /// JSON objects: author, written_at, text.
        comments
    }

    /// How severe it is.
    pub fn severity(self) -> Level {
        self.alerts.severity[self.index]
    }

    /// How urgent it is.
    pub fn priority(self) -> Level {
        self.alerts.priority[self.index]
    }

    /// By when it must be dealt with.
    pub fn due_date(self) -> Option<Timestamp> {
        Timestamp::from_column(self.alerts.due_date[self.index])
    }

    /// The score of its first finding.
    pub fn score(self) -> Option<f64> {
        Some(self.alerts.score[self.index]).filter(|score| !score.is_nan())
    }

    /// When it was made.
    pub fn created_at(self) -> Timestamp {
        Timestamp::from_micros(self.alerts.created_at[self.index])
    }

    /// When it was last changed.
    pub fn updated_at(self) -> Timestamp {
        Timestamp::from_micros(self.alerts.updated_at[self.index])
    }

    /// When it was closed.
    pub fn closed_at(self) -> Option<Timestamp> {
        Timestamp::from_column(self.alerts.closed_at[self.index])
    }

    /// What a later host adds under a name, as JSON.
    pub fn more(self, name: &str) -> Option<&'a str> {
        let (_, texts) = self.alerts.more.iter().find(|(other, _)| other == name)?;
        Some(texts.get(self.index))
    }

    /// What a later host adds under a name, where it is a text: without JSON's quotes and escapes.
    ///
    /// ```
    /// use vervet_sdk::testing::AlertsBuilder;
    ///
    /// let alerts = AlertsBuilder::new()
    ///     .alert(|alert| alert.more = vec![("outcome".into(), r#""true_positive""#.into())])
    ///     .build();
    /// let alert = alerts.iter().next().unwrap();
    /// assert_eq!(alert.more_text("outcome").as_deref(), Some("true_positive"));
    /// assert_eq!(alert.more_text("nothing"), None);
    /// ```
    pub fn more_text(self, name: &str) -> Option<Cow<'a, str>> {
        let json = self.more(name)?;
        let between = json.strip_prefix('"')?.strip_suffix('"')?;
        if between.contains('\\') {
            return serde_json::from_str(json).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(between))
    }
}

/// A list of texts of one alert: an iterator.
///
/// ```
/// use vervet_sdk::testing::AlertsBuilder;
///
/// let alerts = AlertsBuilder::new().alert(|alert| alert.txn_ids = vec!["t1".into()]).build();
/// assert_eq!(alerts.iter().next().unwrap().txn_ids().len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct TextList<'a> {
    texts: &'a Texts,
    range: std::ops::Range<usize>,
}

impl<'a> TextList<'a> {
    /// List `index` of many.
    pub(crate) fn new(lists: &'a TextLists, index: usize) -> Self {
        Self {
            texts: lists.texts(),
            range: lists.range(index),
        }
    }
}

impl<'a> Iterator for TextList<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.range.next().map(|index| self.texts.get(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for TextList<'_> {}
