//! The accounts of a session, as the hub's connector reports them.

use super::check::Faults;
use crate::request::Invalid;
use domain::session::{Account, Balance};

/// The most accounts of a session.
const MAX_ACCOUNTS: usize = 200;
/// The most balances of an account.
const MAX_BALANCES: usize = 20;

/// An account, as it is reported.
#[derive(Clone, Debug)]
pub struct ReportedAccount {
    /// By which the session's calls name it: 1 to 200 characters.
    pub id: String,
    /// Its IBAN, in capital letters and digits.
    pub iban: Option<String>,
    /// For people: at most 500 characters.
    pub name: Option<String>,
    /// Three capital letters.
    pub currency: String,
    /// At most 20.
    pub balances: Vec<ReportedBalance>,
}

/// A balance of an account, as it is reported.
#[derive(Clone, Debug)]
pub struct ReportedBalance {
    /// As the bank calls it, such as `booked`.
    pub kind: String,
    /// A decimal.
    pub amount: String,
    /// Three capital letters; the account's where there is none.
    pub currency: Option<String>,
    /// Of which day, such as `2024-02-29`.
    pub on: Option<String>,
}

/// Checks all accounts of a session.
///
/// # Errors
/// With every fault.
pub(super) fn check_all(accounts: Vec<ReportedAccount>) -> Result<Vec<Account>, Invalid> {
    let mut faults = Faults::default();
    if accounts.is_empty() {
        let detail = "must hold at least one account; where the bank has none, report a failure of stage accounts";
        faults.add("accounts", "empty", detail);
    }
    if accounts.len() > MAX_ACCOUNTS {
        let detail = format!("must hold at most {MAX_ACCOUNTS} accounts");
        faults.add("accounts", "too_long", detail);
    }
    let mut checked: Vec<Account> = Vec::with_capacity(accounts.len().min(MAX_ACCOUNTS));
    for (number, account) in accounts.into_iter().take(MAX_ACCOUNTS).enumerate() {
        let at = format!("accounts[{number}]");
        if checked.iter().any(|known| known.id == account.id) {
            let detail = "is the id of another account of the session, too";
            faults.add(format!("{at}.accountId"), "duplicate", detail);
        }
        checked.push(account.check(&at, &mut faults));
    }
    faults.refuse("no accounts were taken")?;
    Ok(checked)
}

impl ReportedAccount {
    /// The account, as far as it is good.
    fn check(self, at: &str, faults: &mut Faults) -> Account {
        faults.text(&format!("{at}.accountId"), &self.id, 200);
        if let Some(iban) = &self.iban {
            faults.iban(&format!("{at}.iban"), iban);
        }
        faults.optional_text(&format!("{at}.name"), self.name.as_deref(), 500);
        faults.currency(&format!("{at}.currency"), &self.currency);
        if self.balances.len() > MAX_BALANCES {
            let detail = format!("must hold at most {MAX_BALANCES} balances");
            faults.add(format!("{at}.balances"), "too_long", detail);
        }
        let mut balances = Vec::new();
        for (number, balance) in self.balances.into_iter().take(MAX_BALANCES).enumerate() {
            let at = format!("{at}.balances[{number}]");
            faults.text(&format!("{at}.type"), &balance.kind, 100);
            let currency = balance.currency.unwrap_or_else(|| self.currency.clone());
            faults.currency(&format!("{at}.currency"), &currency);
            let on = balance.on.as_deref();
            let on = on.and_then(|day| faults.day(&format!("{at}.date"), day));
            if let Some(amount) = faults.decimal(&format!("{at}.amount"), &balance.amount) {
                balances.push(Balance {
                    kind: balance.kind,
                    amount,
                    currency,
                    on,
                });
            }
        }
        Account {
            id: self.id,
            iban: self.iban,
            name: self.name,
            currency: self.currency,
            balances,
        }
    }
}
