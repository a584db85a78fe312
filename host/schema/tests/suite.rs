//! The official test suite: github.com/json-schema-org/JSON-Schema-Test-Suite, which `tests/run` brings.

use std::fs;
use std::path::{Path, PathBuf};

use json_schema::{Budget, Drafts, JsonSchema, JsonSchemaError};
use serde_json::Value;

/// The folder that has `draft7` and its like.
fn suite() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/json-schema-suite/tests");
    std::env::var_os("VERVET_TEST_JSON_SCHEMA_SUITE").map_or(here, PathBuf::from)
}

const DRAFTS: [(&str, &str); 5] = [
    ("draft4", "http://json-schema.org/draft-04/schema#"),
    ("draft6", "http://json-schema.org/draft-06/schema#"),
    ("draft7", "http://json-schema.org/draft-07/schema#"),
    (
        "draft2019-09",
        "https://json-schema.org/draft/2019-09/schema",
    ),
    (
        "draft2020-12",
        "https://json-schema.org/draft/2020-12/schema",
    ),
];

/// Files and groups that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    // Which of these draft 4 calls integers depends on whether `serde_json` keeps the digits of large numbers.
    ("draft4/optional/bignum.json", "integer"),
    // These formats are not checked: they would need the tables of internationalised names.
    ("draft7/optional/format/idn-email.json", ""),
    ("draft7/optional/format/idn-hostname.json", ""),
];

fn is_left_out(file: &str, group: &str) -> bool {
    LEFT_OUT
        .iter()
        .any(|(left, out)| *left == file && (out.is_empty() || *out == group))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| {
        panic!("{}: {error}; tests/run brings the suite", folder.display())
    });
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// Puts `$schema` to a schema that has none; draft and other members stay.
fn with_draft(schema: &Value, url: &str) -> Option<Value> {
    match schema {
        Value::Object(members) => {
            let mut members = members.clone();
            members.entry("$schema").or_insert_with(|| url.into());
            Some(Value::Object(members))
        }
        // We take objects alone; what a schema may hold is tried within one.
        Value::Bool(always) => {
            let keyword = if *always { "description" } else { "not" };
            let value = if *always {
                "".into()
            } else {
                serde_json::json!({})
            };
            Some(serde_json::json!({ "$schema": url, keyword: value }))
        }
        _ => None,
    }
}

#[test]
fn schemas_mean_what_the_official_suite_says() {
    let mut wrong = Vec::new();
    let (mut right, mut outside) = (0, 0);
    for (draft, url) in DRAFTS {
        let mut found = Vec::new();
        files(&suite().join(draft), &mut found);
        for file in found {
            let name = file
                .strip_prefix(suite())
                .expect("it is within")
                .display()
                .to_string();
            let text = fs::read_to_string(&file).expect("the file is read");
            // Formats are tried where the draft asserts them.
            if name.contains("/format") && url.contains("/20") {
                continue;
            }
            let groups: Vec<Value> = match serde_json::from_str(&text) {
                Ok(groups) => groups,
                // Lone surrogates are no strings of Rust.
                Err(_) => continue,
            };
            for group in groups {
                let description = group["description"].as_str().unwrap_or_default();
                if is_left_out(&name, description) {
                    continue;
                }
                let Some(schema) = with_draft(&group["schema"], url) else {
                    continue;
                };
                let schema = match JsonSchema::new(&schema.to_string(), Drafts::FromDraft4) {
                    Ok(schema) => schema,
                    // What is on other hosts is not fetched.
                    Err(JsonSchemaError::Schema { cause, .. })
                        if cause.contains("no part of the schema") =>
                    {
                        outside += 1;
                        continue;
                    }
                    Err(JsonSchemaError::Draft(named)) if named.contains("//localhost") => {
                        outside += 1;
                        continue;
                    }
                    Err(error) => {
                        wrong.push(format!("{name}: {description}: {error}"));
                        continue;
                    }
                };
                for test in group["tests"].as_array().into_iter().flatten() {
                    let faults =
                        schema.faults(&test["data"], &mut Budget::VALUE.clone(), &|| false);
                    let is_valid = faults.as_ref().map(Vec::is_empty);
                    if is_valid == Ok(test["valid"] == Value::Bool(true)) {
                        right += 1;
                    } else {
                        let what = test["description"].as_str().unwrap_or_default();
                        wrong.push(format!("{name}: {description}: {what}: {faults:?}"));
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        right > 5_000 && outside < 100,
        "{right} right, {outside} schemas refer to other hosts"
    );
}
