//! The methods of texts.

use super::Machine;
use super::call::Given;
use super::letter;
use super::text::{is_blank, lines};
use crate::guard::fault::Raised;
use crate::guard::limits::STEP_BYTES;
use crate::guard::tree::{Arguments, Method};
use crate::guard::value::Value;

impl Machine {
    pub(super) fn text_method(
        &mut self,
        text: &str,
        method: Method,
        given: &Given,
    ) -> Result<Value, Raised> {
        self.budget.text(text.len())?;
        let every =
            |test: fn(char) -> bool| Value::Bool(!text.is_empty() && text.chars().all(test));
        Ok(match method {
            Method::Lower | Method::Upper => {
                // A letter may become three.
                self.budget.make_text(text.len().saturating_mul(3))?;
                Value::text(match method {
                    Method::Lower => text.to_lowercase(),
                    _ => text.to_uppercase(),
                })
            }
            Method::Strip | Method::StripLeft | Method::StripRight => {
                return self.strip(text, method, given);
            }
            Method::StartsWith | Method::EndsWith => {
                return self.begins_or_ends(text, method, given);
            }
            Method::RemovePrefix => {
                let prefix =
                    self.text_argument(given, 0, "removeprefix() argument must be str, not ")?;
                self.made(text.strip_prefix(&*prefix).unwrap_or(text))?
            }
            Method::RemoveSuffix => {
                let suffix =
                    self.text_argument(given, 0, "removesuffix() argument must be str, not ")?;
                self.made(text.strip_suffix(&*suffix).unwrap_or(text))?
            }
            Method::Split => return self.split(text, given),
            Method::SplitLines => {
                let lines = lines(text);
                self.texts(lines)?
            }
            Method::Replace => return self.replace(text, given),
            Method::Find | Method::Index => {
                let part = self.text_argument(given, 0, "must be str, not ")?;
                match text.find(&*part) {
                    Some(byte) => Value::Int(text[..byte].chars().count() as i64),
                    None if method == Method::Find => Value::Int(-1),
                    None => return Err(Raised::of_value("substring not found")),
                }
            }
            Method::Count => {
                let part = self.text_argument(given, 0, "must be str, not ")?;
                Value::Int(text.matches(&*part).count() as i64)
            }
            Method::IsAlpha => every(letter::is_alpha),
            Method::IsAlnum => every(letter::is_alnum),
            Method::IsDigit => every(letter::is_digit),
            Method::IsSpace => every(is_blank),
            Method::IsLower => Value::Bool(
                text.chars().any(char::is_lowercase)
                    && !text.chars().any(letter::is_upper_or_title),
            ),
            Method::IsUpper => Value::Bool(
                text.chars().any(char::is_uppercase)
                    && !text.chars().any(letter::is_lower_or_title),
            ),
            Method::Join | Method::Get | Method::Keys | Method::Values | Method::Items => {
                let method = method.as_str();
                return Err(Raised::of_type(format!(
                    "'str' object has no method '{method}'"
                )));
            }
        })
    }

    /// Puts texts together.
    pub(super) fn join(&mut self, text: &str, arguments: &Arguments) -> Result<Value, Raised> {
        let items = self.elements(arguments)?;
        let mut joined = String::new();
        for (place, item) in items.iter().enumerate() {
            let Value::Text(part) = item else {
                let name = item.type_name();
                return Err(Raised::of_type(format!(
                    "sequence item {place}: expected str instance, {name} found"
                )));
            };
            let between = if place > 0 { text } else { "" };
            self.budget.make_text(between.len() + part.len())?;
            joined += between;
            joined += part;
        }
        Ok(Value::text(joined))
    }

    fn made(&mut self, text: &str) -> Result<Value, Raised> {
        self.budget.make_text(text.len())?;
        Ok(Value::text(text))
    }

    fn texts(&mut self, texts: Vec<&str>) -> Result<Value, Raised> {
        let mut items = Vec::with_capacity(texts.len());
        for text in texts {
            // The text has a head, too.
            self.budget.bytes(size_of::<Value>())?;
            items.push(self.made(text)?);
        }
        self.list(items)
    }

    /// An argument that must be a text.
    fn text_argument(
        &self,
        given: &Given,
        place: usize,
        otherwise: &str,
    ) -> Result<std::sync::Arc<str>, Raised> {
        match given.at(place).unwrap_or(&Value::None) {
            Value::Text(text) => Ok(text.clone()),
            other => {
                let name = other.type_name();
                Err(Raised::of_type(format!("{otherwise}{name}")))
            }
        }
    }

    fn strip(&mut self, text: &str, method: Method, given: &Given) -> Result<Value, Raised> {
        let letters: Option<Vec<char>> = match given.at(0) {
            None | Some(Value::None) => None,
            Some(Value::Text(letters)) => {
                // Each letter of one may be compared with each of the other.
                let work = text.len().saturating_mul(letters.len());
                self.budget.steps(work / STEP_BYTES)?;
                Some(letters.chars().collect())
            }
            Some(_) => {
                let name = method.as_str();
                return Err(Raised::of_type(format!("{name} arg must be None or str")));
            }
        };
        let goes = |letter: char| match &letters {
            Some(letters) => letters.contains(&letter),
            None => is_blank(letter),
        };
        let stripped = match method {
            Method::StripLeft => text.trim_start_matches(goes),
            Method::StripRight => text.trim_end_matches(goes),
            _ => text.trim_matches(goes),
        };
        self.made(stripped)
    }

    fn begins_or_ends(
        &mut self,
        text: &str,
        method: Method,
        given: &Given,
    ) -> Result<Value, Raised> {
        let name = method.as_str();
        let wanted = given.at(0).unwrap_or(&Value::None);
        let parts = match wanted {
            Value::Tuple(parts) => parts,
            one => std::slice::from_ref(one),
        };
        for part in parts {
            let Value::Text(part) = part else {
                let found = part.type_name();
                return Err(Raised::of_type(match wanted {
                    Value::Tuple(_) => {
                        format!("tuple for {name} must only contain str, not {found}")
                    }
                    _ => format!("{name} first arg must be str or a tuple of str, not {found}"),
                }));
            };
            self.budget.text(part.len())?;
            let does = match method {
                Method::StartsWith => text.starts_with(&**part),
                _ => text.ends_with(&**part),
            };
            if does {
                return Ok(Value::Bool(true));
            }
        }
        Ok(Value::Bool(false))
    }

    fn split(&mut self, text: &str, given: &Given) -> Result<Value, Raised> {
        let most = match given.at(1) {
            None => -1,
            Some(most) => count(most)?,
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX - 1);
        // No part is shorter than its separator.
        self.budget
            .bytes(text.len().saturating_mul(size_of::<&str>()))?;
        let parts = match given.at(0) {
            None | Some(Value::None) => split_at_blanks(text, most),
            Some(Value::Text(separator)) if separator.is_empty() => {
                return Err(Raised::of_value("empty separator"));
            }
            Some(Value::Text(separator)) => text.splitn(most + 1, &**separator).collect(),
            Some(other) => {
                let name = other.type_name();
                return Err(Raised::of_type(format!("must be str or None, not {name}")));
            }
        };
        self.texts(parts)
    }

    fn replace(&mut self, text: &str, given: &Given) -> Result<Value, Raised> {
        let from = self.text_argument(given, 0, "replace() argument 1 must be str, not ")?;
        let to = self.text_argument(given, 1, "replace() argument 2 must be str, not ")?;
        let most = match given.at(2) {
            None => -1,
            Some(most) => count(most)?,
        };
        let found = text.matches(&*from).count();
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(found);
        let longer = to.len().saturating_mul(most);
        self.budget.make_text(text.len().saturating_add(longer))?;
        Ok(Value::text(text.replacen(&*from, &to, most)))
    }
}

fn count(value: &Value) -> Result<i64, Raised> {
    match value {
        Value::Int(integer) => Ok(*integer),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        other => {
            let name = other.type_name();
            Err(Raised::of_type(format!(
                "'{name}' object cannot be interpreted as an integer"
            )))
        }
    }
}

/// The words of a text; after so many cuts, the rest is one.
fn split_at_blanks(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let end = if parts.len() < most {
            rest.find(is_blank)
        } else {
            None
        };
        let Some(end) = end else {
            parts.push(rest);
            break;
        };
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_blank);
    }
    parts
}
