//! Ways into an alert: `title`, `labels.0`, `info.transactions.0.amount`.

use std::borrow::Cow;
use std::cell::OnceCell;

use vervet_sdk::formatter::{Alert, ColumnType, TextList};
use vervet_sdk::serde_json::{self, Value};

use crate::cell::Cell;

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

/// One alert, whose JSON is read when a column first needs it.
pub(crate) struct Opened<'a> {
    alert: Alert<'a>,
    info: OnceCell<Value>,
    findings: OnceCell<Vec<Value>>,
    comments: OnceCell<Vec<Value>>,
}

impl<'a> Opened<'a> {
    pub(crate) fn new(alert: Alert<'a>) -> Self {
        Self {
            alert,
            info: OnceCell::new(),
            findings: OnceCell::new(),
            comments: OnceCell::new(),
        }
    }
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
    pub(crate) fn find<'a>(&self, opened: &'a Opened<'_>) -> Cell<'a> {
        let alert = opened.alert;
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
            Property::Info => {
                let info = opened.info.get_or_init(|| parse(alert.info()));
                walk(info, &self.steps)
            }
            Property::Findings => self.json_of(&opened.findings, alert.findings()),
            Property::Comments => self.json_of(&opened.comments, alert.comments()),
            Property::CreatedAt => Cell::Moment(Some(alert.created_at())),
            Property::UpdatedAt => Cell::Moment(Some(alert.updated_at())),
            Property::ClosedAt => Cell::Moment(alert.closed_at()),
            Property::Outcome => alert.more_text("outcome").map_or(Cell::Absent, Cell::Text),
            Property::More(name) => match alert.more(name) {
                None => Cell::Absent,
                Some(json) => walk(&parse(json), &self.steps).into_owned(),
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

    fn json_of<'a>(&self, read: &'a OnceCell<Vec<Value>>, list: TextList<'a>) -> Cell<'a> {
        let Some((place, steps)) = self.steps.split_first() else {
            return Cell::Values(list);
        };
        let values = read.get_or_init(|| list.map(parse).collect());
        let value = place
            .parse()
            .ok()
            .and_then(|place: usize| values.get(place));
        value.map_or(Cell::Absent, |value| walk(value, steps))
    }
}

/// The host sends JSON; anything else has nothing in it.
fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}

fn walk<'a>(value: &'a Value, steps: &[String]) -> Cell<'a> {
    let found = steps.iter().try_fold(value, |value, step| match value {
        Value::Array(values) => values.get(step.parse::<usize>().ok()?),
        Value::Object(members) => members.get(step),
        _ => None,
    });
    match found {
        None | Some(Value::Null) => Cell::Absent,
        Some(Value::String(text)) => Cell::Text(Cow::Borrowed(text)),
        Some(Value::Bool(truth)) => Cell::Boolean(*truth),
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Cell::Integer(integer.into()),
            (None, _) if number.is_u64() => {
                Cell::Integer(number.as_u64().unwrap_or_default().into())
            }
            (None, Some(number)) => Cell::Number(number),
            (None, None) => Cell::Json(number.to_string().into()),
        },
        Some(Value::Array(values)) if values.iter().all(Value::is_string) => Cell::Texts(
            values
                .iter()
                .filter_map(Value::as_str)
                .map(Cow::Borrowed)
                .collect(),
        ),
        Some(other) => Cell::Json(other.to_string().into()),
    }
}
