//! An index that is of no use is replaced by an empty one, and says so.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{LAYOUT, Random, all, append, assert_holds, expected, key, open, shared, small};
use window_index::{Cause, IndexError, OpenError, Origin, WindowIndex};

#[test]
fn an_index_is_new_once_and_kept_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("index");
    let shared = shared(small());
    let opened = open(&dir, &shared);
    assert_eq!(opened.origin, Origin::New);
    append(&opened.index, 0, 500).unwrap();
    opened.index.flush().unwrap();
    assert_eq!(opened.index.persisted(), 500);
    drop(opened);
    let opened = open(&dir, &shared);
    assert_eq!(
        (opened.origin, opened.index.watermark()),
        (Origin::Kept, 500)
    );
    assert_holds(&opened.index, 500);
}

#[test]
fn an_index_without_rows_leaves_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("index");
    drop(open(&dir, &shared(small())));
    assert!(!dir.exists());
}

#[test]
fn the_watermark_is_written_even_if_no_row_has_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    let index = open(dir.path(), &shared).index;
    index.append(std::iter::empty(), 100_000).unwrap();
    index.wait_while_behind().unwrap();
    while index.persisted() < 100_000 {
        std::thread::yield_now();
    }
    drop(index);
    assert_eq!(open(dir.path(), &shared).index.watermark(), 100_000);
}

#[test]
fn another_layout_or_format_begins_empty() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    fill(dir.path());
    let opened =
        WindowIndex::open(dir.path(), b"counterparty_id: amount, currency", &shared).unwrap();
    assert_eq!(
        (opened.origin, opened.index.watermark()),
        (Origin::Replaced(Cause::Layout), 0)
    );
    assert_eq!(all(&opened.index, &key(0)).unwrap(), []);
    append(&opened.index, 0, 1_000).unwrap();
    opened.index.flush().unwrap();
    assert_holds(&opened.index, 1_000);
    drop(opened.index);
    assert_eq!(
        open(dir.path(), &shared).origin,
        Origin::Replaced(Cause::Layout)
    );

    fill(dir.path());
    fs::remove_file(dir.path().join("layout")).unwrap();
    assert_eq!(
        open(dir.path(), &shared).origin,
        Origin::Replaced(Cause::Unfinished)
    );
}

#[test]
fn a_directory_is_open_once() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    let index = open(dir.path(), &shared).index;
    assert!(matches!(
        WindowIndex::open(dir.path(), LAYOUT, &shared),
        Err(OpenError::InUse(_))
    ));
    drop(index);
    let index = open(dir.path(), &shared).index;
    append(&index, 0, 1_000).unwrap();
    index.remove().unwrap();
    assert!(!dir.path().exists());
    assert_eq!(open(dir.path(), &shared).origin, Origin::New);
}

#[test]
fn an_index_that_is_dropped_while_it_is_merged_can_be_opened_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let shared = shared(small());
    for round in 0..20 {
        let opened = open(dir.path(), &shared);
        let from = opened.index.watermark();
        assert_holds(&opened.index, from);
        append(&opened.index, from, from + 3_000).unwrap();
        opened.index.wait_while_behind().unwrap();
        assert!(round == 0 || opened.origin == Origin::Kept);
    }
}

/// Whatever happens to a file: the index says that it is damaged, or shows the right rows.
#[test]
fn damaged_files_never_lose_rows_silently() {
    let (mut at_open, mut at_visit) = (0, 0);
    let mut random = Random(3);
    let original = tempfile::tempdir().unwrap();
    fill(original.path());
    let files = files(original.path());
    assert!(files.len() > 5, "{files:?}");
    for round in 0..240 {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        // Each file in turn: there are few small ones, and they matter.
        let lists: Vec<_> = files
            .iter()
            .filter(|file| !file.starts_with("tree/tables"))
            .collect();
        let file = if round % 2 == 0 {
            lists[round / 2 % lists.len()]
        } else {
            &files[round / 2 % files.len()]
        };
        let path = dir.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        let place = random.below(bytes.len() as u64) as usize;
        let what = random.below(8);
        match what {
            0 => bytes.truncate(place),
            1 => bytes.clear(),
            2 => bytes.extend_from_slice(b"more"),
            3 => bytes[place..].fill(0),
            _ => bytes[place] ^= 1 << random.below(8),
        }
        if what == 7 && round % 3 == 0 {
            fs::remove_file(&path).unwrap()
        } else {
            fs::write(&path, bytes).unwrap()
        }
        let context = format!("round {round}: {} at {place}, {what}", file.display());

        let opened = open(dir.path(), &shared(small()));
        match &opened.origin {
            Origin::Replaced(_) => {
                assert_eq!(opened.index.watermark(), 0, "{context}");
                assert_eq!(all(&opened.index, &key(0)).unwrap(), [], "{context}");
                at_open += 1;
                continue;
            }
            Origin::New => panic!("{context}: not noticed that there was an index"),
            Origin::Kept => {}
        }
        let watermark = opened.index.watermark();
        assert_eq!(watermark, ROWS, "{context}");
        let mut damaged = false;
        for who in 0..50 {
            match all(&opened.index, &key(who)) {
                Ok(seen) => assert_eq!(seen, expected(who, watermark), "{context}"),
                Err(IndexError::Damaged { .. }) => damaged = true,
                Err(error) => panic!("{context}: {error:?}"),
            }
        }
        drop(opened);
        if damaged {
            at_visit += 1;
            // Known for ever, even if the file could be read next time.
            let opened = open(dir.path(), &shared(small()));
            assert_eq!(
                (opened.origin, opened.index.watermark()),
                (Origin::Replaced(Cause::Unfinished), 0),
                "{context}"
            );
        }
    }
    assert!(
        at_open > 30 && at_visit > 5,
        "too little was found: {at_open} on opening, {at_visit} on reading"
    );
}

const ROWS: u64 = 6_000;

#[test]
fn merging_a_damaged_table_marks_the_index_as_damaged() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    for file in files(dir.path())
        .iter()
        .filter(|file| file.starts_with("tree/tables"))
    {
        let mut bytes = fs::read(dir.path().join(file)).unwrap();
        // Opening reads the first block and the end.
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(dir.path().join(file), bytes).unwrap();
    }
    let shared = shared(small());
    let opened = open(dir.path(), &shared);
    assert_eq!(opened.origin, Origin::Kept);
    let mut from = ROWS;
    let error = loop {
        if let Err(error) =
            append(&opened.index, from, from + 500).and_then(|()| opened.index.wait_while_behind())
        {
            break error;
        }
        from += 500;
    };
    assert!(matches!(error, IndexError::Damaged { .. }), "{error:?}");
    assert!(matches!(
        all(&opened.index, &key(0)),
        Err(IndexError::Damaged { .. })
    ));
    drop(opened);
    let opened = open(dir.path(), &shared);
    assert_eq!(opened.origin, Origin::Replaced(Cause::Unfinished));
    append(&opened.index, 0, 1_000).unwrap();
    opened.index.flush().unwrap();
    assert_holds(&opened.index, 1_000);
}

/// Makes an index with tables in several levels.
fn fill(dir: &Path) {
    let shared = shared(small());
    let index = open(dir, &shared).index;
    append(&index, index.watermark(), ROWS - 1_000).unwrap();
    index.flush().unwrap();
    index.merge().unwrap();
    append(&index, index.watermark(), ROWS).unwrap();
    index.flush().unwrap();
}

/// All files below a directory, relative to it.
fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut files, mut dirs) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = dirs.pop() {
        for entry in fs::read_dir(dir.join(&below)).unwrap() {
            let entry = entry.unwrap();
            let path = below.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                dirs.push(path)
            } else {
                files.push(path)
            }
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        fs::create_dir_all(to.join(&file).parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to.join(&file)).unwrap();
    }
}
