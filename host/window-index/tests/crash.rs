//! Rows below the persisted watermark survive a kill at any moment.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Random, append, assert_holds, open, shared, small};
use window_index::{Cause, Origin};

const DIR: &str = "WINDOW_INDEX_CRASH_DIR";

#[test]
fn rows_below_the_watermark_survive_kills() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("index");
    let mut random = Random(7);
    let mut last = 0;
    for round in 0..25 {
        let mut child = appender(&dir);
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap)
            .filter_map(|line| {
                line.strip_prefix("persisted ")
                    .map(|number| number.parse::<u64>().unwrap())
            });
        // The first line comes before anything is appended; the kill falls somewhere behind a later one.
        let wanted = random.below(60);
        let mut told = lines.next().expect("the child opens the index");
        for _ in 0..wanted {
            told = lines.next().expect("the child goes on until it is killed");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let opened = open(&dir, &shared(small()));
        let watermark = opened.index.watermark();
        let empty = watermark == 0
            && matches!(
                opened.origin,
                Origin::New | Origin::Replaced(Cause::Unfinished)
            );
        assert!(
            opened.origin == Origin::Kept || (empty && last == 0),
            "round {round}: {:?}",
            opened.origin
        );
        assert!(
            watermark >= told && watermark >= last,
            "round {round}: {watermark} is below {told} or {last}"
        );
        assert_holds(&opened.index, watermark);
        last = watermark;
    }
    assert!(last > 2_000, "the test went nowhere: {last}");
}

/// Starts this test program again, as [`appends_until_it_is_killed`].
fn appender(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "appends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the child of another test"]
fn appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let shared = shared(small());
    let index = open(Path::new(&dir), &shared).index;
    let mut out = std::io::stdout();
    // The test harness has begun a line.
    writeln!(out).unwrap();
    loop {
        writeln!(out, "persisted {}", index.persisted()).unwrap();
        let from = index.watermark();
        append(&index, from, from + 97).unwrap();
        index.wait_while_behind().unwrap();
    }
}
