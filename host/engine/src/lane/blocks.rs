//! The last stage before the commit: rows become transaction blocks.

use std::sync::Arc;

use super::outcome::Outcome;
use super::sequence::Row;
use store::record::block::{BlockBuilder, Pushed};

/// The rows of a turn as blocks, each with the sequence number of its first row.
pub(super) fn encode_blocks(rows: &[Row], outcomes: &[Arc<Outcome>]) -> Vec<(u64, Vec<u8>)> {
    let mut blocks = Vec::new();
    let Some(first) = rows.first() else {
        return blocks;
    };
    let mut block = BlockBuilder::new(first.sequence);
    // Most rows of a turn share one outcome: it is written out once.
    let mut written: Option<(&Arc<Outcome>, Vec<u8>)> = None;
    for (row, outcome) in rows.iter().zip(outcomes) {
        let bytes = match written.take() {
            Some((same, bytes)) if Arc::ptr_eq(same, outcome) => bytes,
            _ => outcome.write(),
        };
        if block.push(&row.transaction, row.received_at, &bytes) == Pushed::Full {
            let full = std::mem::replace(&mut block, BlockBuilder::new(row.sequence));
            blocks.push((full.first(), full.finish()));
            // An empty block takes any row.
            let _ = block.push(&row.transaction, row.received_at, &bytes);
        }
        written = Some((outcome, bytes));
    }
    blocks.push((block.first(), block.finish()));
    blocks
}
