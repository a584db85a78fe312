//! A rule of three inputs beside the same rule in native Rust, on the same transactions.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use domain::payload::{FieldRef, PayloadSchema, Transaction, Value};
use domain::rule::{Finding, Label, Plan};
use domain::window::{BoundPlan, EmptyHistory, InputLimits, Inputs, Lists};

use super::figure::{Figure, Target};
use super::measure::{in_turns, nanos_of, shown};
use super::{Setting, runtime, workload};
use ingest::{KeyedHash, Payload};
use runtime::limits::Limits;
use runtime::registry::{Plugin, Registry};
use runtime::rule::{Batch, RowOutcome, RulePlugin};

const RULE: &str = "high-risk-country";
const BATCH: usize = 256;
const ROUNDS: usize = 15;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let registry = Registry::open(Limits::default(), program, &setting.folder("evaluate")?)?;
    let component = setting.plugins.component(RULE)?;
    let Plugin::Rule(rule) = runtime.block_on(registry.publish(component))?.plugin else {
        bail!("{RULE} is no rule");
    };
    let transactions = transactions()?;
    let time = Duration::from_millis(setting.amount(200).max(50));
    Ok(vec![
        batches(&rule, &transactions, time)?,
        one_at_a_time(&rule, &transactions, time)?,
    ])
}

fn batches(
    rule: &RulePlugin,
    transactions: &[Transaction],
    time: Duration,
) -> anyhow::Result<Figure> {
    let mut judge = Judge::new(rule)?;
    let native = Native::new();
    let found = judge.judge(transactions);
    ensure!(
        found > 0 && found == native.judge(transactions),
        "the rule and its native twin do not find the same"
    );
    let rows = transactions.len() as f64;
    let (ours, natives) = in_turns(
        ROUNDS,
        || {
            let judged = || {
                for batch in transactions.chunks(BATCH) {
                    black_box(judge.judge(batch));
                }
            };
            nanos_of(time, judged) / rows
        },
        || {
            let judged = || {
                black_box(native.judge(transactions));
            };
            nanos_of(time, judged) / rows
        },
    );
    Ok(Figure {
        what: format!(
            "evaluate: a rule of three inputs, {BATCH} transactions at once, a fresh instance each time, columns included"
        ),
        measured: format!("{} a transaction", shown(ours)),
        yardstick: format!("{natives:.1} ns of the same in native Rust"),
        value: ours / natives,
        target: Target::AtMost(8.0, "times"),
    })
}

fn one_at_a_time(
    rule: &RulePlugin,
    transactions: &[Transaction],
    time: Duration,
) -> anyhow::Result<Figure> {
    let mut judge = Judge::new(rule)?;
    let mut next = transactions.iter().cycle();
    let mut taken = Vec::new();
    for _ in 0..ROUNDS {
        taken.push(nanos_of(time, || {
            if let Some(transaction) = next.next() {
                black_box(judge.judge(std::slice::from_ref(transaction)));
            }
        }));
    }
    let nanos = super::measure::median(taken);
    Ok(Figure {
        what: "evaluate: the same rule, one transaction, a fresh instance each time".to_owned(),
        measured: shown(nanos),
        yardstick: String::new(),
        value: nanos / 1e3,
        target: Target::AtMost(20.0, "µs"),
    })
}

/// Transactions as the payload schema reads them; one in a thousand leads to a finding.
fn transactions() -> anyhow::Result<Vec<Transaction>> {
    let schema = Arc::new(workload::schema());
    let country = country_of(&schema);
    let keyed_hash = KeyedHash::new(&[0; 32]);
    let read = |number: u64| {
        let mut text = String::new();
        workload::write_payload(&mut text, number);
        let payload = Payload::Json(text.into());
        let mut transaction = payload
            .read(&schema, &keyed_hash)
            .map_err(|faults| anyhow::anyhow!("the workload is refused: {faults:?}"))?;
        if number.is_multiple_of(workload::FINDING_EVERY) {
            transaction.values[country] = Value::Text("IR".into());
        }
        Ok(transaction)
    };
    (1..=16 * BATCH as u64).map(read).collect()
}

fn index_of(schema: &PayloadSchema, name: &str) -> usize {
    match schema.find(name) {
        Some((FieldRef::Value(index), _)) => index,
        _ => panic!("the workload has the field {name}"),
    }
}

fn country_of(schema: &PayloadSchema) -> usize {
    index_of(schema, "country")
}

/// The tenant's lists.
struct Listed(HashSet<&'static str>);

impl Listed {
    fn new() -> Self {
        Self(workload::LISTED.into())
    }
}

impl Lists for Listed {
    fn contains(&self, _list: &str, text: &str) -> bool {
        self.0.contains(text)
    }
}

/// The rule as a lane runs it.
struct Judge<'r> {
    rule: &'r RulePlugin,
    plan: Plan,
    inputs: Inputs,
    lists: Listed,
    sequence: u64,
}

impl<'r> Judge<'r> {
    fn new(rule: &'r RulePlugin) -> anyhow::Result<Self> {
        let plan = rule.prepare(&workload::config(RULE).to_string())?;
        let bound = BoundPlan::bind(&plan, &workload::schema())
            .map_err(|faults| anyhow::anyhow!("the rule does not fit the workload: {faults:?}"))?;
        ensure!(plan.inputs.len() == 3, "the rule has three inputs");
        let mut inputs = Inputs::new(&[Arc::new(bound)], InputLimits::default());
        inputs.begin_at_the_first();
        Ok(Self {
            rule,
            plan,
            inputs,
            lists: Listed::new(),
            sequence: 0,
        })
    }

    /// Builds the columns, judges them, and answers how many transactions led to a finding.
    fn judge(&mut self, transactions: &[Transaction]) -> usize {
        let mut batch = self.inputs.begin();
        let first = self.sequence + 1;
        for transaction in transactions {
            self.sequence += 1;
            let observed = self.inputs.observe(
                self.sequence,
                transaction,
                &self.lists,
                &EmptyHistory,
                &mut batch,
            );
            observed.expect("no window, so nothing is read");
        }
        let inputs = batch.select(self.inputs.columns_of(0));
        let sequences: Vec<u64> = (first..=self.sequence).collect();
        let outcomes = self.rule.evaluate(&Batch {
            prepared: &self.plan.prepared,
            inputs: &inputs,
            sequences: &sequences,
            limits: self.rule.row_limits(),
        });
        let found = |outcome: &&RowOutcome| matches!(outcome, RowOutcome::Findings { .. });
        outcomes.iter().filter(found).count()
    }
}

/// The same rule as the plugin, without any boundary.
struct Native {
    amount: usize,
    country: usize,
    lists: Listed,
    least_amount: f64,
}

impl Native {
    fn new() -> Self {
        let schema = workload::schema();
        Self {
            amount: index_of(&schema, "amount"),
            country: country_of(&schema),
            lists: Listed::new(),
            least_amount: 0.0,
        }
    }

    fn judge(&self, transactions: &[Transaction]) -> usize {
        let mut found = Vec::new();
        for (row, transaction) in transactions.iter().enumerate() {
            found.extend(self.finding(transaction).map(|finding| (row, finding)));
        }
        black_box(&found).len()
    }

    fn finding(&self, transaction: &Transaction) -> Option<Finding> {
        let (Value::Float(amount), Value::Text(country)) = (
            &transaction.values[self.amount],
            &transaction.values[self.country],
        ) else {
            return None;
        };
        let country = country.trim();
        let amount = amount.number.abs();
        let is_listed = amount >= self.least_amount && self.lists.contains(workload::LIST, country);
        is_listed.then(|| Finding {
            title: format!("{amount:.2} with {country}"),
            severity: None,
            priority: None,
            score: None,
            labels: Label::new("country").into_iter().collect(),
            info: serde_json::json!({"countries": [country]}).to_string(),
        })
    }
}
