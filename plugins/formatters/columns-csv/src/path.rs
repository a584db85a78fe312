//! Ways into an alert: `title`, `labels.0`, `info.transactions.0.amount`.

use vervet_sdk::formatter::{Alert, ColumnType, TextList};

use crate::cell::Cell;
use crate::json;

/// A way into an alert: a property, and the steps from there.
pub(crate) struct Path {
    property: Property,
    steps: Vec<String>,
}

#[derive(Clone, PartialEq)]
enum Property {
    Id,
    Team,
    DprofileId,
    UserId,
    Title,
    IncidentType,
    State,
    Severity,
    Priority,
    DueDate,
    Labels,
    Rule,
    Score,
    TxnIds,
    Info,
    Findings,
    Comments,
    CreatedAt,
    UpdatedAt,
    ClosedAt,
    Outcome,
    /// What later hosts add.
    More(String),
}

/// What a way into an alert leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Number,
    Moment,
    List,
    /// A JSON object.
    Object,
    /// Whatever stands in JSON.
    Anything,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = text.split('.').map(str::to_owned);
        let property = match steps.next().unwrap_or_default().as_str() {
            "id" => Property::Id,
            "team" => Property::Team,
            "dprofile_id" => Property::DprofileId,
            "user_id" => Property::UserId,
            "title" => Property::Title,
            "incident_type" => Property::IncidentType,
            "state" => Property::State,
            "severity" => Property::Severity,
            "priority" => Property::Priority,
            "due_date" => Property::DueDate,
            "labels" => Property::Labels,
            "rule" => Property::Rule,
            "score" => Property::Score,
            "txn_ids" => Property::TxnIds,
            "info" => Property::Info,
            "findings" => Property::Findings,
            "comments" => Property::Comments,
            "created_at" => Property::CreatedAt,
            "updated_at" => Property::UpdatedAt,
            "closed_at" => Property::ClosedAt,
            "outcome" => Property::Outcome,
            "more" => Property::More(steps.next().ok_or("'more' needs a name: more.version")?),
            other => {
                return Err(format!(
                    "an alert has no '{other}'; it has id, team, dprofile_id, user_id, title, incident_type, \
                     state, severity, priority, due_date, labels, rule, score, txn_ids, info, findings, \
                     comments, created_at, updated_at, closed_at, outcome and more"
                ));
            }
        };
        let steps: Vec<_> = steps.collect();
        let deepest = match property {
            Property::Info | Property::More(_) | Property::Findings | Property::Comments => {
                usize::MAX
            }
            Property::Labels | Property::TxnIds => 1,
            _ => 0,
        };
        if steps.len() > deepest {
            return Err(format!("'{text}' goes deeper than there is anything"));
        }
        let is_list = matches!(
            property,
            Property::Labels | Property::TxnIds | Property::Findings | Property::Comments
        );
        if let Some(first) = steps.first().filter(|_| is_list)
            && first.parse::<usize>().is_err()
        {
            return Err(format!("'{first}' is no place in a list; the first is 0"));
        }
        Ok(Self { property, steps })
    }

    /// What it leads to.
    pub(crate) fn shape(&self) -> Shape {
        match &self.property {
            Property::DueDate | Property::CreatedAt | Property::UpdatedAt | Property::ClosedAt => {
                Shape::Moment
            }
            Property::Score => Shape::Number,
            Property::Info if self.steps.is_empty() => Shape::Object,
            Property::Info | Property::More(_) => Shape::Anything,
            Property::Findings | Property::Comments if self.steps.len() > 1 => Shape::Anything,
            Property::Findings | Property::Comments => Shape::Object,
            Property::Labels | Property::TxnIds if self.steps.is_empty() => Shape::List,
            _ => Shape::Text,
        }
    }

    /// The type of the property; what stands in JSON is taken for text.
    pub(crate) fn column_type(&self) -> ColumnType {
        match &self.property {
            Property::DueDate | Property::CreatedAt | Property::UpdatedAt | Property::ClosedAt => {
                ColumnType::Timestamp
            }
            Property::Score => ColumnType::Decimal,
            Property::Labels
            | Property::TxnIds
            | Property::Info
            | Property::Findings
            | Property::Comments
                if self.steps.is_empty() =>
            {
                ColumnType::Json
            }
            _ => ColumnType::Text,
        }
    }

    /// The value there; absent where there is none.
    pub(crate) fn find<'a>(&self, alert: Alert<'a>) -> Cell<'a> {
        let id = |id: &'a str| {
            if id.is_empty() {
                Cell::Absent
            } else {
                Cell::Text(id.into())
            }
        };
        match &self.property {
            Property::Id => Cell::Text(alert.id().into()),
            Property::Team => Cell::Text(alert.team().into()),
            Property::DprofileId => id(alert.dprofile_id()),
            Property::UserId => id(alert.user_id()),
            Property::Title => Cell::Text(alert.title().into()),
            Property::IncidentType => Cell::Text(alert.incident_type().into()),
            Property::State => Cell::Text(alert.state().into()),
            Property::Severity => Cell::Text(alert.severity().as_str().into()),
            Property::Priority => Cell::Text(alert.priority().as_str().into()),
            Property::DueDate => Cell::Moment(alert.due_date()),
            Property::Labels => self.text_of(alert.labels()),
            Property::Rule => id(alert.rule()),
            Property::Score => alert.score().map_or(Cell::Absent, Cell::Number),
            Property::TxnIds => self.text_of(alert.txn_ids()),
            Property::Info if self.steps.is_empty() => Cell::Json(alert.info().into()),
            Property::Info => walk(alert.info(), &self.steps),
            Property::Findings => self.json_of(alert.findings()),
            Property::Comments => self.json_of(alert.comments()),
            Property::CreatedAt => Cell::Moment(Some(alert.created_at())),
            Property::UpdatedAt => Cell::Moment(Some(alert.updated_at())),
            Property::ClosedAt => Cell::Moment(alert.closed_at()),
            Property::Outcome => alert.more_text("outcome").map_or(Cell::Absent, Cell::Text),
            Property::More(name) => match alert.more(name) {
                None => Cell::Absent,
                Some(json) => walk(json, &self.steps),
            },
        }
    }

    fn text_of<'a>(&self, mut list: TextList<'a>) -> Cell<'a> {
        match self.steps.first() {
            None => Cell::Strings(list),
            Some(place) => place
                .parse()
                .ok()
                .and_then(|place| list.nth(place))
                .map_or(Cell::Absent, |text| Cell::Text(text.into())),
        }
    }

    fn json_of<'a>(&self, mut list: TextList<'a>) -> Cell<'a> {
        let Some((place, steps)) = self.steps.split_first() else {
            return Cell::Values(list);
        };
        let json = place.parse().ok().and_then(|place| list.nth(place));
        json.map_or(Cell::Absent, |json| walk(json, steps))
    }
}

/// The value that the steps lead to, in a JSON text.
fn walk<'a>(json: &'a str, steps: &[String]) -> Cell<'a> {
    let Some(json) = json::find(json.trim(), steps) else {
        return Cell::Absent;
    };
    match json.as_bytes().first() {
        None | Some(b'n') => Cell::Absent,
        Some(b't') => Cell::Boolean(true),
        Some(b'f') => Cell::Boolean(false),
        Some(b'"') => json::text(json).map_or(Cell::Absent, Cell::Text),
        Some(b'[') => json::texts(json).map_or(Cell::Json(json.into()), Cell::Texts),
        Some(b'{') => Cell::Json(json.into()),
        Some(_) => number(json),
    }
}

/// A number as one of 64 bits, where that is the same; else as it stands there.
fn number(literal: &str) -> Cell<'_> {
    if !literal.contains(['.', 'e', 'E']) && literal != "-0" {
        return Cell::Digits(literal);
    }
    match literal.parse::<f64>() {
        Ok(number) if is_same(literal, number) => Cell::Number(number),
        _ => Cell::Digits(literal),
    }
}

/// Whether a number of 64 bits has all the digits of a literal: of any two literals with at most 15 significant digits,
/// no two are the same number.
fn is_same(literal: &str, number: f64) -> bool {
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    let fits = number == 0.0 || number.is_normal();
    fits && (significant <= 15 || number.to_string() == literal)
}
