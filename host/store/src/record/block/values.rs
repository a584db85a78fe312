//! Values of fields.
//!
//! ```text
//! tag  0 float    f64, 8 bytes          4 moment, unknown
//!      1 float    the same │ as sent    5 moment, unknown     as sent
//!      2 integer  i64 ~                 6 moment              µs ~
//!      3 text     text                  7 moment              µs ~ │ as sent
//!      8 false                          9 true
//! ```

use domain::payload::{FieldType, Float, Moment, Value};
use domain::time::Timestamp;

use crate::record::bytes::{Input, put_signed, put_text};

const FLOAT: u8 = 0;
const FLOAT_AS_SENT: u8 = 1;
const INTEGER: u8 = 2;
const TEXT: u8 = 3;
const UNKNOWN_MOMENT: u8 = 4;
const UNKNOWN_MOMENT_AS_SENT: u8 = 5;
const MOMENT: u8 = 6;
const MOMENT_AS_SENT: u8 = 7;
const FALSE: u8 = 8;
const TRUE: u8 = 9;

/// Appends a value.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value) {
    let sent = match value {
        Value::Float(Float { number, sent }) => {
            out.push(tag(FLOAT, FLOAT_AS_SENT, sent));
            out.extend_from_slice(&number.to_le_bytes());
            sent
        }
        Value::Integer(number) => {
            out.push(INTEGER);
            put_signed(out, *number);
            &None
        }
        Value::Text(text) => {
            out.push(TEXT);
            put_text(out, text);
            &None
        }
        Value::DateTime(Moment { at: None, sent }) => {
            out.push(tag(UNKNOWN_MOMENT, UNKNOWN_MOMENT_AS_SENT, sent));
            sent
        }
        Value::DateTime(Moment { at: Some(at), sent }) => {
            out.push(tag(MOMENT, MOMENT_AS_SENT, sent));
            put_signed(out, at.as_micros());
            sent
        }
        Value::Boolean(truth) => {
            out.push(if *truth { TRUE } else { FALSE });
            &None
        }
    };
    if let Some(sent) = sent {
        put_text(out, sent);
    }
}

fn tag(plain: u8, as_sent: u8, sent: &Option<Box<str>>) -> u8 {
    if sent.is_some() { as_sent } else { plain }
}

/// Reads a value of a type; `None` where there is none.
pub(super) fn take_value(input: &mut Input<'_>, expected: FieldType) -> Option<Value> {
    let tag = input.u8()?;
    let value = match tag {
        FLOAT | FLOAT_AS_SENT => Value::Float(Float {
            number: Some(f64::from_le_bytes(input.array()?)).filter(|number| number.is_finite())?,
            sent: take_sent(input, tag == FLOAT_AS_SENT)?,
        }),
        INTEGER => Value::Integer(input.signed()?),
        TEXT => Value::Text(input.text()?.into()),
        UNKNOWN_MOMENT | UNKNOWN_MOMENT_AS_SENT => Value::DateTime(Moment {
            at: None,
            sent: take_sent(input, tag == UNKNOWN_MOMENT_AS_SENT)?,
        }),
        MOMENT | MOMENT_AS_SENT => Value::DateTime(Moment {
            at: Some(Timestamp::from_micros(input.signed()?)),
            sent: take_sent(input, tag == MOMENT_AS_SENT)?,
        }),
        FALSE => Value::Boolean(false),
        TRUE => Value::Boolean(true),
        _ => return None,
    };
    (value.field_type() == expected).then_some(value)
}

/// Goes past a value of a type; answers another of that type, without any text. `None` where there is none.
pub(super) fn pass_value(input: &mut Input<'_>, expected: FieldType) -> Option<Value> {
    if input.0.first() != Some(&TEXT) {
        return take_value(input, expected);
    }
    input.u8()?;
    input.pass_text()?;
    (expected == FieldType::Text).then(|| Value::Text(Box::default()))
}

/// The text as sent, or `Some(None)` where none was kept.
fn take_sent(input: &mut Input<'_>, is_kept: bool) -> Option<Option<Box<str>>> {
    if is_kept {
        Some(Some(input.text()?.into()))
    } else {
        Some(None)
    }
}
