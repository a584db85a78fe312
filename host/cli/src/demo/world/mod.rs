//! Made-up days: the same each time, for all of it comes from seeded randomness.
//!
//! [`customer`] has the habits of honest people, [`pattern`] what the rules look for.

mod customer;
mod pattern;

use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use customer::Customer;

/// Transactions of all teams in a day.
pub(super) const PER_DAY: u32 = 600;
/// Another one makes another world.
const SEED: u64 = 0x7665_7276_6574;

/// The teams of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TeamName {
    /// Watches accounts and cards.
    TransactionMonitoring,
    /// Watches insurance policies.
    Aml,
}

/// A made-up transaction.
pub(super) struct Transaction {
    customer: u32,
    /// Of the day, in UTC.
    second: u32,
    cents: i64,
    currency: &'static str,
    country: &'static str,
    counterparty: String,
    channel: &'static str,
    txn_type: &'static str,
}

impl TeamName {
    pub(super) const ALL: [Self; 2] = [Self::TransactionMonitoring, Self::Aml];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::TransactionMonitoring => "transaction-monitoring",
            Self::Aml => "aml",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::TransactionMonitoring => "Transaction monitoring",
            Self::Aml => "Anti-money laundering",
        }
    }

    /// As the API names kinds of teams.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::TransactionMonitoring => "transaction_monitoring",
            Self::Aml => "aml",
        }
    }

    fn per_day(self) -> usize {
        match self {
            Self::TransactionMonitoring => PER_DAY as usize - Self::Aml.per_day(),
            Self::Aml => 120,
        }
    }

    /// How many customers it has.
    fn customers(self) -> u32 {
        match self {
            Self::TransactionMonitoring => 260,
            Self::Aml => 140,
        }
    }
}

/// A team's transactions of a day, in the order of their times, as NDJSON: on whichever date it is, they are the same.
pub(super) fn day(team: TeamName, day: u32, date: Date) -> String {
    let mut random = random(team, day);
    let mut transactions = pattern::of_day(team, day);
    while transactions.len() < team.per_day() {
        let number = random.random_range(0..team.customers());
        let customer = Customer::of(team, number);
        transactions.push(customer.ordinary(&mut random));
    }
    transactions.sort_by_key(|transaction| transaction.second);
    let lines = transactions.iter().enumerate();
    lines
        .map(|(index, transaction)| transaction.line(&format!("{date}-{index:03}"), date) + "\n")
        .collect()
}

/// The randomness of a team's day.
fn random(team: TeamName, day: u32) -> StdRng {
    StdRng::seed_from_u64(SEED ^ (u64::from(day) << 8) ^ (team as u64))
}

impl Transaction {
    /// As it is posted.
    pub(super) fn line(&self, txn_id: &str, date: Date) -> String {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        format!(
            "{{\"txn_id\":\"{txn_id}\",\"customer_id\":\"C-{:05}\",\
             \"date_time\":\"{date}T{hour:02}:{minute:02}:{second:02}Z\",\
             \"amount\":{sign}{}.{:02},\"currency\":\"{}\",\"country\":\"{}\",\"counterparty\":\"{}\",\
             \"channel\":\"{}\",\"txn_type\":\"{}\"}}",
            self.customer,
            cents / 100,
            cents % 100,
            self.currency,
            self.country,
            self.counterparty,
            self.channel,
            self.txn_type,
        )
    }
}

/// One that raises an alert, on the morning after the last posted day.
pub(super) fn suspicious(next_day: u32, date: Date) -> String {
    let transaction =
        pattern::large_transfer(&mut random(TeamName::TransactionMonitoring, next_day));
    transaction.line(&format!("{date}-tour"), date)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use jiff::civil::date;

    const DATE: Date = date(2026, 11, 2);

    #[test]
    fn a_day_is_the_same_each_time_and_unlike_others() {
        for team in TeamName::ALL {
            assert_eq!(day(team, 3, DATE), day(team, 3, DATE));
            let (one, other) = (day(team, 3, DATE), day(team, 4, DATE));
            let lines: HashSet<&str> = one.lines().chain(other.lines()).collect();
            assert_eq!(lines.len(), 2 * team.per_day());
        }
    }

    #[test]
    fn a_day_has_so_many_transactions_of_one_shape() {
        let mut count = 0;
        for team in TeamName::ALL {
            for line in day(team, 0, DATE).lines() {
                let payload: serde_json::Value = serde_json::from_str(line).expect("JSON");
                assert!(
                    payload["amount"]
                        .as_f64()
                        .is_some_and(|amount| amount != 0.0),
                    "{line}"
                );
                assert!(
                    payload["date_time"]
                        .as_str()
                        .is_some_and(|at| at.starts_with("2026-11-02T")),
                    "{line}"
                );
                count += 1;
            }
        }
        assert_eq!(count, PER_DAY);
    }
}
