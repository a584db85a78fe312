//! The customer's amounts by day.

/// The customer's amounts by day.
pub(crate) struct AmountsText {
    pub(crate) title: &'static str,
    pub(crate) show: &'static str,
    pub(crate) day: &'static str,
    pub(crate) marked: &'static str,
    pub(crate) no_customer: &'static str,
    pub(crate) no_numbers: &'static str,
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
    no_numbers: "The team's transactions have no numbers to sum up.",
    chart: |field, customer| format!("Sum of {field} by day, customer {customer}"),
    masked: |field| format!("The values of '{field}' are masked."),
    incomplete: |most, date| {
        format!(
            "Only the newest {most} transactions are counted: up to {date} the sums are too low."
        )
    },
};
