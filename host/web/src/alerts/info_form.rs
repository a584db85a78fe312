//! Forms for the info of an alert, made from the `info_schema` of its type.
//!
//! Each property of the schema is a field: texts, numbers, choices and truths as such, everything else as JSON. The use
//! case checks what comes of it against the whole schema.

use domain::alert::is_transaction_type;
use json::{JsonObject, JsonValue};
use maud::{Markup, html};
use tenant::AlertType;

use crate::text::EN;

/// A field stands in the form under this and the property's name.
const PREFIX: &str = "info.";

/// A property, as a field of a form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InfoField {
    name: String,
    title: String,
    description: String,
    kind: Kind,
    is_required: bool,
    /// Whether it may be null: then it may be left empty although it is required.
    is_nullable: bool,
}

/// What is typed into a field.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Text,
    Number,
    Truth,
    Choice(Vec<String>),
    /// Lists and objects.
    Json,
}

/// The fields that the info of a type has; the host itself writes the transactions.
pub(super) fn of_type(kind: &AlertType) -> Vec<InfoField> {
    let mut fields = kind.info_schema.as_ref().map(fields).unwrap_or_default();
    if is_transaction_type(&kind.name) {
        fields.retain(|field| !field.is("transactions"));
    }
    fields
}

/// The fields of a schema, in its order.
pub(super) fn fields(schema: &JsonObject) -> Vec<InfoField> {
    let required: Vec<&str> = match schema.get("required") {
        Some(JsonValue::Array(names)) => names.iter().filter_map(JsonValue::as_str).collect(),
        _ => Vec::new(),
    };
    let properties = schema.get("properties").and_then(JsonValue::as_object);
    let fields = properties.into_iter().flat_map(JsonObject::iter);
    let field = |(name, schema): (&str, &JsonValue)| {
        let text = |member: &str| schema.get(member).and_then(JsonValue::as_str);
        InfoField {
            title: text("title").unwrap_or(name).to_owned(),
            description: text("description").unwrap_or_default().to_owned(),
            kind: Kind::of(schema),
            is_nullable: types(schema).contains(&"null"),
            is_required: required.contains(&name),
            name: name.to_owned(),
        }
    };
    fields.map(field).collect()
}

/// The types that a value may be of, as far as the schema names them.
fn types(schema: &JsonValue) -> Vec<&str> {
    match schema.get("type") {
        Some(JsonValue::Array(types)) => types.iter().filter_map(JsonValue::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

impl InfoField {
    /// Whether something must be typed.
    fn must_be_typed(&self) -> bool {
        self.is_required && !self.is_nullable
    }

    /// What people call it.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether it is that of a property.
    pub(super) fn is(&self, property: &str) -> bool {
        self.name == property
    }
}

impl Kind {
    fn of(schema: &JsonValue) -> Self {
        if let Some(JsonValue::Array(values)) = schema.get("enum") {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
            return match texts.collect() {
                Some(texts) => Self::Choice(texts),
                None => Self::Json,
            };
        }
        let mut types = types(schema);
        types.retain(|one| *one != "null");
        match types.as_slice() {
            ["string"] => Self::Text,
            ["number" | "integer"] | ["number", "integer"] | ["integer", "number"] => Self::Number,
            ["boolean"] => Self::Truth,
            _ => Self::Json,
        }
    }

    /// The value that was typed.
    fn read(&self, typed: &str) -> Option<JsonValue> {
        match self {
            Self::Text | Self::Choice(_) => Some(JsonValue::String(typed.to_owned())),
            Self::Number => {
                let value = JsonValue::read(typed.trim()).ok()?;
                matches!(value, JsonValue::Number(_)).then_some(value)
            }
            Self::Truth => match typed {
                "true" => Some(JsonValue::Bool(true)),
                "false" => Some(JsonValue::Bool(false)),
                _ => None,
            },
            Self::Json => JsonValue::read(typed).ok(),
        }
    }
}

/// The info that was typed into a form; a field that was left empty is left out, or null where it must be there and may be
/// null. An error says which field cannot be read.
pub(super) fn read(fields: &[InfoField], typed: &[(String, String)]) -> Result<JsonObject, String> {
    let mut info = JsonObject::default();
    for field in fields {
        let text = typed_into(field, typed);
        let value = match text.is_empty() {
            true if field.is_required && field.is_nullable => Some(JsonValue::Null),
            true => continue,
            false => field.kind.read(text),
        };
        let value = value.ok_or_else(|| (EN.new_alert.unreadable)(&field.title))?;
        info.insert(&*field.name, value);
    }
    Ok(info)
}

/// An info in which the fields of the form are as they were typed; what has no field stays as it was.
pub(super) fn merged(before: JsonObject, fields: &[InfoField], typed: &JsonObject) -> JsonObject {
    let mut info = before;
    for field in fields {
        match typed.get(&field.name) {
            Some(value) => info.insert(&*field.name, value.clone()),
            None => drop(info.remove(&field.name)),
        }
    }
    info
}

/// An info as it stands in the form.
pub(super) fn as_typed(fields: &[InfoField], info: &JsonObject) -> Vec<(String, String)> {
    let typed = fields.iter().map(|field| {
        let text = match info.get(&field.name) {
            None | Some(JsonValue::Null) => String::new(),
            Some(JsonValue::String(text)) if field.kind != Kind::Json => text.clone(),
            Some(value) => value.to_string(),
        };
        (format!("{PREFIX}{}", field.name), text)
    });
    typed.collect()
}

fn typed_into<'t>(field: &InfoField, typed: &'t [(String, String)]) -> &'t str {
    let name = format!("{PREFIX}{}", field.name);
    let found = typed.iter().find(|(typed, _)| *typed == name);
    found.map_or("", |(_, text)| text)
}

/// The fields, with what was typed into them before.
pub(super) fn show(fields: &[InfoField], typed: &[(String, String)]) -> Markup {
    html! {
        @for (number, field) in fields.iter().enumerate() {
            @let id = format!("info-{number}");
            @let name = format!("{PREFIX}{}", field.name);
            @let value = typed_into(field, typed);
            @let hint = (!field.description.is_empty()).then(|| format!("{id}-hint"));
            label for=(id) { (field.title) }
            @match &field.kind {
                Kind::Text => input id=(id) name=(name) required[field.must_be_typed()] aria-describedby=[&hint] value=(value);,
                Kind::Number => input id=(id) name=(name) inputmode="decimal" required[field.must_be_typed()]
                    aria-describedby=[&hint] value=(value);,
                Kind::Truth => (choice(&id, &name, field, &hint, value, &["true", "false"])),
                Kind::Choice(choices) => {
                    @let choices = choices.iter().map(String::as_str).collect::<Vec<_>>();
                    (choice(&id, &name, field, &hint, value, &choices))
                }
                Kind::Json => textarea id=(id) name=(name) rows="3" required[field.must_be_typed()]
                    aria-describedby=[&hint] placeholder="JSON" { (value) },
            }
            @if let Some(hint) = &hint { p.note id=(hint) { (field.description) } }
        }
    }
}

fn choice(
    id: &str,
    name: &str,
    field: &InfoField,
    hint: &Option<String>,
    value: &str,
    choices: &[&str],
) -> Markup {
    html! {
        select id=(id) name=(name) required[field.must_be_typed()] aria-describedby=[hint] {
            option value="" {}
            @for one in choices { option value=(one) selected[*one == value] { (one) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> JsonObject {
        let text = r#"{
            "type": "object",
            "required": ["branch"],
            "properties": {
                "branch": { "type": "string", "title": "Branch", "description": "Where it was seen" },
                "amount": { "type": "number" },
                "cash": { "type": "boolean" },
                "channel": { "enum": ["branch", "phone"] },
                "steps": { "type": "array" }
            }
        }"#;
        JsonObject::read(text).expect("a schema")
    }

    fn typed(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let typed = fields.iter();
        let typed = typed.map(|(name, text)| (format!("info.{name}"), (*text).to_owned()));
        typed.collect()
    }

    #[test]
    fn what_is_typed_is_of_the_type_of_its_property() {
        let fields = fields(&schema());
        let info = read(
            &fields,
            &typed(&[
                ("branch", "Gent"),
                ("amount", " 12.50 "),
                ("cash", "true"),
                ("channel", ""),
                ("steps", "[1, 2]"),
                ("unknown", "x"),
            ]),
        );
        let info = JsonValue::from(info.expect("it is read")).to_string();
        assert_eq!(
            info,
            r#"{"branch":"Gent","amount":12.50,"cash":true,"steps":[1,2]}"#
        );
        for (name, text) in [("amount", "much"), ("cash", "maybe"), ("steps", "[1")] {
            assert!(read(&fields, &typed(&[(name, text)])).is_err(), "{name}");
        }
    }

    #[test]
    fn what_may_be_null_may_be_left_empty() {
        let text = r#"{
            "required": ["note"],
            "properties": { "note": { "type": ["string", "null"] }, "sum": { "type": ["null", "number"] } }
        }"#;
        let fields = fields(&JsonObject::read(text).expect("a schema"));
        let info = |given: &[(&str, &str)]| {
            let info = read(&fields, &typed(given)).expect("it is read");
            JsonValue::from(info).to_string()
        };
        assert_eq!(info(&[]), r#"{"note":null}"#);
        assert_eq!(
            info(&[("note", "a"), ("sum", "7")]),
            r#"{"note":"a","sum":7}"#
        );
        let shown = show(&fields, &[]).into_string();
        assert!(
            !shown.contains("required") && !shown.contains("textarea"),
            "{shown}"
        );
    }

    #[test]
    fn an_info_is_changed_where_the_form_has_fields() {
        let fields = fields(&schema());
        let before =
            JsonObject::read(r#"{"branch":"Gent","amount":1.50,"steps":[1],"of_a_rule":7}"#);
        let before = before.expect("an info");
        let mut form = as_typed(&fields, &before);
        let again = read(&fields, &form).expect("it is read");
        assert_eq!(merged(before.clone(), &fields, &again), before);
        for (name, text) in &mut form {
            match name.as_str() {
                "info.branch" => "Brugge".clone_into(text),
                "info.steps" => text.clear(),
                _ => {}
            }
        }
        let typed = read(&fields, &form).expect("it is read");
        let changed = JsonValue::from(merged(before, &fields, &typed)).to_string();
        assert_eq!(
            changed,
            r#"{"branch":"Brugge","amount":1.50,"of_a_rule":7}"#
        );
    }

    #[test]
    fn fields_are_named_described_and_keep_what_was_typed() {
        let shown = show(&fields(&schema()), &typed(&[("branch", "<Gent>")])).into_string();
        assert!(
            shown.contains("<label for=\"info-0\">Branch</label>"),
            "{shown}"
        );
        assert!(
            shown.contains("required aria-describedby=\"info-0-hint\" value=\"&lt;Gent&gt;\""),
            "{shown}"
        );
        assert!(
            shown.contains("<option value=\"phone\">phone</option>"),
            "{shown}"
        );
    }
}
