//! A transaction as the payload that was posted.

use std::fmt::Write;

use domain::payload::{Float, Moment, Sensitivity, Transaction, Value};

use super::number;

/// Whether masked fields are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitive {
    /// To those with the permission `transaction:sensitive`.
    Shown,
    /// To all others, who read `"***"`.
    Masked,
}

/// The JSON object that was posted: numbers and moments as they were sent,
/// fields in the order of the schema, then the additional members.
///
/// A hashed field has its hash. Without a mask, this text posted again is the
/// same content.
pub fn render(transaction: &Transaction, sensitive: Sensitive) -> String {
    let mut out = String::with_capacity(64 + 40 * transaction.values.len());
    out.push_str("{\"txn_id\":");
    write_text(&mut out, transaction.txn_id.as_str());
    out.push_str(",\"customer_id\":");
    write_text(&mut out, transaction.customer_id.as_str());
    out.push_str(",\"date_time\":");
    match &transaction.date_time_sent {
        Some(sent) => write_text(&mut out, sent),
        None => write_display(&mut out, transaction.date_time),
    }
    for (field, value) in transaction.schema.fields().iter().zip(&transaction.values) {
        out.push(',');
        write_text(&mut out, &field.name);
        out.push(':');
        if sensitive == Sensitive::Masked && field.sensitivity == Sensitivity::Mask {
            out.push_str("\"***\"");
        } else {
            write_value(&mut out, value);
        }
    }
    if let Some(members) = transaction
        .additional
        .as_deref()
        .and_then(|json| json.strip_prefix('{'))
    {
        out.push(',');
        out.push_str(members);
    } else {
        out.push('}');
    }
    out
}

pub(super) fn write_value(out: &mut String, value: &Value) {
    match value {
        Value::Float(float @ Float { .. }) => number::write_float(out, float),
        Value::Integer(number) => write_plain(out, number),
        Value::DateTime(Moment {
            sent: Some(sent), ..
        }) => write_text(out, sent),
        Value::DateTime(Moment { at: Some(at), .. }) => write_display(out, at),
        Value::DateTime(Moment { at: None, .. }) => out.push_str("\"\""),
        Value::Text(text) => write_text(out, text),
        Value::Boolean(truth) => write_plain(out, truth),
    }
}

/// Writes a JSON string.
pub(super) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
    {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            byte @ (b'"' | b'\\') => {
                out.push('\\');
                out.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            control => {
                let _ = write!(out, "\\u{control:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes a JSON string of a text that needs no escapes.
fn write_display(out: &mut String, text: impl std::fmt::Display) {
    let _ = write!(out, "\"{text}\"");
}

fn write_plain(out: &mut String, literal: impl std::fmt::Display) {
    let _ = write!(out, "{literal}");
}
