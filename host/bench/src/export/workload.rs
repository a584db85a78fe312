//! Alerts as rules raise them.

use domain::alert::{Alert, AlertContent, GuardedContent};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use uuid::Uuid;

use engine::alert::{Disclosure, EvidenceItem, FindingOrigin, FindingRecord, Output};
use export::{SnapshotAlert, push_alert};
use runtime::formatter::AlertColumns;

/// Alerts of a batch, as many as a run hands over at once.
pub(super) const BATCH: usize = 256;

/// Alerts by column, as formatters get them.
pub(super) fn batch(number: usize) -> AlertColumns {
    let mut columns = AlertColumns::default();
    for row in 0..BATCH {
        push_alert(
            &mut columns,
            &alert(number * BATCH + row),
            &Disclosure::full(),
        );
    }
    columns
}

/// An alert as rules raise them, with one finding.
pub(super) fn alert(number: usize) -> SnapshotAlert {
    // All six digits of a fraction: they are written however they are formatted.
    let at = 1_767_225_600_123_457 + number as i64 * 1_000_000;
    let txn_id = format!("bench-{number:012}");
    let content = AlertContent {
        title: format!(
            "{}.00 EUR in cash within a day, above the limit",
            10_000 + number % 5_000
        ),
        labels: ["cash", "structuring"]
            .into_iter()
            .filter_map(|label| Label::new(label).ok())
            .collect(),
        info: format!(
            "{{\"amount\":{},\"transactions\":[{{\"txn_id\":\"{txn_id}\",\"currency\":\"EUR\",\"country\":\"BE\"}}]}}",
            10_000 + number % 5_000
        ),
        score: Some((number % 1_000) as f64 / 10.0),
    };
    let alert = Alert {
        id: Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + number as u128 * 7_919),
        team: "transaction-monitoring".to_owned(),
        dprofile_id: Some(format!("customer-{:07}", number % 10_000)),
        user_id: Some(format!("analyst-{}", number % 12)),
        content: GuardedContent::open(content.clone()),
        incident_type: "trx_aml_alert".to_owned(),
        state: "under_review".to_owned(),
        severity: Level::High,
        priority: Level::Medium,
        due_date: Some(Timestamp::from_micros(at + 86_400_000_000)),
        txn_ids: vec![txn_id.clone()],
        rule: Some("structuring".to_owned()),
        install: None,
        findings: 1,
        created_at: Timestamp::from_micros(at),
        updated_at: Timestamp::from_micros(at + 60_000_000),
        closed: None,
        version: 2,
        merged: 0,
        merged_into: None,
        own: None,
    };
    let origin = FindingOrigin {
        rule: "structuring".to_owned(),
        install: 1,
        plugin: "structuring".to_owned(),
        version: "1.0.0".to_owned(),
        digest: "0f".repeat(32),
        txn_id,
        sequence: number as u64,
        found_at: at,
        late: false,
        made_by: None,
    };
    let output = Output {
        title: content.title.clone(),
        score: content.score,
        evidence: vec![EvidenceItem {
            name: "cash_24h".to_owned(),
            value: domain::column::Evidence::Cell(domain::column::Cell::Float(14_200.5)).into(),
            sensitive: false,
            list: None,
        }],
        said: None,
    };
    let finding = FindingRecord::new(origin, output, 12_345, None);
    SnapshotAlert {
        alert,
        content,
        merged_from: Vec::new(),
        findings: vec![finding],
        comments: Vec::new(),
    }
}
