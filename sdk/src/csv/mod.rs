//! Comma-separated values, fast, as data warehouses and spreadsheets read them.
//!
//! RFC 4180 in UTF-8. A value that is absent is an empty field without quotes,
//! and an empty text is `""`, so that a reader can tell them apart.
//!
//! ```
//! use vervet_sdk::csv::{Dialect, Writer};
//!
//! let mut out = Vec::new();
//! let mut csv = Writer::new(Dialect::default(), &mut out);
//! csv.text("a \"b\"");
//! csv.null();
//! csv.text("");
//! csv.integer(7);
//! csv.end_row();
//! assert_eq!(out, b"\"a \"\"b\"\"\",,\"\",7\n");
//! ```

mod dialect;
mod options;
mod writer;

pub use dialect::{Dialect, LineEnd, Quoting};
pub use options::Options;
pub use writer::Writer;
