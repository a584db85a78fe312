use super::*;
use runtime::formatter::{ColumnType, LayoutColumn};

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
    let file = file(FileForm::Csv(CsvForm::default()), Compression::None);
    let texts = both(&file).join("\n");
    insta::assert_snapshot!(texts);
}

#[test]
fn texts_for_other_forms() {
    let tabs = FileForm::Csv(CsvForm {
        delimiter: '\t',
        quote: None,
        encoding: Encoding::Utf16Le,
        header: false,
    });
    let tabs = file(tabs, Compression::Gzip);
    let lines = file(FileForm::JsonLines, Compression::None);
    let texts = [&tabs, &lines].map(|file| both(file).join("\n"));
    insta::assert_snapshot!(texts.join("\n"));
}

fn both(file: &LoadFile) -> [String; 2] {
    let url = "https://vervet.example.com";
    [
        redshift(file).expect("a script"),
        power_bi(file, url).expect("a script"),
    ]
}

#[test]
fn what_a_tool_does_not_read_has_no_script() {
    let plain = CsvForm::default();
    let latin = FileForm::Csv(CsvForm {
        encoding: Encoding::Latin1,
        ..plain
    });
    let latin = file(latin, Compression::None);
    assert_eq!(redshift(&latin), Err(NoScriptError::Encoding("iso-8859-1")));
    let query = power_bi(&latin, "https://vervet.example.com").expect("a script");
    assert!(query.contains("Encoding = 28591"), "{query}");
    let single = FileForm::Csv(CsvForm {
        quote: Some('\''),
        ..plain
    });
    let single = file(single, Compression::None);
    assert_eq!(power_bi(&single, ""), Err(NoScriptError::Quote('\'')));
    let script = redshift(&single).expect("a script");
    assert!(script.contains("QUOTE ''''"), "{script}");
}
