//! What many pages are made of.

use super::grouped;

/// What many pages are made of.
pub(crate) struct ElementsText {
    pub(crate) first: &'static str,
    pub(crate) next: &'static str,
    pub(crate) renew: &'static str,
    pub(crate) numbers: &'static str,
    pub(crate) no_numbers: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) save: &'static str,
    pub(crate) needs: fn(&str) -> String,
    pub(crate) done_of: fn(u64, u64) -> String,
}

/// English.
pub(crate) const EN: ElementsText = ElementsText {
    first: "First page",
    next: "Next page",
    renew: "Show how far it is now",
    numbers: "Numbers",
    no_numbers: "There is nothing to draw yet.",
    copy: "Copy",
    copied: "Copied",
    changed: "Somebody changed this since you opened it. It is shown with what you typed: check it, and save again if yours is right.",
    save: "Save",
    needs: |permission| format!("Needs the permission {permission}."),
    done_of: |done, of| format!("{} of {}", grouped(done), grouped(of)),
};
