//! A customer's transactions by day.

/// A customer's transactions by day.
pub(crate) struct AmountsText {
    pub(crate) title: &'static str,
    pub(crate) show: &'static str,
    pub(crate) day: &'static str,
    pub(crate) marked: &'static str,
    pub(crate) no_customer: &'static str,
    pub(crate) by_day: &'static str,
    pub(crate) number: &'static str,
    pub(crate) sum: fn(&str) -> String,
    pub(crate) draw: &'static str,
    pub(crate) counts: fn(&str) -> String,
    pub(crate) chart: fn(&str, &str) -> String,
    pub(crate) masked: fn(&str) -> String,
    pub(crate) incomplete: fn(String, String) -> String,
}

/// English.
pub(crate) const EN: AmountsText = AmountsText {
    title: "The customer over 90 days",
    show: "Show the customer's amounts by day",
    day: "Day",
    marked: "Days with transactions of this alert are marked.",
    no_customer: "The alert is about no customer.",
    by_day: "By day",
    number: "number of transactions",
    sum: |field| format!("sum of {field}"),
    draw: "Show",
    counts: |customer| format!("Transactions by day, customer {customer}"),
    chart: |field, customer| format!("Sum of {field} by day, customer {customer}"),
    masked: |field| format!("The values of '{field}' are masked."),
    incomplete: |most, date| {
        format!(
            "Only the newest {most} transactions are counted: {date} and the days before are not complete."
        )
    },
};
