//! What is wrong with the shape of a document that is good JSON or a good query.

use serde::de::{DeserializeOwned, Deserializer, Error};

use app::request::FieldFault;

/// Reads a value, finds where it goes wrong, and refuses members that it does not know.
pub(super) fn read<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    document: D,
) -> Result<T, Misshapen<D::Error>> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let read = {
        let tracked = serde_path_to_error::Deserializer::new(document, &mut track);
        serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()))
    };
    match read {
        Err(error) => {
            let path = track.path().to_string();
            Err(Misshapen {
                faults: vec![misfit(&path, &error.to_string())],
                cause: Some(error),
            })
        }
        Ok(value) if unknown.is_empty() => Ok(value),
        Ok(_) => Err(Misshapen {
            faults: unknown.into_iter().map(unknown_member).collect(),
            cause: None,
        }),
    }
}

/// The faults, and serde's error if it was not just members too many.
pub(super) struct Misshapen<E> {
    pub(super) faults: Vec<FieldFault>,
    pub(super) cause: Option<E>,
}

impl<E: Error> Misshapen<E> {
    /// The names of the members or parameters at fault, for a sentence.
    pub(super) fn summary(&self) -> String {
        let sentences: Vec<String> = self
            .faults
            .iter()
            .map(|error| match &*error.field {
                "" => error.detail.clone(),
                field => format!("{field}: {}", error.detail),
            })
            .collect();
        sentences.join("; ")
    }
}

fn unknown_member(field: String) -> FieldFault {
    FieldFault {
        field,
        reason: "unknown_field".to_owned(),
        detail: "is not known".to_owned(),
    }
}

/// Puts serde's sentence into ours. serde repeats the value that it did not
/// expect, which may be a secret; what it expected instead stands behind it.
fn misfit(path: &str, sentence: &str) -> FieldFault {
    let path = if path == "." { "" } else { path };
    let sentence = match sentence.rfind(" at line ") {
        Some(at) => &sentence[..at],
        None => sentence,
    };
    let name_after = |prefix: &str| sentence.strip_prefix(prefix)?.split('`').next();
    let named = |prefix: &str| {
        let name = name_after(prefix)?;
        Some(match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        })
    };
    // A member that was come to before it was refused is in the path already.
    let refused = |prefix: &str| match name_after(prefix)? {
        name if path.rsplit('.').next() == Some(name) => Some(path.to_owned()),
        _ => named(prefix),
    };
    if let Some(field) = named("missing field `") {
        return FieldFault {
            field,
            reason: "missing".to_owned(),
            detail: "must be there".to_owned(),
        };
    }
    if let Some(field) = refused("unknown field `") {
        return unknown_member(field);
    }
    if let Some(field) = refused("duplicate field `") {
        let detail = "must be there once only".to_owned();
        return FieldFault {
            field,
            reason: "duplicate_field".to_owned(),
            detail,
        };
    }
    let (reason, detail) = match sentence.rfind(", expected ") {
        Some(at) => {
            let reason = if sentence.starts_with("invalid type") {
                "wrong_type"
            } else {
                "invalid"
            };
            (
                reason,
                format!("expected {}", &sentence[at + ", expected ".len()..]),
            )
        }
        // Numbers in queries are parsed by the standard library, whose errors repeat nothing;
        // all others are the sentences of our own types.
        None => ("invalid", sentence.to_owned()),
    };
    FieldFault {
        field: path.to_owned(),
        reason: reason.to_owned(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::objects::Objects;
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Filter {
        state: Vec<String>,
        more: Option<Box<Filter>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct View {
        filter: Filter,
    }

    fn fields(text: &str) -> Vec<(String, String)> {
        let mut json = serde_json::Deserializer::from_str(text);
        let misshapen = read::<View, _>(Objects(&mut json)).expect_err("a fault");
        let faults = misshapen.faults.into_iter();
        faults.map(|fault| (fault.field, fault.reason)).collect()
    }

    #[test]
    fn a_fault_names_its_place_once() {
        let check = |text: &str, field: &str, reason: &str| {
            let expect = vec![(field.to_owned(), reason.to_owned())];
            assert_eq!(fields(text), expect, "{text}");
        };
        check(r#"{"filter":{"text":"x"}}"#, "filter.text", "unknown_field");
        let deeper = r#"{"filter":{"more":{"more":{"text":{}}}}}"#;
        check(deeper, "filter.more.more.text", "unknown_field");
        let twice = r#"{"filter":{"state":[],"state":[]}}"#;
        check(twice, "filter.state", "duplicate_field");
        check(r#"{"filter":{"state":1}}"#, "filter.state", "wrong_type");
        check("{}", "filter", "missing");
        check(r#"{"filter":{},"text":1}"#, "text", "unknown_field");
    }
}
