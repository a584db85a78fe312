//! Whether two transactions were posted with the same content.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::payload::{Transaction, Value};

use super::render;
use json::{JsonObject, JsonValue};

/// Whether the members are the same, by value: `1.0` is `1`, and a moment is
/// the same in any offset; order and spacing do not count. Numbers of
/// additional members are compared exactly, however many digits they have.
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
    Additional(JsonValue),
}

fn members(transaction: &Transaction) -> HashMap<String, Member<'_>> {
    let fields = transaction.schema.fields().iter().zip(&transaction.values);
    let fields = fields.map(|(field, value)| (field.name.clone(), Member::Field(value)));
    let additional = transaction.additional.as_deref().map_or_else(
        JsonObject::default,
        // What is kept is checked before.
        |json| JsonObject::read_stored(json).expect("kept members are a JSON object"),
    );
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
        _ => as_json(one).same_value(&as_json(other)),
    }
}

fn as_json<'m>(member: &'m Member<'_>) -> Cow<'m, JsonValue> {
    match member {
        Member::Additional(json) => Cow::Borrowed(json),
        Member::Field(value) => {
            let mut text = String::new();
            render::write_value(&mut text, value);
            Cow::Owned(JsonValue::read_stored(&text).expect("a value is rendered as JSON"))
        }
    }
}
