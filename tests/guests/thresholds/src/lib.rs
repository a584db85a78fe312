//! A rule of three tests, on amount, currency and country: what the benchmark calls.

wit_bindgen::generate!({ path: "../../../wit", world: "rule-plugin" });

use exports::vervet::plugin::rule::{
    Column, Field, FieldType, Finding, Guest, Input, Level, Manifest, Plan, Source, Values, Verdict,
};

struct Thresholds;
export!(Thresholds);

impl Guest for Thresholds {
    fn describe() -> Manifest {
        Manifest {
            name: "thresholds".into(),
            version: "1.0.0".into(),
            title: "Thresholds".into(),
            description: "Large amounts in foreign currency to a risky country.".into(),
            config_schema: r#"{"type":"object"}"#.into(),
            alert_type: "trx_aml_alert".into(),
            severity: Level::High,
            priority: Level::Medium,
        }
    }

    fn prepare(_config: String) -> Result<Plan, String> {
        let field = |name: &str, field_type| Input {
            name: name.into(),
            source: Source::Field(Field { name: name.into(), field_type }),
        };
        Ok(Plan {
            inputs: vec![
                field("amount", FieldType::Float),
                field("currency", FieldType::Text),
                field("country", FieldType::Text),
            ],
            prepared: 9_000f64.to_le_bytes().to_vec(),
        })
    }

    fn evaluate(prepared: Vec<u8>, count: u32, inputs: Vec<Values>) -> Verdict {
        let limit = f64::from_le_bytes(prepared.try_into().unwrap());
        let [
            Values::Column(Column::Floats(amounts)),
            Values::Column(Column::Texts(currencies)),
            Values::Column(Column::Texts(countries)),
        ] = inputs.as_slice()
        else {
            panic!("inputs are not those of the plan");
        };
        let mut findings = Vec::new();
        for row in 0..count as usize {
            if amounts[row] > limit
                && text(&currencies.bytes, &currencies.ends, row) != b"EUR"
                && matches!(text(&countries.bytes, &countries.ends, row), b"IR" | b"KP")
            {
                findings.push(Finding {
                    row: row as u32,
                    title: "Large amount to a risky country".into(),
                    severity: None,
                    priority: None,
                    score: Some(amounts[row]),
                    labels: vec!["cash".into()],
                    info: "{}".into(),
                });
            }
        }
        Verdict { findings, failures: vec![] }
    }
}

fn text<'b>(bytes: &'b [u8], ends: &[u32], row: usize) -> &'b [u8] {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    &bytes[start..ends[row] as usize]
}
