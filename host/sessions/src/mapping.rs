//! A fetched transaction as a payload of a team.

use std::sync::Arc;

use bytes::Bytes;
use domain::payload::{FieldType, PayloadSchema};
use domain::session::{Account, Decimal};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::fetched::FetchedTransaction;
use super::txn_id::txn_id;
use json::{JsonObject, JsonValue};
use tenant::SessionSettings;

/// What of a fetched transaction a field takes. Only what does not change from one session to the
/// next is there, so that a transaction that comes again is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A member of the transaction or of its account, or one of the session.
    Member(Member),
    /// A member of the transaction's `details`.
    Detail(String),
}

/// What there is besides details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Member {
    BankId,
    UserId,
    AccountId,
    AccountIban,
    AccountCurrency,
    TransactionId,
    BookingDate,
    BookedAt,
    ValueDate,
    Amount,
    Currency,
    Description,
    CounterpartyName,
    CounterpartyIban,
    Type,
}

impl Source {
    /// The members, as settings name them.
    pub const MEMBERS: [(&str, Member); 15] = [
        ("bankId", Member::BankId),
        ("userId", Member::UserId),
        ("account.id", Member::AccountId),
        ("account.iban", Member::AccountIban),
        ("account.currency", Member::AccountCurrency),
        ("transaction.transactionId", Member::TransactionId),
        ("transaction.bookingDate", Member::BookingDate),
        ("transaction.bookedAt", Member::BookedAt),
        ("transaction.valueDate", Member::ValueDate),
        ("transaction.amount", Member::Amount),
        ("transaction.currency", Member::Currency),
        ("transaction.description", Member::Description),
        ("transaction.counterpartyName", Member::CounterpartyName),
        ("transaction.counterpartyIban", Member::CounterpartyIban),
        ("transaction.type", Member::Type),
    ];
    /// How settings name a member of `details`.
    pub const DETAIL_PREFIX: &str = "transaction.details.";

    /// The source that settings name so.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(Self::DETAIL_PREFIX) {
            return (!name.is_empty()).then(|| Self::Detail(name.to_owned()));
        }
        let mut members = Self::MEMBERS.iter();
        let found = members.find(|(name, _)| *name == text);
        found.map(|(_, member)| Self::Member(*member))
    }
}

/// Whose transaction it is.
#[derive(Clone, Copy)]
pub struct Origin<'o> {
    /// The bank's id.
    pub bank: &'o str,
    /// By which the client calls the user.
    pub user: &'o str,
    /// The account.
    pub account: &'o Account,
}

/// Makes payloads of a team.
pub struct Mapping {
    schema: Arc<PayloadSchema>,
    /// For each field of the schema, in its order.
    sources: Vec<Option<Source>>,
    /// Days begin there.
    zone: TimeZone,
}

impl Mapping {
    /// As the settings say; a field that they do not name is unknown.
    pub fn new(settings: &SessionSettings, schema: Arc<PayloadSchema>, zone: TimeZone) -> Self {
        let source = |name: &str| {
            settings
                .fields
                .get(name)
                .and_then(|text| Source::parse(text))
        };
        let sources = schema.fields().iter().map(|field| source(&field.name));
        Self {
            sources: sources.collect(),
            schema,
            zone,
        }
    }

    /// The payload, as the JSON object that would be posted.
    pub fn payload(&self, origin: Origin<'_>, transaction: &FetchedTransaction) -> Bytes {
        self.payload_as(txn_id(origin, &transaction.id), origin, transaction)
    }

    /// The payload with another `txn_id`.
    pub(super) fn payload_as(
        &self,
        txn_id: String,
        origin: Origin<'_>,
        transaction: &FetchedTransaction,
    ) -> Bytes {
        let mut members = JsonObject::default();
        members.insert("txn_id", txn_id);
        members.insert("customer_id", origin.user);
        let at = transaction.booked_at.clone();
        let at = at.unwrap_or_else(|| self.midnight(&transaction.booked_on));
        members.insert("date_time", at);
        for (field, source) in self.schema.fields().iter().zip(&self.sources) {
            let value = source
                .as_ref()
                .and_then(|source| value_of(source, origin, transaction));
            let value = value.unwrap_or_default();
            members.insert(field.name.as_str(), self.fit(value, field.field_type));
        }
        members.to_string().into()
    }

    /// A value as the type wants it; what does not fit stays as it is, and the schema refuses it.
    fn fit(&self, value: JsonValue, wanted: FieldType) -> JsonValue {
        match (wanted, value) {
            (FieldType::Float | FieldType::Integer, JsonValue::Null) => json!(0).into(),
            (FieldType::Boolean, JsonValue::Null) => false.into(),
            (_, JsonValue::Null) => "".into(),
            (FieldType::Boolean, JsonValue::String(text)) if text == "true" || text == "false" => {
                (text == "true").into()
            }
            (FieldType::Float | FieldType::Integer, JsonValue::String(text)) => {
                match Decimal::new(&text) {
                    Ok(_) => number(&text),
                    Err(_) => text.into(),
                }
            }
            (FieldType::DateTime, JsonValue::String(text)) => self.midnight(&text).into(),
            // In one form, so that a transaction that comes again has the same text.
            (FieldType::Text, JsonValue::Number(number)) => number.canonical().as_str().into(),
            (FieldType::Text, value @ JsonValue::Bool(_)) => value.to_string().into(),
            (_, value) => value,
        }
    }

    /// The moment at which a day begins; another text as it is.
    fn midnight(&self, text: &str) -> String {
        let Ok(day) = text.parse::<Date>() else {
            return text.to_owned();
        };
        if text.len() != day.to_string().len() {
            return text.to_owned();
        }
        match day.to_zoned(self.zone.clone()) {
            Ok(moment) => moment.timestamp().to_string(),
            Err(_) => text.to_owned(),
        }
    }
}

/// A decimal as a number, digit by digit; JSON has no zeros in front.
fn number(decimal: &str) -> JsonValue {
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", decimal),
    };
    let digits = digits.trim_start_matches('0');
    let zero = if digits.is_empty() || digits.starts_with('.') {
        "0"
    } else {
        ""
    };
    let literal = format!("{sign}{zero}{digits}");
    // What is no number stays a text, which the schema refuses.
    JsonValue::read(&literal).unwrap_or_else(|_| decimal.into())
}

fn value_of(
    source: &Source,
    origin: Origin<'_>,
    transaction: &FetchedTransaction,
) -> Option<JsonValue> {
    let member = match source {
        Source::Detail(name) => return transaction.details.get(name).cloned(),
        Source::Member(member) => member,
    };
    let text: Option<&str> = match member {
        Member::BankId => Some(origin.bank),
        Member::UserId => Some(origin.user),
        Member::AccountId => Some(&origin.account.id),
        Member::AccountIban => origin.account.iban.as_deref(),
        Member::AccountCurrency => Some(&origin.account.currency),
        Member::TransactionId => Some(&transaction.id),
        Member::BookingDate => Some(&transaction.booked_on),
        Member::BookedAt => transaction.booked_at.as_deref(),
        Member::ValueDate => transaction.value_on.as_deref(),
        Member::Amount => Some(&transaction.amount),
        Member::Currency => Some(&transaction.currency),
        Member::Description => transaction.description.as_deref(),
        Member::CounterpartyName => transaction.counterparty_name.as_deref(),
        Member::CounterpartyIban => transaction.counterparty_iban.as_deref(),
        Member::Type => transaction.kind.as_deref(),
    };
    text.map(JsonValue::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::payload::{AdditionalFields, Field, Sensitivity};

    fn transaction() -> FetchedTransaction {
        let details = r#"{"card":true,"mcc":5411,"score":"007.50","long":18446744073709551616}"#;
        FetchedTransaction {
            id: "t1".to_owned(),
            booked_on: "2024-03-31".to_owned(),
            booked_at: None,
            value_on: Some("2024-04-01".to_owned()),
            amount: "-0012.50".to_owned(),
            currency: "PLN".to_owned(),
            description: Some("say \"hello\"".to_owned()),
            counterparty_name: None,
            counterparty_iban: None,
            kind: None,
            details: JsonObject::read(details).expect("an object"),
        }
    }

    fn payload(fields: &[(&str, FieldType, &str)], transaction: &FetchedTransaction) -> String {
        let schema_fields = fields.iter().map(|(name, field_type, _)| Field {
            name: (*name).to_owned(),
            field_type: *field_type,
            description: String::new(),
            sensitivity: Sensitivity::Open,
        });
        let schema = PayloadSchema::new(1, schema_fields.collect(), AdditionalFields::Reject, None);
        let settings = SessionSettings {
            fields: fields
                .iter()
                .filter(|(_, _, source)| !source.is_empty())
                .map(|(name, _, source)| ((*name).to_owned(), (*source).to_owned()))
                .collect(),
            ..SessionSettings::default()
        };
        let zone = TimeZone::get("Europe/Warsaw").expect("a zone");
        let mapping = Mapping::new(&settings, Arc::new(schema.expect("a schema")), zone);
        let account = Account {
            id: "a1".to_owned(),
            iban: Some("PL61".to_owned()),
            name: None,
            currency: "PLN".to_owned(),
            balances: Vec::new(),
        };
        let origin = Origin {
            bank: "75",
            user: "anna",
            account: &account,
        };
        String::from_utf8(mapping.payload(origin, transaction).to_vec()).expect("text")
    }

    #[test]
    fn each_field_takes_what_its_type_can() {
        use FieldType::{Boolean, DateTime, Float, Integer, Text};
        let check = |field_type, source: &str, expect: &str| {
            let payload = payload(&[("x", field_type, source)], &transaction());
            let value = payload.split(r#""x":"#).nth(1).expect("the field");
            assert_eq!(value.trim_end_matches('}'), expect, "{source}");
        };
        check(Float, "transaction.amount", "-12.50");
        check(Text, "transaction.amount", "\"-0012.50\"");
        check(Integer, "transaction.amount", "-12.50");
        check(Float, "transaction.details.score", "7.50");
        check(Float, "transaction.details.mcc", "5411");
        check(Text, "transaction.details.mcc", "\"5411\"");
        check(Text, "transaction.details.long", "\"18446744073709551616\"");
        check(Integer, "transaction.details.long", "18446744073709551616");
        check(Boolean, "transaction.details.card", "true");
        check(Boolean, "transaction.currency", "\"PLN\"");
        check(
            DateTime,
            "transaction.valueDate",
            "\"2024-03-31T22:00:00Z\"",
        );
        check(DateTime, "transaction.bookedAt", "\"\"");
        check(Text, "transaction.description", r#""say \"hello\"""#);
        check(Text, "account.iban", "\"PL61\"");
        check(Text, "transaction.counterpartyName", "\"\"");
        check(Float, "transaction.counterpartyName", "0");
        check(Integer, "", "0");
        check(Boolean, "", "false");
    }

    #[test]
    fn ids_name_the_account_and_days_begin_where_the_tenant_is() {
        let mut booked = transaction();
        assert!(payload(&[], &booked).contains(r#""txn_id":"75/anna/PL61/PLN/t1""#));
        // Summer time begins on that day.
        assert!(payload(&[], &booked).contains(r#""date_time":"2024-03-30T23:00:00Z""#));
        booked.booked_at = Some("2024-03-31T10:00:00+02:00".to_owned());
        assert!(payload(&[], &booked).contains(r#""date_time":"2024-03-31T10:00:00+02:00""#));
    }

    #[test]
    fn sources_have_the_names_that_calls_have() {
        for (name, member) in Source::MEMBERS {
            assert_eq!(Source::parse(name), Some(Source::Member(member)));
        }
        let detail = Source::parse("transaction.details.mcc");
        assert_eq!(detail, Some(Source::Detail("mcc".to_owned())));
        for unknown in ["", "amount", "transaction.details.", "account.balances"] {
            assert_eq!(Source::parse(unknown), None, "{unknown}");
        }
    }
}
