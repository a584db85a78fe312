//! The dashboard.

use super::grouped;

/// The dashboard.
pub(crate) struct DashboardText {
    pub(crate) title: &'static str,
    pub(crate) hint: fn(usize) -> String,
    pub(crate) open: &'static str,
    pub(crate) created: &'static str,
    pub(crate) median: &'static str,
    pub(crate) p90: &'static str,
    pub(crate) transactions: &'static str,
    pub(crate) none_closed: &'static str,
    pub(crate) alerts_by_day: &'static str,
    pub(crate) transactions_by_day: &'static str,
    pub(crate) incomplete_until: fn(&str) -> String,
    pub(crate) by_rule: &'static str,
    pub(crate) day: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) by_age: &'static str,
    pub(crate) age: &'static str,
    pub(crate) ages: fn(u64, Option<u64>) -> String,
    pub(crate) by_hand: &'static str,
    pub(crate) rules: &'static str,
    pub(crate) rules_hint: &'static str,
    pub(crate) no_rules: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) unsaid: &'static str,
    pub(crate) precision: &'static str,
    pub(crate) percent: fn(f64) -> String,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    pub(crate) duration: fn(u64) -> String,
}

/// English.
pub(crate) const EN: DashboardText = DashboardText {
    title: "Dashboard",
    hint: |days| format!("The last {days} days, in your organisation's time zone."),
    open: "Open alerts",
    created: "Alerts created",
    median: "Median time to close",
    p90: "90 % closed within",
    transactions: "Transactions",
    none_closed: "none closed",
    alerts_by_day: "Alerts created by day",
    transactions_by_day: "Transactions by day",
    incomplete_until: |day| {
        format!("There are too many to count: {day} and the days before are not complete.")
    },
    by_rule: "Alerts by day and rule",
    day: "Day",
    alerts: "Alerts",
    by_age: "Open alerts by age",
    age: "Age",
    ages: |from, to| match (from, to) {
        (0, Some(to)) => format!("under {to} d"),
        (from, Some(to)) => format!("{from} to {to} d"),
        (from, None) => format!("{from} d and more"),
    },
    by_hand: "made by hand",
    rules: "How right rules were",
    rules_hint: "Of the alerts that were closed in these days. Precision is the share of true positives among true and false ones.",
    no_rules: "No alert was closed in these days.",
    closed: "Closed",
    unsaid: "Not said",
    precision: "Precision",
    percent: |share| format!("{:.0} %", share * 100.0),
    none: "There are no alerts yet.",
    none_hint: "Rules raise them once transactions are posted, and people make them by hand.",
    duration: |seconds| match seconds {
        172_800.. => format!("{} d", grouped(seconds / 86_400)),
        3_600.. => format!("{} h", seconds / 3_600),
        60.. => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    },
};
