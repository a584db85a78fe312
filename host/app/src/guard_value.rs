//! JSON as values of guards, and back.

use domain::guard::Value;
use serde_json::{Map, Value as Json};

use json::{JsonObject, JsonValue};

/// The most values that are shown of one that a guard made.
const MAX_SHOWN_VALUES: usize = 10_000;
/// The most bytes of text that are shown of it.
const MAX_SHOWN_BYTES: usize = 1 << 20;

/// What a guard sees of JSON. An integer of more than 64 bits is a float.
pub fn of_json(json: &JsonValue) -> Value {
    match json {
        JsonValue::Null => Value::None,
        JsonValue::Bool(truth) => Value::Bool(*truth),
        JsonValue::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Float(number.as_f64()), Value::Int),
        JsonValue::String(text) => Value::text(text),
        JsonValue::Array(items) => Value::list(items.iter().map(of_json)),
        JsonValue::Object(members) => of_object(members),
    }
}

/// What a guard sees of an object of JSON.
pub fn of_object(members: &JsonObject) -> Value {
    Value::dict(members.iter().map(|(name, value)| (name, of_json(value))))
}

/// What people see of a guard's value: sets and tuples are arrays, and a key that is no text is
/// what Python writes for it. None if it is too large, which a small condition can bring about.
pub fn to_json(value: &Value) -> Option<Json> {
    let mut left = Left {
        values: MAX_SHOWN_VALUES,
        bytes: MAX_SHOWN_BYTES,
    };
    left.show(value)
}

/// What may still be shown.
struct Left {
    values: usize,
    bytes: usize,
}

impl Left {
    fn show(&mut self, value: &Value) -> Option<Json> {
        self.values = self.values.checked_sub(1)?;
        Some(match value {
            Value::None => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Int(integer) => Json::from(*integer),
            // JSON has no infinities; Python's names for them say more than null.
            Value::Float(number) if !number.is_finite() => Json::from(number.to_string()),
            Value::Float(number) => Json::from(*number),
            Value::Text(text) => {
                self.bytes = self.bytes.checked_sub(text.len())?;
                Json::from(&**text)
            }
            Value::List(items) | Value::Tuple(items) | Value::View(_, items) => self.all(items)?,
            Value::Set(set) => self.all(set.items())?,
            Value::Dict(dict) => {
                let mut members = Map::new();
                for (key, value) in dict.entries() {
                    let name = match self.show(key)? {
                        Json::String(name) => name,
                        other => other.to_string(),
                    };
                    members.insert(name, self.show(value)?);
                }
                Json::Object(members)
            }
        })
    }

    fn all(&mut self, items: &[Value]) -> Option<Json> {
        let items = items.iter().map(|item| self.show(item));
        items.collect::<Option<Vec<_>>>().map(Json::Array)
    }
}

#[cfg(test)]
mod tests {
    use domain::guard::Guard;
    use serde_json::json;

    use super::*;

    fn made(condition: &str) -> Option<Json> {
        let guard = Guard::new(condition).expect("a condition");
        let value = guard.evaluate(&Value::None, &Value::None);
        to_json(&value.expect("no fault"))
    }

    #[test]
    fn json_comes_back_as_it_was() {
        let json = json!({ "a": [1, -2.5, null, true, "x"], "b": { "c": {} }, "d": i64::MIN });
        assert_eq!(to_json(&of_json(&json.clone().into())), Some(json));
        let beyond = of_json(&json!(u64::MAX).into());
        assert!(matches!(beyond, Value::Float(number) if number > 1.8e19));
    }

    #[test]
    fn what_json_has_not_is_shown_all_the_same() {
        let check = |condition: &str, expect: Json| assert_eq!(made(condition), Some(expect));
        check("(1, {2}, {'a': 1}.items())", json!([1, [2], [["a", 1]]]));
        check(
            "{1: 'a', None: 'b', (1,): 'c'}",
            json!({ "1": "a", "null": "b", "[1]": "c" }),
        );
        check("[float('inf'), -float('inf')]", json!(["inf", "-inf"]));
    }

    #[test]
    fn a_value_that_would_fill_the_answer_is_not_shown() {
        assert_eq!(made("[[[0] * 99] * 99] * 99"), None);
        assert_eq!(made("['x' * 1000] * 2000"), None);
    }
}
