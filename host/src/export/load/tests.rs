use serde_json::json;

use super::*;
use crate::plugin::formatter::{ColumnType, LayoutColumn};

fn file(form: FileForm, compression: Compression) -> LoadFile {
    let column = |name: &str, column_type, max_bytes| LayoutColumn {
        name: name.to_owned(),
        column_type,
        max_bytes,
    };
    LoadFile {
        export: "nightly".to_owned(),
        formatter: "columns-csv 1.0.0".to_owned(),
        layout: Layout {
            version: 3,
            columns: vec![
                column("id", ColumnType::Text, Some(36)),
                column("the \"name\" #(lf)", ColumnType::Text, None),
                column("long", ColumnType::Text, Some(1_000_000)),
                column("count", ColumnType::Integer, None),
                column("score", ColumnType::Decimal, None),
                column("open", ColumnType::Boolean, None),
                column("created_at", ColumnType::Timestamp, None),
                column("day", ColumnType::Date, None),
                column("info", ColumnType::Json, None),
            ],
        },
        form,
        compression,
    }
}

#[test]
fn texts_for_csv() {
    let form = FileForm::Csv {
        delimiter: ',',
        header: true,
    };
    let file = file(form, Compression::None);
    let url = "https://vervet.example.com";
    let texts = [redshift(&file), power_bi(&file, url)].join("\n");
    insta::assert_snapshot!(texts);
}

#[test]
fn texts_for_other_forms() {
    let tabs = FileForm::Csv {
        delimiter: '\t',
        header: false,
    };
    let url = "https://vervet.example.com";
    let tabs = file(tabs, Compression::Gzip);
    let lines = file(FileForm::JsonLines, Compression::None);
    let texts = [&tabs, &lines].map(|file| [redshift(file), power_bi(file, url)].join("\n"));
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_form_is_known_by_media_type_and_configuration() {
    let check = |media_type: &str, config: Value, expect: Option<(char, bool)>| {
        let expect = expect.map(|(delimiter, header)| FileForm::Csv { delimiter, header });
        assert_eq!(FileForm::of(media_type, &config), expect, "{config}");
    };
    let csv = "text/csv; charset=utf-8";
    check(csv, json!({}), Some((',', true)));
    check(csv, json!({ "delimiter": ";" }), Some((';', true)));
    check(
        csv,
        json!({ "csv": { "delimiter": "|", "header": false } }),
        Some(('|', false)),
    );
    check("Text/CSV", json!({}), Some((',', true)));
    check("application/pdf", json!({}), None);
    let lines = FileForm::of("application/x-ndjson", &json!({}));
    assert_eq!(lines, Some(FileForm::JsonLines));
}
