//! A team's payload schema, and the transactions that it accepts.

mod fault;
mod schema;
mod transaction;
mod value;

pub use fault::{Fault, Reason};
pub use schema::{AdditionalFields, Field, FieldRef, PayloadSchema, SchemaFault, Sensitivity};
pub use transaction::{Identifier, Transaction};
pub use value::{FieldType, Float, Moment, Value};
