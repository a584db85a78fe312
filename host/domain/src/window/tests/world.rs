//! A team, its transactions, its store and its lists.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use crate::payload::{
    self, AdditionalFields, FieldType, Float, Identifier, Moment, PayloadSchema, Sensitivity,
    Transaction, Value,
};
use crate::rule::{Aggregate, Field, Input, Plan, Source, Statistic, Window};
use crate::time::Timestamp;
use crate::window::{
    BoundPlan, ByField, History, HistoryError, InputBatch, Inputs, Lists, PastRow, RowLayout,
};

pub(super) const DAY: u64 = 86_400;

/// A schema of these fields.
pub(super) fn schema(version: u32, fields: &[(&str, FieldType)]) -> Arc<PayloadSchema> {
    let field = |&(name, field_type): &(&str, FieldType)| payload::Field {
        name: name.to_owned(),
        field_type,
        description: String::new(),
        sensitivity: Sensitivity::Open,
    };
    let fields = fields.iter().map(field).collect();
    Arc::new(PayloadSchema::new(version, fields, AdditionalFields::Reject, None).unwrap())
}

/// The schema that plans are bound to here.
pub(super) fn current_schema() -> Arc<PayloadSchema> {
    static SCHEMA: LazyLock<Arc<PayloadSchema>> = LazyLock::new(|| {
        schema(
            2,
            &[
                ("amount", FieldType::Float),
                ("cents", FieldType::Integer),
                ("card", FieldType::Text),
                ("booked", FieldType::DateTime),
                ("cash", FieldType::Boolean),
            ],
        )
    });
    SCHEMA.clone()
}

/// One before it: `cash` is missing, `cents` is a text, and the order is another.
pub(super) fn older_schema() -> Arc<PayloadSchema> {
    schema(
        1,
        &[
            ("card", FieldType::Text),
            ("cents", FieldType::Text),
            ("booked", FieldType::DateTime),
            ("amount", FieldType::Float),
        ],
    )
}

/// A field of the current schema, in the type that it has there.
pub(super) fn field(name: &str) -> Field {
    let (_, field_type) = current_schema().find(name).unwrap();
    let name = name.to_owned();
    Field { name, field_type }
}

/// The value of a float field.
pub(super) fn float(number: f64) -> Value {
    Value::Float(Float { number, sent: None })
}

/// The value of a moment's field.
pub(super) fn moment(at: Option<i64>) -> Value {
    Value::DateTime(Moment {
        at: at.map(Timestamp::from_micros),
        sent: None,
    })
}

/// A moment, in seconds after 2024 began.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_704_067_200 + seconds) * 1_000_000)
}

/// A transaction at so many seconds after 2024 began.
pub(super) fn transaction(
    schema: &Arc<PayloadSchema>,
    customer: &str,
    seconds: i64,
    values: Vec<Value>,
) -> Transaction {
    Transaction {
        schema: schema.clone(),
        txn_id: Identifier::new("t").unwrap(),
        customer_id: Identifier::new(customer).unwrap(),
        date_time: at(seconds),
        date_time_sent: None,
        values,
        additional: None,
    }
}

/// A window of one customer's transactions.
pub(super) fn by_customer(length_seconds: u64) -> Window {
    Window {
        by: "customer_id".into(),
        length_seconds,
        delay_seconds: 0,
        conditions: Vec::new(),
    }
}

/// A statistic over a window.
pub(super) fn aggregate(statistic: Statistic, field: &str, window: Window) -> Source {
    Source::Aggregate(Aggregate {
        statistic,
        field: field.into(),
        window,
    })
}

/// A plan of these sources.
pub(super) fn plan(sources: Vec<Source>) -> Plan {
    let input = |(index, source)| Input {
        name: format!("input{index}"),
        source,
    };
    Plan {
        inputs: sources.into_iter().enumerate().map(input).collect(),
        prepared: Vec::new(),
    }
}

/// Binds a plan to [`current_schema`].
pub(super) fn bound(plan: &Plan) -> Arc<BoundPlan> {
    Arc::new(BoundPlan::bind(plan, &current_schema()).unwrap())
}

/// All that was stored; sequence numbers are indexes. Every other row is given as an index keeps it.
pub(super) struct Stored<'t> {
    transactions: &'t [Transaction],
    layouts: Vec<RowLayout>,
}

impl<'t> Stored<'t> {
    pub(super) fn new(transactions: &'t [Transaction], inputs: &Inputs) -> Self {
        Self {
            transactions,
            layouts: inputs.row_layouts(),
        }
    }
}

impl History for Stored<'_> {
    fn rows(
        &self,
        by: &ByField,
        key: &[u8],
        from: Timestamp,
        to: Timestamp,
        visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let layout = self.layouts.iter().find(|layout| layout.by() == by);
        let layout = layout.expect("a layout for each field that windows are by");
        // Newest first, as good an order as any.
        for (sequence, transaction) in self.transactions.iter().enumerate().rev() {
            let date_time = transaction.date_time;
            let writer = layout.in_schema(&transaction.schema);
            let mut own = Vec::new();
            if !writer.write_key(transaction, &mut own) || own != key {
                continue;
            }
            if date_time <= from || date_time > to {
                continue;
            }
            let mut values = Vec::new();
            writer.write_values(transaction, &mut values);
            let row = match sequence % 2 {
                0 => PastRow::Transaction(transaction),
                _ => PastRow::Kept {
                    layout,
                    date_time,
                    values: &values,
                },
            };
            if visit(sequence as u64, row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// A store that is out of order.
pub(super) struct Broken;

impl History for Broken {
    fn rows(
        &self,
        _by: &ByField,
        _key: &[u8],
        _from: Timestamp,
        _to: Timestamp,
        _visit: &mut dyn FnMut(u64, PastRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        Err(HistoryError("the disk is gone".into()))
    }
}

/// Lists by name and text.
#[derive(Default)]
pub(super) struct Listed(pub(super) BTreeSet<(&'static str, &'static str)>);

impl Lists for Listed {
    fn contains(&self, list: &str, text: &str) -> bool {
        self.0.contains(&(list, text))
    }
}

/// The inputs of plan `plan` for transaction `row`, as evidence shows them; NaN equals itself so.
pub(super) fn shown(inputs: &Inputs, batch: &InputBatch, plan: usize, row: usize) -> Vec<String> {
    let columns = inputs.columns_of(plan).iter();
    columns
        .map(|&column| format!("{:?}", batch.columns[column].evidence(row)))
        .collect()
}
