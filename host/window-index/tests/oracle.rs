//! An index shows the same rows as a sorted map, however they came and whatever happened to the index meanwhile.

mod common;

use std::collections::BTreeMap;

use common::{Random, key, open, seen, shared, small};
use window_index::{Origin, Row, RowKey};

/// A row: key, time, sequence number, values.
type Logged = (RowKey, i64, u64, Vec<u8>);
type Oracle = BTreeMap<(RowKey, i64, u64), Vec<u8>>;

#[test]
fn shows_what_a_sorted_map_shows() {
    for seed in 0..24 {
        follow(seed);
    }
}

fn follow(seed: u64) {
    let mut random = Random(seed);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("index");
    let shared = shared(small());
    let mut index = Some(open(&dir, &shared).index);
    let mut oracle = Oracle::new();
    let keys = [1, 3, 40, 2_000][random.below(4) as usize];
    // All that was ever appended, to append it again after a crash: rows without a key are missing here, too.
    let mut log: Vec<Logged> = Vec::new();
    let (mut next, mut clock) = (0_u64, 0_i64);
    // What was pushed and is not below the watermark, and the sequence number behind it.
    let (mut pushed, mut end): (Vec<Logged>, u64) = (Vec::new(), 0);
    let some_rows = |random: &mut Random, clock: &mut i64, next: &mut u64, most: u64| {
        let mut rows: Vec<Logged> = Vec::new();
        for _ in 0..random.below(most) {
            *clock += random.below(1_000).cast_signed();
            let at = match random.below(20) {
                0 => i64::MIN,
                1 => i64::MAX,
                2 => random.next().cast_signed(),
                3..6 => *clock - random.below(100_000).cast_signed(),
                _ => *clock,
            };
            if random.below(10) > 0 {
                let values = random.next().to_be_bytes()[..random.below(9) as usize].to_vec();
                rows.push((key(random.below(keys)), at, *next, values));
            }
            *next += 1 + random.below(2);
        }
        rows
    };
    for _ in 0..80 {
        match random.below(11) {
            0..4 if pushed.is_empty() => {
                let first = log.len();
                log.extend(some_rows(&mut random, &mut clock, &mut next, 400));
                let again = first.saturating_sub(random.below(3) as usize);
                let index = index.as_ref().unwrap();
                index.append(rows(&log[again..]), next).unwrap();
                oracle.extend(entries(&log[first..]));
                assert_eq!(index.watermark(), next);
                end = next;
            }
            0..4 | 7 | 8 => {
                let new = some_rows(&mut random, &mut clock, &mut end, 150);
                rows(&new).for_each(|row| index.as_ref().unwrap().push(row));
                oracle.extend(entries(&new));
                pushed.extend(new);
            }
            9 => {
                let to = next + random.below(end - next + 1);
                index.as_ref().unwrap().advance(to).unwrap();
                let kept = pushed.partition_point(|(_, _, sequence, _)| *sequence < to);
                log.extend(pushed.drain(..kept));
                next = to;
                assert_eq!(index.as_ref().unwrap().watermark(), next);
            }
            10 => {
                index.as_ref().unwrap().retreat();
                oracle.retain(|(_, _, sequence), _| *sequence < next);
                pushed.clear();
                end = next;
            }
            4 => index.as_ref().unwrap().flush().unwrap(),
            5 => index.as_ref().unwrap().merge().unwrap(),
            6 => {
                let last = index.as_ref().unwrap().persisted();
                drop(index.take());
                oracle.retain(|(_, _, sequence), _| *sequence < next);
                pushed.clear();
                end = next;
                let opened = open(&dir, &shared);
                // The thread may have written more between the two looks.
                let watermark = opened.index.watermark();
                assert!(
                    watermark >= last && watermark <= next,
                    "{last} <= {watermark} <= {next}"
                );
                assert_eq!(opened.index.persisted(), watermark);
                assert!(
                    opened.origin == Origin::Kept || watermark == 0,
                    "{:?}",
                    opened.origin
                );
                let missing = log.partition_point(|(_, _, sequence, _)| *sequence < watermark);
                opened.index.append(rows(&log[missing..]), next).unwrap();
                index = Some(opened.index);
            }
            _ => {}
        }
        for _ in 0..10 {
            let who = key(random.below(keys + 1));
            let bound = |random: &mut Random| match random.below(6) {
                0 => i64::MIN,
                1 => i64::MAX,
                _ => clock - random.below(1 + clock.unsigned_abs()).cast_signed(),
            };
            let (from, to) = (bound(&mut random), bound(&mut random));
            let before = if random.below(3) == 0 {
                random.below(end + 2)
            } else {
                u64::MAX
            };
            let expected: Vec<_> = oracle
                .range((who, i64::MIN, 0)..=(who, i64::MAX, u64::MAX))
                .filter(|((_, at, sequence), _)| from < *at && *at <= to && *sequence < before)
                .map(|((_, at, sequence), values)| (*at, *sequence, values.clone()))
                .collect();
            assert_eq!(
                seen(index.as_ref().unwrap(), &who, from, to, before).unwrap(),
                expected,
                "seed {seed}"
            );
        }
    }
}

fn entries(log: &[Logged]) -> impl Iterator<Item = ((RowKey, i64, u64), Vec<u8>)> {
    log.iter()
        .map(|(key, at, sequence, values)| ((*key, *at, *sequence), values.clone()))
}

fn rows(log: &[Logged]) -> impl Iterator<Item = Row<'_>> {
    log.iter().map(|(key, at, sequence, values)| Row {
        key: *key,
        at: *at,
        sequence: *sequence,
        values,
    })
}
