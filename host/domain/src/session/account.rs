//! What a bank says of an account.

use jiff::civil::Date;

use super::Decimal;

/// An account, as a session read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// By which the session's calls name it.
    pub id: String,
    /// Kept for audit.
    pub iban: Option<String>,
    /// For people.
    pub name: Option<String>,
    /// Three letters.
    pub currency: String,
    /// Booked, available and so on.
    pub balances: Vec<Balance>,
}

/// A balance of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// As the bank calls it.
    pub kind: String,
    /// How much.
    pub amount: Decimal,
    /// Three letters.
    pub currency: String,
    /// Of which day.
    pub on: Option<Date>,
}
