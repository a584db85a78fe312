//! A customer.

use super::grouped;

/// A customer.
pub(crate) struct CustomersText {
    pub(crate) title: fn(&str) -> String,
    pub(crate) transactions: &'static str,
    pub(crate) count: &'static str,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) at_least: fn(u64) -> String,
    pub(crate) none: &'static str,
    pub(crate) show: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) open_of: fn(u64, u64) -> String,
    pub(crate) all_alerts: &'static str,
    pub(crate) no_alerts: &'static str,
    pub(crate) lists: &'static str,
    pub(crate) no_lists: &'static str,
}

/// English.
pub(crate) const EN: CustomersText = CustomersText {
    title: |id| format!("Customer {id}"),
    transactions: "Transactions",
    count: "Count",
    first: "First",
    last: "Last",
    at_least: |count| format!("at least {}", grouped(count)),
    none: "There are no transactions of this customer; alerts name the customer.",
    show: "Show them",
    alerts: "Alerts",
    open_of: |open, all| format!("{} open of {}", grouped(open), grouped(all)),
    all_alerts: "All alerts about this customer",
    no_alerts: "There is no alert about this customer.",
    lists: "Watchlists",
    no_lists: "The customer's id is on no watchlist.",
};
