//! JSON of strangers that the host stores.
//!
//! In reading order:
//!
//! - `read`: the one reader, with one set of limits;
//! - [`fault`]: what is wrong with a text, and where;
//! - [`value`], [`number`]: values that keep every digit and every name;
//! - [`wire`]: such values as parts of requests, answers and records.
//!
//! `serde_json`'s own values are for what the host makes itself: they round numbers to 64 bits, take the last of two
//! members of a name, and cannot be read where a member is called `$serde_json::private::RawValue`.

mod fault;
mod number;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod wire;

pub use fault::{JsonFault, JsonFaultKind};
pub use number::JsonNumber;
pub use read::MAX_DEPTH;
pub use value::{JsonObject, JsonValue};

use read::{Nothing, Reading, read};

/// Checks what a stranger sent, without making anything of it.
///
/// # Errors
/// As [`JsonValue::read`].
pub fn check(text: &str) -> Result<(), JsonFault> {
    read::<Nothing>(text, Reading::Sent)
}

/// Whether a text is JSON by its grammar, whatever the host refuses of what is sent.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// What the host writes of a type of its own, as a value.
///
/// # Errors
/// If the type cannot be written as JSON.
pub fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<JsonValue, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    JsonValue::read_stored(&text).map_err(serde::de::Error::custom)
}
