//! Deletes the runs that nobody reads.

use super::run::{Run, damaged};
use crate::backend::Direction;
use crate::batch::Batch;
use crate::error::StoreError;
use crate::key::{Key, Record, RunKey, TenantId};
use crate::{KeyRange, Store};

/// A run that nobody reads, and how far it is deleted.
pub(super) struct Garbage {
    key: RunKey,
    /// Chunks and guide parts that are left.
    chunks: u32,
    parts: u32,
}

impl Garbage {
    /// A run that was retired.
    pub(super) fn retired(run: &Run) -> Self {
        Self {
            key: run.key,
            chunks: run.chunks(),
            parts: run.guide_parts(),
        }
    }

    /// A run that was found when the index was opened.
    pub(super) fn found(store: &Store, tenant: TenantId, key: RunKey) -> Result<Self, StoreError> {
        let count = |range| -> Result<u32, StoreError> {
            let Some(last) = store.range(range, Direction::Reverse).next().transpose()? else {
                return Ok(0);
            };
            match Key::parse(&last.0) {
                Some((_, Record::RunChunk(_, number) | Record::RunGuide(_, number))) => {
                    Ok(number + 1)
                }
                _ => Err(damaged(key, "the key of a chunk")),
            }
        };
        Ok(Self {
            key,
            chunks: count(KeyRange::run_chunks(tenant, &key))?,
            parts: count(KeyRange::run_guide(tenant, &key))?,
        })
    }

    /// Deletes keys until the batch has so many; the header is the last. Whether it was deleted.
    pub(super) fn delete_some(&mut self, tenant: TenantId, keys: usize, batch: &mut Batch) -> bool {
        while batch.len() < keys {
            let record = if self.parts > 0 {
                self.parts -= 1;
                Record::RunGuide(self.key, self.parts)
            } else if self.chunks > 0 {
                // From the last on, so that the last that is left says how many are.
                self.chunks -= 1;
                Record::RunChunk(self.key, self.chunks)
            } else {
                batch.delete(Key::new(tenant, &Record::Run(self.key)));
                return true;
            };
            batch.delete(Key::new(tenant, &record));
        }
        false
    }
}
