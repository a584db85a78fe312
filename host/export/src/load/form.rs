//! How a file is written, as its formatter declares it.
//!
//! The contract of formatters has no record for this, and a published contract never changes. So a formatter
//! declares it with what the contract has, the most specific first:
//!
//! 1. a member of the configuration, or of its member `csv`: `delimiter`, `quote`, `encoding`, `header`;
//! 2. the `default` that the configuration's schema has for that member;
//! 3. a parameter of the media type: `text/csv; charset=utf-16le; header=absent; delimiter=";"; quote=none`;
//! 4. RFC 4180: a comma, `"`, UTF-8, and a first row of names.

use serde_json::Value;

use super::encoding::Encoding;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// Rows of fields.
    Csv(CsvForm),
    /// One JSON object a line.
    JsonLines,
}

/// How rows of fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvForm {
    /// The ASCII character between fields.
    pub delimiter: char,
    /// The ASCII character around a field, doubled within it; none if fields are never quoted.
    pub quote: Option<char>,
    /// How characters become bytes.
    pub encoding: Encoding,
    /// Whether the first row holds the names of the columns.
    pub header: bool,
}

impl Default for CsvForm {
    /// As RFC 4180 has it.
    fn default() -> Self {
        Self {
            delimiter: ',',
            quote: Some('"'),
            encoding: Encoding::Utf8,
            header: true,
        }
    }
}

/// Why it is not known how a file is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum FormError {
    #[error(
        "its media type is '{0}'; load scripts exist for 'text/csv', 'text/tab-separated-values' and 'application/x-ndjson'"
    )]
    MediaType(String),
    #[error(
        "it declares {member} '{value}'; {member} must be one ASCII character that is no letter, digit or line end"
    )]
    Character { member: &'static str, value: String },
    #[error("it declares the delimiter and the quote to be the same character '{0}'")]
    SameCharacter(char),
    #[error(
        "it declares the encoding '{0}'; use utf-8, utf-16le, utf-16be, iso-8859-1 or windows-1252"
    )]
    Encoding(String),
    #[error("it declares header '{0}'; use 'present' or 'absent', or true or false")]
    Header(String),
}

impl FileForm {
    /// The form of the files that a formatter with this media type and schema of its configuration writes.
    ///
    /// # Errors
    /// Where it declares a form that no load script can state.
    pub fn declared(media_type: &str, schema: &Value, config: &Value) -> Result<Self, FormError> {
        let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let plain = match essence.as_str() {
            "text/csv" => CsvForm::default(),
            "text/tab-separated-values" => CsvForm {
                delimiter: '\t',
                ..CsvForm::default()
            },
            "application/x-ndjson" => return Ok(Self::JsonLines),
            _ => return Err(FormError::MediaType(media_type.to_owned())),
        };
        let declared = Declared {
            parameters: parameters_of(parameters),
            schema,
            config,
        };
        CsvForm::new(&declared, plain).map(Self::Csv)
    }
}

impl CsvForm {
    fn new(declared: &Declared<'_>, plain: Self) -> Result<Self, FormError> {
        let delimiter = match declared.value("delimiter", "delimiter") {
            None => plain.delimiter,
            Some(value) => separator("delimiter", &value)?,
        };
        let quote = match declared.value("quote", "quote") {
            None => plain.quote,
            Some(value) if value == "none" => None,
            Some(value) => Some(separator("quote", &value)?),
        };
        if quote == Some(delimiter) {
            return Err(FormError::SameCharacter(delimiter));
        }
        let encoding = match declared.value("encoding", "charset") {
            None => plain.encoding,
            Some(value) => Encoding::named(&value).ok_or(FormError::Encoding(value))?,
        };
        let header = match declared.value("header", "header").as_deref() {
            None => plain.header,
            Some("true" | "present") => true,
            Some("false" | "absent") => false,
            Some(other) => return Err(FormError::Header(other.to_owned())),
        };
        Ok(Self {
            delimiter,
            quote,
            encoding,
            header,
        })
    }
}

/// Where a formatter says how its files are written.
struct Declared<'d> {
    parameters: Vec<(String, String)>,
    schema: &'d Value,
    config: &'d Value,
}

impl Declared<'_> {
    /// What the first place that says something says.
    fn value(&self, member: &str, parameter: &str) -> Option<String> {
        let scalar = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        };
        let configured = || {
            let nested = self.config.get("csv").and_then(|csv| csv.get(member));
            nested.or_else(|| self.config.get(member)).and_then(scalar)
        };
        let by_default = || {
            let nested = member_schema(self.schema, self.schema, "csv")
                .and_then(|csv| member_schema(self.schema, csv, member));
            let schema = nested.or_else(|| member_schema(self.schema, self.schema, member))?;
            schema.get("default").and_then(scalar)
        };
        let of_media_type = || {
            let mut parameters = self.parameters.iter();
            let found = parameters.find(|(name, _)| name == parameter);
            found.map(|(_, value)| value.clone())
        };
        configured().or_else(by_default).or_else(of_media_type)
    }
}

/// The schema of a member, through one reference at most.
fn member_schema<'s>(root: &'s Value, schema: &'s Value, member: &str) -> Option<&'s Value> {
    let direct = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema);
    direct.get("properties")?.get(member)
}

/// The parameters of a media type, names in lower case. A value may be quoted.
fn parameters_of(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ';']).to_ascii_lowercase();
        let (value, behind) = match after.strip_prefix('"') {
            Some(quoted) => {
                let mut value = String::new();
                let mut letters = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((place, letter)) = letters.next() {
                    match letter {
                        '"' => {
                            end = place + 1;
                            break;
                        }
                        '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
                        other => value.push(other),
                    }
                }
                (value, &quoted[end..])
            }
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        parameters.push((name, value));
        rest = behind;
    }
    parameters
}

/// A character between or around fields. Letters, digits and what numbers and times are made of would part values.
fn separator(member: &'static str, value: &str) -> Result<char, FormError> {
    let named = match value {
        "tab" => "\t",
        other => other,
    };
    let mut letters = named.chars();
    match (letters.next(), letters.next()) {
        (Some(one), None)
            if one.is_ascii()
                && !one.is_ascii_alphanumeric()
                && !matches!(one, '\0' | '\n' | '\r' | '\\' | '-' | '+' | '.' | ':') =>
        {
            Ok(one)
        }
        _ => Err(FormError::Character {
            member,
            value: value.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(media_type: &str, schema: &Value, config: &Value, expect: CsvForm) {
        let form = FileForm::declared(media_type, schema, config);
        assert_eq!(
            form,
            Ok(FileForm::Csv(expect)),
            "{media_type} {schema} {config}"
        );
    }

    fn semicolons() -> CsvForm {
        CsvForm {
            delimiter: ';',
            ..CsvForm::default()
        }
    }

    #[test]
    fn the_most_specific_place_declares_it() {
        let (none, plain) = (json!({}), CsvForm::default());
        let schema = json!({ "properties": { "delimiter": { "default": ";" } } });
        let csv = "text/csv; charset=utf-8";
        check(csv, &none, &none, plain);
        check("Text/CSV", &none, &none, plain);
        check(csv, &none, &json!({ "delimiter": ";" }), semicolons());
        check(csv, &schema, &none, semicolons());
        check(csv, &schema, &json!({ "delimiter": "," }), plain);
        check("text/csv; delimiter=\";\"", &none, &none, semicolons());
        check(
            "text/csv; delimiter=\";\"",
            &none,
            &json!({ "delimiter": "," }),
            plain,
        );
        let nested = json!({
            "properties": { "csv": { "$ref": "#/$defs/Options" } },
            "$defs": { "Options": { "properties": { "delimiter": { "default": ";" } } } },
        });
        check(csv, &nested, &none, semicolons());
        let config = json!({ "csv": { "delimiter": "|", "header": false } });
        let bars = CsvForm {
            delimiter: '|',
            header: false,
            ..plain
        };
        check(csv, &nested, &config, bars);
    }

    #[test]
    fn a_media_type_declares_all_of_it() {
        let none = json!({});
        let all = "text/csv; charset=UTF-16LE; header=absent; delimiter=tab; quote=none";
        let expect = CsvForm {
            delimiter: '\t',
            quote: None,
            encoding: Encoding::Utf16Le,
            header: false,
        };
        check(all, &none, &none, expect);
        let tabs = CsvForm {
            delimiter: '\t',
            ..CsvForm::default()
        };
        check("text/tab-separated-values", &none, &none, tabs);
        let other = "text/csv;quote=\"'\";charset=windows-1252";
        let expect = CsvForm {
            quote: Some('\''),
            encoding: Encoding::Windows1252,
            ..CsvForm::default()
        };
        check(other, &none, &none, expect);
    }

    #[test]
    fn what_no_script_can_state_is_an_error() {
        let check = |media_type: &str, config: Value, expect: &str| {
            let error = FileForm::declared(media_type, &json!({}), &config).unwrap_err();
            assert!(error.to_string().contains(expect), "{error}");
        };
        check("application/pdf", json!({}), "application/pdf");
        check("text/csv; charset=koi8-r", json!({}), "koi8-r");
        check("text/csv; header=maybe", json!({}), "maybe");
        for bad in ["", "||", "e", "1", ".", "-", "\n", "é", "\\"] {
            check("text/csv", json!({ "delimiter": bad }), "delimiter");
        }
        check("text/csv", json!({ "delimiter": "\"" }), "same character");
        let lines = FileForm::declared("application/x-ndjson", &json!({}), &json!({}));
        assert_eq!(lines, Ok(FileForm::JsonLines));
    }
}
