//! Transactions: posted one at a time or in batches, and read.
//!
//! In reading order:
//!
//! - [`post`]: a transaction is posted; [`batch`]: many are;
//! - [`read`]: what callers read of a team's transactions; [`customer`]: what is known of a customer;
//! - [`summary`]: how many there were by day, and what their numbers sum up to;
//! - [`seen`]: a transaction, and what came of it, as its reader sees them.

pub mod batch;
pub mod customer;
pub mod post;
pub mod read;
pub mod seen;
pub mod summary;

use std::sync::Arc;

use crate::blocking::{ReadError, blocking};
use domain::payload::Identifier;
use engine::lane::{StoredTransaction, TeamView};

/// The transaction of this id. Reads off the runtime's threads, since the store may wait for the disk.
async fn find(
    view: &Arc<TeamView>,
    txn_id: &Identifier,
) -> Result<Option<StoredTransaction>, ReadError> {
    let (view, txn_id) = (view.clone(), txn_id.clone());
    Ok(blocking(move || view.find(txn_id.as_str())).await??)
}
