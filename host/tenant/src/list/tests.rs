//! Entries in pages, against a set of texts.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use proptest::prelude::*;

use super::page::MAX_BYTES;
use super::*;

type Entries = BTreeSet<String>;

/// Short and long texts; a page has few of the long ones.
fn entries() -> impl Strategy<Value = Entries> {
    let entry = (0_u8..40, prop::sample::select(&[1_usize, 700, 3_000][..]));
    let entry = entry.prop_map(|(number, length)| format!("{number:02}{}", "ü".repeat(length)));
    prop::collection::btree_set(entry, 0..60)
}

/// What leads from some entries to others.
fn edit(from: &ListEntries, to: &Entries) -> (ListEntries, ChangedPages) {
    let added = to.iter().filter(|entry| !from.contains(entry));
    let added: Vec<String> = added.cloned().collect();
    let removed = from.iter().filter(|entry| !to.contains(*entry));
    let removed: Vec<String> = removed.map(str::to_owned).collect();
    from.edited(&added, &removed)
}

fn check_form(entries: &ListEntries) -> Result<(), TestCaseError> {
    let mut before: Option<&str> = None;
    for (from, page) in entries.pages() {
        prop_assert_eq!(
            before.is_none(),
            from.is_empty(),
            "the first begins at nothing"
        );
        let mut of_page = page.entries().peekable();
        prop_assert!(of_page.peek().is_some(), "a page is empty");
        for entry in of_page {
            prop_assert!(entry >= &**from && before.is_none_or(|before| before < entry));
            before = Some(entry);
        }
        prop_assert!(page.len() == 1 || page.bytes() <= MAX_BYTES);
    }
    Ok(())
}

proptest! {
    #[test]
    fn entries_are_what_edits_made_of_them(steps in prop::collection::vec(entries(), 1..8)) {
        let mut held = ListEntries::default();
        let mut stored = std::collections::BTreeMap::new();
        for to in steps {
            let (edited, changed) = edit(&held, &to);
            held = edited;
            check_form(&held)?;
            prop_assert_eq!(held.len(), to.len());
            prop_assert_eq!(held.is_empty(), to.is_empty());
            prop_assert!(held.iter().eq(to.iter().map(String::as_str)));
            for number in 0..40 {
                for length in [0, 1, 700, 3_000] {
                    let text = format!("{number:02}{}", "ü".repeat(length));
                    prop_assert_eq!(held.contains(&text), to.contains(&text));
                    for bound in [Bound::Included(&*text), Bound::Excluded(&*text)] {
                        let behind = to.range::<str, _>((bound, Bound::Unbounded));
                        let behind = behind.map(String::as_str);
                        prop_assert!(held.entries_after(bound).eq(behind));
                    }
                }
            }

            // What the store has of it.
            for (from, page) in changed {
                match page {
                    Some(page) => stored.insert(from, page.to_json()),
                    None => stored.remove(&from),
                };
            }
            let mut read = ListEntries::default();
            for (from, page) in &stored {
                read.push_stored(from, page).expect("a good page");
            }
            prop_assert_eq!(&read, &held);
            prop_assert!(read.pages().eq(held.pages()));
        }
    }

    #[test]
    fn one_entry_more_or_less_shares_all_but_two_pages(
        number in 0_usize..20_000, is_added: bool,
    ) {
        let entry = |number| format!("customer-{number:06}");
        let all: ListEntries = (0..20_000).map(entry).collect();
        prop_assert!(all.pages().count() > 20);
        let one = [if is_added { entry(number) + "x" } else { entry(number) }];
        let (added, removed): (&[String], &[String]) = if is_added { (&one, &[]) } else { (&[], &one) };
        let (edited, changed) = all.edited(added, removed);
        prop_assert!(changed.len() <= 2);
        let before: Vec<&Arc<Page>> = all.pages().map(|(_, page)| page).collect();
        let own = edited.pages().filter(|(_, page)| !before.iter().any(|other| Arc::ptr_eq(other, page)));
        prop_assert!(own.count() <= 2);
    }
}

#[test]
fn damaged_pages_are_refused() {
    let push = |pages: &[(&str, &str)]| {
        let mut entries = ListEntries::default();
        let mut pages = pages.iter();
        pages.try_for_each(|(from, page)| entries.push_stored(from, page.as_bytes()))
    };
    assert!(push(&[("", r#"["a","b"]"#), ("c", r#"["c"]"#)]).is_ok());
    for damaged in [
        &[("", "7")][..],
        &[("", r#"["b","a"]"#)],
        &[("", r#"["a","a"]"#)],
        &[("", r#"["a","b"]"#), ("b", r#"["c"]"#)],
        &[("", r#"["a"]"#), ("c", r#"["b"]"#)],
    ] {
        push(damaged).expect_err(damaged[0].1);
    }
}

#[test]
fn definitions_of_all_releases_are_read() {
    let read = |json: &str| serde_json::from_str::<List>(json);
    let old = read(r#"{"name":"a","version":3,"updated_at":5,"entries":["IR","KP"]}"#);
    let old = old.expect("an earlier release wrote it");
    assert_eq!(old.stored_as(), StoredAs::Definition);
    assert!(old.entries.iter().eq(["IR", "KP"]));
    let json = serde_json::to_string(&old).expect("JSON");
    assert_eq!(json, r#"{"name":"a","version":3,"updated_at":5,"count":2}"#);

    let new = read(&json).expect("this release wrote it");
    assert_eq!(new.stored_as(), StoredAs::Pages { count: 2 });
    new.with_pages(ListEntries::default())
        .expect_err("its pages are missing");
    let new = new.with_pages(old.entries.clone()).expect("all pages");
    assert_eq!(new.entries, old.entries);
    read(r#"{"name":"a","version":3,"updated_at":5}"#).expect_err("no release wrote it");
}
