//! The Rust types of a rule's inputs say of which type a team's fields must be.

use vervet_sdk::plan::{Field, FieldType, Source};
use vervet_sdk::testing::Table;
use vervet_sdk::{Finding, Inputs, RecentRow, Timestamp, rule};

#[derive(RecentRow)]
struct Payment<'p> {
    #[row(field = "counterparty")]
    whom: &'p str,
    cents: i64,
    booked: Option<Timestamp>,
}

#[derive(Inputs)]
struct Seen<'s> {
    amount: f64,
    rate: Option<f64>,
    cents: i64,
    items: u64,
    is_cash: bool,
    country: &'s str,
    currency: String,
    date_time: Timestamp,
    #[input(field = "value_date")]
    booked: Option<Timestamp>,
    #[input(recent, over = "1d")]
    payments: Vec<Payment<'s>>,
    #[input(recent("country"), over = "1d")]
    countries: Vec<&'s str>,
    #[input(count, over = "1d")]
    before: f64,
}

#[test]
fn each_type_of_rust_asks_for_a_type_of_field() {
    let declared = Seen::declare(&()).into_iter();
    let fields = declared.filter_map(|input| match input.source {
        Source::Field(field) => Some(vec![field]),
        Source::Recent { fields, .. } => Some(fields),
        _ => None,
    });
    let fields: Vec<Field> = fields.flatten().collect();
    let expect = [
        ("amount", FieldType::Float),
        ("rate", FieldType::Float),
        ("cents", FieldType::Integer),
        ("items", FieldType::Integer),
        ("is_cash", FieldType::Boolean),
        ("country", FieldType::Text),
        ("currency", FieldType::Text),
        ("date_time", FieldType::Time),
        ("value_date", FieldType::Time),
        ("counterparty", FieldType::Text),
        ("cents", FieldType::Integer),
        ("booked", FieldType::Time),
        ("country", FieldType::Text),
    ];
    assert_eq!(fields, expect.map(|(name, of)| Field::new(name, of)));
}

/// Whatever is seen, in one line.
#[rule(alert_type = "other")]
fn everything(seen: &Seen<'_>) -> Option<Finding> {
    let Seen {
        amount,
        rate,
        cents,
        items,
        is_cash,
        country,
        currency,
        date_time,
        booked,
        payments,
        countries,
        before,
    } = seen;
    let payments: Vec<_> = payments
        .iter()
        .map(|it| (it.whom, it.cents, it.booked.is_some()))
        .collect();
    let (micros, booked) = (date_time.as_micros(), booked.is_some());
    Some(Finding::new(format!(
        "{amount} {rate:?} {cents} {items} {is_cash} {country} {currency} {micros} {booked} \
         {payments:?} {countries:?} {before}"
    )))
}

const FITTING: &str = "txn_id | customer_id | date_time | amount: float | rate: float \
    | cents: integer | items: integer | is_cash: boolean | country: string | currency: string \
    | value_date: date_time | counterparty: string | booked: date_time
    t1 | anna | 1970-01-01T00:00:00Z | 1.5 | 2 | 3 | 4 | true | BE | EUR | | bert |
    t2 | anna | 1970-01-01T00:00:01Z | 1.5 | 2 | 3 | 4 | true | NL | EUR | | bert |";

#[test]
fn a_team_that_has_the_types_is_judged() {
    let said = Table::new(FITTING).run::<everything>("{}").expect("fits");
    let expect = [
        ("t1", "1.5 Some(2.0) 3 4 true BE EUR 0 false [] [] 0"),
        (
            "t2",
            r#"1.5 Some(2.0) 3 4 true NL EUR 1000000 false [("bert", 3, false)] ["BE"] 1"#,
        ),
    ];
    assert_eq!(said.titles(), expect);
}

#[test]
fn a_team_that_has_another_type_is_refused() {
    let check = |was: &str, is: &str, expect: &str| {
        let table = Table::new(&FITTING.replace(was, is));
        assert_eq!(table.run::<everything>("{}"), Err(expect.to_owned()));
    };
    check(
        "amount: float",
        "amount: string",
        "needs field 'amount' as float for its input 'amount'; the payload schema has it as string",
    );
    check(
        "items: integer",
        "items: float",
        "needs field 'items' as integer for its input 'items'; the payload schema has it as float",
    );
    check(
        "counterparty: string",
        "partner: string",
        "needs field 'counterparty' as string for its input 'payments'; \
         the payload schema has no such field",
    );
}
