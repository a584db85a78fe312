//! Inputs over windows: what a transaction costs with few and with many rows in its window.

use std::sync::Arc;
use std::time::Instant;

use domain::payload::{
    AdditionalFields, Field, FieldType, Float, Identifier, PayloadSchema, Sensitivity, Transaction,
    Value,
};
use domain::rule::{Aggregate, Input, Plan, Source, Statistic, Window};
use domain::time::Timestamp;
use domain::window::{BoundPlan, EmptyHistory, InputBatch, InputLimits, Inputs, Lists};

use super::Setting;
use super::figure::{Figure, Target};
use super::measure::{in_turns, shown};

const FEW: u64 = 100;
const MANY: u64 = 100_000;
const ROUNDS: usize = 9;
/// Seconds that a window looks back.
const LENGTH: u64 = 24 * 60 * 60;

const STATISTICS: [Statistic; 6] = [
    Statistic::Count,
    Statistic::Sum,
    Statistic::Mean,
    Statistic::Minimum,
    Statistic::Maximum,
    Statistic::StandardDeviation,
];

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let rows = setting.amount(50_000);
    let mut few = Stream::new(FEW)?;
    let mut many = Stream::new(MANY)?;
    let (many, few) = in_turns(ROUNDS, || many.nanos(rows), || few.nanos(rows));
    Ok(vec![Figure {
        what: format!(
            "windows: {} statistics of one customer's last 24 hours, {MANY} rows in the window",
            STATISTICS.len()
        ),
        measured: format!("{} a transaction", shown(many)),
        yardstick: format!("{} with {FEW} rows", shown(few)),
        value: many / few,
        target: Target::AtMost(2.0, "times"),
    }])
}

/// Transactions of one customer, evenly spaced, so that always as many are in the window.
struct Stream {
    schema: Arc<PayloadSchema>,
    customer: Identifier,
    inputs: Inputs,
    sequence: u64,
    /// Microseconds between two transactions.
    pause: i64,
}

impl Stream {
    fn new(rows: u64) -> anyhow::Result<Self> {
        let amount = Field {
            name: "amount".to_owned(),
            field_type: FieldType::Float,
            description: String::new(),
            sensitivity: Sensitivity::Open,
        };
        let schema = PayloadSchema::new(1, vec![amount], AdditionalFields::Reject, None)
            .map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
        let plan = Plan {
            inputs: STATISTICS.into_iter().map(input).collect(),
            prepared: Vec::new(),
        };
        let bound =
            BoundPlan::bind(&plan, &schema).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
        let mut inputs = Inputs::new(&[Arc::new(bound)], InputLimits::default());
        inputs.begin_at_the_first();
        let mut stream = Self {
            schema: Arc::new(schema),
            customer: Identifier::new("customer")
                .map_err(|reason| anyhow::anyhow!("{reason:?}"))?,
            inputs,
            sequence: 0,
            pause: (LENGTH * 1_000_000 / rows) as i64,
        };
        // The window is full, and has begun to slide.
        stream.nanos(rows + rows / 10);
        Ok(stream)
    }

    /// Nanoseconds for each of so many transactions more.
    fn nanos(&mut self, rows: u64) -> f64 {
        let begun = Instant::now();
        let mut batch = self.inputs.begin();
        for _ in 0..rows {
            self.observe(&mut batch);
            if batch.count == 256 {
                batch = self.inputs.begin();
            }
        }
        begun.elapsed().as_nanos() as f64 / rows as f64
    }

    fn observe(&mut self, batch: &mut InputBatch) {
        self.sequence += 1;
        let amount = Float {
            number: (self.sequence * 7_919 % 100_003) as f64 / 100.0,
            sent: None,
        };
        let transaction = Transaction {
            schema: self.schema.clone(),
            txn_id: self.customer.clone(),
            customer_id: self.customer.clone(),
            date_time: Timestamp::from_micros(self.sequence as i64 * self.pause),
            date_time_sent: None,
            values: vec![Value::Float(amount)],
            additional: None,
        };
        self.inputs
            .observe(self.sequence, &transaction, &NoLists, &EmptyHistory, batch)
            .expect("there is no history to be read");
    }
}

struct NoLists;

impl Lists for NoLists {
    fn contains(&self, _list: &str, _text: &str) -> bool {
        false
    }
}

fn input(statistic: Statistic) -> Input {
    Input {
        name: format!("{statistic:?}"),
        source: Source::Aggregate(Aggregate {
            statistic,
            field: "amount".to_owned(),
            window: Window {
                by: "customer_id".to_owned(),
                length_seconds: LENGTH,
                delay_seconds: 0,
                conditions: Vec::new(),
            },
        }),
    }
}
