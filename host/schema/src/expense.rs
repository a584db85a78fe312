//! How many schemas can apply to one place of a value.
//!
//! `$ref`, `allOf` and their like apply further schemas to the same value. A chain of them that leads back to
//! itself never ends, and one that doubles at each step does not end before its budget does, whatever the value.
//! Keywords that go down into the value are bounded by the value.

use crate::node::{NodeId, Prepared};

/// The most schemas that may apply to one place of a value.
pub(crate) const MAX_AT_ONE_PLACE: u64 = 10_000;
/// The longest chain of schemas that apply to one place of a value.
pub(crate) const MAX_CHAIN: usize = 500;

/// What a schema asks for at one place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Expense {
    #[error("a reference leads back to itself without going down into the value")]
    Circle,
    #[error("more than {MAX_AT_ONE_PLACE} schemas apply to one place of a value")]
    Many,
    #[error("more than {MAX_CHAIN} schemas lead to one another at one place of a value")]
    Long,
}

#[derive(Clone, Copy)]
enum Cost {
    Unknown,
    /// It is being found out.
    Open,
    Known(u64),
}

/// Checks every schema of a document; answers the first that asks for too much.
pub(crate) fn check(prepared: &Prepared) -> Result<(), (NodeId, Expense)> {
    let mut costs = vec![Cost::Unknown; prepared.nodes.len()];
    for id in 0..prepared.nodes.len() as NodeId {
        cost(prepared, id, 0, &mut costs)?;
    }
    Ok(())
}

fn cost(
    prepared: &Prepared,
    id: NodeId,
    chain: usize,
    costs: &mut [Cost],
) -> Result<u64, (NodeId, Expense)> {
    match costs[id as usize] {
        Cost::Known(cost) => return Ok(cost),
        Cost::Open => return Err((id, Expense::Circle)),
        Cost::Unknown if chain > MAX_CHAIN => return Err((id, Expense::Long)),
        Cost::Unknown => {}
    }
    costs[id as usize] = Cost::Open;
    let mut sum = 1_u64;
    for next in prepared.nodes[id as usize].applied_beside() {
        let cost = crate::equality::with_stack(|| cost(prepared, next, chain + 1, costs))?;
        sum = sum.saturating_add(cost);
    }
    if sum > MAX_AT_ONE_PLACE {
        return Err((id, Expense::Many));
    }
    costs[id as usize] = Cost::Known(sum);
    Ok(sum)
}
