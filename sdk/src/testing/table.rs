//! Transactions as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::payload::{
    AdditionalFields, Field, FieldRef, FieldType, Float, Identifier, Moment, PayloadSchema,
    Sensitivity, Transaction, Value,
};
use domain::time::Timestamp;

/// Transactions in the order in which a team ingests them, and the tenant's lists.
///
/// The first line names the columns; those besides `txn_id`, `customer_id` and `date_time` say their
/// type: `float`, `integer`, `date_time`, `string` or `boolean`. They are the team's payload schema.
/// An empty cell is the unknown value of its type.
///
/// ```
/// use vervet_sdk::testing::Table;
///
/// let table = Table::new(
///     "txn_id | customer_id | date_time            | amount: float | country: string
///      t1     | anna        | 2024-03-01T10:00:00Z | 12.50         | BE
///      t2     | anna        | 2024-03-01T10:00:05Z | 99            |",
/// )
/// .list("high_risk_countries", ["KP", "IR"]);
/// # let _ = table;
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) schema: Arc<PayloadSchema>,
    pub(super) transactions: Vec<Transaction>,
    pub(super) lists: BTreeMap<String, BTreeSet<String>>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Panics
    /// With a sentence, where it cannot be read.
    #[track_caller]
    pub fn new(text: &str) -> Self {
        match read(text) {
            Ok(table) => table,
            Err(fault) => panic!("{fault}"),
        }
    }

    /// Adds a list of the tenant.
    pub fn list<'t>(mut self, name: &str, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts = texts.into_iter().map(|text| text.trim().to_owned());
        self.lists.insert(name.to_owned(), texts.collect());
        self
    }
}

fn read(text: &str) -> Result<Table, String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = lines.next().ok_or("the table is empty")?;
    let columns = cells(header).map(column).collect::<Result<Vec<_>, _>>()?;
    let fields = columns
        .iter()
        .filter_map(|(name, field_type)| {
            Some(Field {
                name: name.clone(),
                field_type: (*field_type)?,
                description: String::new(),
                sensitivity: Sensitivity::Open,
            })
        })
        .collect();
    let schema =
        PayloadSchema::new(1, fields, AdditionalFields::Reject, None).map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        })?;
    let schema = Arc::new(schema);
    let names: Vec<_> = columns.into_iter().map(|(name, _)| name).collect();
    let transactions = lines
        .map(|line| {
            transaction(&schema, &names, line).map_err(|fault| format!("{fault} in: {line}"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Table {
        schema,
        transactions,
        lists: BTreeMap::new(),
    })
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split('|').map(str::trim)
}

fn column(cell: &str) -> Result<(String, Option<FieldType>), String> {
    if matches!(cell, "txn_id" | "customer_id" | "date_time") {
        return Ok((cell.to_owned(), None));
    }
    let (name, kind) = cell
        .split_once(':')
        .ok_or_else(|| format!("column '{cell}' has no type; write '{cell}: string'"))?;
    let kind = kind.trim();
    let field_type = FieldType::parse(kind).ok_or_else(|| {
        format!("'{kind}' is no type; one of float, integer, date_time, string and boolean is")
    })?;
    Ok((name.trim().to_owned(), Some(field_type)))
}

fn transaction(
    schema: &Arc<PayloadSchema>,
    names: &[String],
    line: &str,
) -> Result<Transaction, String> {
    let values: Vec<_> = cells(line).collect();
    if values.len() != names.len() {
        return Err(format!("{} cells, not {},", values.len(), names.len()));
    }
    let named = |wanted: &str| {
        let found = names.iter().position(|name| name == wanted);
        found
            .map(|index| values[index])
            .ok_or_else(|| format!("no column '{wanted}'"))
    };
    let identifier = |name: &str| {
        Identifier::new(named(name)?).map_err(|reason| format!("'{name}' is {reason}"))
    };
    let mut row = Transaction {
        schema: Arc::clone(schema),
        txn_id: identifier("txn_id")?,
        customer_id: identifier("customer_id")?,
        date_time: moment(named("date_time")?)?,
        date_time_sent: None,
        values: schema
            .fields()
            .iter()
            .map(|field| Value::unknown(field.field_type))
            .collect(),
        additional: None,
    };
    for (name, text) in names.iter().zip(&values) {
        if let Some((FieldRef::Value(index), field_type)) = schema.find(name)
            && !text.is_empty()
        {
            row.values[index] = value(field_type, text)?;
        }
    }
    Ok(row)
}

fn value(field_type: FieldType, text: &str) -> Result<Value, String> {
    let fault = || format!("'{text}' is no {field_type}");
    Ok(match field_type {
        FieldType::Float => Value::Float(Float {
            number: text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(fault)?,
            sent: None,
        }),
        FieldType::Integer => Value::Integer(text.parse().map_err(|_| fault())?),
        FieldType::DateTime => Value::DateTime(Moment {
            at: Some(moment(text)?),
            sent: None,
        }),
        FieldType::Text => Value::Text(text.into()),
        FieldType::Boolean => Value::Boolean(text.parse().map_err(|_| fault())?),
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse::<jiff::Timestamp>()
        .map(|moment| Timestamp::from_micros(moment.as_microsecond()))
        .map_err(|_| format!("'{text}' is no moment such as 2024-03-01T10:00:00Z"))
}
