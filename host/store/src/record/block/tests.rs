use std::sync::Arc;

use domain::payload::{
    AdditionalFields, Field, FieldType, Float, Identifier, Moment, PayloadSchema, Sensitivity,
    Transaction, Value,
};
use domain::time::Timestamp;
use proptest::prelude::*;

use super::*;

fn schema(version: u32, types: &[FieldType]) -> Arc<PayloadSchema> {
    let fields = types.iter().enumerate().map(|(at, &field_type)| Field {
        name: format!("f{at}"),
        field_type,
        description: String::new(),
        sensitivity: Sensitivity::Open,
    });
    let schema = PayloadSchema::new(version, fields.collect(), AdditionalFields::Keep, None);
    Arc::new(schema.unwrap())
}

/// A row as it is pushed.
#[derive(Clone, Debug)]
struct Pushing {
    transaction: Transaction,
    received_at: Timestamp,
    outcome: Vec<u8>,
}

fn sent() -> impl Strategy<Value = Option<Box<str>>> {
    proptest::option::of("[0-9.e+-]{1,9}".prop_map(String::into_boxed_str))
}

fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<i64>(),
        Just(i64::MIN),
        Just(i64::MAX),
        1_700_000_000_000_000..1_800_000_000_000_000_i64,
    ]
    .prop_map(Timestamp::from_micros)
}

fn value(kind: FieldType) -> BoxedStrategy<Value> {
    match kind {
        FieldType::Float => (
            any::<f64>().prop_filter("finite", |n| n.is_finite()),
            sent(),
        )
            .prop_map(|(number, sent)| Value::Float(Float { number, sent }))
            .boxed(),
        FieldType::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        FieldType::DateTime => (proptest::option::of(moments()), sent())
            .prop_map(|(at, sent)| Value::DateTime(Moment { at, sent }))
            .boxed(),
        FieldType::Text => ".{0,40}".prop_map(|text| Value::Text(text.into())).boxed(),
        FieldType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
    }
}

fn rows() -> impl Strategy<Value = Vec<Pushing>> {
    let row = (1_u32..4).prop_flat_map(|version| {
        let types = &FieldType::ALL[..version as usize + 2];
        let values: Vec<_> = types.iter().map(|kind| value(*kind)).collect();
        let ids = ["[^\0]{1,200}", "[^\0]{1,9}"];
        let extra = proptest::option::of(".{0,300}".prop_map(String::into_boxed_str));
        let outcome = proptest::collection::vec(0_u8..3, 0..3);
        let schema = schema(version, types);
        (ids, moments(), sent(), values, extra, moments(), outcome).prop_map(
            move |(ids, date_time, date_time_sent, values, additional, received_at, outcome)| {
                let [txn_id, customer_id] = ids.map(|id| Identifier::new(&id).unwrap());
                Pushing {
                    transaction: Transaction {
                        schema: Arc::clone(&schema),
                        txn_id,
                        customer_id,
                        date_time,
                        date_time_sent,
                        values,
                        additional,
                    },
                    received_at,
                    outcome,
                }
            },
        )
    });
    proptest::collection::vec(row, 1..30)
}

fn encode(first: u64, rows: &[Pushing]) -> Vec<u8> {
    let mut builder = BlockBuilder::new(first);
    for row in rows {
        let pushed = builder.push(&row.transaction, row.received_at, &row.outcome);
        assert_eq!(pushed, Pushed::Added);
    }
    builder.finish()
}

fn all_schemas(version: u32) -> Option<Arc<PayloadSchema>> {
    let types = FieldType::ALL.get(..version as usize + 2)?;
    Some(schema(version, types))
}

/// What `{:?}` shows of a transaction but its schema: also literals, which `==` does not compare.
fn shown(transaction: &Transaction) -> String {
    let Transaction {
        schema,
        txn_id,
        customer_id,
        date_time,
        date_time_sent,
        values,
        additional,
    } = transaction;
    let version = schema.version();
    format!(
        "{version} {txn_id:?} {customer_id:?} {date_time:?} {date_time_sent:?} {values:?} {additional:?}"
    )
}

fn check(first: u64, bytes: &[u8], expect: &[Pushing]) {
    let block = Block::read(bytes).unwrap();
    assert_eq!(block.first(), first);
    assert_eq!(block.len(), expect.len());
    let times = || expect.iter().map(|row| row.transaction.date_time);
    assert_eq!(Some(block.earliest()), times().min());
    assert_eq!(Some(block.latest()), times().max());
    for ((row, expect), sequence) in block.rows().zip(expect).zip(first..) {
        let row = row.unwrap();
        assert_eq!(row.sequence, sequence);
        assert_eq!(row.received_at, expect.received_at);
        assert_eq!(row.outcome, expect.outcome);
        assert_eq!(row.txn_id, expect.transaction.txn_id.as_str());
        let transaction = row.transaction(&all_schemas).unwrap();
        assert_eq!(shown(&transaction), shown(&expect.transaction));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_pushed_is_read(first in 0..u64::MAX / 2, rows in rows()) {
        check(first, &encode(first, &rows), &rows);
    }

    /// Who asks for some of the fields is given those as they are.
    #[test]
    fn an_excerpt_has_what_is_wanted(rows in rows(), wanted in proptest::collection::vec(any::<bool>(), 0..7)) {
        let bytes = encode(1, &rows);
        let block = Block::read(&bytes[..]).unwrap();
        for (row, pushed) in block.rows().zip(&rows) {
            let (row, whole) = (row.unwrap(), &pushed.transaction);
            let excerpt = row.excerpt(&whole.schema, &wanted).unwrap();
            prop_assert_eq!(
                (&excerpt.txn_id, &excerpt.customer_id, excerpt.date_time),
                (&whole.txn_id, &whole.customer_id, whole.date_time)
            );
            prop_assert_eq!(excerpt.values.len(), whole.values.len());
            for (place, (read, pushed)) in excerpt.values.iter().zip(&whole.values).enumerate() {
                prop_assert_eq!(read.field_type(), pushed.field_type());
                if wanted.get(place) == Some(&true) {
                    prop_assert_eq!(format!("{read:?}"), format!("{pushed:?}"));
                }
            }
        }
    }

    #[test]
    fn damage_is_an_error(rows in rows(), at: prop::sample::Index, flip in 1_u8.., cut: prop::sample::Index) {
        let bytes = encode(1, &rows);
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= flip;
        prop_assert!(Block::read(&flipped).is_err());
        prop_assert!(Block::read(&bytes[..cut.index(bytes.len())]).is_err());
    }

    /// Damage that the checksum does not see, as a mistake in writing would be.
    #[test]
    fn no_bytes_make_it_panic(rows in rows(), damage in proptest::collection::vec(any::<(prop::sample::Index, u8)>(), 1..9)) {
        let mut bytes = encode(1, &rows);
        let body = bytes.len() - 4;
        for (at, byte) in damage {
            bytes[at.index(body)] = byte;
        }
        let crc32 = crc32fast::hash(&bytes[..body]);
        bytes[body..].copy_from_slice(&crc32.to_le_bytes());
        if let Ok(block) = Block::read(&bytes) {
            for row in block.rows().take(100).flatten() {
                let _ = row.transaction(&all_schemas);
            }
        }
    }
}

/// A transaction of 17 fields.
fn sample(number: u32) -> Pushing {
    let float = |number, sent: Option<&str>| {
        Value::Float(Float {
            number,
            sent: sent.map(Into::into),
        })
    };
    let values = [
        float(f64::from(number) * 1.5, None),
        float(100.0, Some("100.00")),
        Value::Integer(-i64::from(number)),
        Value::DateTime(Moment {
            at: None,
            sent: None,
        }),
        Value::Text("Überweisung".into()),
    ];
    let values: Vec<_> = values.iter().cycle().take(13).cloned().collect();
    let types: Vec<_> = values.iter().map(Value::field_type).collect();
    let moment = Timestamp::from_micros(1_750_000_000_000_000 + i64::from(number));
    Pushing {
        transaction: Transaction {
            schema: schema(9, &types),
            txn_id: Identifier::new(&format!("TX-{number:08}")).unwrap(),
            customer_id: Identifier::new(&format!("C-{}", number % 7)).unwrap(),
            date_time: moment,
            date_time_sent: Some("2025-06-15T17:06:40+02:00".into()),
            values,
            additional: (number % 2 == 1).then(|| r#"{"note":"x"}"#.into()),
        },
        received_at: moment.plus_seconds(1),
        outcome: vec![0, number.is_multiple_of(3) as u8],
    }
}

#[test]
fn a_full_block_says_so_and_stays_below_its_bound() {
    let rows: Vec<_> = (0..2_000).map(sample).collect();
    let mut builder = BlockBuilder::new(1);
    let mut blocks = Vec::new();
    for row in &rows {
        let push = |builder: &mut BlockBuilder| {
            builder.push(&row.transaction, row.received_at, &row.outcome)
        };
        if push(&mut builder) == Pushed::Full {
            let next = BlockBuilder::new(builder.first() + builder.len() as u64);
            blocks.push(std::mem::replace(&mut builder, next).finish());
            assert_eq!(push(&mut builder), Pushed::Added);
        }
    }
    blocks.push(builder.finish());
    let mut sequence = 1;
    for bytes in &blocks {
        assert!(bytes.len() <= MAX_BLOCK_BYTES, "{}", bytes.len());
        let block = Block::read(bytes).unwrap();
        assert_eq!(block.first(), sequence);
        for row in block.rows().map(Result::unwrap) {
            let expect = &rows[row.sequence as usize - 1];
            assert_eq!(row.txn_id, expect.transaction.txn_id.as_str());
            assert_eq!(row.outcome, expect.outcome);
        }
        sequence += block.len() as u64;
    }
    assert_eq!(sequence, 2_001);
    assert!(blocks[0].len() > MAX_BLOCK_BYTES * 9 / 10);
}

#[test]
fn a_single_row_is_taken_however_long_it_is() {
    let mut row = sample(1);
    row.transaction.additional = Some("x".repeat(3 * MAX_BLOCK_BYTES).into());
    let mut builder = BlockBuilder::new(5);
    assert_eq!(
        builder.push(&row.transaction, row.received_at, &[]),
        Pushed::Added
    );
    let next = sample(2);
    assert_eq!(
        builder.push(&next.transaction, next.received_at, &[9]),
        Pushed::Full
    );
    let bytes = builder.finish();
    let block = Block::read(&bytes).unwrap();
    assert_eq!(block.len(), 1);
    assert_eq!(block.row(0).unwrap().txn_id, "TX-00000001");
}

#[test]
fn schemas_that_do_not_fit_are_told() {
    let bytes = encode(1, &[sample(1)]);
    let block = Block::read(&bytes).unwrap();
    let row = block.row(0).unwrap();
    let error =
        |found: Option<Arc<PayloadSchema>>| row.transaction(&|_| found.clone()).unwrap_err();
    assert_eq!(error(None), BlockError::NoSchema { version: 9 });
    assert_eq!(
        error(Some(schema(9, &[]))),
        BlockError::OtherSchema { version: 9 }
    );
    let other = schema(9, &[FieldType::Boolean; 13]);
    assert_eq!(error(Some(other)), BlockError::OtherSchema { version: 9 });
}

#[test]
fn a_newer_block_is_told_from_a_damaged_one() {
    let mut bytes = encode(1, &[sample(1)]);
    bytes[0] = 2;
    let body = bytes.len() - 4;
    let crc32 = crc32fast::hash(&bytes[..body]);
    bytes[body..].copy_from_slice(&crc32.to_le_bytes());
    assert_eq!(
        Block::read(&bytes).unwrap_err(),
        BlockError::Newer { version: 2 }
    );
}

/// The bytes of version 1, as the first release wrote them. They are read for ever, so this file never changes.
#[test]
fn version_1_is_read() {
    let rows: Vec<_> = (0..3).map(sample).collect();
    let frozen = include_bytes!("version_1.block");
    let block = Block::read(&frozen[..]).unwrap();
    assert_eq!(block.first(), 41);
    for (row, expect) in block.rows().map(Result::unwrap).zip(&rows) {
        let schema = Arc::clone(&expect.transaction.schema);
        let transaction = row.transaction(&|_| Some(Arc::clone(&schema))).unwrap();
        assert_eq!(shown(&transaction), shown(&expect.transaction));
        assert_eq!(row.received_at, expect.received_at);
        assert_eq!(row.outcome, expect.outcome);
    }
    assert_eq!(block.len(), rows.len());
    // As long as version 1 is what is written, it is written so.
    assert_eq!(encode(41, &rows), frozen);
}
