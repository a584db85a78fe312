//! `standard-csv` beside the csv crate that writes the same rows natively.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use anyhow::{Context as _, bail};
use domain::alert::Alert;
use domain::column::{TextLists, Texts};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use uuid::Uuid;

use super::figure::{Figure, Target};
use super::measure::{in_turns, shown};
use super::plugins::FORMATTER;
use super::{Setting, runtime};
use crate::alert::{EvidenceItem, FindingRecord};
use crate::export::{SnapshotAlert, push_alert, write_snapshot};
use crate::plugin::formatter::{AlertColumns, Context, FormatterPlugin};
use crate::plugin::limits::Limits;
use crate::plugin::registry::{Plugin, Registry};

const BATCH: usize = 256;
/// Different batches; a file repeats them.
const BATCHES: usize = 16;
const ROUNDS: usize = 5;

pub(super) fn measure(setting: &Setting) -> anyhow::Result<Vec<Figure>> {
    let runtime = runtime()?;
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let registry = Registry::open(Limits::default(), program, &setting.folder("export")?)?;
    let component = setting.plugins.component(FORMATTER)?;
    let Plugin::Formatter(formatter) = runtime.block_on(registry.publish(component))?.plugin else {
        bail!("{FORMATTER} is no formatter");
    };
    let alerts = setting.amount(1_000_000) as usize;
    Ok(vec![
        formatting(&formatter, alerts)?,
        memory(&formatter, alerts)?,
    ])
}

/// Rows from columns to CSV, in the plugin and natively.
fn formatting(formatter: &FormatterPlugin, alerts: usize) -> anyhow::Result<Figure> {
    let batches: Vec<AlertColumns> = (0..BATCHES).map(batch).collect();
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    plugin_file(formatter, &batches, batches.len(), &mut ours)?;
    native_file(&batches, batches.len(), &mut native)?;
    same_rows(&ours, &native)?;
    let bytes = ours.len() / (BATCH * BATCHES);
    let count = alerts / BATCH / ROUNDS;
    let nanos = |begun: Instant| begun.elapsed().as_nanos() as f64 / (count * BATCH) as f64;
    let (ours, native) = in_turns(
        ROUNDS,
        || {
            let begun = Instant::now();
            let written = plugin_file(formatter, &batches, count, &mut io::sink());
            written.expect("it has written these alerts before");
            nanos(begun)
        },
        || {
            let begun = Instant::now();
            native_file(&batches, count, &mut io::sink()).expect("nothing is refused by a sink");
            nanos(begun)
        },
    );
    Ok(Figure {
        what: format!("export: {alerts} alerts through {FORMATTER}, {bytes} bytes a row"),
        measured: format!("{} an alert", shown(ours)),
        yardstick: format!("{} of the csv crate, natively", shown(native)),
        value: ours / native,
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
        measured: format!("{:.1} MiB resident", many as f64 / 1024.0),
        yardstick: format!("{:.1} MiB with 10000 alerts", few as f64 / 1024.0),
        value: many as f64 / few as f64,
        target: Target::AtMost(1.1, "times"),
    })
}

fn peak_of_file(formatter: &FormatterPlugin, alerts: usize) -> anyhow::Result<u64> {
    std::fs::write("/proc/self/clear_refs", "5").context("the peak of memory cannot be reset")?;
    let alerts = (0..alerts).map(|number| Ok(alert(number)));
    let written = write_snapshot(
        formatter,
        "{}",
        &context(),
        alerts,
        &mut io::sink(),
        &AtomicU64::new(0),
    )?;
    black_box(written);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok())
        .context("the system does not tell the peak of memory")
}

fn context() -> Context {
    Context {
        tenant: "bench".to_owned(),
        timezone: "Europe/Amsterdam".to_owned(),
        snapshot_at: Timestamp::from_micros(1_767_225_600_000_000),
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

fn native_file(batches: &[AlertColumns], count: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut scratch = Vec::new();
    for batch in batches.iter().cycle().take(count) {
        for row in 0..batch.len() {
            write_row(&mut csv, batch, row, &mut scratch)?;
        }
    }
    csv.flush()?;
    Ok(())
}

const COLUMNS: [&str; 23] = [
    "id",
    "team",
    "dprofile_id",
    "user_id",
    "title",
    "incident_type",
    "state",
    "severity",
    "priority",
    "due_date",
    "labels",
    "rule",
    "score",
    "txn_ids",
    "info",
    "findings",
    "comments",
    "created_at",
    "updated_at",
    "closed_at",
    "version",
    "merged_from",
    "outcome",
];

fn write_row(
    csv: &mut csv::Writer<impl Write>,
    batch: &AlertColumns,
    row: usize,
    scratch: &mut Vec<u8>,
) -> anyhow::Result<()> {
    csv.write_field(text(&batch.id, row))?;
    csv.write_field(text(&batch.team, row))?;
    csv.write_field(text(&batch.dprofile_id, row))?;
    csv.write_field(text(&batch.user_id, row))?;
    csv.write_field(text(&batch.title, row))?;
    csv.write_field(text(&batch.incident_type, row))?;
    csv.write_field(text(&batch.state, row))?;
    csv.write_field(batch.severity[row].as_str())?;
    csv.write_field(batch.priority[row].as_str())?;
    csv.write_field(moment(scratch, batch.due_date[row])?)?;
    csv.write_field(strings(scratch, &batch.labels, row)?)?;
    csv.write_field(text(&batch.rule, row))?;
    scratch.clear();
    write!(scratch, "{}", batch.score[row])?;
    csv.write_field(&scratch)?;
    csv.write_field(strings(scratch, &batch.txn_ids, row)?)?;
    csv.write_field(text(&batch.info, row))?;
    csv.write_field(values(scratch, &batch.findings, row))?;
    csv.write_field(values(scratch, &batch.comments, row))?;
    csv.write_field(moment(scratch, batch.created_at[row])?)?;
    csv.write_field(moment(scratch, batch.updated_at[row])?)?;
    csv.write_field(moment(scratch, batch.closed_at[row])?)?;
    csv.write_field(more(batch, "version", row))?;
    csv.write_field(more(batch, "merged_from", row))?;
    csv.write_field(more_text(batch, "outcome", row))?;
    csv.write_record(None::<&[u8]>)?;
    Ok(())
}

fn text(texts: &Texts, row: usize) -> &[u8] {
    let start = row.checked_sub(1).map_or(0, |before| texts.ends[before]);
    &texts.bytes[start as usize..texts.ends[row] as usize]
}

/// What has no column of its own.
fn more<'b>(batch: &'b AlertColumns, name: &str, row: usize) -> &'b [u8] {
    let found = batch.more.iter().find(|(column, _)| column == name);
    match found.map(|(_, values)| text(values, row)) {
        None | Some(b"null") => b"",
        Some(json) => json,
    }
}

/// The same, where it is a text without escapes.
fn more_text<'b>(batch: &'b AlertColumns, name: &str, row: usize) -> &'b [u8] {
    let json = more(batch, name, row);
    let text = json.strip_prefix(b"\"");
    let text = text.and_then(|text| text.strip_suffix(b"\""));
    text.unwrap_or(json)
}

fn moment(scratch: &mut Vec<u8>, micros: i64) -> io::Result<&[u8]> {
    scratch.clear();
    if micros != i64::MIN {
        write!(scratch, "{}", Timestamp::from_micros(micros))?;
    }
    Ok(scratch)
}

fn list(lists: &TextLists, row: usize) -> impl Iterator<Item = &[u8]> {
    let start = row.checked_sub(1).map_or(0, |before| lists.ends[before]);
    (start..lists.ends[row]).map(|at| text(&lists.texts, at as usize))
}

/// A JSON array of strings.
fn strings<'s>(
    scratch: &'s mut Vec<u8>,
    lists: &TextLists,
    row: usize,
) -> anyhow::Result<&'s [u8]> {
    scratch.clear();
    scratch.push(b'[');
    for (index, text) in list(lists, row).enumerate() {
        if index > 0 {
            scratch.push(b',');
        }
        serde_json::to_writer(&mut *scratch, std::str::from_utf8(text)?)?;
    }
    scratch.push(b']');
    Ok(scratch)
}

/// A JSON array of what is JSON already.
fn values<'s>(scratch: &'s mut Vec<u8>, lists: &TextLists, row: usize) -> &'s [u8] {
    scratch.clear();
    scratch.push(b'[');
    for (index, text) in list(lists, row).enumerate() {
        if index > 0 {
            scratch.push(b',');
        }
        scratch.extend_from_slice(text);
    }
    scratch.push(b']');
    scratch
}

fn batch(number: usize) -> AlertColumns {
    let mut columns = AlertColumns::default();
    for row in 0..BATCH {
        push_alert(&mut columns, &alert(number * BATCH + row));
    }
    columns
}

/// An alert as rules raise them, with one finding.
fn alert(number: usize) -> SnapshotAlert {
    // All six digits of a fraction: they are written however they are formatted.
    let at = 1_767_225_600_123_457 + number as i64 * 1_000_000;
    let txn_id = format!("bench-{number:012}");
    let alert = Alert {
        id: Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + number as u128 * 7_919),
        team: "transaction-monitoring".to_owned(),
        dprofile_id: Some(format!("customer-{:07}", number % 10_000)),
        user_id: Some(format!("analyst-{}", number % 12)),
        title: format!(
            "{}.00 EUR in cash within a day, above the limit",
            10_000 + number % 5_000
        ),
        incident_type: "trx_aml_alert".to_owned(),
        state: "under_review".to_owned(),
        severity: Level::High,
        priority: Level::Medium,
        due_date: Some(Timestamp::from_micros(at + 86_400_000_000)),
        labels: ["cash", "structuring"]
            .into_iter()
            .filter_map(|label| Label::new(label).ok())
            .collect(),
        info: format!(
            "{{\"amount\":{},\"transactions\":[{{\"txn_id\":\"{txn_id}\",\"currency\":\"EUR\",\"country\":\"BE\"}}]}}",
            10_000 + number % 5_000
        ),
        txn_ids: vec![txn_id.clone()],
        rule: Some("structuring".to_owned()),
        install: None,
        score: Some((number % 1_000) as f64 / 10.0),
        findings: 1,
        created_at: Timestamp::from_micros(at),
        updated_at: Timestamp::from_micros(at + 60_000_000),
        closed: None,
        version: 2,
        merged: 0,
        merged_into: None,
        own: None,
    };
    let finding = FindingRecord {
        rule: "structuring".to_owned(),
        install: 1,
        plugin: "structuring".to_owned(),
        version: "1.0.0".to_owned(),
        digest: "0f".repeat(32),
        title: alert.title.clone(),
        score: alert.score,
        fuel: 12_345,
        txn_id,
        sequence: number as u64,
        found_at: at,
        late: false,
        evidence: vec![EvidenceItem {
            name: "cash_24h".to_owned(),
            value: domain::column::Evidence::Cell(domain::column::Cell::Float(14_200.5)).into(),
            sensitive: false,
            list: None,
        }],
        said: None,
        made_by: None,
    };
    SnapshotAlert {
        alert,
        merged_from: Vec::new(),
        findings: vec![finding],
        comments: Vec::new(),
    }
}
