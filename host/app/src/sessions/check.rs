//! What is refused of what is sent: all of it at once, each with its place.

use domain::session::Decimal;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::App;
use crate::caller::Caller;
use crate::request::{FieldFault, Invalid};

/// The most faults that are told of one body.
const MAX_FAULTS: usize = 100;

/// Faults of a body.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldFault>);

impl Faults {
    pub(super) fn add(
        &mut self,
        field: impl Into<String>,
        reason: &str,
        detail: impl Into<String>,
    ) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(FieldFault {
                field: field.into(),
                reason: reason.to_owned(),
                detail: detail.into(),
            });
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<FieldFault> {
        self.0
    }

    /// That the body is refused for all of them; `nothing` says that nothing was done.
    pub(super) fn invalid(self, nothing: &str) -> Invalid {
        Invalid {
            detail: format!("the body has members that cannot be; {nothing}"),
            faults: self.0,
        }
    }

    /// Refuses the body for all of them, where there are any.
    pub(super) fn refuse(self, nothing: &str) -> Result<(), Invalid> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(self.invalid(nothing)),
        }
    }

    /// A text of so many characters, without control characters.
    pub(super) fn text(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count == 0 {
            self.add(field, "empty", "must not be empty");
        } else if count > most {
            self.add(
                field,
                "too_long",
                format!("must have at most {most} characters"),
            );
        } else if text.contains(|letter: char| letter.is_control() && !letter.is_whitespace()) {
            self.add(
                field,
                "invalid_character",
                "must have no control characters",
            );
        }
    }

    pub(super) fn optional_text(&mut self, field: &str, text: Option<&str>, most: usize) {
        if let Some(text) = text {
            self.text(field, text, most);
        }
    }

    pub(super) fn decimal(&mut self, field: &str, text: &str) -> Option<Decimal> {
        let decimal = Decimal::new(text);
        decimal
            .inspect_err(|error| self.add(field, "no_decimal", error.to_string()))
            .ok()
    }

    pub(super) fn currency(&mut self, field: &str, text: &str) {
        let is_letter = |byte: u8| byte.is_ascii_uppercase();
        if text.len() != 3 || !text.bytes().all(is_letter) {
            self.add(
                field,
                "invalid_currency",
                "must be three capital letters, such as PLN",
            );
        }
    }

    pub(super) fn iban(&mut self, field: &str, text: &str) {
        let bytes = text.as_bytes();
        let is_iban = (5..=34).contains(&bytes.len())
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2..4].iter().all(u8::is_ascii_digit)
            && bytes[4..]
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_iban {
            let detail = "must be an IBAN of 5 to 34 capital letters and digits, without spaces";
            self.add(field, "invalid_iban", detail);
        }
    }

    /// A day such as 2024-02-29.
    pub(super) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        let day = text
            .parse::<Date>()
            .ok()
            .filter(|day| day.to_string() == text);
        if day.is_none() {
            self.add(field, "invalid_date", "must be a day such as 2024-02-29");
        }
        day
    }

    /// A day that is not after the last.
    pub(super) fn past_day(&mut self, field: &str, text: &str, last: Date) -> Option<Date> {
        let day = self.day(field, text)?;
        if day > last {
            self.add(field, "in_the_future", "must not be in the future");
            return None;
        }
        Some(day)
    }
}

/// The last day that is not in the future: tomorrow where the tenant is, for somewhere it may be tomorrow already.
pub(super) fn last_day(app: &App, caller: &Caller) -> Date {
    let definitions = caller.definitions();
    let zone = definitions
        .tenant()
        .and_then(|tenant| TimeZone::get(&tenant.timezone).ok());
    let now = jiff::Timestamp::from_microsecond(app.services.clock.now().as_micros());
    let today = now
        .unwrap_or_default()
        .to_zoned(zone.unwrap_or(TimeZone::UTC))
        .date();
    today.tomorrow().unwrap_or(today)
}
