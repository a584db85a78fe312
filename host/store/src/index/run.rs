//! A sorted run: its header, its guide and its chunks.
//!
//! ```text
//! header  version u8 = 1 │ state u8: 0 unfinished, 1 live, 2 retired │ if live: entries u64 │ chunks u32 │ last entry
//! guide   in parts of 64 KiB: first entry of each chunk … │ filter, where the index has one
//! chunk   entries …
//! ```

use super::entry::{IndexKind, count_below};
use super::filter::Filter;
use crate::backend::Direction;
use crate::error::StoreError;
use crate::key::{Key, Record, RunKey, TenantId};
use crate::{KeyRange, Store};

/// How long a part of a guide is in bytes, at most.
pub(super) const GUIDE_PART_BYTES: usize = 64 * 1024;

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
    pub(super) kind: IndexKind,
    pub(super) entries: u64,
    pub(super) chunks: u32,
    pub(super) last: Vec<u8>,
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

pub(super) fn damaged(key: RunKey, detail: &str) -> StoreError {
    StoreError::damaged(format!("index run {key:?}"), detail)
}

/// A run that is read.
pub(super) struct Run {
    pub(super) key: RunKey,
    pub(super) kind: IndexKind,
    pub(super) entries: u64,
    /// The first entry of each chunk.
    pub(super) fence: Vec<u8>,
    pub(super) last: Vec<u8>,
    pub(super) filter: Option<Filter>,
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

    /// How many parts its guide has.
    pub(super) fn guide_parts(&self) -> u32 {
        let filter = self.filter.as_ref().map_or(0, Filter::byte_len);
        (self.fence.len() + filter).div_ceil(GUIDE_PART_BYTES) as u32
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
