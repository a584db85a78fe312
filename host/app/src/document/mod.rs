//! Documents: files that people put to alerts.
//!
//! - [`content`]: what a document is, by its bytes as they come; what can do harm is refused;
//! - [`package`]: which kind of Office document an archive is;
//! - [`media`]: which types there are, and what clients and names call them;
//! - [`name`]: what a document is called;
//! - [`sweep`]: files that nothing names any more.
//!
//! What is taken is a list, not what is left after some is refused. All the same nothing of it is
//! ever shown by a browser as part of the host: documents are answered as downloads.

mod content;
mod media;
mod name;
mod package;
mod sweep;

pub use content::{DocumentRefusal, Sniffer};
pub use name::{disposition, file_name, name_in_disposition};
pub use sweep::sweep;
