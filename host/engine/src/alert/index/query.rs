//! Which alerts are sought.

use std::collections::HashMap;

use domain::alert::{AlertId, AlertOutcome, Viewer, neutral_title};
use domain::rule::Level;
use domain::time::Timestamp;
use roaring::RoaringBitmap;

use super::AlertIndex;
use super::row::{Field, Row};
use super::words::words_of;

/// Which alerts are sought. Of each member any of its values; one that is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertQuery {
    /// States.
    pub state: Vec<String>,
    /// How bad.
    pub severity: Vec<Level>,
    /// How soon.
    pub priority: Vec<Level>,
    /// Alert types.
    pub incident_type: Vec<String>,
    /// Teams.
    pub team: Vec<String>,
    /// Rules of the first finding.
    pub rule: Vec<String>,
    /// Customers.
    pub dprofile_id: Vec<String>,
    /// Assignees; `None` is nobody.
    pub user_id: Vec<Option<String>>,
    /// Labels.
    pub label: Vec<String>,
    /// Outcomes; `None` is that there is none.
    pub outcome: Vec<Option<AlertOutcome>>,
    /// Transactions, of merged alerts too.
    pub txn_id: Vec<String>,
    /// Created then or later.
    pub created_from: Option<Timestamp>,
    /// Created before.
    pub created_to: Option<Timestamp>,
    /// Closed then or later, and not opened again.
    pub closed_from: Option<Timestamp>,
    /// Closed before, and not opened again.
    pub closed_to: Option<Timestamp>,
    /// Due before.
    pub due_before: Option<Timestamp>,
    /// Whether they are due and not done.
    pub overdue: Option<Overdue>,
    /// Words that all must be found: in title, labels, comments, or as an id.
    pub text: String,
    /// Who searches: labels and words that are withheld from the viewer find nothing.
    pub viewer: Viewer,
}

/// What it means to be overdue, or not to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Overdue {
    /// Whether those are sought that are; else those that are not.
    pub is: bool,
    /// Due before this moment.
    pub now: Timestamp,
    /// And in none of these states.
    pub closed_states: Vec<String>,
}

/// By what alerts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GroupBy {
    State,
    Severity,
    Priority,
    IncidentType,
    Team,
    Rule,
    User,
    Outcome,
}

/// Alerts that have the same values of what they are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The values, in the order in which they were asked for; none if alerts have none.
    pub values: Vec<Option<String>>,
    /// How many.
    pub count: u64,
}

impl AlertIndex {
    /// How many alerts are sought.
    pub fn count(&self, query: &AlertQuery) -> u64 {
        let rows = self.matching(query);
        if !query.depends_on_time() {
            return rows.len();
        }
        let rows = rows.iter().map(|row| &self.rows[row]);
        rows.filter(|row| self.is_in_time(query, row)).count() as u64
    }

    /// All alerts that are sought, oldest first.
    pub fn all(&self, query: &AlertQuery) -> Vec<AlertId> {
        let rows = self.matching(query);
        let rows = rows.iter().map(|row| &self.rows[row]);
        let rows = rows.filter(|row| self.is_in_time(query, row));
        rows.map(|row| row.id).collect()
    }

    /// Counts the alerts that are sought.
    pub fn count_by(&self, query: &AlertQuery, by: &[GroupBy]) -> Vec<Group> {
        let mut by_values = vec![0_u64; self.values.end()];
        for row in &self.matching(query) {
            let row = &self.rows[row];
            if self.is_in_time(query, row) {
                by_values[row.values as usize] += 1;
            }
        }
        let mut counts: HashMap<Vec<Option<u32>>, u64> = HashMap::new();
        for (number, count) in (0..).zip(by_values).filter(|(_, count)| *count > 0) {
            let values = by.iter().map(|by| self.values.value(number, by.field()));
            *counts.entry(values.collect()).or_default() += count;
        }
        let name = |number: Option<u32>| number.map(|number| self.names.name(number).to_owned());
        let groups = counts.into_iter().map(|(values, count)| Group {
            values: values.into_iter().map(name).collect(),
            count,
        });
        let mut groups: Vec<Group> = groups.collect();
        groups.sort_by(|one, other| one.values.cmp(&other.values));
        groups
    }

    /// The rows that have the values that are sought and are due when it is asked for; when they were created and closed
    /// is looked at row by row.
    pub(super) fn matching(&self, query: &AlertQuery) -> RoaringBitmap {
        let mut rows = self.whole.clone();
        let by_name = [
            (Field::State, &query.state),
            (Field::IncidentType, &query.incident_type),
            (Field::Team, &query.team),
            (Field::Rule, &query.rule),
        ];
        for (field, values) in by_name {
            self.keep(&mut rows, field, values.iter().map(|value| Some(&**value)));
        }
        let assignees = query.user_id.iter().map(Option::as_deref);
        self.keep(&mut rows, Field::User, assignees);
        let labels: &[Field] = match query.viewer {
            Viewer::Full => &[Field::Label, Field::WithheldLabel],
            Viewer::Masked => &[Field::Label],
        };
        if !query.label.is_empty() {
            let alike = query.label.iter();
            let alike = alike.flat_map(|label| self.names.labels_like(label));
            let of_any = alike.flat_map(|number| {
                let postings = labels.iter().map(|field| (*field, *number));
                postings.filter_map(|posting| self.postings.get(&posting))
            });
            rows &= of_any.fold(RoaringBitmap::new(), |any, of_this| any | of_this);
        }
        let by_level = [
            (Field::Severity, &query.severity),
            (Field::Priority, &query.priority),
        ];
        for (field, levels) in by_level {
            let levels = levels.iter().map(|level| Some(level.as_str()));
            self.keep(&mut rows, field, levels);
        }
        let outcomes = query.outcome.iter();
        let outcomes = outcomes.map(|outcome| outcome.map(AlertOutcome::as_str));
        self.keep(&mut rows, Field::Outcome, outcomes);
        if !query.dprofile_id.is_empty() {
            let mut of_any = RoaringBitmap::new();
            let ids = query.dprofile_id.iter();
            ids.for_each(|id| self.profiles.add_to(&mut of_any, id));
            rows &= of_any;
        }
        if !query.txn_id.is_empty() {
            let mut of_any = RoaringBitmap::new();
            let ids = query.txn_id.iter();
            ids.for_each(|id| self.transactions.add_to(&mut of_any, id));
            rows &= self.holders(&of_any);
        }
        if let Some(moment) = query.due_before {
            rows &= self.due.before(moment, &self.rows);
        }
        if let Some(overdue) = &query.overdue {
            let late = self.late(overdue);
            match overdue.is {
                true => rows &= late,
                false => rows -= late,
            }
        }
        let tokens = query.text.split_whitespace();
        let tokens: Vec<(&str, Vec<String>)> =
            tokens.map(|token| (token, words_of(token))).collect();
        let has_words = tokens.iter().any(|(_, words)| !words.is_empty());
        for (token, words) in tokens {
            // A dash between words asks for nothing; alone it may be an id, and finds no text.
            if !(has_words && words.is_empty()) {
                rows &= self.holders(&self.saying(token, &words, query.viewer));
            }
        }
        rows
    }

    /// The rows that are due and not done.
    fn late(&self, overdue: &Overdue) -> RoaringBitmap {
        let mut late = self.due.before(overdue.now, &self.rows);
        for state in &overdue.closed_states {
            let number = self.names.find(state);
            if let Some(closed) =
                number.and_then(|number| self.postings.get(&(Field::State, number)))
            {
                late -= closed;
            }
        }
        late
    }

    /// Keeps those that have any of the values, where any is asked for; `None` is that they have none.
    fn keep<'v>(
        &self,
        rows: &mut RoaringBitmap,
        field: Field,
        values: impl ExactSizeIterator<Item = Option<&'v str>>,
    ) {
        if values.len() == 0 {
            return;
        }
        let mut of_any = RoaringBitmap::new();
        for value in values {
            let Some(value) = value else {
                of_any |= self.without(rows, field);
                continue;
            };
            let number = self.names.find(value);
            if let Some(of_this) = number.and_then(|number| self.postings.get(&(field, number))) {
                of_any |= of_this;
            }
        }
        *rows &= of_any;
    }

    /// Those of the rows that have no value of a field.
    fn without(&self, rows: &RoaringBitmap, field: Field) -> RoaringBitmap {
        let mut without = rows.clone();
        for ((of, _), having) in &self.postings {
            if *of == field {
                without -= having;
            }
        }
        without
    }

    /// The rows in which a token of the query stands: as an id, or as the beginning of its words.
    fn saying(&self, token: &str, words: &[String], viewer: Viewer) -> RoaringBitmap {
        // Of `follow-up` only the end may be cut off.
        let mut rows = match words.split_last() {
            None => RoaringBitmap::new(),
            Some((last, before)) => before
                .iter()
                .fold(self.beginning(last, viewer), |rows, word| {
                    rows & self.exactly(word, viewer)
                }),
        };
        self.profiles.add_to(&mut rows, token);
        self.transactions.add_to(&mut rows, token);
        if let Ok(id) = token.parse::<AlertId>() {
            rows.extend(self.row_of(id));
        }
        if let Some(number) = self.names.find(token)
            && let Some(of_user) = self.postings.get(&(Field::User, number))
        {
            rows |= of_user;
        }
        rows
    }

    /// The rows in which a viewer sees a word.
    fn exactly(&self, word: &str, viewer: Viewer) -> RoaringBitmap {
        let seen = self.words.exactly(word);
        seen | match viewer {
            Viewer::Full => self.withheld.exactly(word),
            Viewer::Masked => self.neutrally(|neutral| neutral == word),
        }
    }

    /// The rows in which a viewer sees a word that begins so.
    fn beginning(&self, prefix: &str, viewer: Viewer) -> RoaringBitmap {
        let seen = self.words.beginning(prefix);
        seen | match viewer {
            Viewer::Full => self.withheld.beginning(prefix),
            Viewer::Masked => self.neutrally(|neutral| neutral.starts_with(prefix)),
        }
    }

    /// The rows whose neutral titles have such a word.
    fn neutrally(&self, is_meant: impl Fn(&str) -> bool) -> RoaringBitmap {
        let mut rows = RoaringBitmap::new();
        for rule in &self.neutral_rules {
            let title = neutral_title(self.names.name(*rule));
            if words_of(&title).iter().any(|word| is_meant(word))
                && let Some(of_rule) = self.postings.get(&(Field::Rule, *rule))
            {
                rows |= of_rule & &self.neutral;
            }
        }
        rows
    }

    /// Whether a row was created and closed within the bounds that are asked for.
    pub(super) fn is_in_time(&self, query: &AlertQuery, row: &Row) -> bool {
        let closed_at = || row.closed_at();
        query.created_from.is_none_or(|from| row.created_at >= from)
            && query.created_to.is_none_or(|to| row.created_at < to)
            && query
                .closed_from
                .is_none_or(|from| closed_at().is_some_and(|at| at >= from))
            && query
                .closed_to
                .is_none_or(|to| closed_at().is_some_and(|at| at < to))
    }
}

impl GroupBy {
    pub(super) fn field(self) -> Field {
        match self {
            Self::State => Field::State,
            Self::Severity => Field::Severity,
            Self::Priority => Field::Priority,
            Self::IncidentType => Field::IncidentType,
            Self::Team => Field::Team,
            Self::Rule => Field::Rule,
            Self::User => Field::User,
            Self::Outcome => Field::Outcome,
        }
    }
}

impl AlertQuery {
    /// Whether it asks for when alerts were created or closed.
    fn depends_on_time(&self) -> bool {
        let bounds = [
            self.created_from,
            self.created_to,
            self.closed_from,
            self.closed_to,
        ];
        bounds.iter().any(Option::is_some)
    }
}
