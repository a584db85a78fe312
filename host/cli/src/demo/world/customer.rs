//! Customers and their habits: where they live, whom they pay, what things cost.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{SEED, TeamName, Transaction};

/// Country and currency; the more often it stands here, the more customers live there.
const HOMES: [(&str, &str); 12] = [
    ("BE", "EUR"),
    ("BE", "EUR"),
    ("BE", "EUR"),
    ("BE", "EUR"),
    ("BE", "EUR"),
    ("NL", "EUR"),
    ("FR", "EUR"),
    ("DE", "EUR"),
    ("LU", "EUR"),
    ("GB", "GBP"),
    ("CH", "CHF"),
    ("US", "USD"),
];
/// Where people travel and order from.
const ABROAD: [&str; 8] = ["ES", "IT", "PT", "FR", "NL", "DE", "IE", "AT"];
/// What shops sell.
const SHOPS: [&str; 6] = [
    "groceries",
    "fuel",
    "restaurant",
    "clothing",
    "pharmacy",
    "online",
];

/// A customer, the same each time it is made.
pub(super) struct Customer {
    team: TeamName,
    pub(super) number: u32,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// Monthly income, in cents; all else is in proportion.
    income: i64,
}

impl Customer {
    pub(super) fn of(team: TeamName, number: u32) -> Self {
        let mut random = StdRng::seed_from_u64(SEED ^ (u64::from(number) << 20) ^ (team as u64));
        let (country, currency) = HOMES[random.random_range(0..HOMES.len())];
        // Most earn little more than the least, and a few much more.
        let luck: f64 = random.random();
        Self {
            team,
            number: number
                + if team == TeamName::Aml {
                    50_000
                } else {
                    10_000
                },
            country,
            currency,
            income: 170_000 + (430_000.0 * luck * luck * luck) as i64,
        }
    }

    /// What this customer does on an ordinary day.
    pub(super) fn ordinary(&self, random: &mut StdRng) -> Transaction {
        match (self.team, random.random_range(0..100)) {
            (TeamName::Aml, 0..85) => {
                let premium = 3_000 + self.income / 60;
                let cents = near(random, premium);
                self.transaction(random, cents, "policy", "premium", self.policy())
            }
            (TeamName::Aml, 85..95) => {
                let cents = near(random, self.income / 2);
                self.transaction(random, cents, "policy", "top_up", self.policy())
            }
            (TeamName::Aml, _) => {
                let cents = -near(random, 2 * self.income);
                self.transaction(random, cents, "policy", "partial_surrender", self.policy())
            }
            (TeamName::TransactionMonitoring, 0..62) => self.purchase(random),
            (TeamName::TransactionMonitoring, 62..82) => {
                let payee = self.payee(random.random_range(0..5));
                let cents = -near(random, self.income / 8);
                self.transaction(random, cents, "transfer", "payment", payee)
            }
            (TeamName::TransactionMonitoring, 82..90) => {
                let employer = format!("Employer {:03}", self.number % 40);
                let cents = near(random, self.income / 2);
                self.transaction(random, cents, "transfer", "salary", employer)
            }
            (TeamName::TransactionMonitoring, _) => {
                let cents = -(random.random_range(1..=20) * 2_000);
                self.transaction(random, cents, "cash", "withdrawal", String::new())
            }
        }
    }

    /// At a shop, mostly one that is well known.
    pub(super) fn purchase(&self, random: &mut StdRng) -> Transaction {
        let known = random.random_range(0..100) < 85;
        let shop = if known {
            self.number % 37 + random.random_range(0..5)
        } else {
            random.random_range(0..220)
        };
        let kind = SHOPS[shop as usize % SHOPS.len()];
        let cents = -near(random, self.income / 80);
        let mut purchase = self.transaction(random, cents, "card", kind, format!("Shop {shop:03}"));
        if random.random_range(0..100) < 6 {
            purchase.country = ABROAD[random.random_range(0..ABROAD.len())];
        }
        purchase
    }

    /// At some time of the day when people are awake.
    pub(super) fn transaction(
        &self,
        random: &mut StdRng,
        cents: i64,
        channel: &'static str,
        txn_type: &'static str,
        counterparty: String,
    ) -> Transaction {
        Transaction {
            customer: self.number,
            second: random.random_range(6 * 3600..21 * 3600),
            cents,
            currency: self.currency,
            country: self.country,
            counterparty,
            channel,
            txn_type,
        }
    }

    pub(super) fn policy(&self) -> String {
        format!("Policy {}", self.number)
    }

    fn payee(&self, which: u32) -> String {
        format!(
            "{}00 {:04} {:04}",
            self.country,
            self.number % 9_973,
            7_000 + which
        )
    }
}

/// Between half as much and half as much again.
fn near(random: &mut StdRng, cents: i64) -> i64 {
    random.random_range(cents / 2..=cents * 3 / 2)
}
