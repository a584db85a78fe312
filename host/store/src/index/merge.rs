//! Makes one run of several, in steps.

use std::sync::Arc;

use super::builder::{GuideWriter, RunBuilder};
use super::entry::IndexKind;
use super::run::{Header, Run};
use crate::Store;
use crate::batch::Batch;
use crate::error::StoreError;
use crate::key::{Key, Record, RunKey, TenantId};

/// A merge that is under way.
pub(super) struct Merge {
    tenant: TenantId,
    sources: Vec<Source>,
    phase: Phase,
}

/// What is written next.
enum Phase {
    Mark(RunBuilder),
    Entries(RunBuilder),
    Guide(GuideWriter),
    Done,
}

/// A run that is merged, and how far it is read.
struct Source {
    run: Arc<Run>,
    next_chunk: u32,
    chunk: Vec<u8>,
    at: usize,
}

impl Source {
    /// The next entry, if there is one.
    fn peek(&self) -> Option<&[u8]> {
        self.chunk.get(self.at..self.at + self.run.kind.width())
    }

    /// Reads the next chunk where the entries of the last are used up.
    fn fill(&mut self, store: &Store, tenant: TenantId) -> Result<(), StoreError> {
        if self.at == self.chunk.len() && self.next_chunk < self.run.chunks() {
            let chunk = &mut self.chunk;
            chunk.clear();
            self.run.chunk(store, tenant, self.next_chunk, |entries| {
                chunk.extend_from_slice(entries);
            })?;
            self.next_chunk += 1;
            self.at = 0;
        }
        Ok(())
    }
}

impl Merge {
    pub(super) fn new(
        tenant: TenantId,
        key: RunKey,
        kind: IndexKind,
        sources: Vec<Arc<Run>>,
    ) -> Self {
        let entries = sources.iter().map(|run| run.entries).sum();
        let sources = sources.into_iter().map(|run| Source {
            run,
            next_chunk: 0,
            chunk: Vec::new(),
            at: 0,
        });
        Self {
            tenant,
            sources: sources.collect(),
            phase: Phase::Mark(RunBuilder::new(tenant, key, kind, entries)),
        }
    }

    /// The level of the runs that are merged.
    pub(super) fn level(&self) -> u32 {
        self.sources.first().map_or(0, |source| source.run.level())
    }

    /// The runs that are merged.
    pub(super) fn sources(&self) -> impl Iterator<Item = RunKey> {
        self.sources.iter().map(|source| source.run.key)
    }

    /// Goes on until the batch has so many bytes. At the end, the run that was made.
    pub(super) fn step(
        &mut self,
        store: &Store,
        bytes: usize,
        batch: &mut Batch,
    ) -> Result<Option<Run>, StoreError> {
        while batch.byte_len() < bytes {
            self.phase = match std::mem::replace(&mut self.phase, Phase::Done) {
                Phase::Mark(builder) => {
                    builder.mark_unfinished(batch);
                    Phase::Entries(builder)
                }
                Phase::Entries(mut builder) => {
                    if self.push_lowest(store, &mut builder, batch)? {
                        Phase::Entries(builder)
                    } else {
                        Phase::Guide(builder.finish(batch))
                    }
                }
                Phase::Guide(mut guide) => {
                    if guide.write_part(batch) {
                        Phase::Guide(guide)
                    } else {
                        for source in &self.sources {
                            let key = Key::new(self.tenant, &Record::Run(source.run.key));
                            batch.put(key, Header::Retired.encode());
                        }
                        return Ok(Some(guide.write_all(batch)));
                    }
                }
                Phase::Done => return Ok(None),
            };
        }
        Ok(None)
    }

    /// Moves the lowest entry to the run; `false` when there is none left.
    fn push_lowest(
        &mut self,
        store: &Store,
        builder: &mut RunBuilder,
        batch: &mut Batch,
    ) -> Result<bool, StoreError> {
        for source in &mut self.sources {
            source.fill(store, self.tenant)?;
        }
        let lowest = (self.sources.iter_mut())
            .filter(|source| source.peek().is_some())
            .min_by(|one, other| one.peek().cmp(&other.peek()));
        let Some(source) = lowest else {
            return Ok(false);
        };
        if let Some(entry) = source.peek() {
            builder.push(entry, batch);
        }
        source.at += source.run.kind.width();
        Ok(true)
    }
}
