//! The same files as the formatters write, by the csv crate and serde_json.

use std::collections::BTreeMap;
use std::io::{self, Write};

use domain::column::{TextLists, Texts};
use domain::time::Timestamp;
use serde_json::value::{RawValue, to_raw_value};

use runtime::formatter::AlertColumns;

type Csv<W> = csv::Writer<W>;

/// A layout that is written natively.
#[derive(Clone, Copy)]
pub(super) enum Native {
    /// What `standard-csv` writes.
    Standard,
    /// What `athora-csv` writes.
    Athora,
}

impl Native {
    /// Writes so many batches, beginning again with the first one after the last.
    pub(super) fn file(
        self,
        batches: &[AlertColumns],
        count: usize,
        snapshot_at: Timestamp,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        match self {
            Self::Standard => csv.write_record(STANDARD)?,
            Self::Athora => csv.write_record(ATHORA)?,
        }
        let mut scratch = Vec::new();
        for batch in batches.iter().cycle().take(count) {
            for row in 0..batch.len() {
                match self {
                    Self::Standard => standard_row(&mut csv, batch, row, &mut scratch)?,
                    Self::Athora => athora_row(&mut csv, batch, row, snapshot_at, &mut scratch)?,
                }
            }
        }
        csv.flush()?;
        Ok(())
    }
}

const STANDARD: [&str; 23] = [
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

const ATHORA: [&str; 25] = [
    "alert_reference",
    "business_line",
    "customer_number",
    "handler",
    "alert_title",
    "alert_category",
    "alert_status",
    "risk_severity",
    "handling_priority",
    "due_on",
    "labels",
    "scenario",
    "risk_score",
    "transaction_ids",
    "transaction_count",
    "alert_details",
    "scenario_hits",
    "remarks",
    "raised_at",
    "last_changed_at",
    "closed_at",
    "snapshot_at",
    "alert_version",
    "merged_references",
    "alert_outcome",
];

fn standard_row(
    csv: &mut Csv<impl Write>,
    batch: &AlertColumns,
    row: usize,
    scratch: &mut Vec<u8>,
) -> anyhow::Result<()> {
    until_score(csv, batch, row, scratch)?;
    csv.write_field(strings(scratch, &batch.txn_ids, row)?)?;
    csv.write_field(text(&batch.info, row))?;
    csv.write_field(values(scratch, &batch.findings, row))?;
    csv.write_field(values(scratch, &batch.comments, row))?;
    csv.write_field(moment(scratch, batch.created_at[row])?)?;
    csv.write_field(moment(scratch, batch.updated_at[row])?)?;
    csv.write_field(moment(scratch, batch.closed_at[row])?)?;
    end(csv, batch, row)
}

fn athora_row(
    csv: &mut Csv<impl Write>,
    batch: &AlertColumns,
    row: usize,
    snapshot_at: Timestamp,
    scratch: &mut Vec<u8>,
) -> anyhow::Result<()> {
    until_score(csv, batch, row, scratch)?;
    csv.write_field(strings(scratch, &batch.txn_ids, row)?)?;
    scratch.clear();
    write!(scratch, "{}", list(&batch.txn_ids, row).count())?;
    csv.write_field(&scratch)?;
    csv.write_field(without_transactions(text(&batch.info, row))?.get())?;
    csv.write_field(without_rows(scratch, &batch.findings, row)?)?;
    csv.write_field(values(scratch, &batch.comments, row))?;
    csv.write_field(moment(scratch, batch.created_at[row])?)?;
    csv.write_field(moment(scratch, batch.updated_at[row])?)?;
    csv.write_field(moment(scratch, batch.closed_at[row])?)?;
    csv.write_field(moment(scratch, snapshot_at.as_micros())?)?;
    end(csv, batch, row)
}

/// What both layouts begin with.
fn until_score(
    csv: &mut Csv<impl Write>,
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
    Ok(())
}

/// What both layouts end with.
fn end(csv: &mut Csv<impl Write>, batch: &AlertColumns, row: usize) -> anyhow::Result<()> {
    csv.write_field(more(batch, "version", row))?;
    csv.write_field(more(batch, "merged_from", row))?;
    csv.write_field(more_text(batch, "outcome", row))?;
    csv.write_record(None::<&[u8]>)?;
    Ok(())
}

type Members<'j> = BTreeMap<&'j str, &'j RawValue>;

/// An info without its transactions: it holds no merged alerts here.
fn without_transactions(info: &[u8]) -> serde_json::Result<Box<RawValue>> {
    let mut members: Members<'_> = serde_json::from_slice(info)?;
    members.remove("transactions");
    to_raw_value(&members)
}

/// A JSON array of findings without the rows of other transactions.
fn without_rows<'s>(
    scratch: &'s mut Vec<u8>,
    findings: &TextLists,
    row: usize,
) -> serde_json::Result<&'s [u8]> {
    scratch.clear();
    scratch.push(b'[');
    for (index, finding) in list(findings, row).enumerate() {
        if index > 0 {
            scratch.push(b',');
        }
        let mut members: Members<'_> = serde_json::from_slice(finding)?;
        let mut inputs: Members<'_> = match members.get("evidence") {
            Some(evidence) => serde_json::from_str(evidence.get())?,
            None => Members::new(),
        };
        inputs.retain(|_, value| !value.get().starts_with('['));
        let inputs = to_raw_value(&inputs)?;
        members.insert("evidence", &inputs);
        serde_json::to_writer(&mut *scratch, &members)?;
    }
    scratch.push(b']');
    Ok(scratch)
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

/// A text that has no column of its own, without its quotes: it needs no escapes here.
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
