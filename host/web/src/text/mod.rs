//! Every word of the interface: a file for each page or part. A second language is one more constant in each of them.

mod alert;
mod alert_types;
mod bulk;
#[allow(dead_code)]
mod elements;
mod failure;
mod frame;
mod gate;
mod merging;
mod new_alert;
mod password;
mod preferences;
mod queue;
mod schema;
mod scopes;
mod session_settings;
mod set_password;
mod sign_in;
mod teams;
mod tokens;
mod users;
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
    pub(crate) new_alert: new_alert::NewAlertText,
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
    new_alert: new_alert::EN,
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
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let check = |number, expect: &str| assert_eq!(grouped(number), expect);
        check(0, "0");
        check(999, "999");
        check(1_000, "1\u{202f}000");
        check(12_345_678, "12\u{202f}345\u{202f}678");
    }
}
