//! What people put to alerts, as the store keeps it: every version under the position that made it.
//!
//! Readers say up to which position they see. What a lane has committed and the store may not show
//! yet is the lane's to know.

mod read;
mod record;
#[cfg(test)]
mod tests;

pub use read::{
    PartQuery, all_versions, comments_between, last_number, list_parts, parts_of, read_part,
};
pub use record::PartRecord;
