//! A rule, run over a table.

use std::sync::Arc;

use domain::column::{Column, Values as HostValues};
use domain::window::{BoundPlan, InputLimits, Inputs, Lists, TableHistory};

use super::plan;
use super::table::Table;
use crate::row::{TextColumn, Values};
use crate::rule::judge;
use crate::{Finding, Rule, read_config};

/// What a rule said of each transaction of a table, in its order.
///
/// See [`Table::run`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Said {
    /// One for each transaction.
    pub rows: Vec<Judged>,
}

/// What a rule said of one transaction.
///
/// See [`Table::run`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// Which transaction.
    pub txn_id: String,
    /// What it found.
    pub findings: Vec<Finding>,
    /// Why it could not judge.
    pub failure: Option<String>,
    /// Name and value of each input, the value as [`Debug`] shows it.
    pub evidence: Vec<(String, String)>,
}

impl Said {
    /// The transactions with findings.
    pub fn reported(&self) -> Vec<&str> {
        let rows = self.rows.iter().filter(|row| !row.findings.is_empty());
        rows.map(|row| row.txn_id.as_str()).collect()
    }

    /// The title of each finding, after its transaction.
    pub fn titles(&self) -> Vec<(&str, &str)> {
        let of_row = |row: &'_ Judged| row.findings.len();
        let mut titles = Vec::with_capacity(self.rows.iter().map(of_row).sum());
        for row in &self.rows {
            titles.extend(row.findings.iter().map(|f| (&*row.txn_id, &*f.title)));
        }
        titles
    }

    /// Each transaction that could not be judged, and why.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed = |row: &'_ Judged| row.failure.is_some();
        let rows = self.rows.iter().filter(|row| failed(row));
        rows.map(|row| (&*row.txn_id, row.failure.as_deref().unwrap_or_default()))
            .collect()
    }
}

impl Table {
    /// Runs a rule over the transactions, each of which sees those above it in its windows.
    ///
    /// ```
    /// use vervet_sdk::testing::Table;
    /// use vervet_sdk::{Finding, Inputs, rule};
    ///
    /// #[derive(Inputs)]
    /// struct Seen {
    ///     #[input(count, over = "1h")]
    ///     before: u64,
    /// }
    ///
    /// /// The third transaction within an hour.
    /// #[rule(alert_type = "other")]
    /// fn third(seen: &Seen) -> Option<Finding> {
    ///     (seen.before == 2).then(|| Finding::new("The third"))
    /// }
    ///
    /// # fn main() {
    /// let table = Table::new(
    ///     "txn_id | customer_id | date_time
    ///      t1     | anna        | 2024-03-01T10:00:00Z
    ///      t2     | anna        | 2024-03-01T10:10:00Z
    ///      t3     | anna        | 2024-03-01T10:20:00Z",
    /// );
    /// let said = table.run::<third>("{}").unwrap();
    /// assert_eq!(said.titles(), [("t3", "The third")]);
    /// assert_eq!(said.rows[2].evidence, [("before".to_owned(), "Integer(2)".to_owned())]);
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the rule says of its configuration, or the host of the plan: a field that the
    /// table lacks or has in a type that the plan cannot use, a window that is too long, and so on.
    pub fn run<R: Rule>(&self, config: &str) -> Result<Said, String> {
        let config: R::Config = read_config(config)?;
        let plan = plan::to_host(R::plan(&config)?);
        let bound = BoundPlan::bind(&plan, &self.schema).map_err(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        })?;
        let columns = self.observe(bound)?;
        let inputs: Vec<_> = columns.iter().map(borrow).collect::<Result<_, _>>()?;
        let verdict = judge::<R>(&config, self.transactions.len() as u32, &inputs);

        let rows = self
            .transactions
            .iter()
            .enumerate()
            .map(|(index, row)| Judged {
                txn_id: row.txn_id.as_str().to_owned(),
                findings: Vec::new(),
                failure: None,
                evidence: plan
                    .inputs
                    .iter()
                    .zip(&columns)
                    .map(|(input, values)| (input.name.clone(), shown(values, index)))
                    .collect(),
            });
        let mut rows: Vec<_> = rows.collect();
        for (row, finding) in verdict.findings {
            rows[row as usize].findings.push(finding);
        }
        for (row, reason) in verdict.failures {
            rows[row as usize].failure = Some(reason);
        }
        Ok(Said { rows })
    }

    /// The inputs of all transactions, in the plan's order.
    fn observe(&self, plan: BoundPlan) -> Result<Vec<HostValues>, String> {
        let mut inputs = Inputs::new(&[Arc::new(plan)], InputLimits::default());
        inputs.begin_at_the_first();
        let above = TableHistory::new(&inputs, &self.transactions);
        let mut batch = inputs.begin();
        for (index, transaction) in self.transactions.iter().enumerate() {
            inputs
                .observe(index as u64, transaction, self, &above, &mut batch)
                .map_err(|error| error.to_string())?;
        }
        let columns = batch.select(inputs.columns_of(0));
        Ok(columns.into_iter().cloned().collect())
    }
}

impl Lists for Table {
    fn contains(&self, list: &str, text: &str) -> bool {
        let list = self.lists.get(list);
        list.is_some_and(|list| list.contains(text.trim()))
    }
}

fn shown(values: &HostValues, index: usize) -> String {
    use domain::column::Evidence;

    match values.evidence(index) {
        Evidence::Cell(cell) => format!("{cell:?}"),
        Evidence::Rows(rows) => format!("{rows:?}"),
    }
}

fn borrow(values: &HostValues) -> Result<Values<'_>, String> {
    match values {
        HostValues::Column(of) => column(of),
        HostValues::Rows(rows) => Ok(Values::Rows {
            ends: &rows.ends,
            columns: rows.columns.iter().map(column).collect::<Result<_, _>>()?,
        }),
    }
}

fn column(column: &Column) -> Result<Values<'_>, String> {
    Ok(match column {
        Column::Texts(texts) => Values::Texts(TextColumn::new(&texts.bytes, &texts.ends)?),
        Column::Floats(values) => Values::Floats(values),
        Column::Integers(values) => Values::Integers(values),
        Column::Booleans(values) => Values::Booleans(values),
        Column::Times(values) => Values::Times(values),
    })
}
