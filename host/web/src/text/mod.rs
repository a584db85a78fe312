//! Every word of the interface. A second language is one more constant.

mod en;

pub(crate) use en::EN;

/// All words.
pub(crate) struct Text {
    pub(crate) frame: FrameText,
    pub(crate) failure: FailureText,
    pub(crate) sign_in: SignInText,
    pub(crate) set_password: SetPasswordText,
    pub(crate) queue: QueueText,
    pub(crate) alert: AlertText,
    pub(crate) new_alert: NewAlertText,
    pub(crate) teams: TeamsText,
    pub(crate) schema: SchemaText,
    pub(crate) password: PasswordText,
    pub(crate) preferences: PreferencesText,
    pub(crate) tokens: TokensText,
}

/// What all pages share.
pub(crate) struct FrameText {
    pub(crate) skip: &'static str,
    pub(crate) current_team: &'static str,
    pub(crate) search: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) parts: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) keys: &'static str,
    /// Each key with what it does.
    pub(crate) each_key: [(&'static str, &'static str); 14],
    pub(crate) close: &'static str,
}

/// What is shown instead of a page.
pub(crate) struct FailureText {
    pub(crate) forbidden: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) to_the_start: &'static str,
    pub(crate) no_page: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) no_such_view: &'static str,
    pub(crate) contradicts: &'static str,
    pub(crate) no_such_outcome: &'static str,
    pub(crate) no_such_level: &'static str,
    pub(crate) another_origin: &'static str,
    pub(crate) no_choice: &'static str,
    pub(crate) no_form: fn(&str) -> String,
}

/// Signing in.
pub(crate) struct SignInText {
    pub(crate) title: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) login: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) not_safe: &'static str,
}

/// Setting a password with a link.
pub(crate) struct SetPasswordText {
    pub(crate) title: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) submit: &'static str,
}

/// The list of alerts.
pub(crate) struct QueueText {
    pub(crate) title: &'static str,
    pub(crate) open: &'static str,
    pub(crate) mine: &'static str,
    pub(crate) unassigned: &'static str,
    pub(crate) overdue: &'static str,
    pub(crate) high: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) all: &'static str,
    pub(crate) take_next: &'static str,
    pub(crate) nothing_to_take: &'static str,
    pub(crate) views: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) words: &'static str,
    pub(crate) any: &'static str,
    pub(crate) state: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) team: &'static str,
    pub(crate) alert: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) assignee: &'static str,
    pub(crate) due: &'static str,
    pub(crate) created: &'static str,
    pub(crate) export: &'static str,
    pub(crate) formatter: &'static str,
    pub(crate) no_formatter: &'static str,
    pub(crate) next: &'static str,
    pub(crate) first: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) empty_hint: &'static str,
    pub(crate) late: fn(&str) -> String,
    pub(crate) left: fn(&str) -> String,
    pub(crate) incomplete: fn(u64, u64) -> String,
}

/// One alert.
pub(crate) struct AlertText {
    pub(crate) back: &'static str,
    pub(crate) place: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) true_positive: &'static str,
    pub(crate) false_positive: &'static str,
    pub(crate) inconclusive: &'static str,
    pub(crate) findings: &'static str,
    pub(crate) saw: &'static str,
    pub(crate) input: &'static str,
    pub(crate) value: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) no_value: &'static str,
    pub(crate) no_rows: &'static str,
    pub(crate) before: &'static str,
    pub(crate) never_before: &'static str,
    pub(crate) all_of_customer: &'static str,
    pub(crate) configuration: &'static str,
    pub(crate) transaction: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) transactions: &'static str,
    pub(crate) comments: &'static str,
    pub(crate) no_comments: &'static str,
    pub(crate) comment: &'static str,
    pub(crate) put_comment: &'static str,
    pub(crate) history: &'static str,
    pub(crate) more: &'static str,
    pub(crate) moves: &'static str,
    pub(crate) no_moves: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) unsaid: &'static str,
    pub(crate) assignment: &'static str,
    pub(crate) take: &'static str,
    pub(crate) assign_to: &'static str,
    pub(crate) assign: &'static str,
    pub(crate) release: &'static str,
    pub(crate) about: &'static str,
    pub(crate) priority: &'static str,
    pub(crate) labels: &'static str,
    pub(crate) labels_hint: &'static str,
    pub(crate) edit: &'static str,
    pub(crate) save: &'static str,
    pub(crate) info: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) merged_into: fn(&str) -> String,
    pub(crate) list_version: fn(u64) -> String,
    pub(crate) more_rows: fn(usize) -> String,
    pub(crate) move_to: fn(&str) -> String,
    pub(crate) move_and_next: fn(&str) -> String,
    pub(crate) needs: fn(&str) -> String,
}

/// Making an alert by hand.
pub(crate) struct NewAlertText {
    pub(crate) title: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) other_type: &'static str,
    pub(crate) alert_title: &'static str,
    pub(crate) as_the_type: &'static str,
    pub(crate) transactions_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) unreadable: fn(&str) -> String,
}

/// Teams and their API keys.
pub(crate) struct TeamsText {
    pub(crate) title: &'static str,
    pub(crate) none: &'static str,
    pub(crate) transaction_monitoring: &'static str,
    pub(crate) aml: &'static str,
    pub(crate) schema: &'static str,
    pub(crate) no_schema: &'static str,
    pub(crate) field: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) no_keys: &'static str,
    pub(crate) key_name: &'static str,
    pub(crate) generate: &'static str,
    pub(crate) revoke: &'static str,
    pub(crate) current: &'static str,
    pub(crate) member: &'static str,
    pub(crate) make_current: &'static str,
    pub(crate) needs_membership: &'static str,
    pub(crate) made: &'static str,
    pub(crate) once: &'static str,
    pub(crate) the_key: &'static str,
    pub(crate) the_command: &'static str,
    pub(crate) no_command: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) created: &'static str,
    pub(crate) expires: &'static str,
    pub(crate) never: &'static str,
    pub(crate) new_team: &'static str,
    pub(crate) name: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) team_title: &'static str,
    pub(crate) create: &'static str,
    pub(crate) schema_version: fn(u32) -> String,
    pub(crate) set_schema: &'static str,
    pub(crate) change_schema: &'static str,
}

/// A team's payload schema.
pub(crate) struct SchemaText {
    pub(crate) title: fn(&str) -> String,
    pub(crate) back: &'static str,
    pub(crate) always: &'static str,
    pub(crate) field: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) description: &'static str,
    pub(crate) visibility: &'static str,
    pub(crate) open: &'static str,
    pub(crate) mask: &'static str,
    pub(crate) hash: &'static str,
    pub(crate) rows_hint: &'static str,
    pub(crate) now: &'static str,
    pub(crate) additional: &'static str,
    pub(crate) reject: &'static str,
    pub(crate) ignore: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) timezone_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) row: fn(usize) -> String,
}

/// One's own password.
pub(crate) struct PasswordText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) changed: &'static str,
}

/// How one likes the pages to be.
pub(crate) struct PreferencesText {
    pub(crate) title: &'static str,
    pub(crate) timezone: &'static str,
    pub(crate) timezone_hint: fn(&str) -> String,
    pub(crate) theme: &'static str,
    pub(crate) system: &'static str,
    pub(crate) light: &'static str,
    pub(crate) dark: &'static str,
    pub(crate) rows: &'static str,
    pub(crate) shortcuts: &'static str,
    pub(crate) shortcuts_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) changed: &'static str,
}

/// One's own access tokens.
pub(crate) struct TokensText {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) own: &'static str,
    pub(crate) none: &'static str,
    pub(crate) new: &'static str,
    pub(crate) name: &'static str,
    pub(crate) lifetime: &'static str,
    pub(crate) create: &'static str,
    pub(crate) made: &'static str,
    pub(crate) once: &'static str,
    pub(crate) the_token: &'static str,
    pub(crate) no_such_lifetime: &'static str,
    pub(crate) days: fn(u64) -> String,
}

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
