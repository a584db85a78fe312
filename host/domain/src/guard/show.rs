//! Values as Python writes them.

use std::fmt::Write;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::budget::Budget;
use super::fault::Raised;
use super::limits::SHOWN_CHARS;
use super::value::{Value, View};

/// What `repr` says of a value.
///
/// # Errors
/// Where the budget is used up.
pub(super) fn repr(value: &Value, budget: &mut Budget) -> Result<String, Raised> {
    let mut out = String::new();
    write(value, &mut out, budget)?;
    Ok(out)
}

/// The same, cut where it is long: for messages.
pub(super) fn briefly(value: &Value) -> String {
    let mut short = String::new();
    let whole = match value {
        Value::Text(text) => {
            // Of a long text only the beginning is looked at.
            let begin: String = text.chars().take(SHOWN_CHARS + 1).collect();
            write_text(&begin, &mut short);
            short
        }
        other => repr(other, &mut Budget::new()).unwrap_or_else(|_| other.type_name().to_owned()),
    };
    let mut letters = whole.chars();
    let mut shown: String = letters.by_ref().take(SHOWN_CHARS).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn write(value: &Value, out: &mut String, budget: &mut Budget) -> Result<(), Raised> {
    budget.steps(1)?;
    let before = out.len();
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(integer) => out.push_str(&integer.to_string()),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Text(text) => {
            budget.text(text.len())?;
            write_text(text, out);
        }
        Value::List(items) => return write_all("[", items, "]", out, budget),
        Value::Tuple(items) if items.len() == 1 => {
            return write_all("(", items, ",)", out, budget);
        }
        Value::Tuple(items) => return write_all("(", items, ")", out, budget),
        Value::Set(set) if set.len() == 0 => out.push_str("set()"),
        Value::Set(set) => return write_all("{", set.items(), "}", out, budget),
        Value::View(view, items) => {
            let open = match view {
                View::Keys => "dict_keys([",
                View::Values => "dict_values([",
                View::Items => "dict_items([",
            };
            return write_all(open, items, "])", out, budget);
        }
        Value::Dict(dict) => {
            budget.bytes(dict.len().saturating_mul(BETWEEN * 2))?;
            out.push('{');
            for (place, (key, value)) in dict.entries().iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write(key, out, budget)?;
                out.push_str(": ");
                write(value, out, budget)?;
            }
            out.push('}');
            return Ok(());
        }
    }
    budget.bytes(out.len() - before)
}

/// The bytes between two elements.
const BETWEEN: usize = 2;

fn write_all(
    open: &str,
    items: &[Value],
    close: &str,
    out: &mut String,
    budget: &mut Budget,
) -> Result<(), Raised> {
    budget.bytes(items.len().saturating_mul(BETWEEN))?;
    budget.bytes(open.len() + close.len())?;
    out.push_str(open);
    for (place, item) in items.iter().enumerate() {
        out.push_str(if place > 0 { ", " } else { "" });
        write(item, out, budget)?;
    }
    out.push_str(close);
    Ok(())
}

/// The shortest decimal that reads as the same number.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        return format!("{number:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn write_text(text: &str, out: &mut String) {
    let quote = match text.contains('\'') && !text.contains('"') {
        true => '"',
        false => '\'',
    };
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            letter if letter == quote => out.extend(['\\', letter]),
            letter if is_shown(letter) => out.push(letter),
            letter => {
                let code = u32::from(letter);
                let written = if code < 0x100 {
                    write!(out, "\\x{code:02x}")
                } else if code < 0x1_0000 {
                    write!(out, "\\u{code:04x}")
                } else {
                    write!(out, "\\U{code:08x}")
                };
                written.expect("a string takes what is written");
            }
        }
    }
    out.push(quote);
}

/// Whether Python writes a letter as it is: `isprintable`, by the Unicode data of CPython 3.15.
fn is_shown(letter: char) -> bool {
    let group = letter.general_category_group();
    letter == ' '
        || !matches!(
            group,
            GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator
        )
}
