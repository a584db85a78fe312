//! A sorted run: its header, its guide and its chunks.
//!
//! ```text
//! header  version u8 = 1 │ state u8: 0 unfinished, 1 live, 2 retired │ if live: entries u64 │ chunks u32 │ last entry
//! guide   in parts of 64 KiB: first entry of each chunk … │ filter, where the index has one
//! chunk   entries …
//! ```

use super::entry::{IndexKind, count_below, number};
use super::filter::Filter;
use crate::store::backend::Direction;
use crate::store::batch::Batch;
use crate::store::error::StoreError;
use crate::store::key::{Key, Record, RunKey, TenantId};
use crate::store::{KeyRange, Store};

/// How long a chunk is in bytes, at most. Shorter ones make the fence longer, longer ones each lookup.
const CHUNK_BYTES: usize = 16 * 1024;

/// How long a part of a guide is in bytes, at most.
const GUIDE_PART_BYTES: usize = 64 * 1024;

const VERSION: u8 = 1;
const UNFINISHED: u8 = 0;
const LIVE: u8 = 1;
const RETIRED: u8 = 2;

/// What a header says.
pub(super) enum Header {
    /// The run is being written, or was when the host stopped.
    Unfinished,
    /// The run is read.
    Live(LiveHeader),
    /// The run was merged into another.
    Retired,
}

/// What a header says of a run that is read.
pub(super) struct LiveHeader {
    kind: IndexKind,
    entries: u64,
    chunks: u32,
    last: Vec<u8>,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Unfinished => vec![VERSION, UNFINISHED],
            Self::Retired => vec![VERSION, RETIRED],
            Self::Live(live) => [
                &[VERSION, LIVE][..],
                &live.entries.to_be_bytes(),
                &live.chunks.to_be_bytes(),
                &live.last,
            ]
            .concat(),
        }
    }

    pub(super) fn decode(key: RunKey, bytes: &[u8]) -> Result<Self, StoreError> {
        Self::parse(key, bytes).ok_or_else(|| damaged(key, "its header"))
    }

    fn parse(key: RunKey, bytes: &[u8]) -> Option<Self> {
        match bytes {
            [VERSION, UNFINISHED] => Some(Self::Unfinished),
            [VERSION, RETIRED] => Some(Self::Retired),
            [VERSION, LIVE, live @ ..] => {
                let kind = IndexKind::from_number(key.index)?;
                let (entries, rest) = live.split_first_chunk()?;
                let (chunks, last) = rest.split_first_chunk()?;
                (last.len() == kind.width()).then(|| {
                    Self::Live(LiveHeader {
                        kind,
                        entries: u64::from_be_bytes(*entries),
                        chunks: u32::from_be_bytes(*chunks),
                        last: last.to_vec(),
                    })
                })
            }
            _ => None,
        }
    }
}

fn damaged(key: RunKey, detail: &str) -> StoreError {
    StoreError::damaged(format!("index run {key:?}"), detail)
}

/// A run that is read.
pub(super) struct Run {
    pub(super) key: RunKey,
    pub(super) kind: IndexKind,
    pub(super) entries: u64,
    /// The first entry of each chunk.
    fence: Vec<u8>,
    last: Vec<u8>,
    filter: Option<Filter>,
}

impl Run {
    /// Reads the guide of a run.
    pub(super) fn load(
        store: &Store,
        tenant: TenantId,
        key: RunKey,
        header: LiveHeader,
    ) -> Result<Self, StoreError> {
        let mut fence = Vec::new();
        for part in store.range(KeyRange::run_guide(tenant, &key), Direction::Forward) {
            fence.extend(part?.1);
        }
        let fence_bytes = header.chunks as usize * header.kind.width();
        if fence.len() < fence_bytes {
            return Err(damaged(key, "its fence"));
        }
        let filter = fence.split_off(fence_bytes);
        let filter = if header.kind.has_filter() {
            Some(Filter::decode(&filter).ok_or_else(|| damaged(key, "its filter"))?)
        } else {
            None
        };
        Ok(Self {
            key,
            kind: header.kind,
            entries: header.entries,
            fence,
            last: header.last,
            filter,
        })
    }

    /// Eight times the entries are one level more.
    pub(super) fn level(&self) -> u32 {
        (self.entries / 4096).max(1).ilog(super::FAN_IN as u64)
    }

    pub(super) fn chunks(&self) -> u32 {
        (self.fence.len() / self.kind.width()) as u32
    }

    /// Whether an entry may begin with a hash.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.may_have(hash))
    }

    /// Whether an entry can be from one, inclusive, to another, exclusive.
    pub(super) fn overlaps(&self, from: &[u8], to: &[u8]) -> bool {
        *self.last >= *from
            && self
                .fence
                .get(..self.kind.width())
                .is_some_and(|first| first < to)
    }

    /// The last chunk with an entry below one, if there is any.
    pub(super) fn chunk_below(&self, bound: &[u8]) -> Option<u32> {
        let below = count_below(&self.fence, self.kind.width(), bound);
        below.checked_sub(1).map(|chunk| chunk as u32)
    }

    /// Lends the entries of a chunk to `read`.
    pub(super) fn chunk<T>(
        &self,
        store: &Store,
        tenant: TenantId,
        chunk: u32,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, StoreError> {
        let width = self.kind.width();
        let key = Key::new(tenant, &Record::RunChunk(self.key, chunk));
        let checked = |entries: &[u8]| {
            let whole = !entries.is_empty() && entries.len().is_multiple_of(width);
            whole.then(|| read(entries))
        };
        store
            .read(&key, checked)?
            .flatten()
            .ok_or_else(|| damaged(self.key, "a chunk"))
    }
}

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
        let filter = run.filter.as_ref().map_or(0, Filter::byte_len);
        Self {
            key: run.key,
            chunks: run.chunks(),
            parts: (run.fence.len() + filter).div_ceil(GUIDE_PART_BYTES) as u32,
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
