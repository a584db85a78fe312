//! JSON Schemas that strangers wrote: of a plugin's configuration, of the info of alerts.
//!
//! What they mean, and what validating may take, is in the crate `json-schema`: steps and memory that are the same on
//! every machine. This module adds the backstop of time, and the [`Room`] in which requests validate: never on the
//! runtime's threads, never in a lane, and few at a time.

mod room;

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

pub use ::json_schema::{Budget, Drafts, Exhausted, JsonSchema, JsonSchemaError, SchemaFault};
pub use room::{Room, RoomError};

/// What one validation may take of its thread's processor time. Its steps end much earlier, unless the machine does not.
const MAX_TIME: Duration = Duration::from_secs(1);

/// Why a value is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not fit the schema. At least one.
    Faults(Vec<SchemaFault>),
    /// Whether it fits was not found out.
    Exhausted(Exhausted),
}

/// Validates a value; takes from the budget the steps that it took. It keeps its thread busy for as long as the budget
/// lets it.
///
/// # Errors
/// If the value does not fit the schema, or validating it took more than the budget.
pub fn check(schema: &JsonSchema, value: &Value, budget: &mut Budget) -> Result<(), Refusal> {
    let end = processor_time() + MAX_TIME;
    let is_late = || processor_time() > end;
    match schema.faults(value, budget, &is_late) {
        Ok(faults) if faults.is_empty() => Ok(()),
        Ok(faults) => Err(Refusal::Faults(faults)),
        Err(exhausted) => Err(Refusal::Exhausted(exhausted)),
    }
}

/// The processor time that this thread used, so that a busy machine ends nothing.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
