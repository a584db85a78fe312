//! Answers that the client has not read yet: in memory, and beyond that in a file of the data directory.
//!
//! The writer waits where a batch, or all batches of its tenant together, hold as much as they may. It then reads no
//! more of the request either, so a client that never reads is slowed down and costs a bounded amount of disk.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use parking_lot::Mutex;
use tokio::sync::Notify;

use app::spools::TenantSpool;
use base::condition::Condition;

/// Bytes that are held in memory for one client.
const MEMORY_BYTES: u64 = 1 << 20;

/// Bytes that are read back from the file at once.
const READ_BYTES: u64 = 64 << 10;

/// The spool file cannot be written; answers are then held in memory alone.
static NOT_WRITTEN: Condition =
    Condition::new("unread answers of batches cannot be written to a file");

/// The writing end. Dropped, it ends the answer.
pub(super) struct Spool(Arc<Shared>);

/// The reading end.
pub(super) struct SpoolReader(Arc<Shared>);

/// The client has gone: nobody reads the answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReaderGone;

struct Shared {
    tenant: TenantSpool,
    held: Mutex<Held>,
    changed: Notify,
}

/// *Invariants.* What is in memory comes before what is in the file. The file is a ring of as many bytes as a batch
/// may hold: offsets count on, and are taken modulo its length.
#[derive(Default)]
struct Held {
    memory: VecDeque<Bytes>,
    memory_bytes: u64,
    file: Option<File>,
    written: u64,
    read: u64,
    ended: bool,
    gone: bool,
}

impl Spool {
    /// Both ends.
    pub(super) fn new(tenant: TenantSpool) -> (Self, SpoolReader) {
        let shared = Arc::new(Shared {
            tenant,
            held: Mutex::default(),
            changed: Notify::new(),
        });
        (Self(shared.clone()), SpoolReader(shared))
    }

    /// Appends to the answer, once there is room for it.
    ///
    /// # Errors
    /// Where the reader has gone.
    pub(super) async fn push(&self, bytes: Bytes) -> Result<(), ReaderGone> {
        if bytes.is_empty() {
            return Ok(());
        }
        loop {
            let freed = self.0.tenant.freed();
            tokio::pin!(freed);
            // Registered before looking, so that no notice is missed.
            freed.as_mut().enable();
            {
                let mut held = self.0.held.lock();
                if held.gone {
                    return Err(ReaderGone);
                }
                if held.keep(&bytes, &self.0.tenant) {
                    break;
                }
            }
            freed.await;
        }
        self.0.changed.notify_one();
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.0.held.lock().ended = true;
        self.0.changed.notify_one();
    }
}

impl Held {
    fn unread(&self) -> u64 {
        self.memory_bytes + self.written - self.read
    }

    /// Keeps a piece of the answer where it fits. One piece always does, so that every batch goes on.
    fn keep(&mut self, bytes: &Bytes, tenant: &TenantSpool) -> bool {
        let length = bytes.len() as u64;
        let is_empty = self.unread() == 0;
        if !is_empty && self.unread() + length > tenant.batch_bytes() {
            return false;
        }
        if !tenant.take(length, is_empty) {
            return false;
        }
        let is_spilling = self.written > self.read;
        let is_kept = if !is_spilling && self.memory_bytes < MEMORY_BYTES {
            self.memory_bytes += length;
            self.memory.push_back(bytes.clone());
            true
        } else {
            match self.spill(bytes, tenant.directory(), tenant.batch_bytes()) {
                Ok(()) => {
                    NOT_WRITTEN.ended();
                    true
                }
                Err(error) => {
                    NOT_WRITTEN.holds(error);
                    false
                }
            }
        };
        if !is_kept {
            tenant.give_back(length);
        }
        is_kept
    }

    fn spill(&mut self, bytes: &[u8], directory: &Path, ring: u64) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(directory)?),
        };
        let at = self.written % ring;
        let (first, wrapped) = bytes.split_at(bytes.len().min((ring - at) as usize));
        file.write_all_at(first, at)?;
        file.write_all_at(wrapped, 0)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn next(&mut self, ring: u64) -> Option<io::Result<Bytes>> {
        if let Some(bytes) = self.memory.pop_front() {
            self.memory_bytes -= bytes.len() as u64;
            return Some(Ok(bytes));
        }
        let file = self.file.as_ref()?;
        let left = self.written - self.read;
        if left == 0 {
            return None;
        }
        let at = self.read % ring;
        let mut bytes = vec![0; READ_BYTES.min(left).min(ring - at) as usize];
        if let Err(error) = file.read_exact_at(&mut bytes, at) {
            return Some(Err(error));
        }
        self.read += bytes.len() as u64;
        if self.read == self.written {
            // The next answers begin in memory again; the file gives its place back.
            (self.read, self.written) = (0, 0);
            let _ = file.set_len(0);
        }
        Some(Ok(bytes.into()))
    }
}

impl SpoolReader {
    /// The answer, piece by piece, as it comes.
    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        futures::stream::unfold(self, |reader| async move {
            loop {
                let (next, ended) = {
                    let mut held = reader.0.held.lock();
                    let next = held.next(reader.0.tenant.batch_bytes());
                    // A file that cannot be read back ends the answer.
                    held.ended |= matches!(next, Some(Err(_)));
                    (next, held.ended)
                };
                match next {
                    Some(next) => {
                        if let Ok(bytes) = &next {
                            reader.0.tenant.give_back(bytes.len() as u64);
                        }
                        return Some((next, reader));
                    }
                    None if ended => return None,
                    // What was pushed since is noted: the wait ends at once.
                    None => reader.0.changed.notified().await,
                }
            }
        })
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        let mut held = self.0.held.lock();
        held.gone = true;
        let unread = held.unread();
        held.memory = VecDeque::new();
        (held.memory_bytes, held.written, held.read) = (0, 0, 0);
        held.file = None;
        drop(held);
        self.0.tenant.give_back(unread);
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;
    use app::spools::{SpoolLimits, Spools};
    use store::key::TenantId;

    const TENANT: TenantId = TenantId(1);

    fn spools(batch_bytes: u64, tenant_bytes: u64) -> (tempfile::TempDir, Spools) {
        let data = tempfile::tempdir().expect("a directory");
        let limits = SpoolLimits {
            batch_bytes,
            tenant_bytes,
        };
        let spools = Spools::open(data.path(), limits).expect("a spool directory");
        (data, spools)
    }

    fn piece(number: u64) -> Bytes {
        Bytes::from(vec![(number % 251) as u8; 10_000 + number as usize])
    }

    #[tokio::test]
    async fn every_byte_comes_out_in_order_round_and_round_the_file() {
        // The file holds 3 MiB; all pieces together have 20.
        let (_data, spools) = spools(3 << 20, 100 << 20);
        let (spool, reader) = Spool::new(spools.of(TENANT));
        let count = 1500;
        let write = tokio::spawn(async move {
            for number in 0..count {
                spool.push(piece(number)).await.expect("a reader");
            }
        });
        let mut stream = Box::pin(reader.into_stream());
        let mut read = Vec::new();
        while let Some(bytes) = stream.next().await {
            read.extend_from_slice(&bytes.expect("it is read"));
            tokio::task::yield_now().await;
        }
        write.await.expect("no panic");
        let expect: Vec<u8> = (0..count)
            .flat_map(|number| piece(number).to_vec())
            .collect();
        assert!(read == expect);
        assert_eq!(spools.of(TENANT).used(), 0);
    }

    #[tokio::test]
    async fn a_full_spool_waits_for_its_reader() {
        let (_data, spools) = spools(2 << 20, 100 << 20);
        let (spool, reader) = Spool::new(spools.of(TENANT));
        let mut pushed = 0;
        let blocked = loop {
            let mut push = Box::pin(spool.push(piece(0)));
            match futures::poll!(&mut push) {
                std::task::Poll::Ready(done) => done.expect("a reader"),
                std::task::Poll::Pending => break push,
            }
            pushed += 10_000;
        };
        assert!((2 << 20) - pushed < 10_000, "{pushed} bytes were taken");
        let mut stream = Box::pin(reader.into_stream());
        stream.next().await.expect("an answer").expect("it is read");
        blocked.await.expect("there is room again");
    }

    #[tokio::test]
    async fn batches_of_a_tenant_share_its_room_and_none_stands_still() {
        let (_data, spools) = spools(2 << 20, 2 << 20);
        let (first, _first_reader) = Spool::new(spools.of(TENANT));
        for _ in 0..200 {
            first.push(piece(0)).await.expect("a reader");
        }
        let (second, second_reader) = Spool::new(spools.of(TENANT));
        let big = Bytes::from(vec![7; 200_000]);
        second.push(big.clone()).await.expect("its first piece");
        let mut more = Box::pin(second.push(big.clone()));
        assert!(futures::poll!(&mut more).is_pending());
        let mut stream = Box::pin(second_reader.into_stream());
        stream.next().await.expect("an answer").expect("it is read");
        more.await.expect("there is room again");

        let (other, _reader) = Spool::new(spools.of(TenantId(2)));
        for _ in 0..100 {
            other
                .push(piece(0))
                .await
                .expect("another tenant has room of its own");
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_for_a_reader_that_has_gone() {
        let (_data, spools) = spools(2 << 20, 2 << 20);
        let (spool, reader) = Spool::new(spools.of(TENANT));
        spool.push(piece(0)).await.expect("a reader");
        drop(reader);
        assert_eq!(spool.push(piece(0)).await, Err(ReaderGone));
        assert_eq!(spools.of(TENANT).used(), 0);
    }
}
