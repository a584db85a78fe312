//! Judging findings again.

use super::grouped;

/// Judging findings again.
pub(crate) struct ReplayText {
    pub(crate) button: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) title: &'static str,
    pub(crate) same: &'static str,
    pub(crate) different: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) member: &'static str,
    pub(crate) then: &'static str,
    pub(crate) now: &'static str,
    pub(crate) all_same: fn(usize) -> String,
    pub(crate) not_all_same: fn(usize, usize) -> String,
    pub(crate) left_out: fn(u64) -> String,
}

/// English.
pub(crate) const EN: ReplayText = ReplayText {
    button: "Replay",
    hint: "Judges again what the rule found, with the inputs and the configuration of then. Nothing is changed.",
    title: "Replay",
    same: "the same",
    different: "different",
    failed: "could not be judged again",
    member: "What differs",
    then: "Then",
    now: "Now",
    all_same: |all| match all {
        0 => "There is no finding to judge again.".to_owned(),
        1 => "The finding is the same.".to_owned(),
        all => format!("All {} findings are the same.", grouped(all as u64)),
    },
    not_all_same: |same, all| {
        format!(
            "{} of {} findings are the same.",
            grouped(same as u64),
            grouped(all as u64)
        )
    },
    left_out: |count| format!("{} more findings were left out.", grouped(count)),
};
