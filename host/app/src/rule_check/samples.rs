//! Sample transactions, on which a rule shows that it is pure.

use std::sync::Arc;

use domain::payload::{FieldType, Float, Identifier, Moment, PayloadSchema, Transaction, Value};
use domain::rule::Plan;
use domain::time::Timestamp;
use domain::window::{BoundPlan, EmptyHistory, InputLimits, Inputs, Lists};

use engine::lane::{TeamView, TransactionQuery};
use runtime::limits::RowLimits;
use runtime::rule::{Batch, Impurity, RulePlugin};
use store::StoreError;

/// The team's newest transactions that serve as samples.
const STORED: usize = 64;
/// Made-up transactions that serve as samples, so that a new team has some too.
const MADE_UP: usize = 32;

const TEXTS: [&str; 12] = [
    "",
    "EUR",
    "USD",
    "PLN",
    "BE",
    "PL",
    "IR",
    "KP",
    "cash",
    "card",
    "c-1",
    "ACME & Söhne",
];
const NUMBERS: [f64; 12] = [
    0.0, 0.01, 1.0, 99.99, 2_500.0, 9_500.0, 9_999.99, 10_000.0, 15_000.5, 1e6, 1e12, -42.5,
];

/// Sample transactions, oldest first.
pub struct Samples(Vec<Transaction>);

impl Samples {
    /// Makes some up.
    pub fn made_up(schema: &Arc<PayloadSchema>) -> Self {
        Self(
            (0..MADE_UP)
                .filter_map(|number| make_up(schema, number))
                .collect(),
        )
    }

    /// Takes the team's newest transactions and makes some up.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn of_team(view: &TeamView, schema: &Arc<PayloadSchema>) -> Result<Self, StoreError> {
        let query = TransactionQuery {
            limit: STORED,
            ..TransactionQuery::default()
        };
        let stored = view.list(&query)?;
        let mut samples: Vec<Transaction> = stored
            .into_iter()
            .map(|stored| stored.transaction)
            .collect();
        samples.reverse();
        samples.extend(Self::made_up(schema).0);
        Ok(Self(samples))
    }

    /// Judges the samples one by one, all at once and shuffled.
    pub(super) fn check_purity(
        &self,
        plugin: &RulePlugin,
        plan: &Plan,
        bound: Arc<BoundPlan>,
        lists: &dyn Lists,
        limits: RowLimits,
    ) -> Result<(), Impurity> {
        let mut inputs = Inputs::new(&[bound], InputLimits::default());
        inputs.begin_at_the_first();
        let mut batch = inputs.begin();
        let mut sequences = Vec::with_capacity(self.0.len());
        for (sequence, transaction) in (1..).zip(&self.0) {
            let observed = inputs.observe(sequence, transaction, lists, &EmptyHistory, &mut batch);
            if observed.is_ok() {
                sequences.push(sequence);
            }
        }
        let columns = batch.select(inputs.columns_of(0));
        plugin.check_purity(&Batch {
            prepared: &plan.prepared,
            inputs: &columns,
            sequences: &sequences,
            limits,
        })?;
        Ok(())
    }
}

/// A transaction with values of all sorts; three customers, six hours apart.
fn make_up(schema: &Arc<PayloadSchema>, number: usize) -> Option<Transaction> {
    let at = |number: usize| {
        Timestamp::from_micros(1_750_000_000_000_000).plus_seconds(number as u64 * 6 * 3600)
    };
    // Each field walks through the values at a pace of its own.
    let value = |(index, field_type): (usize, FieldType)| {
        let pick = number * (index + 1) + index;
        match field_type {
            FieldType::Float => Value::Float(Float {
                number: NUMBERS[pick % NUMBERS.len()],
                sent: None,
            }),
            FieldType::Integer => Value::Integer(NUMBERS[pick % NUMBERS.len()] as i64),
            FieldType::DateTime => Value::DateTime(Moment {
                at: (!pick.is_multiple_of(5)).then(|| at(pick)),
                sent: None,
            }),
            FieldType::Text => Value::Text(TEXTS[pick % TEXTS.len()].into()),
            FieldType::Boolean => Value::Boolean(pick.is_multiple_of(2)),
        }
    };
    let types = schema.fields().iter().map(|field| field.field_type);
    Some(Transaction {
        schema: schema.clone(),
        txn_id: Identifier::new(&format!("sample-{number}")).ok()?,
        customer_id: Identifier::new(&format!("customer-{}", number % 3)).ok()?,
        date_time: at(number),
        date_time_sent: None,
        values: types.enumerate().map(value).collect(),
        additional: None,
    })
}
