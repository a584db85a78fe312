//! What reading batches promises.

use bytes::Bytes;
use proptest::prelude::*;

use super::batch::{BatchFormat, BatchItem};
use super::payload::Payload;

const MAX_BYTES: usize = 100;

fn read(format: BatchFormat, bytes: &[u8], chunk: usize) -> Vec<BatchItem> {
    let mut reader = format.reader(MAX_BYTES);
    let mut items = Vec::new();
    for chunk in bytes.chunks(chunk) {
        reader.feed(Bytes::copy_from_slice(chunk), &mut items);
    }
    reader.finish(&mut items);
    items
}

/// Each item as `line text` or `line !reason`; a row's cells stand between bars.
fn summary(items: &[BatchItem]) -> Vec<String> {
    let text = |item: &BatchItem| match &item.payload {
        Ok(Payload::Json(text)) => {
            format!("{} {}", item.line, String::from_utf8_lossy(text).trim())
        }
        Ok(Payload::Row(row)) => format!("{} {}", item.line, row.cells.join("|")),
        Err(fault) => format!("{} !{}", item.line, fault.reason),
    };
    items.iter().map(text).collect()
}

/// The items are the same however the stream is cut into chunks.
fn check(format: BatchFormat, bytes: impl AsRef<[u8]>, expect: &[&str]) {
    for chunk in [1, 2, 3, 7, 64, 100_000] {
        let items = read(format, bytes.as_ref(), chunk);
        let text = String::from_utf8_lossy(bytes.as_ref());
        assert_eq!(summary(&items), expect, "{text:?} in chunks of {chunk}");
    }
}

#[test]
fn each_line_is_a_payload() {
    let check = |bytes: &str, expect: &[&str]| check(BatchFormat::Ndjson, bytes, expect);
    check("", &[]);
    check("{\"a\":1}\n{\"b\":2}\n", &["1 {\"a\":1}", "2 {\"b\":2}"]);
    check("{}\r\n\r\n  \n{broken\n{}", &["1 {}", "4 {broken", "5 {}"]);
    check(
        &format!("{{}}\n{}\n{{}}", "x".repeat(101)),
        &["1 {}", "2 !too_long", "3 {}"],
    );
    check(&"x".repeat(5000), &["1 !too_long"]);
    check(
        &format!("{}\n", "x".repeat(100)),
        &[&format!("1 {}", "x".repeat(100))],
    );
}

#[test]
fn each_element_is_a_payload() {
    let check = |bytes: &str, expect: &[&str]| check(BatchFormat::Array, bytes, expect);
    check("[]", &[]);
    check(" [ \n ] \r\n", &[]);
    check(
        "\u{feff}[{\"a\":[1,{}]} , {\"b\":\"],\\\"\"}]\n",
        &["1 {\"a\":[1,{}]}", "2 {\"b\":\"],\\\"\"}"],
    );
    check("[1,\"x\",{\"a\":}]", &["1 1", "2 \"x\"", "3 {\"a\":}"]);
    check(
        "[{},,{},]",
        &["1 {}", "2 !malformed", "3 {}", "4 !malformed"],
    );
    check(
        &format!("[{{}},\"{}\",{{}}]", "\\\"".repeat(500)),
        &["1 {}", "2 !too_long", "3 {}"],
    );
    check("[{},{\"a\":[}", &["1 {}", "2 !malformed"]);
    check("[{}] {}", &["1 {}", "2 !malformed"]);
    check("{\"a\":1}", &["1 !malformed"]);
    check("", &["1 !malformed"]);
    check("\u{feff}\u{feff}[]", &["1 !malformed"]);
}

#[test]
fn each_row_is_a_payload() {
    fn check(bytes: impl AsRef<[u8]>, expect: &[&str]) {
        super::batch_tests::check(BatchFormat::Csv, bytes, expect);
    }
    check("a,b\n1,2\n3,4", &["2 1|2", "3 3|4"]);
    check(
        "\u{feff}\"a\",b\r\n1,\"x\r\ny\"\"\"\r\n\r\n3,\r\n",
        &["2 1|x\r\ny\"", "5 3|"],
    );
    check("a\n", &[]);
    check("", &["1 !malformed"]);
    check("\u{feff}", &["1 !malformed"]);
    check(
        "a,b\n1\n1,2,3\n4,5\n",
        &["2 !malformed", "3 !malformed", "4 4|5"],
    );
    check("a,b\n1,\"2\n3,4\n", &["2 !malformed"]);
    check("a,\"b\n1,2\n", &["1 !malformed"]);
    check("a,a\n1,2\n", &["1 !malformed"]);
    check("a\r1\r2\r", &["2 1", "3 2"]);
    check("\n\na\nb\n", &["4 b"]);
    check(
        format!("a,b\n1,{}\n3,4\n", "x".repeat(150)),
        &["2 !too_long", "3 3|4"],
    );
    check(
        format!("a\n{}\n1\n", ",".repeat(3000)),
        &["2 !too_long", "3 1"],
    );
    check(format!("{}\n1\n2\n", "x".repeat(150)), &["1 !too_long"]);
    check(b"a\n\xff\nb\n", &["2 !malformed", "3 b"]);
}

#[test]
fn cells_are_typed_by_their_fields() {
    let header = "txn_id,customer_id,date_time,amount,count,opened,city,card,cash";
    let check = |row: &str, expect: &[&str]| {
        let items = read(
            BatchFormat::Csv,
            format!("{header}\n{row}\n").as_bytes(),
            4096,
        );
        let payload = items[0].payload.as_ref().expect("a row");
        let schema = super::tests::schema(1, domain::payload::AdditionalFields::Reject);
        let read = payload.read(&schema, &super::KeyedHash::new(&[7; 32]));
        assert_eq!(super::tests::reasons(&read), expect, "{row}");
    };
    check("t,c,2024-09-25T10:45:30Z,12.50,3,,Gent,,true", &[]);
    check(
        "t,c,2024-09-25T10:45:30Z,,,,,,",
        &["amount:empty", "count:empty", "cash:empty"],
    );
    check(
        "t,,2024-09-25,\" 1\",1.0,x,,,TRUE",
        &[
            "customer_id:empty",
            "date_time:invalid_date_time",
            "amount:wrong_type",
            "count:wrong_type",
            "opened:invalid_date_time",
            "cash:wrong_type",
        ],
    );
    check(
        "t,c,2024-09-25T10:45:30Z,NaN,{},,,,null",
        &["amount:wrong_type", "count:wrong_type", "cash:wrong_type"],
    );
}

proptest! {
    #[test]
    fn chunks_make_no_difference(
        text in "[\\[\\]{},\"\\\\ \\r\\nab\u{feff}]{0,60}", chunk in 1usize..20
    ) {
        for format in [BatchFormat::Ndjson, BatchFormat::Array, BatchFormat::Csv] {
            let (whole, cut) = (read(format, text.as_bytes(), 1000), read(format, text.as_bytes(), chunk));
            prop_assert_eq!(summary(&whole), summary(&cut));
        }
    }

    #[test]
    fn elements_are_those_that_json_sees(members in proptest::collection::vec("[a-z\"\\\\\\[\\]{},]{0,8}", 0..6)) {
        let array: Vec<serde_json::Value> = members.into_iter().map(|text| serde_json::json!({ "m": [text] })).collect();
        let items = read(BatchFormat::Array, serde_json::to_string(&array).expect("JSON").as_bytes(), 5);
        let texts: Vec<serde_json::Value> = items.iter().map(|item| match &item.payload {
            Ok(Payload::Json(text)) => serde_json::from_slice(text).expect("an element"),
            other => panic!("{other:?}"),
        }).collect();
        prop_assert_eq!(texts, array);
    }
}
