//! Whether two transactions were posted with the same content.

use std::collections::HashMap;

use domain::payload::{Transaction, Value};
use serde_json::{Number, Value as Json};

use super::render;

/// Whether the members are the same, by value: `1.0` is `1`, and a moment is
/// the same in any offset; order and spacing do not count.
///
/// Under two versions of a schema members are compared by name, so one that
/// was additional to the one may be a field of the other.
pub fn same_content(one: &Transaction, other: &Transaction) -> bool {
    let mandatory = one.txn_id == other.txn_id
        && one.customer_id == other.customer_id
        && one.date_time == other.date_time;
    if !mandatory {
        return false;
    }
    let plain = one.additional.is_none() && other.additional.is_none();
    if plain && one.schema.version() == other.schema.version() {
        return one.values == other.values;
    }
    let (one, other) = (members(one), members(other));
    one.len() == other.len()
        && one.iter().all(|(name, member)| {
            other
                .get(name)
                .is_some_and(|with| same_member(member, with))
        })
}

enum Member<'a> {
    Field(&'a Value),
    Additional(Json),
}

fn members(transaction: &Transaction) -> HashMap<String, Member<'_>> {
    let fields = transaction.schema.fields().iter().zip(&transaction.values);
    let fields = fields.map(|(field, value)| (field.name.clone(), Member::Field(value)));
    // What is kept was read as JSON before, so it is an object.
    let additional: serde_json::Map<String, Json> = transaction
        .additional
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let additional = additional
        .into_iter()
        .map(|(name, json)| (name, Member::Additional(json)));
    fields.chain(additional).collect()
}

fn same_member(one: &Member<'_>, other: &Member<'_>) -> bool {
    match (one, other) {
        (Member::Field(one), Member::Field(other)) if one.field_type() == other.field_type() => {
            one == other
        }
        _ => same_json(&as_json(one), &as_json(other)),
    }
}

fn as_json(member: &Member<'_>) -> Json {
    match member {
        Member::Additional(json) => json.clone(),
        Member::Field(value) => {
            let mut text = String::new();
            render::write_value(&mut text, value);
            serde_json::from_str(&text).unwrap_or_default()
        }
    }
}

fn same_json(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => same_number(one, other),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same_json(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|with| same_json(value, with)))
        }
        _ => one == other,
    }
}

/// Integers exactly, all else as 64 bits of floating point.
fn same_number(one: &Number, other: &Number) -> bool {
    let integers = !one.is_f64() && !other.is_f64();
    if integers {
        one == other
    } else {
        one.as_f64() == other.as_f64()
    }
}
