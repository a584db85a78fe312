//! Whether what a rule says of a row depends on that row alone: checked, not trusted.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::verdict::RowVerdict;
use super::{Batch, Failure, FailureKind, Runner};

/// How a rule was found to be impure, or why that could not be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impurity {
    /// A row is counted from 0.
    #[error(
        "what the rule says of sample transaction {row} depends on the others in its batch: \
         a rule must say the same of a transaction alone and in any company"
    )]
    Differs {
        /// Which sample.
        row: usize,
    },
    /// Interrupted: try again.
    #[error("the rule's purity could not be checked: {0}")]
    Machine(String),
}

/// What a row gives, in one way of batching: a verdict or a failure.
type Said = Result<RowVerdict, Failure>;

pub(super) fn check(runner: &Runner, batch: &Batch<'_>) -> Result<Vec<u64>, Impurity> {
    let in_order: Vec<usize> = (0..batch.len()).collect();
    let mut alone = Vec::with_capacity(batch.len());
    let mut fuel = Vec::with_capacity(batch.len());
    for &row in &in_order {
        let (said, took) = one(runner, batch, row)?;
        alone.push(said);
        fuel.push(took);
    }
    let mut shuffled = in_order.clone();
    shuffled.shuffle(&mut StdRng::seed_from_u64(0));
    for order in [in_order, shuffled] {
        compare(runner, batch, &order, &alone)?;
    }
    Ok(fuel)
}

/// What a row alone gives, and the fuel that it took.
fn one(runner: &Runner, batch: &Batch<'_>, row: usize) -> Result<(Said, u64), Impurity> {
    let judged = batch.judge_alone(runner, row);
    let fuel = match &judged {
        Ok(judged) => judged.fuel,
        Err(error) => error.fuel(),
    };
    match judged.map_err(Failure::from) {
        Ok(mut judged) => {
            let verdict = judged.verdicts.pop().unwrap_or(RowVerdict::Clear);
            Ok((Ok(verdict), fuel))
        }
        Err(failure) if failure.kind == FailureKind::Machine => {
            Err(Impurity::Machine(failure.reason))
        }
        Err(failure) => Ok((Err(failure), fuel)),
    }
}

/// Halves what exceeds the limits, as evaluating does: a row that fails alone fails its batch.
fn compare(
    runner: &Runner,
    batch: &Batch<'_>,
    rows: &[usize],
    alone: &[Said],
) -> Result<(), Impurity> {
    if rows.len() < 2 {
        return Ok(());
    }
    match batch.judge(runner, rows) {
        Ok(judged) => {
            for (&row, said) in rows.iter().zip(judged.verdicts) {
                if alone[row].as_ref() != Ok(&said) {
                    return Err(Impurity::Differs { row });
                }
            }
            Ok(())
        }
        Err(_) => {
            let (first, second) = rows.split_at(rows.len() / 2);
            compare(runner, batch, first, alone)?;
            compare(runner, batch, second, alone)
        }
    }
}
