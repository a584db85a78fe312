//! Why what somebody wrote cannot be taken.

use base::naming;
use domain::time::Timestamp;

/// A request whose values cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Invalid {
    /// What is wrong, and what to do about it.
    pub detail: String,
    /// Each value at fault, as far as they are known one by one.
    pub faults: Vec<FieldFault>,
}

/// A value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The path of the member, such as `labels[2]`; empty for the whole.
    pub field: String,
    /// The kind of fault, for programs, such as `missing`.
    pub reason: String,
    /// The fault in words.
    pub detail: String,
}

impl Invalid {
    /// A request that is invalid as a whole, or whose sentence names the values at fault.
    pub fn new(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            faults: Vec::new(),
        }
    }

    /// A single value at fault; `detail` names it.
    pub fn field(field: &str, reason: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let fault = FieldFault {
            field: field.to_owned(),
            reason: reason.to_owned(),
            detail: detail.clone(),
        };
        Self {
            detail,
            faults: vec![fault],
        }
    }
}

impl Invalid {
    /// All that is wrong, in one text: the whole, and each value at fault.
    pub fn in_full(&self) -> String {
        let faults = self.faults.iter().map(|fault| &*fault.detail);
        let faults: Vec<&str> = faults.filter(|detail| *detail != self.detail).collect();
        match faults.is_empty() {
            true => self.detail.clone(),
            false => format!("{}: {}", self.detail, faults.join("; ")),
        }
    }
}

/// Checks a text that people read: 1 to 200 characters, none of them a control character, and not all of them invisible.
/// `field` is its name.
///
/// # Errors
/// If it is empty, too long, has control characters, or shows nothing.
pub fn check_caption(field: &str, text: &str) -> Result<(), Invalid> {
    if !text.is_empty() && !naming::is_visible(text) {
        return Err(Invalid::new(format!(
            "'{field}' must show something: all of its characters are invisible"
        )));
    }
    if (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "'{field}' must have 1 to 200 characters and no control characters"
    )))
}

/// Checks an expiry against now.
///
/// # Errors
/// Where it is past.
pub fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), Invalid> {
    match expires_at {
        Some(at) if at <= now => Err(Invalid::new("'expires_at' must be in the future")),
        _ => Ok(()),
    }
}
