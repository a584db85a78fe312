//! JSON Schema of draft 4 to 2020-12, for schemas and values that strangers wrote.
//!
//! Validation interprets a prepared form of the schema and charges every step to a [`Budget`], so that it ends, and
//! ends in the same way on every machine. Nothing is fetched: references lead within the document, or to the bundled
//! metaschemas. Patterns are regular expressions without backtracking; `format` is an assertion up to draft 7.
//!
//! In reading order:
//!
//! - [`draft`], [`metaschemas`]: what the drafts are;
//! - [`resources`]: what references mean; [`node`]: a schema as it is applied; [`mod@prepare`]: from one to the other;
//! - [`expense`]: schemas that ask for too much whatever the value;
//! - [`budget`]: steps, memory and nesting; [`validate`]: applying a schema within them;
//! - [`equality`], [`number`], [`pattern`], [`format`], [`content`], [`evaluated`], [`fault`]: its parts.

mod budget;
mod content;
mod document;
mod draft;
mod equality;
mod evaluated;
mod expense;
mod fault;
mod format;
mod metaschemas;
mod node;
mod number;
mod pattern;
mod prepare;
mod resources;
mod validate;

use std::sync::{Arc, LazyLock};

use serde_json::Value;

pub use budget::{Budget, Exhausted};
pub use draft::Draft;
pub use fault::{MAX_FAULTS, SchemaFault};

use node::Prepared;
use prepare::{Places, PrepareError, Strictness};

/// How deep a new schema may be nested.
const MAX_DEPTH: usize = 100;
/// The steps of checking a schema against its metaschema: enough for any of [`JsonSchema::MAX_BYTES`].
const METASCHEMA_STEPS: u64 = 20_000_000;

/// A JSON Schema that refers to nothing outside itself, ready to be applied.
#[derive(Clone)]
pub struct JsonSchema(Arc<Schema>);

struct Schema {
    text: String,
    prepared: Prepared,
}

/// Which drafts of JSON Schema a text may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// 2020-12 alone.
    Newest,
    /// Draft 4 to 2020-12, as `$schema` says; 2020-12 where it says nothing.
    FromDraft4,
}

/// Why a text is no [`JsonSchema`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonSchemaError {
    /// In bytes.
    #[error("is larger than {} KiB", JsonSchema::MAX_BYTES >> 10)]
    Large,
    /// The parser's words.
    #[error("is no JSON object: {0}")]
    Json(String),
    /// The `$schema` that it has.
    #[error("is of '{0}', which is no JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12")]
    Draft(String),
    /// It would take too much, whatever the value.
    #[error("asks for too much: {0}")]
    Limit(String),
    /// What is wrong, and where.
    #[error("is no JSON Schema of {draft}: {cause}")]
    Schema {
        /// Which.
        draft: &'static str,
        /// What is wrong.
        cause: String,
    },
}

impl JsonSchema {
    /// The longest schema, in bytes.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Checks and prepares a text, in time and memory that are bounded by its limits. References outside it are
    /// refused: nothing is fetched.
    ///
    /// # Errors
    /// If it is too large, of no draft that is asked for, no valid schema, or asks for too much.
    pub fn new(text: &str, drafts: Drafts) -> Result<Self, JsonSchemaError> {
        if text.len() > Self::MAX_BYTES {
            return Err(JsonSchemaError::Large);
        }
        let (document, draft) = read(text, drafts)?;
        if is_deeper(&document, MAX_DEPTH) {
            let limit = format!("is nested deeper than {MAX_DEPTH} levels");
            return Err(JsonSchemaError::Limit(limit));
        }
        check_against_metaschema(&document, draft)?;
        let (prepared, places) = prepare(&document, draft, Strictness::New)?;
        expense::check(&prepared).map_err(|(id, expense)| {
            let place = places.pointer(&document, id);
            JsonSchemaError::Limit(format!("at '#{place}', {expense}"))
        })?;
        Ok(Self::prepared(text, prepared))
    }

    /// Prepares a text that was accepted when it was stored, perhaps under fewer limits.
    ///
    /// # Errors
    /// If it is no valid schema.
    pub fn stored(text: &str, drafts: Drafts) -> Result<Self, JsonSchemaError> {
        let (document, draft) = read(text, drafts)?;
        let (prepared, _) = prepare(&document, draft, Strictness::Stored)?;
        Ok(Self::prepared(text, prepared))
    }

    fn prepared(text: &str, prepared: Prepared) -> Self {
        Self(Arc::new(Schema {
            text: text.to_owned(),
            prepared,
        }))
    }

    /// The schema as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// About what it takes of memory, in bytes: the same on every machine of one word size.
    pub fn memory_bytes(&self) -> usize {
        self.0.text.len() + self.0.prepared.bytes()
    }

    /// What is wrong with a value: all of it, up to [`MAX_FAULTS`]. Takes from the budget the steps that it took.
    /// `is_late` is asked now and then, and ends the validation when it says so.
    ///
    /// # Errors
    /// If it takes more than the budget.
    pub fn faults(
        &self,
        value: &Value,
        budget: &mut Budget,
        is_late: &dyn Fn() -> bool,
    ) -> Result<Vec<SchemaFault>, Exhausted> {
        validate::faults(&self.0.prepared, value, budget, is_late)
    }
}

fn read(text: &str, drafts: Drafts) -> Result<(Value, Draft), JsonSchemaError> {
    let schema = document::read(text).map_err(|error| JsonSchemaError::Json(error.to_string()))?;
    let draft = match (drafts, schema.get("$schema")) {
        (Drafts::Newest, _) | (Drafts::FromDraft4, None) => Draft::Draft202012,
        (Drafts::FromDraft4, Some(named)) => {
            let draft = named.as_str().and_then(Draft::named);
            draft.ok_or_else(|| {
                let named = named.as_str().map(str::to_owned);
                JsonSchemaError::Draft(named.unwrap_or_else(|| schema["$schema"].to_string()))
            })?
        }
    };
    Ok((Value::Object(schema), draft))
}

fn prepare(
    document: &Value,
    draft: Draft,
    strictness: Strictness,
) -> Result<(Prepared, Places), JsonSchemaError> {
    prepare::prepare(document, draft, strictness).map_err(|PrepareError { pointer, cause }| {
        let told = format!("at '#{pointer}', {cause}");
        if cause.is_limit() {
            JsonSchemaError::Limit(told)
        } else {
            JsonSchemaError::Schema {
                draft: draft.name(),
                cause: told,
            }
        }
    })
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let within =
        |value: &Value| levels == 0 || equality::with_stack(|| is_deeper(value, levels - 1));
    match value {
        Value::Object(members) => members.values().any(within),
        Value::Array(items) => items.iter().any(within),
        _ => false,
    }
}

static METASCHEMAS: LazyLock<[Prepared; 5]> = LazyLock::new(|| {
    [
        Draft::Draft4,
        Draft::Draft6,
        Draft::Draft7,
        Draft::Draft201909,
        Draft::Draft202012,
    ]
    .map(|draft| {
        let prepared = prepare::prepare(metaschemas::of(draft), draft, Strictness::New);
        prepared.expect("the bundled schemas are good").0
    })
});

fn check_against_metaschema(document: &Value, draft: Draft) -> Result<(), JsonSchemaError> {
    let mut budget = Budget {
        steps: METASCHEMA_STEPS,
        ..Budget::VALUE
    };
    let faults = validate::faults(&METASCHEMAS[draft as usize], document, &mut budget, &|| {
        false
    });
    match faults.as_deref() {
        Ok([]) => Ok(()),
        Ok([first, ..]) => Err(JsonSchemaError::Schema {
            draft: draft.name(),
            cause: format!("'#{}' {}", first.pointer, first.message),
        }),
        Err(exhausted) => Err(JsonSchemaError::Limit(format!("checking it {exhausted}"))),
    }
}

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.text == other.0.text
    }
}

impl std::fmt::Debug for JsonSchema {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.text)
    }
}
