//! The rows of a team by the value of one field, on disk.
//!
//! A window asks for the rows of one customer or one counterparty between two times. This index finds them by key,
//! whatever the number of rows and keys and in whatever order the rows arrived. It is *covering*: it holds the values
//! that windows need, so that no block of the store is read. It is *derived*: every row can be appended again from the
//! store, so a crash loses only what has to be appended again, and a damaged index is replaced by an empty one.
//!
//! The crate knows bytes: a key is a keyed hash of 16 bytes, and the form of the values is the caller's.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let parent = tempfile::tempdir()?;
//! use std::ops::ControlFlow;
//! use window_index::{Row, Settings, Shared, WindowIndex};
//!
//! let shared = Shared::new(Settings::default(), || {})?;
//! let opened = WindowIndex::open(&parent.path().join("team-1"), b"customer_id: amount", &shared)?;
//! let index = opened.index;
//! assert_eq!(index.watermark(), 0); // append from the first row on
//!
//! let row = Row { key: [7; 16], at: 1_764_000_000_000_000, sequence: 3, values: b"12.50" };
//! index.append([row].into_iter(), 4)?;
//! index.visit(&[7; 16], 0, i64::MAX, 4, &mut |at, sequence, values| {
//!     assert_eq!((at, sequence, values), (row.at, 3, row.values));
//!     ControlFlow::Continue(())
//! })?;
//! # Ok(()) }
//! ```
//!
//! # How it works
//! - Appended rows are in memory in the order in which they came, linked by key when somebody looks for one (`tail`), and
//!   visible at once. When there are [`rows_per_flush`](Settings::rows_per_flush) of them the tail is sealed, and the thread of [`Shared`] sorts it and
//!   writes it as a table of the tree. Rows that were only [pushed](WindowIndex::push) stay out of it until the watermark
//!   passes them. The watermark is an entry of the same table, so both are on disk or neither is (`inner`).
//! - The thread merges tables level by level. It works for all indexes in turn, and writes before it merges. If it falls
//!   behind, [`is_behind`](WindowIndex::is_behind) says so and the caller has to stop appending: `append` never waits.
//! - Readers look at the tails first and at the tables of the tree afterwards, and skip what they see twice (`visit`). Of the
//!   tables that wait to be merged they look only into those that may have the key: each was written with a filter of its
//!   keys, which is in memory (`filter`).
//! - The file `layout` makes a directory an index (`files`). It is the last file that is written and the first that is
//!   removed. When damage is found, it is removed at once, so that the next `open` begins with an empty index even if
//!   the program is killed before.
//! - An index without rows on disk has no directory.
//!
//! # What the caller must know
//! - One process at a time may use a directory. Within a process, a second `open` fails.
//! - Dropping an index writes nothing. [`flush`](WindowIndex::flush) costs some ten syncs of files and directories: call
//!   it when it saves appending many rows again, not for each of a thousand small teams.
//! - On a full disk rows stay in memory and the thread tries again each second; what a failed attempt wrote is removed.
//! - A step of merging needs as much free space as the tables that it reads, some 400 MB at most.
//! - Rows cannot be removed yet. Rewriting tables without a key, or without old rows, fits into merging: the tree takes a
//!   filter that sees every row.
//!
//! # What was measured
//! With `cargo run --release -p window-index --example measure`: keys drawn uniformly, ten rows a key, entries of 52
//! bytes (20 of them values), everything written and merged at the end, a cache of 64 MiB.
//!
//! | | 1 million rows | 10 million rows |
//! | --- | --- | --- |
//! | processor time a row, all merging included | 1 | 1.7 |
//! | bytes of disk a row | 34 | 36 |
//! | bytes written a row | 92 | 150 |
//! | resident memory while rows are appended, at most | 46 MB | 60 MB |
//! | rows of a key, first read, median and 99th percentile | 1 and 2.8 | 2.1 and 9.0 |
//! | the same, read again | 0.6 and 1.1 | 0.9 and 3.7 |
//!
//! Times are multiples of the first figure in their block: a row took 1.9 µs, a first read 11 µs on a slow core, with
//! files in the page cache.
//!
//! A thousand indexes without rows on disk open in 8 ms and take 0.6 KB of memory each; with 100 rows in memory each 12
//! KB. With 100 rows on disk each they open in 0.3 to 0.4 s, take 11 KB each, and no more descriptors than
//! [`Settings::descriptors`]. Writing them takes 40 to 50 ms each, nearly all of it syncs.
//!
//! # What was decided by it
//! - **A tail of our own before the tree**, not the tree's memory tables: opening costs nothing as long as there is
//!   nothing on disk, and rows are sorted and written in one pass. A row is added in a tenth of the time that a sorted map
//!   takes, and linked to the others of its key with the next read; for that, a read looks at all rows that its key has in
//!   memory, whatever the time it asks for.
//! - **131,072 rows a flush.** Half as many cost a quarter more processor time, and a quarter as many half more time for a
//!   first read, too: there are more tables to merge and to look into. Writing them takes some 10 MB.
//! - **Tables of 8 MiB, merged when there are eight.** With 4 MiB nothing changes; with 16 MiB processor time falls by a
//!   fifth and steps of merging, which writing has to wait for, grow longer.
//! - **Filters of our own**, 16 bits for a row that waits to be merged: the tree's answer for whole keys only, and rows are
//!   read by range. After a start tables have none until they are merged.
//! - **Blocks are compressed with LZ4** once they are merged: a quarter more processor time where it was done from the start,
//!   but 31 % less disk.
//! - **The list of tables is checked when an index is opened.** The tree writes its checksum and never reads it; a changed
//!   byte could make it delete tables. This reads two files of the tree, which is why its version is pinned.

mod error;
mod files;
mod filter;
mod index;
mod inner;
mod row;
mod shared;
mod tail;
mod visit;
mod worker;

pub use error::{IndexError, OpenError};
pub use index::{Cause, Figures, Opened, Origin, WindowIndex};
pub use row::{Row, RowKey};
pub use shared::{Settings, Shared};
pub use visit::Visit;
