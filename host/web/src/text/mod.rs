//! Every word of the interface: a file for each page or part. A second language is one more constant in each of them.

use base::grouped::grouped_by;

mod alert;
mod alert_types;
mod amounts;
mod audit;
mod backtests;
mod bulk;
mod comments;
mod comparison;
mod customers;
mod dashboard;
mod documents;
mod elements;
mod export_form;
mod exports;
mod failure;
mod frame;
mod gate;
mod history;
mod merge;
mod merging;
mod new_alert;
mod password;
mod plugins;
mod preferences;
mod queue;
mod replay;
mod rules;
mod schema;
mod scopes;
mod session_settings;
mod sessions;
mod set_password;
mod sign_in;
mod tasks;
mod teams;
mod tokens;
mod transactions;
mod users;
mod watchlists;
mod workflow;

/// All words.
pub(crate) struct Text {
    pub(crate) frame: frame::FrameText,
    pub(crate) elements: elements::ElementsText,
    pub(crate) failure: failure::FailureText,
    pub(crate) sign_in: sign_in::SignInText,
    pub(crate) set_password: set_password::SetPasswordText,
    pub(crate) queue: queue::QueueText,
    pub(crate) alert: alert::AlertText,
    pub(crate) bulk: bulk::BulkText,
    pub(crate) amounts: amounts::AmountsText,
    pub(crate) comments: comments::CommentsText,
    pub(crate) documents: documents::DocumentsText,
    pub(crate) history: history::HistoryText,
    pub(crate) merge: merge::MergeText,
    pub(crate) replay: replay::ReplayText,
    pub(crate) tasks: tasks::TasksText,
    pub(crate) new_alert: new_alert::NewAlertText,
    pub(crate) transactions: transactions::TransactionsText,
    pub(crate) customers: customers::CustomersText,
    pub(crate) sessions: sessions::SessionsText,
    pub(crate) audit: audit::AuditText,
    pub(crate) dashboard: dashboard::DashboardText,
    pub(crate) exports: exports::ExportsText,
    pub(crate) export_form: export_form::ExportFormText,
    pub(crate) rules: rules::RulesText,
    pub(crate) comparison: comparison::ComparisonText,
    pub(crate) backtests: backtests::BacktestsText,
    pub(crate) plugins: plugins::PluginsText,
    pub(crate) watchlists: watchlists::WatchlistsText,
    pub(crate) teams: teams::TeamsText,
    pub(crate) schema: schema::SchemaText,
    pub(crate) password: password::PasswordText,
    pub(crate) preferences: preferences::PreferencesText,
    pub(crate) tokens: tokens::TokensText,
    pub(crate) alert_types: alert_types::AlertTypesText,
    pub(crate) gate: gate::GateText,
    pub(crate) merging: merging::MergingText,
    pub(crate) scopes: scopes::ScopesText,
    pub(crate) session_settings: session_settings::SessionSettingsText,
    pub(crate) users: users::UsersText,
    pub(crate) workflow: workflow::WorkflowText,
}

/// English.
pub(crate) const EN: Text = Text {
    frame: frame::EN,
    elements: elements::EN,
    failure: failure::EN,
    sign_in: sign_in::EN,
    set_password: set_password::EN,
    queue: queue::EN,
    alert: alert::EN,
    bulk: bulk::EN,
    amounts: amounts::EN,
    comments: comments::EN,
    documents: documents::EN,
    history: history::EN,
    merge: merge::EN,
    replay: replay::EN,
    tasks: tasks::EN,
    new_alert: new_alert::EN,
    transactions: transactions::EN,
    customers: customers::EN,
    sessions: sessions::EN,
    audit: audit::EN,
    dashboard: dashboard::EN,
    exports: exports::EN,
    export_form: export_form::EN,
    rules: rules::EN,
    comparison: comparison::EN,
    backtests: backtests::EN,
    plugins: plugins::EN,
    watchlists: watchlists::EN,
    teams: teams::EN,
    schema: schema::EN,
    password: password::EN,
    preferences: preferences::EN,
    tokens: tokens::EN,
    alert_types: alert_types::EN,
    gate: gate::EN,
    merging: merging::EN,
    scopes: scopes::EN,
    session_settings: session_settings::EN,
    users: users::EN,
    workflow: workflow::EN,
};

/// A number as people read it: with a space, which breaks no line, between thousands.
pub(crate) fn grouped(number: u64) -> String {
    grouped_by(number, '\u{202f}')
}

/// A length as people read it: `712 bytes`, `3.4 KiB` or `12.0 MiB`.
pub(crate) fn bytes(length: u64) -> String {
    let in_units = |unit: u64| {
        let tenths = length.saturating_mul(10).div_ceil(unit);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match length {
        1 => "1 byte".to_owned(),
        0..1_024 => format!("{length} bytes"),
        1_024..1_048_576 => format!("{} KiB", in_units(1_024)),
        _ => format!("{} MiB", in_units(1_048_576)),
    }
}

/// A sum as people read it: with two decimals, unless it is whole, and a space between thousands.
pub(crate) fn amount(sum: f64) -> String {
    let text = format!("{:.2}", sum.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let Ok(whole) = whole.parse() else {
        // More digits than a number of 64 bits has.
        return sum.to_string();
    };
    let sign = if sum < 0.0 { "\u{2212}" } else { "" };
    match cents {
        "00" => format!("{sign}{}", grouped(whole)),
        cents => format!("{sign}{}.{cents}", grouped(whole)),
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, bytes, grouped};

    #[test]
    fn lengths_and_sums_are_short() {
        let check = |shown: String, expect: &str| assert_eq!(shown, expect);
        check(bytes(1), "1 byte");
        check(bytes(712), "712 bytes");
        check(bytes(3_400), "3.4 KiB");
        check(bytes(25 << 20), "25.0 MiB");
        check(amount(0.1 + 0.2), "0.30");
        check(amount(-12_345.0), "\u{2212}12\u{202f}345");
        check(amount(1e300), &1e300.to_string());
    }

    #[test]
    fn thousands_stand_apart() {
        let check = |number, expect: &str| assert_eq!(grouped(number), expect);
        check(0, "0");
        check(999, "999");
        check(1_000, "1\u{202f}000");
        check(12_345_678, "12\u{202f}345\u{202f}678");
    }
}
