//! An index shows the same rows as a sorted map, however they came and whatever happened to the index meanwhile.

mod common;

use std::collections::BTreeMap;

use common::{Random, key, open, seen, shared, small};
use window_index::{Origin, Row, RowKey};

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
    let mut log: Vec<(RowKey, i64, u64, Vec<u8>)> = Vec::new();
    let (mut next, mut clock) = (0_u64, 0_i64);
    for _ in 0..60 {
        match random.below(8) {
            0..4 => {
                let first = log.len();
                for _ in 0..random.below(400) {
                    clock += random.below(1_000).cast_signed();
                    let at = match random.below(20) {
                        0 => i64::MIN,
                        1 => i64::MAX,
                        2 => random.next().cast_signed(),
                        3..6 => clock - random.below(100_000).cast_signed(),
                        _ => clock,
                    };
                    if random.below(10) > 0 {
                        let values =
                            random.next().to_be_bytes()[..random.below(9) as usize].to_vec();
                        log.push((key(random.below(keys)), at, next, values));
                    }
                    next += 1 + random.below(2);
                }
                let again = first.saturating_sub(random.below(3) as usize);
                let index = index.as_ref().unwrap();
                index.append(rows(&log[again..]), next).unwrap();
                for (key, at, sequence, values) in &log[first..] {
                    oracle.insert((*key, *at, *sequence), values.clone());
                }
                assert_eq!(index.watermark(), next);
            }
            4 => index.as_ref().unwrap().flush().unwrap(),
            5 => index.as_ref().unwrap().merge().unwrap(),
            6 => {
                let last = index.as_ref().unwrap().persisted();
                drop(index.take());
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
                random.below(next + 2)
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

fn rows(log: &[(RowKey, i64, u64, Vec<u8>)]) -> impl Iterator<Item = Row<'_>> {
    log.iter().map(|(key, at, sequence, values)| Row {
        key: *key,
        at: *at,
        sequence: *sequence,
        values,
    })
}
