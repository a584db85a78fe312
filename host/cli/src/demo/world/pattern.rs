//! What the rules look for, hidden among ordinary transactions.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;

use super::customer::Customer;
use super::{TeamName, Transaction, random};

/// Who begins to pay in amounts just below the limit does it for so many days.
const STRUCTURING_DAYS: u32 = 4;
/// Of the list of the demo.
const HIGH_RISK: [&str; 4] = ["IR", "MM", "SY", "AF"];

/// A team's suspicious transactions of a day.
pub(super) fn of_day(team: TeamName, day: u32) -> Vec<Transaction> {
    // Apart from the day's ordinary randomness, so that more of these change no others.
    let mut random = random(team, day + 100_000);
    let random = &mut random;
    let mut found = structuring(team, day);
    match team {
        TeamName::TransactionMonitoring => {
            if day % 3 == 2 {
                found.extend(burst(random));
            }
            if day % 4 == 2 {
                found.push(large_transfer(random));
            }
            if day % 2 == 1 {
                found.push(risky_transfer(random));
            }
            if day % 5 == 4 {
                found.push(stranger(random));
            }
        }
        TeamName::Aml => {
            if day % 6 == 3 {
                found.push(large_surrender(random));
            }
            if day % 5 == 4 {
                found.push(risky_premium(random));
            }
        }
    }
    found
}

fn someone(team: TeamName, random: &mut StdRng) -> Customer {
    Customer::of(team, random.random_range(0..team.customers()))
}

/// In cents, of a range of whole units.
fn amount(random: &mut StdRng, units: Range<i64>) -> i64 {
    random.random_range(units.start * 100..units.end * 100)
}

/// Amounts just below 10,000, one a day: two customers a week begin, or one with policies.
fn structuring(team: TeamName, day: u32) -> Vec<Transaction> {
    let begins = |first: &u32| match team {
        TeamName::TransactionMonitoring => matches!(first % 7, 1 | 3),
        TeamName::Aml => first % 7 == 2,
    };
    let first_days = (day.saturating_sub(STRUCTURING_DAYS - 1)..=day).filter(begins);
    first_days
        .map(|first| {
            // The same customer on all days.
            let customer = someone(team, &mut random(team, first + 200_000));
            let random = &mut random(team, day + 300_000 + first);
            let cents = amount(random, 9_050..9_950);
            match team {
                TeamName::TransactionMonitoring => {
                    customer.transaction(random, cents, "cash", "deposit", String::new())
                }
                TeamName::Aml => {
                    customer.transaction(random, cents, "policy", "top_up", customer.policy())
                }
            }
        })
        .collect()
}

/// A card that someone else has found.
fn burst(random: &mut StdRng) -> Vec<Transaction> {
    let customer = someone(TeamName::TransactionMonitoring, random);
    let begin = random.random_range(10 * 3600..18 * 3600);
    let purchases = (0..11).map(|index| {
        let second = begin + index * 190 + random.random_range(0..60);
        Transaction {
            second,
            ..customer.purchase(random)
        }
    });
    purchases.collect()
}

/// More in one transfer than any currency's limit.
pub(super) fn large_transfer(random: &mut StdRng) -> Transaction {
    let customer = someone(TeamName::TransactionMonitoring, random);
    let cents = amount(random, 60_000..240_000);
    let notary = format!("Notary {:02}", random.random_range(1..30));
    customer.transaction(random, -cents, "transfer", "real_estate", notary)
}

fn large_surrender(random: &mut StdRng) -> Transaction {
    let customer = someone(TeamName::Aml, random);
    let cents = amount(random, 70_000..180_000);
    customer.transaction(random, -cents, "policy", "surrender", customer.policy())
}

fn risky_transfer(random: &mut StdRng) -> Transaction {
    let customer = someone(TeamName::TransactionMonitoring, random);
    let cents = amount(random, 300..4_500);
    let country = HIGH_RISK[random.random_range(0..HIGH_RISK.len())];
    let account = format!("{country}00 0000 {:04}", random.random_range(0..10_000));
    Transaction {
        country,
        ..customer.transaction(random, -cents, "transfer", "payment", account)
    }
}

fn risky_premium(random: &mut StdRng) -> Transaction {
    let customer = someone(TeamName::Aml, random);
    let cents = amount(random, 400..2_000);
    Transaction {
        country: HIGH_RISK[random.random_range(0..HIGH_RISK.len())],
        ..customer.transaction(random, cents, "policy", "premium", customer.policy())
    }
}

/// Much money to an account that the customer never paid before.
fn stranger(random: &mut StdRng) -> Transaction {
    let customer = someone(TeamName::TransactionMonitoring, random);
    let cents = amount(random, 11_000..30_000);
    let account = format!("LT00 {:08}", random.random_range(0..100_000_000));
    Transaction {
        country: "LT",
        ..customer.transaction(random, -cents, "transfer", "payment", account)
    }
}
