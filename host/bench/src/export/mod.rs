//! Formatters beside the csv crate that writes the same rows natively.
//!
//! [`native`] is the yardstick; [`workload`] are the alerts.

mod native;
mod workload;

use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use anyhow::{Context as _, bail};
use domain::time::Timestamp;

use super::figure::{Figure, Target};
use super::measure::{MIB, in_turns, kib, reset_peak, shown};
use super::plugins::{ATHORA, STANDARD};
use super::{Setting, runtime};
use engine::alert::Disclosure;
use export::write_snapshot;
use native::Native;
use runtime::formatter::{AlertColumns, Context, FormatterPlugin};
use runtime::limits::Limits;
use runtime::registry::{Plugin, Registry};
use workload::{BATCH, alert, batch};

/// Different batches; a file repeats them.
const BATCHES: usize = 16;
const ROUNDS: usize = 5;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let registry = Registry::open(Limits::default(), program, &setting.folder("export")?)?;
    let load = |name: &str| {
        let component = setting.plugins.component(name)?;
        match runtime.block_on(registry.publish(component))?.plugin {
            Plugin::Formatter(formatter) => Ok(formatter),
            Plugin::Rule(_) => bail!("{name} is no formatter"),
        }
    };
    let (athora, standard) = (load(ATHORA)?, load(STANDARD)?);
    let alerts = setting.amount(1_000_000) as usize;
    Ok(vec![
        formatting(&athora, Native::Athora, alerts)?,
        formatting(&standard, Native::Standard, alerts)?,
        memory(&athora, alerts)?,
    ])
}

/// Rows from columns to CSV, in the plugin and natively.
fn formatting(
    formatter: &FormatterPlugin,
    native: Native,
    alerts: usize,
) -> anyhow::Result<Figure> {
    let batches: Vec<AlertColumns> = (0..BATCHES).map(batch).collect();
    let at = context().snapshot_at;
    let (mut one, mut other) = (Vec::new(), Vec::new());
    plugin_file(formatter, &batches, batches.len(), &mut one)?;
    native.file(&batches, batches.len(), at, &mut other)?;
    same_rows(&one, &other)?;
    let name = &formatter.manifest().common.name;
    let bytes = one.len() / (BATCH * BATCHES);
    let count = alerts / BATCH / ROUNDS;
    let nanos = |begun: Instant| begun.elapsed().as_nanos() as f64 / (count * BATCH) as f64;
    let (ours, crates) = in_turns(
        ROUNDS,
        || {
            let begun = Instant::now();
            let written = plugin_file(formatter, &batches, count, &mut io::sink());
            written.expect("it has written these alerts before");
            nanos(begun)
        },
        || {
            let begun = Instant::now();
            let written = native.file(&batches, count, at, &mut io::sink());
            written.expect("nothing is refused by a sink");
            nanos(begun)
        },
    );
    Ok(Figure {
        what: format!("export: {alerts} alerts through {name}, {bytes} bytes a row"),
        measured: format!("{} an alert", shown(ours)),
        yardstick: format!("{} of the csv crate, natively", shown(crates)),
        value: ours / crates,
        target: Target::AtMost(2.0, "times"),
    })
}

fn same_rows(ours: &[u8], native: &[u8]) -> anyhow::Result<()> {
    let rows = |file: &[u8]| String::from_utf8_lossy(file).into_owned();
    let (ours, native) = (rows(ours), rows(native));
    let different = ours
        .lines()
        .zip(native.lines())
        .find(|(one, other)| one != other);
    match different {
        None if ours.len() == native.len() => Ok(()),
        None => bail!("the formatter and the csv crate do not write as many rows"),
        Some((one, other)) => bail!("the formatter writes\n{one}\nand the csv crate\n{other}"),
    }
}

/// A whole file from alerts, hashed, and the most memory that it takes.
fn memory(formatter: &FormatterPlugin, alerts: usize) -> anyhow::Result<Figure> {
    let few = peak_of_file(formatter, 10_000)?;
    let many = peak_of_file(formatter, alerts)?;
    Ok(Figure {
        what: format!("export: the most memory while {alerts} alerts are written"),
        measured: format!("{many:.1} MiB resident"),
        yardstick: format!("{few:.1} MiB with 10000 alerts"),
        value: many / few,
        target: Target::AtMost(1.1, "times"),
    })
}

fn peak_of_file(formatter: &FormatterPlugin, alerts: usize) -> anyhow::Result<f64> {
    let process = Path::new("/proc/self");
    reset_peak(process)?;
    let alerts = (0..alerts).map(|number| Ok(alert(number)));
    let written = write_snapshot(
        formatter,
        "{}",
        &context(),
        alerts,
        &Disclosure::full(),
        &mut io::sink(),
        &AtomicU64::new(0),
    )?;
    black_box(written);
    Ok(kib(process, "VmHWM:")? / MIB)
}

fn context() -> Context {
    Context {
        tenant: "bench".to_owned(),
        timezone: "Europe/Amsterdam".to_owned(),
        snapshot_at: Timestamp::from_micros(1_767_225_600_123_456),
    }
}

fn plugin_file(
    formatter: &FormatterPlugin,
    batches: &[AlertColumns],
    count: usize,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (mut run, head) = formatter.open("{}", &context())?;
    out.write_all(&head)?;
    for batch in batches.iter().cycle().take(count) {
        out.write_all(&run.write(batch)?)?;
    }
    out.write_all(&run.close()?)?;
    Ok(())
}
