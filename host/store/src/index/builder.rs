//! Writes runs.

use super::entry::{IndexKind, number};
use super::filter::Filter;
use super::run::{GUIDE_PART_BYTES, Header, LiveHeader, Run};
use crate::batch::Batch;
use crate::key::{Key, Record, RunKey, TenantId};

/// How long a chunk is in bytes, at most. Shorter ones make the fence longer, longer ones each lookup.
const CHUNK_BYTES: usize = 16 * 1024;

/// Writes a run, entry by entry, in order.
pub(super) struct RunBuilder {
    tenant: TenantId,
    key: RunKey,
    kind: IndexKind,
    entries: u64,
    fence: Vec<u8>,
    filter: Option<Filter>,
    chunk: Vec<u8>,
    last: Vec<u8>,
}

impl RunBuilder {
    /// A run of so many entries.
    pub(super) fn new(tenant: TenantId, key: RunKey, kind: IndexKind, entries: u64) -> Self {
        Self {
            tenant,
            key,
            kind,
            entries: 0,
            fence: Vec::new(),
            filter: kind.has_filter().then(|| Filter::new(entries)),
            chunk: Vec::with_capacity(CHUNK_BYTES),
            last: Vec::new(),
        }
    }

    /// Marks the run as unfinished, before anything of it is written without its live header.
    pub(super) fn mark_unfinished(&self, batch: &mut Batch) {
        let header = Key::new(self.tenant, &Record::Run(self.key));
        batch.put(header, Header::Unfinished.encode());
    }

    /// Adds an entry, not below the one before.
    pub(super) fn push(&mut self, entry: &[u8], batch: &mut Batch) {
        if self.chunk.len() + entry.len() > CHUNK_BYTES {
            self.end_chunk(batch);
        }
        if self.chunk.is_empty() {
            self.fence.extend_from_slice(entry);
        }
        if let Some(filter) = &mut self.filter {
            filter.add(number(entry, 0));
        }
        self.chunk.extend_from_slice(entry);
        self.entries += 1;
    }

    fn end_chunk(&mut self, batch: &mut Batch) {
        let width = self.kind.width();
        let number = (self.fence.len() / width - 1) as u32;
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.last = chunk[chunk.len() - width..].to_vec();
        batch.put(
            Key::new(self.tenant, &Record::RunChunk(self.key, number)),
            chunk,
        );
    }

    /// Ends the entries, of which there is at least one; the guide is to be written.
    pub(super) fn finish(mut self, batch: &mut Batch) -> GuideWriter {
        self.end_chunk(batch);
        let mut guide = self.fence.clone();
        if let Some(filter) = &self.filter {
            filter.encode(&mut guide);
        }
        GuideWriter {
            tenant: self.tenant,
            guide,
            part: 0,
            run: Run {
                key: self.key,
                kind: self.kind,
                entries: self.entries,
                fence: self.fence,
                last: self.last,
                filter: self.filter,
            },
        }
    }
}

/// Writes the guide of a run, part by part, and then its header.
pub(super) struct GuideWriter {
    tenant: TenantId,
    guide: Vec<u8>,
    part: u32,
    run: Run,
}

impl GuideWriter {
    /// Writes a part; `false` when there is none left.
    pub(super) fn write_part(&mut self, batch: &mut Batch) -> bool {
        let mut parts = self.guide.chunks(GUIDE_PART_BYTES);
        let Some(part) = parts.nth(self.part as usize) else {
            return false;
        };
        let key = Key::new(self.tenant, &Record::RunGuide(self.run.key, self.part));
        batch.put(key, part.to_vec());
        self.part += 1;
        true
    }

    /// Writes what is left and makes the run live.
    pub(super) fn write_all(mut self, batch: &mut Batch) -> Run {
        while self.write_part(batch) {}
        let header = Header::Live(LiveHeader {
            kind: self.run.kind,
            entries: self.run.entries,
            chunks: self.run.chunks(),
            last: self.run.last.clone(),
        });
        let key = Key::new(self.tenant, &Record::Run(self.run.key));
        batch.put(key, header.encode());
        self.run
    }
}
