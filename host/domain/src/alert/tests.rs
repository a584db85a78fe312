//! What the tests of this module share.

use uuid::Uuid;

use super::content::{AlertContent, GuardedContent};
use super::record::Alert;
use crate::rule::Level;
use crate::time::Timestamp;

/// An open alert of a number, which was created a day after the one before it.
pub(super) fn an_alert(number: u128) -> Alert {
    let created_at = Timestamp::from_micros(0).plus_seconds(number as u64 * 24 * 60 * 60);
    Alert {
        id: Uuid::from_u128(number),
        team: "aml".to_owned(),
        dprofile_id: Some("c-1".to_owned()),
        user_id: None,
        content: GuardedContent::open(AlertContent {
            title: format!("Alert {number}"),
            info: "{}".to_owned(),
            ..AlertContent::default()
        }),
        incident_type: "trx_aml_alert".to_owned(),
        state: "open".to_owned(),
        severity: Level::Low,
        priority: Level::Low,
        due_date: None,
        txn_ids: vec![format!("t-{number}")],
        rule: Some("structuring".to_owned()),
        install: None,
        findings: 1,
        created_at,
        updated_at: created_at,
        closed: None,
        version: 1,
        merged: 0,
        merged_into: None,
        own: None,
    }
}
