//! What is shown instead of a page.

/// What is shown instead of a page.
pub(crate) struct FailureText {
    pub(crate) forbidden: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) to_the_start: &'static str,
    pub(crate) no_page: &'static str,
    pub(crate) no_address: &'static str,
    pub(crate) named_twice: fn(&str) -> String,
    pub(crate) unknown: fn(&str, &str) -> String,
    pub(crate) no_view: fn(&str) -> String,
    pub(crate) no_day: fn(&str) -> String,
    pub(crate) no_such_filter: &'static str,
    pub(crate) contradicts: &'static str,
    pub(crate) no_such_outcome: &'static str,
    pub(crate) no_such_level: &'static str,
    pub(crate) no_moment: &'static str,
    pub(crate) another_origin: &'static str,
    pub(crate) no_choice: &'static str,
    pub(crate) too_long: &'static str,
    pub(crate) exists: &'static str,
    pub(crate) no_version: &'static str,
    pub(crate) no_form: fn(&str) -> String,
}

/// English.
pub(crate) const EN: FailureText = FailureText {
    forbidden: "You may not do this",
    not_found: "Not found",
    unavailable: "Not available right now",
    failed: "That did not work",
    to_the_start: "Go to the start page",
    no_page: "there is no such page, or what its address names is not there",
    no_address: "the address cannot be read",
    named_twice: |parameter| format!("the address names '{parameter}' twice; name it once"),
    unknown: |what, value| format!("there is no {what} '{value}'"),
    no_view: |view| format!("there is no view {view}; it may have been deleted"),
    no_day: |text| format!("there is no day '{text}'; write days as 2026-11-30"),
    no_such_filter: "the address of the list cannot be read: a filter in it is named twice, or has no such value",
    contradicts: "the filters contradict the view; choose the view 'All' to filter by any state, severity or assignee",
    no_such_outcome: "there is no such outcome",
    no_such_level: "severity and priority are low, medium or high",
    no_moment: "a date and time is written as 2026-11-23T06:40",
    no_choice: "the form chooses what there is not; open the page again and repeat it",
    exists: "there is one of this name already; choose another name, or open the one that is there",
    no_version: "the form does not say which version it changes; open the page again and repeat it",
    too_long: "the form is longer than 256 KiB; go back, shorten it and send it again",
    no_form: |fault| {
        format!("the form cannot be read ({fault}); open the page again and repeat it")
    },
    another_origin: "the request does not come from a page of this host; open the page again and repeat it",
};
