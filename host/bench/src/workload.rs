//! The transactions that all benchmarks send: the same in each run.

use std::fmt::{self, Write};

use domain::payload::{AdditionalFields, Field, FieldType, PayloadSchema, Sensitivity};
use domain::time::Timestamp;
use serde_json::{Value, json};

/// Customers, each with some counterparties.
const CUSTOMERS: u64 = 10_000;
const COUNTERPARTIES: u64 = 3;
/// One transaction in so many leads to a finding.
pub(super) const FINDING_EVERY: u64 = 1_000;
/// Seconds between two transactions.
const PAUSE: i64 = 2;
/// When the first one happened, in microseconds since the epoch.
pub(super) const BEGIN: i64 = 1_767_225_600_000_000;

/// The list that a rule reads.
pub(super) const LIST: &str = "high_risk_countries";
pub(super) const LISTED: [&str; 4] = ["IR", "KP", "MM", "SY"];

const FIELDS: [(&str, FieldType); 10] = [
    ("amount", FieldType::Float),
    ("currency", FieldType::Text),
    ("country", FieldType::Text),
    ("counterparty", FieldType::Text),
    ("channel", FieldType::Text),
    ("txn_type", FieldType::Text),
    ("description", FieldType::Text),
    ("merchant_category", FieldType::Integer),
    ("is_recurring", FieldType::Boolean),
    ("booked_at", FieldType::DateTime),
];

/// The payload schema as the API takes it.
pub(super) fn schema_json() -> Value {
    let fields = FIELDS.map(|(name, field_type)| json!({"name": name, "type": word(field_type)}));
    json!({"fields": fields})
}

fn word(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Float => "float",
        FieldType::Integer => "integer",
        FieldType::DateTime => "date_time",
        FieldType::Text => "string",
        FieldType::Boolean => "boolean",
    }
}

/// The payload schema.
pub(super) fn schema() -> PayloadSchema {
    let field = |(name, field_type): (&str, FieldType)| Field {
        name: name.to_owned(),
        field_type,
        description: String::new(),
        sensitivity: Sensitivity::Open,
    };
    PayloadSchema::new(1, FIELDS.map(field).into(), AdditionalFields::Reject, None)
        .expect("the fields have different names")
}

/// The configuration with which a rule is installed.
pub(super) fn config(rule: &str) -> Value {
    match rule {
        // Without the currency it has the three inputs of its native twin.
        "high-risk-country" => json!({"currency_field": null}),
        "large-amount" => json!({"limits": {"EUR": 10_000.0}, "other_limit": 10_000.0}),
        "unfamiliar-counterparty" => json!({"least_history": 20}),
        "velocity" => json!({"most_transactions": 1_000, "most_amount": 10_000_000.0}),
        _ => json!({}),
    }
}

/// Appends payload `number`, some 380 bytes.
pub(super) fn write_payload(out: &mut String, number: u64) {
    let noise = scatter(number);
    let customer = noise % CUSTOMERS;
    Payload {
        number,
        noise,
        customer,
        counterparty: customer * COUNTERPARTIES + (noise >> 20) % COUNTERPARTIES,
        at: Timestamp::from_micros(BEGIN + number as i64 * PAUSE * 1_000_000),
        description: format_args!("Invoice {number} of last month, with thanks"),
    }
    .write(out);
}

/// What differs between transactions.
pub(super) struct Payload<'p> {
    /// Which of the run's transactions: its id, and whether a rule finds something.
    pub(super) number: u64,
    /// Amount, currency and all else that no benchmark chooses are taken from these bits.
    pub(super) noise: u64,
    pub(super) customer: u64,
    pub(super) counterparty: u64,
    pub(super) at: Timestamp,
    /// Text without characters that JSON escapes.
    pub(super) description: fmt::Arguments<'p>,
}

impl Payload<'_> {
    /// Appends it as JSON.
    pub(super) fn write(&self, out: &mut String) {
        const CURRENCIES: [&str; 4] = ["EUR", "EUR", "USD", "PLN"];
        const COUNTRIES: [&str; 6] = ["BE", "NL", "PL", "DE", "FR", "US"];
        const CHANNELS: [&str; 3] = ["card", "online", "branch"];
        let Self {
            number,
            noise,
            customer,
            counterparty,
            at,
            description,
        } = self;
        let amount = if number.is_multiple_of(FINDING_EVERY) {
            12_500.0
        } else {
            ((noise >> 24) % 500_000) as f64 / 100.0
        };
        let pick =
            |words: &[&'static str], shift: u32| words[(noise >> shift) as usize % words.len()];
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{{\"txn_id\":\"bench-{number:012}\",\"customer_id\":\"customer-{customer:07}\",\"date_time\":\"{at}\",\
             \"amount\":{amount},\"currency\":\"{}\",\"country\":\"{}\",\
             \"counterparty\":\"NL00BANK{counterparty:010}\",\"channel\":\"{}\",\"txn_type\":\"transfer\",\
             \"description\":\"{description}\",\"merchant_category\":{},\
             \"is_recurring\":{},\"booked_at\":\"{at}\"}}",
            pick(&CURRENCIES, 8),
            pick(&COUNTRIES, 12),
            pick(&CHANNELS, 16),
            4_000 + noise % 3_000,
            noise.is_multiple_of(5),
        );
    }
}

/// A number that looks like chance, the same in each run (SplitMix64).
pub(super) fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
