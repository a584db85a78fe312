//! A batch of alerts, by column.

use super::alert::Alert;
use super::texts::{TextLists, Texts};
use crate::Level;

/// A batch of alerts: one value for each alert in every column.
///
/// Most formatters take one alert after the other with [`iter`](Alerts::iter); one that must
/// be fast looks at whole columns.
///
/// ```
/// use vervet_sdk::testing::AlertsBuilder;
///
/// let alerts = AlertsBuilder::new().alert(|alert| alert.title = "Cash".into()).build();
/// let titles: Vec<_> = alerts.iter().map(|alert| alert.title()).collect();
/// assert_eq!(titles, ["Cash"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Alerts {
    /// How many alerts there are.
    pub count: usize,
    /// The alert's id.
    pub id: Texts,
    /// The team's name.
    pub team: Texts,
    /// Whom it is about.
    pub dprofile_id: Texts,
    /// To whom it is assigned; "" where to nobody.
    pub user_id: Texts,
    /// One line for people.
    pub title: Texts,
    /// Its alert type.
    pub incident_type: Texts,
    /// Where it stands in the workflow.
    pub state: Texts,
    /// How severe it is.
    pub severity: Vec<Level>,
    /// How urgent it is.
    pub priority: Vec<Level>,
    /// Microseconds; the smallest `i64` where there is none.
    pub due_date: Vec<i64>,
    /// What it is marked with.
    pub labels: TextLists,
    /// The rule of its first finding; "" where a person made it.
    pub rule: Texts,
    /// The score of its first finding; NaN where there is none.
    pub score: Vec<f64>,
    /// The transactions that it is about.
    pub txn_ids: TextLists,
    /// JSON objects.
    pub info: Texts,
    /// JSON objects: rule, version, digest, score, transaction, evidence.
    pub findings: TextLists,
    /// JSON objects: author, written_at, text.
    pub comments: TextLists,
    /// Microseconds.
    pub created_at: Vec<i64>,
    /// Microseconds.
    pub updated_at: Vec<i64>,
    /// Microseconds; the smallest `i64` while it is open.
    pub closed_at: Vec<i64>,
    /// What later hosts add, by name, as JSON.
    pub more: Vec<(String, Texts)>,
}

impl Alerts {
    /// One alert after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Alert<'_>> {
        (0..self.count).map(|index| Alert::new(self, index))
    }

    /// Checks that every column has one value for each alert.
    #[doc(hidden)]
    pub fn checked(self) -> Result<Self, String> {
        let lengths = [
            self.id.len(),
            self.team.len(),
            self.dprofile_id.len(),
            self.user_id.len(),
            self.title.len(),
            self.incident_type.len(),
            self.state.len(),
            self.severity.len(),
            self.priority.len(),
            self.due_date.len(),
            self.labels.len(),
            self.rule.len(),
            self.score.len(),
            self.txn_ids.len(),
            self.info.len(),
            self.findings.len(),
            self.comments.len(),
            self.created_at.len(),
            self.updated_at.len(),
            self.closed_at.len(),
        ];
        let more = self.more.iter().map(|(_, texts)| texts.len());
        if lengths
            .into_iter()
            .chain(more)
            .all(|length| length == self.count)
        {
            Ok(self)
        } else {
            Err("a column has not one value for each alert".to_owned())
        }
    }
}
