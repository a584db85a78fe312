//! What the inputs of a plan may cost the host, estimated before a rule is installed.
//!
//! A unit is about a microsecond of processor time for one transaction, where transactions come out of order, which is the
//! worst that a sender can do. An input costs
//!
//! - `field`, `membership`: 1;
//! - `count`, `sum`, `mean`, `minimum`, `maximum`, `standard-deviation`: 2, whatever the length of the window;
//! - `recent`: 2, and 1 for every [`RECENT_VALUES`] values (rows times fields) that it may answer;
//! - `distinct`: 2, and what following a window costs that jumps: 1 for each day of the window, or for every
//!   [`CUSTOMER_DAYS`] days where it counts by `customer_id`, since a customer has few transactions a day, and
//!   a country or a channel many;
//! - each window, besides, 1 for every [`CONDITIONS`] conditions.
//!
//! Equal inputs of a plan are computed once, and cost once.

use std::fmt;

use super::bound::BoundPlan;
use crate::rule::{Plan, Source, Statistic};

/// Values of a `recent` input that cost a unit.
const RECENT_VALUES: u64 = 50;
/// Days of a `distinct` input by customer that cost a unit.
const CUSTOMER_DAYS: u64 = 10;
/// Conditions of a window that cost a unit.
const CONDITIONS: u64 = 4;

const DAY_SECONDS: u64 = 86_400;

/// How many inputs a refusal names.
const NAMED: usize = 5;

/// What the inputs of a plan may cost for one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanPrice {
    /// All together, in units.
    pub total: u64,
    /// Each that is computed, the most expensive first.
    pub inputs: Vec<InputPrice>,
}

/// What one input may cost for one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPrice {
    /// What the plan calls it.
    pub input: String,
    /// In units.
    pub price: u64,
    /// What makes it so.
    pub because: String,
}

/// A plan that costs more than is allowed. It reads on after the rule's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTooExpensive {
    /// What it costs.
    pub price: PlanPrice,
    /// What it may cost, in units.
    pub most: u64,
}

impl PlanPrice {
    /// What a plan may cost that no operator has set another limit for, in units.
    pub const MAX: u64 = 5_000;
}

impl Plan {
    /// What the inputs may cost for one transaction. Those beyond the most that a plan may have are not looked at.
    pub fn price(&self) -> PlanPrice {
        let inputs = &self.inputs[..self.inputs.len().min(BoundPlan::MAX_INPUTS)];
        let is_first = |index: usize| {
            let mut earlier = inputs[..index].iter();
            earlier.all(|input| input.source != inputs[index].source)
        };
        let computed = (0..inputs.len()).filter(|&index| is_first(index));
        let mut inputs: Vec<InputPrice> = computed
            .map(|index| {
                let (price, because) = price(&inputs[index].source);
                InputPrice {
                    input: inputs[index].name.clone(),
                    price,
                    because,
                }
            })
            .collect();
        // The sort is stable, so equal ones stay in the plan's order.
        inputs.sort_by_key(|input| std::cmp::Reverse(input.price));
        PlanPrice {
            total: inputs
                .iter()
                .fold(0, |total, input| total.saturating_add(input.price)),
            inputs,
        }
    }

    /// Refuses a plan that costs more than `most` units.
    ///
    /// # Errors
    /// Says which inputs cost what, and what to do about it.
    pub fn check_price(&self, most: u64) -> Result<(), PlanTooExpensive> {
        let price = self.price();
        if price.total <= most {
            return Ok(());
        }
        Err(PlanTooExpensive { price, most })
    }
}

fn price(source: &Source) -> (u64, String) {
    let (window, (price, because)) = match source {
        Source::Field(_) => return (1, "a field".to_owned()),
        Source::Membership(_) => return (1, "a list".to_owned()),
        Source::Recent(recent) => {
            let (rows, fields) = (u64::from(recent.limit), recent.fields.len() as u64);
            let because = format!("{rows} recent rows of {fields} fields");
            let price = rows.saturating_mul(fields).div_ceil(RECENT_VALUES);
            (&recent.window, (price, because))
        }
        Source::Aggregate(aggregate) if aggregate.statistic == Statistic::Distinct => {
            let window = &aggregate.window;
            let days = window.length_seconds.div_ceil(DAY_SECONDS);
            let price = match &*window.by {
                "customer_id" => days.div_ceil(CUSTOMER_DAYS),
                _ => days,
            };
            let because = format!("distinct values by '{}' over {days} days", window.by);
            (window, (price, because))
        }
        Source::Aggregate(aggregate) => (&aggregate.window, (0, "a statistic".to_owned())),
    };
    let conditions = window.conditions.len() as u64 / CONDITIONS;
    ((2 + conditions).saturating_add(price), because)
}

impl std::error::Error for PlanTooExpensive {}

impl fmt::Display for PlanTooExpensive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { price, most } = self;
        write!(
            out,
            "has inputs that cost {} units for a transaction, and may have inputs that cost {most}: ",
            price.total
        )?;
        for (index, input) in price.inputs.iter().take(NAMED).enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let InputPrice {
                input,
                price,
                because,
            } = input;
            write!(out, "{comma}'{input}' {price} ({because})")?;
        }
        if price.inputs.len() > NAMED {
            let rest = &price.inputs[NAMED..];
            let units = rest
                .iter()
                .fold(0_u64, |units, it| units.saturating_add(it.price));
            write!(out, ", {} others {units}", rest.len())?;
        }
        out.write_str(
            "; ask for fewer distinct values, over shorter windows or by customer_id, or for fewer recent rows and fields",
        )
    }
}
