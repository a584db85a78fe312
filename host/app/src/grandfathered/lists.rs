//! Lists with entries that contain invisible characters.

use domain::text::{is_stray, trimmed};

use super::{Grandfathered, Stored};
use tenant::List;

/// The lists with entries that match only texts with the same invisible characters.
pub(super) fn lists(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let lists = stored.definitions.lists.iter();
    lists.filter_map(|list| of(list)).collect()
}

fn of(list: &List) -> Option<Grandfathered> {
    let is_odd = |entry: &&str| trimmed(entry).len() < entry.len() || entry.contains(is_stray);
    let count = list.entries.iter().filter(is_odd).count();
    let first = list.entries.iter().find(is_odd)?;
    Some(Grandfathered {
        kind: "list",
        name: list.name.clone(),
        reason: format!(
            "{count} of its entries contain invisible characters, the first is '{}'; they match only texts with the same \
             characters, so remove them and add them again as they are seen",
            first.escape_debug()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_invisible_characters_are_found() {
        let check = |entries: &[&str], expect: Option<&str>| {
            let held = entries.iter().map(|entry| (*entry).to_owned()).collect();
            let list = List::new("high_risk".to_owned(), 1, 0, held);
            let reason = of(&list).map(|found| found.reason);
            assert_eq!(reason.is_some(), expect.is_some(), "{entries:?}");
            let reason = reason.unwrap_or_default();
            assert!(reason.starts_with(expect.unwrap_or_default()), "{reason}");
        };
        check(&["IR", "a b", "\u{1f600}\u{200d}\u{1f600}"], None);
        check(
            &["IR", "KP\u{200b}", "M\u{200b}M"],
            Some("2 of its entries"),
        );
    }
}
