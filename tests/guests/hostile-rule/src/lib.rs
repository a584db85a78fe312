//! A rule that does what a rule must not, as its configuration says:
//! `{"prepare": "spins", "evaluate": "traps"}`. `describe` has no configuration:
//! tests write what it shall do over [`DESCRIBE`] in the built module.
//!
//! Its one input is the field `amount`. Over 100 is a finding; where evaluate
//! misbehaves on a row, it is a row of 13.

wit_bindgen::generate!({ path: "../../../wit", world: "rule-plugin" });

mod abuse;

use exports::vervet::plugin::rule::{
    Column, Failure, Field, FieldType, Finding, Guest, Input, Level, Manifest, Plan, Source,
    Values, Verdict,
};

struct Hostile;
export!(Hostile);

/// What `describe` does: the text after the colon, padded with spaces.
static DESCRIBE: [u8; 32] = *b"describe:honest                 ";

impl Guest for Hostile {
    fn describe() -> Manifest {
        let marker = std::hint::black_box(&DESCRIBE);
        let behaviour = std::str::from_utf8(&marker[9..]).unwrap().trim_end();
        abuse::common(behaviour);
        let mut manifest = Manifest {
            name: "hostile".into(),
            version: "1.0.0".into(),
            title: "Hostile".into(),
            description: "Does what a rule must not.".into(),
            config_schema: r#"{"type":"object"}"#.into(),
            alert_type: "trx_aml_alert".into(),
            severity: Level::High,
            priority: Level::Low,
        };
        match behaviour {
            "huge-name" => manifest.name = "n".repeat(1 << 16),
            "bad-name" => manifest.name = "No Name".into(),
            "bad-version" => manifest.version = "one".into(),
            "no-title" => manifest.title = String::new(),
            "bad-schema" => manifest.config_schema = r#"{"type":"objekt"}"#.into(),
            "remote-schema" => manifest.config_schema = r#"{"$ref":"https://example.org/s"}"#.into(),
            "schema-no-json" => manifest.config_schema = "{".into(),
            "bad-alert-type" => manifest.alert_type = "an alert".into(),
            "not-utf8" => manifest.title = abuse::not_utf8(),
            "long-answer" => manifest.description = "x".repeat(2 << 20),
            _ => {}
        }
        manifest
    }

    fn prepare(config: String) -> Result<Plan, String> {
        let behaviour = setting(&config, "prepare");
        abuse::common(behaviour);
        let mut plan = Plan {
            inputs: vec![Input { name: "amount".into(), source: Source::Field(amount()) }],
            prepared: setting(&config, "evaluate").as_bytes().to_vec(),
        };
        match behaviour {
            "refuses" => return Err("limit must be positive".into()),
            "refuses-at-length" => return Err("no ".repeat(100_000)),
            "large-prepared" => plan.prepared = vec![0; (64 << 10) + 1],
            "not-utf8" => plan.inputs[0].name = abuse::not_utf8(),
            "many-inputs" => plan.inputs = vec![plan.inputs[0].clone(); 65],
            "long-answer" => plan.prepared = vec![0; 2 << 20],
            _ => {}
        }
        Ok(plan)
    }

    fn evaluate(prepared: Vec<u8>, count: u32, inputs: Vec<Values>) -> Verdict {
        let behaviour = std::str::from_utf8(&prepared).unwrap();
        let [Values::Column(Column::Floats(amounts))] = inputs.as_slice() else {
            panic!("inputs are not those of the plan");
        };
        assert_eq!(amounts.len(), count as usize);
        if amounts.contains(&13.0) {
            abuse::common(behaviour);
        }
        let mut verdict = Verdict { findings: vec![], failures: vec![] };
        for (row, &amount) in amounts.iter().enumerate() {
            let row = row as u32;
            if amount > 100.0 {
                verdict.findings.push(finding(row, &format!("{amount}")));
            }
            if amount == 13.0 {
                judge_badly(behaviour, row, count, &mut verdict);
            }
        }
        verdict
    }
}

fn amount() -> Field {
    Field { name: "amount".into(), field_type: FieldType::Float }
}

fn judge_badly(behaviour: &str, row: u32, count: u32, verdict: &mut Verdict) {
    let findings = &mut verdict.findings;
    match behaviour {
        "reports" => verdict.failures.push(Failure { row, reason: "no rate for XTS".into() }),
        "reports-at-length" => {
            verdict.failures.push(Failure { row, reason: "no ".repeat(10_000) });
        }
        "reports-and-finds" => {
            verdict.failures.push(Failure { row, reason: "unsure".into() });
            findings.push(finding(row, "sure"));
        }
        "reports-no-row" => {
            verdict.failures.push(Failure { row: count, reason: "beyond".into() });
        }
        "many-findings" => findings.extend((0..101).map(|_| finding(row, "again"))),
        "hundred-findings" => findings.extend((0..100).map(|_| finding(row, "again"))),
        "long-answer" => {
            let info = format!(r#"{{"text":"{}"}}"#, "x".repeat(1 << 20));
            findings.push(Finding { info, ..finding(row, "long") });
        }
        "no-row" => findings.push(finding(u32::MAX, "beyond")),
        "no-order" => {
            findings.push(finding(count - 1, "last"));
            findings.push(finding(0, "first"));
        }
        "nan-score" => findings.push(Finding { score: Some(f64::NAN), ..finding(row, "nan") }),
        "info-array" => findings.push(Finding { info: "[]".into(), ..finding(row, "info") }),
        "info-no-json" => findings.push(Finding { info: "{".into(), ..finding(row, "info") }),
        "info-deep" => {
            let info = format!(r#"{{"a":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
            findings.push(Finding { info, ..finding(row, "info") });
        }
        "info-exact" => {
            let info = r#"{"big":123456789012345678901234567890,"$serde_json::private::RawValue":1.50}"#;
            findings.push(Finding { info: info.into(), ..finding(row, "info") });
        }
        "info-twice" => {
            let info = r#"{"a":{"b":1,"b":2}}"#;
            findings.push(Finding { info: info.into(), ..finding(row, "info") });
        }
        "long-label" => {
            findings.push(Finding { labels: vec!["x".repeat(21)], ..finding(row, "label") });
        }
        "no-title" => findings.push(finding(row, "")),
        "long-title" => findings.push(finding(row, &"x".repeat(501))),
        "not-utf8" => findings.push(Finding { title: abuse::not_utf8(), ..finding(row, "") }),
        "not-utf8-alone" if count == 1 => {
            findings.push(Finding { title: abuse::not_utf8(), ..finding(row, "") });
        }
        "wrong-length" => findings.push(Finding { title: abuse::wrong_length(), ..finding(row, "") }),
        "counts" => findings.push(finding(row, &format!("{} calls", abuse::count()))),
        "counts-rows" => findings.push(finding(row, &format!("{count} rows"))),
        "hides-in-company" if count == 1 => findings.push(finding(row, "alone")),
        _ => {}
    }
}

fn finding(row: u32, title: &str) -> Finding {
    Finding {
        row,
        title: title.into(),
        severity: None,
        priority: None,
        score: None,
        labels: vec![],
        info: "{}".into(),
    }
}

/// The text of a key in a flat object of texts, "" without it.
fn setting<'c>(config: &'c str, key: &str) -> &'c str {
    let mut parts = config.split('"');
    while let Some(part) = parts.next() {
        if part == key {
            parts.next();
            return parts.next().unwrap_or("");
        }
    }
    ""
}
