//! What was answered and not yet read: in memory, and beyond that in a file.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Bytes that are held in memory for one client.
const MEMORY_BYTES: usize = 1 << 20;

/// Bytes that are read back from the file at once.
const READ_BYTES: usize = 64 << 10;

/// The writing end. Dropped, it ends the answer.
pub(super) struct Spool(Arc<Shared>);

/// The reading end.
pub(super) struct SpoolReader(Arc<Shared>);

#[derive(Default)]
struct Shared {
    held: Mutex<Held>,
    changed: Notify,
}

/// *Invariant.* What is in memory comes before what is in the file.
#[derive(Default)]
struct Held {
    memory: VecDeque<Bytes>,
    memory_bytes: usize,
    file: Option<File>,
    written: u64,
    read: u64,
    ended: bool,
    gone: bool,
    failed: Option<io::Error>,
}

impl Spool {
    /// Both ends.
    pub(super) fn new() -> (Self, SpoolReader) {
        let shared = Arc::<Shared>::default();
        (Self(shared.clone()), SpoolReader(shared))
    }

    /// Appends to the answer. Where the reader has gone nothing is kept.
    pub(super) fn push(&self, bytes: Bytes) {
        let mut held = self.0.held.lock();
        if held.gone || bytes.is_empty() {
            return;
        }
        let is_spilling = held.written > held.read;
        if !is_spilling && held.memory_bytes < MEMORY_BYTES {
            held.memory_bytes += bytes.len();
            held.memory.push_back(bytes);
        } else if let Err(error) = held.spill(&bytes) {
            held.failed = Some(error);
        }
        drop(held);
        self.0.changed.notify_one();
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.0.held.lock().ended = true;
        self.0.changed.notify_one();
    }
}

impl Held {
    fn spill(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        if let Some(error) = self.failed.take() {
            self.ended = true;
            return Some(Err(error));
        }
        if let Some(bytes) = self.memory.pop_front() {
            self.memory_bytes -= bytes.len();
            return Some(Ok(bytes));
        }
        let file = self.file.as_ref()?;
        let left = self.written - self.read;
        if left == 0 {
            return None;
        }
        let mut bytes = vec![0; READ_BYTES.min(left as usize)];
        if let Err(error) = file.read_exact_at(&mut bytes, self.read) {
            return Some(Err(error));
        }
        self.read += bytes.len() as u64;
        if self.read == self.written {
            // All is read: the file is begun anew, so that it does not grow with the answer.
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
                    (held.next(), held.ended)
                };
                match next {
                    Some(next) => return Some((next, reader)),
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
        self.0.held.lock().gone = true;
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn all_comes_out_in_order_however_much_waits() {
        let (spool, reader) = Spool::new();
        let piece = |number: u32| Bytes::from(number.to_le_bytes().repeat(4096));
        let count = 4 * (MEMORY_BYTES / piece(0).len()) as u32;
        for number in 0..count / 2 {
            spool.push(piece(number));
        }
        assert!(spool.0.held.lock().memory_bytes <= MEMORY_BYTES + piece(0).len());
        let mut stream = Box::pin(reader.into_stream());
        let mut read = Vec::new();
        read.extend_from_slice(
            &stream
                .next()
                .await
                .expect("there is more")
                .expect("it is read"),
        );
        for number in count / 2..count {
            spool.push(piece(number));
        }
        drop(spool);
        while let Some(bytes) = stream.next().await {
            read.extend_from_slice(&bytes.expect("it is read"));
        }
        let expect: Vec<u8> = (0..count)
            .flat_map(|number| piece(number).to_vec())
            .collect();
        assert!(read == expect);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_a_reader_that_has_gone() {
        let (spool, reader) = Spool::new();
        drop(reader);
        spool.push(Bytes::from_static(b"lost"));
        assert_eq!(spool.0.held.lock().memory_bytes, 0);
    }
}
