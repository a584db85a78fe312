//! The same rule in Rust, in JavaScript and in Python: what it takes to bring it, to start it and to run it.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use domain::column::{Column, Values};

use super::figure::{Figure, Target};
use super::measure::{median, nanos_of, shown};
use super::plugins::PROJECT;
use super::{Setting, runtime};
use base::grouped::grouped;
use runtime::limits::{Limits, RowLimits};
use runtime::registry::{Plugin, Registry};
use runtime::rule::{Batch, RowOutcome, RulePlugin};

const RULE: &str = "structuring";
const BATCH: usize = 256;
const ROUNDS: usize = 5;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let registry = Registry::open(Limits::default(), program, &setting.folder("languages")?)?;
    let time = Duration::from_millis(setting.amount(500).max(50));
    let mut measured = Vec::new();
    for (language, component) in [
        ("Rust", setting.plugins.component(RULE)?),
        ("JavaScript", built("javascript", "structuring.js")?),
        ("Python", built("python", "structuring.py")?),
    ] {
        let bytes = component.len() as u64;
        let begun = Instant::now();
        let published = runtime.block_on(registry.publish(component))?;
        let publishing = begun.elapsed();
        let Plugin::Rule(rule) = published.plugin else {
            bail!("the example in {language} is no rule");
        };
        measured.push(Measured::of(language, bytes, publishing, &rule, time)?);
    }
    let first = &measured[0];
    ensure!(
        measured.iter().all(|each| each.titles == first.titles),
        "the rules do not find the same"
    );
    Ok(measured
        .iter()
        .flat_map(|each| each.figures(first))
        .collect())
}

/// Runs the script that builds an example, and reads what it left.
fn built(language: &str, rule: &str) -> anyhow::Result<Bytes> {
    let folder = Path::new(PROJECT).join("plugins").join(language);
    let component = tempfile::NamedTempFile::new()?;
    let script = folder.join("build");
    let done = Command::new(&script)
        .arg(folder.join(rule))
        .arg(component.path())
        .output()
        .with_context(|| format!("{} cannot be run", script.display()))?;
    ensure!(
        done.status.success(),
        "{}: {}",
        script.display(),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(std::fs::read(component.path())?.into())
}

/// What the rule takes in one language.
struct Measured {
    language: &'static str,
    bytes: u64,
    publishing: Duration,
    /// Of one instance that judges a whole batch, in bytes.
    memory: usize,
    /// For one transaction alone.
    fuel: u64,
    alone_nanos: f64,
    /// For one transaction of many.
    row_nanos: f64,
    /// Of all that it found.
    titles: Vec<String>,
}

impl Measured {
    fn of(
        language: &'static str,
        bytes: u64,
        publishing: Duration,
        rule: &RulePlugin,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let plan = rule.prepare("{}")?;
        let judge = |rows: &Rows, limits: RowLimits| {
            rule.evaluate(&Batch {
                prepared: &plan.prepared,
                inputs: &rows.inputs.each_ref(),
                sequences: &rows.sequences,
                limits,
            })
        };
        let limits = rule.row_limits();
        let (one, many) = (Rows::new(1), Rows::new(BATCH));
        let median_nanos = |rows: &Rows| {
            let nanos = || nanos_of(time, || drop(black_box(judge(rows, limits))));
            median((0..ROUNDS).map(|_| nanos()).collect())
        };
        let found = judge(&one, limits);
        let Some(RowOutcome::Findings { fuel, .. }) = found.first() else {
            bail!("the rule in {language} does not find what it is to: {found:?}");
        };
        let titles = judge(&many, limits).iter().flat_map(titles).collect();
        Ok(Self {
            language,
            bytes,
            publishing,
            memory: least_memory(|memory_bytes| {
                let memory_bytes = Some(memory_bytes);
                let judged = judge(
                    &many,
                    RowLimits {
                        memory_bytes,
                        ..limits
                    },
                );
                let failed = |outcome: &RowOutcome| matches!(outcome, RowOutcome::Failed(_));
                !judged.iter().any(failed)
            }),
            fuel: *fuel,
            alone_nanos: median_nanos(&one),
            row_nanos: median_nanos(&many) / BATCH as f64,
            titles,
        })
    }

    fn figures(&self, rust: &Self) -> [Figure; 4] {
        let language = self.language;
        let figure = |what: &str, measured: String, yardstick: String| Figure {
            what: format!("languages: {what} in {language}"),
            measured,
            yardstick: if std::ptr::eq(self, rust) {
                String::new()
            } else {
                format!("{yardstick} in Rust")
            },
            value: 0.0,
            target: Target::None,
        };
        let size = |each: &Self| {
            let (bytes, memory) = (grouped(each.bytes), grouped(each.memory as u64));
            format!("{bytes} bytes, {memory} of memory")
        };
        let compiled = |each: &Self| format!("{} ms", grouped(each.publishing.as_millis() as u64));
        let alone = |each: &Self| {
            let (time, fuel) = (shown(each.alone_nanos), grouped(each.fuel));
            format!("{time}, {fuel} fuel")
        };
        let row = |each: &Self| shown(each.row_nanos);
        [
            figure(
                "a component and the memory of an instance",
                size(self),
                size(rust),
            ),
            figure("publishing", compiled(self), compiled(rust)),
            figure(
                "one transaction that is found, in a fresh instance",
                alone(self),
                alone(rust),
            ),
            figure(
                &format!("one of {BATCH} transactions at once, one of which is found"),
                row(self),
                row(rust),
            ),
        ]
    }
}

fn titles(outcome: &RowOutcome) -> Vec<String> {
    match outcome {
        RowOutcome::Findings { findings, .. } => {
            findings.iter().map(|found| found.title.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// The least memory that serves, to 64 KiB.
fn least_memory(serves: impl Fn(usize) -> bool) -> usize {
    const PAGE: usize = 64 << 10;
    let (mut too_few, mut enough) = (0, 4096);
    while enough - too_few > 1 {
        let middle = (too_few + enough) / 2;
        if serves(middle * PAGE) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    enough * PAGE
}

/// Inputs of the rule, of which the first transaction is one that it finds.
struct Rows {
    inputs: [Values; 3],
    sequences: Vec<u64>,
}

impl Rows {
    fn new(count: usize) -> Self {
        let number = |row: usize| row as f64;
        let amounts = (0..count).map(|row| {
            if row == 0 {
                9_500.01
            } else {
                100.0 + number(row)
            }
        });
        let counts = (0..count).map(|row| 2 + row as i64 % 5);
        let sums = (0..count).map(|row| 18_500.5 + number(row));
        Self {
            inputs: [
                Values::Column(Column::Floats(amounts.collect())),
                Values::Column(Column::Integers(counts.collect())),
                Values::Column(Column::Floats(sums.collect())),
            ],
            // None of which is sampled.
            sequences: (1..=count as u64).collect(),
        }
    }
}
