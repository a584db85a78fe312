//! What a rule is tried on: a payload schema, transactions and lists, from files.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use domain::payload::{
    AdditionalFields, Fault, Field, FieldType, PayloadSchema, Sensitivity, Transaction,
};
use domain::text::{lines, trimmed};
use domain::window::Lists;
use serde::Deserialize;
use serde::de::IgnoredAny;

use ingest::{BatchFormat, BatchItem, KeyedHash};
use json::JsonValue;

/// The longest payload that is read, as a host reads it by default.
const MAX_PAYLOAD_BYTES: usize = 256 << 10;

/// Reads a file of text.
fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Reads a file with a configuration, as a host reads one.
pub(crate) fn read_config(path: &Path) -> anyhow::Result<JsonValue> {
    JsonValue::read(&read_text(path)?)
        .with_context(|| format!("{} is not taken as JSON", path.display()))
}

/// The body of `PUT /v1/teams/{team}/payload-schema`, or the answer of `GET`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    fields: Vec<FieldEntry>,
    #[serde(default)]
    additional_fields: Additional,
    default_timezone: Option<String>,
    /// What `GET` answers besides.
    #[serde(default, rename = "version")]
    _version: IgnoredAny,
    #[serde(default, rename = "created_at")]
    _created_at: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    name: String,
    #[serde(rename = "type")]
    field_type: String,
    #[serde(default)]
    description: String,
    sensitive: Option<Sensitive>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Additional {
    #[default]
    Reject,
    Ignore,
    Keep,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sensitive {
    Mask,
    Hash,
}

/// Reads a payload schema.
pub(crate) fn read_schema(path: &Path) -> anyhow::Result<Arc<PayloadSchema>> {
    let at = || format!("{} is no payload schema", path.display());
    let file: SchemaFile = serde_json::from_str(&read_text(path)?).with_context(at)?;
    let fields: anyhow::Result<Vec<Field>> = file.fields.into_iter().map(field).collect();
    let additional = match file.additional_fields {
        Additional::Reject => AdditionalFields::Reject,
        Additional::Ignore => AdditionalFields::Ignore,
        Additional::Keep => AdditionalFields::Keep,
    };
    let zone = file.default_timezone.as_deref();
    let schema = PayloadSchema::new(1, fields.with_context(at)?, additional, zone);
    schema.map(Arc::new).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(faults.join("; ")).context(at())
    })
}

fn field(entry: FieldEntry) -> anyhow::Result<Field> {
    let field_type = FieldType::parse(&entry.field_type).with_context(|| {
        format!(
            "field '{}' is of type '{}', and types are float, integer, date_time, string and boolean",
            entry.name, entry.field_type
        )
    })?;
    Ok(Field {
        name: entry.name,
        field_type,
        description: entry.description,
        sensitivity: match entry.sensitive {
            None => Sensitivity::Open,
            Some(Sensitive::Mask) => Sensitivity::Mask,
            Some(Sensitive::Hash) => Sensitivity::Hash,
        },
    })
}

/// The transactions of a file, in its order, numbered from 1.
pub(super) struct Transactions {
    pub(super) accepted: Vec<Transaction>,
    pub(super) refused: Vec<Refused>,
}

/// A payload that the schema refuses, or whose `txn_id` was there before.
pub(crate) struct Refused {
    pub(crate) line: u64,
    pub(crate) faults: Vec<String>,
}

impl Transactions {
    pub(super) fn read(path: &Path, schema: &Arc<PayloadSchema>) -> anyhow::Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let format = match ending {
            Some("ndjson" | "jsonl") => BatchFormat::Ndjson,
            Some("json") => BatchFormat::Array,
            Some("csv") => BatchFormat::Csv,
            _ => bail!(
                "{}: the name of a file of transactions ends with .ndjson, .csv or .json",
                path.display()
            ),
        };
        let bytes =
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut reader = format.reader(MAX_PAYLOAD_BYTES);
        let mut items = Vec::new();
        reader.feed(Bytes::from(bytes), &mut items);
        reader.finish(&mut items);
        Ok(Self::of(items, schema))
    }

    fn of(items: Vec<BatchItem>, schema: &Arc<PayloadSchema>) -> Self {
        // Nobody else sees these hashes: any key serves.
        let keyed_hash = KeyedHash::new(&[0; 32]);
        let mut ids = HashSet::new();
        let mut read = Self {
            accepted: Vec::new(),
            refused: Vec::new(),
        };
        for BatchItem { line, payload } in items {
            let transaction = payload
                .map_err(|fault| vec![fault])
                .and_then(|payload| payload.read(schema, &keyed_hash));
            let faults = match transaction {
                Ok(transaction) if ids.insert(transaction.txn_id.clone()) => {
                    read.accepted.push(transaction);
                    continue;
                }
                Ok(transaction) => {
                    vec![format!("txn_id '{}' was there before", transaction.txn_id)]
                }
                Err(faults) => faults.iter().map(sentence).collect(),
            };
            read.refused.push(Refused { line, faults });
        }
        read
    }
}

fn sentence(fault: &Fault) -> String {
    if fault.field.is_empty() {
        fault.detail.clone()
    } else {
        format!("{}: {}", fault.field, fault.detail)
    }
}

/// The lists of a folder.
#[derive(Default)]
pub(crate) struct DirectoryLists(HashMap<String, HashSet<String>>);

impl DirectoryLists {
    pub(super) fn read(directory: Option<&Path>) -> anyhow::Result<Self> {
        let Some(directory) = directory else {
            return Ok(Self::default());
        };
        let files = std::fs::read_dir(directory)
            .with_context(|| format!("{} is no folder of lists", directory.display()))?;
        let mut lists = HashMap::new();
        for file in files {
            let path = file?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let (Some(name), Some("txt")) = (name, path.extension().and_then(|it| it.to_str())) {
                let entries = read_text(&path)?;
                let entries = lines(&entries)
                    .map(|(_, entry)| trimmed(entry))
                    .filter(|entry| !entry.is_empty());
                lists.insert(name.to_owned(), entries.map(str::to_owned).collect());
            }
        }
        Ok(Self(lists))
    }

    /// Whether there is a list of this name.
    pub(super) fn has(&self, list: &str) -> bool {
        self.0.contains_key(list)
    }
}

impl Lists for DirectoryLists {
    fn contains(&self, list: &str, text: &str) -> bool {
        self.0.get(list).is_some_and(|list| list.contains(text))
    }
}
