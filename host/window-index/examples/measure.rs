//! Measures an index: `measure ROWS KEYS [ROWS_PER_FLUSH TABLE_MIB]`, with keys drawn uniformly and entries of 52 bytes;
//! `measure tiny INDEXES DIR` for many small ones, which a second call opens again.
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use window_index::{Row, RowKey, Settings, Shared, WindowIndex};

fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn key(number: u64) -> RowKey {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&mix(number).to_be_bytes());
    key[8..].copy_from_slice(&mix(number ^ (1 << 40)).to_be_bytes());
    key
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// A number of `/proc/self/…`, in the unit of the file.
fn own(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parent = tempfile::tempdir_in(".")?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tiny", indexes, dir] => tiny(Path::new(dir), indexes.parse()?),
        [rows, keys] => large(
            &parent.path().join("index"),
            rows.parse()?,
            keys.parse()?,
            Settings::default(),
        ),
        [rows, keys, flush, table] => {
            let settings = Settings {
                rows_per_flush: flush.parse()?,
                table_bytes: table.parse::<u64>()? << 20,
                ..Settings::default()
            };
            large(
                &parent.path().join("index"),
                rows.parse()?,
                keys.parse()?,
                settings,
            )
        }
        _ => Err(
            "usage: measure ROWS KEYS [ROWS_PER_FLUSH TABLE_MIB] | measure tiny INDEXES DIR".into(),
        ),
    }
}

fn large(
    dir: &Path,
    rows: u64,
    keys: u64,
    settings: Settings,
) -> Result<(), Box<dyn std::error::Error>> {
    let shared = Shared::new(settings, || {})?;
    let index = WindowIndex::open(dir, b"measure", &shared)?.index;
    let (began, clock) = (processor_time(), Instant::now());
    let (mut part_began, mut slowest) = (began, Duration::ZERO);
    let part = (rows / 5).max(1);
    let mut next = 0;
    while next < rows {
        let to = (next + 256).min(rows);
        let batch: Vec<_> = (next..to)
            .map(|sequence| {
                let mut values = [0; 20];
                values[..8].copy_from_slice(&(mix(sequence) % 1_000_000).to_le_bytes());
                values[8..16].copy_from_slice(&mix(sequence ^ (1 << 50)).to_le_bytes());
                values[16] = (sequence % 5) as u8;
                (
                    key(mix(sequence ^ (1 << 60)) % keys),
                    sequence.cast_signed() * 1_555_200,
                    sequence,
                    values,
                )
            })
            .collect();
        let before = Instant::now();
        index.append(
            batch.iter().map(|(key, at, sequence, values)| Row {
                key: *key,
                at: *at,
                sequence: *sequence,
                values,
            }),
            to,
        )?;
        slowest = slowest.max(before.elapsed());
        index.wait_while_behind()?;
        if to / part > next / part {
            let now = processor_time();
            println!(
                "{to:>10} rows: {:.2} µs of processor time a row, {} MB resident",
                (now - part_began).as_secs_f64() * 1e6 / part as f64,
                own("status", "VmRSS:") / 1000
            );
            part_began = now;
        }
        next = to;
    }
    index.flush()?;
    index.merge()?;
    let figures = index.figures();
    println!(
        "in all: {:.2} µs of processor time a row with all merging, {:.0} s, slowest append of 256 rows {:.1} ms",
        (processor_time() - began).as_secs_f64() * 1e6 / rows as f64,
        clock.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1e3
    );
    println!(
        "{:.1} bytes of disk a row, {:.0} bytes written a row, {} MB resident, at most {} MB, {figures:?}",
        figures.disk_bytes as f64 / rows as f64,
        own("io", "wchar:") as f64 / rows as f64,
        own("status", "VmRSS:") / 1000,
        own("status", "VmHWM:") / 1000
    );
    drop(index);
    drop(shared);

    let shared = Shared::new(Settings::default(), || {})?;
    let before = Instant::now();
    let index = WindowIndex::open(dir, b"measure", &shared)?.index;
    println!("reopened in {:?}", before.elapsed());
    let visit = |number: u64| -> Result<(Duration, u64), Box<dyn std::error::Error>> {
        let mut count = 0;
        let before = Instant::now();
        index.visit(
            &key(number),
            i64::MIN,
            i64::MAX,
            u64::MAX,
            &mut |_, _, values| {
                count += values.len() as u64 / 20;
                ControlFlow::Continue(())
            },
        )?;
        Ok((before.elapsed(), count))
    };
    let (mut cold, mut warm, mut found) = (Vec::new(), Vec::new(), 0);
    for step in 0..20_000 {
        let number = mix(step ^ (1 << 55)) % keys;
        let (time, count) = visit(number)?;
        cold.push(time);
        found += count;
        warm.push(visit(number)?.0);
    }
    for (name, times) in [("cold", &mut cold), ("warm", &mut warm)] {
        times.sort();
        println!(
            "{name}: median {:?}, 99th percentile {:?}",
            times[times.len() / 2],
            times[times.len() / 100 * 99]
        );
    }
    println!(
        "{:.1} rows a key, {} MB of cache",
        found as f64 / 20_000.0,
        shared.cached_bytes() / 1_000_000
    );
    Ok(())
}

fn tiny(parent: &Path, indexes: u64) -> Result<(), Box<dyn std::error::Error>> {
    let shared = Shared::new(Settings::default(), || {})?;
    let memory = || own("status", "VmRSS:");
    let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let open = |shared: &Arc<Shared>| -> Result<Vec<WindowIndex>, Box<dyn std::error::Error>> {
        let (before, resident) = (Instant::now(), memory());
        let opened = (0..indexes)
            .map(|number| {
                Ok(WindowIndex::open(&parent.join(number.to_string()), b"tiny", shared)?.index)
            })
            .collect();
        println!(
            "opened {indexes} in {:?}, {:.1} KB of memory each, {} descriptors",
            before.elapsed(),
            (memory() - resident) as f64 / indexes as f64,
            descriptors()
        );
        opened
    };
    let opened = open(&shared)?;
    if opened.iter().all(|index| index.watermark() == 100) {
        return Ok(());
    }
    let resident = memory();
    for index in &opened {
        index.append(
            (0..100).map(|sequence| Row {
                key: key(sequence),
                at: 0,
                sequence,
                values: &[7; 20],
            }),
            100,
        )?;
    }
    println!(
        "100 rows in each: {:.1} KB of memory each",
        (memory() - resident) as f64 / indexes as f64
    );
    let before = Instant::now();
    for index in &opened {
        index.flush()?;
    }
    println!(
        "written in {:?}, {} descriptors",
        before.elapsed(),
        descriptors()
    );
    Ok(())
}
