//! The alerts beside one in a list.

use std::sync::Arc;

use super::NoSuchAlert;
use super::filters::AlertFilters;
use super::known::{FilterError, query};
use crate::App;
use crate::alert_index;
use crate::blocking::{ReadError, on_disk};
use crate::caller::{Caller, Forbidden};
use domain::alert::AlertId;
use engine::alert::index::{Neighbours, Sort};
use engine::alert::read_alert;
use engine::lane::LaneError;
use tenant::Permission;

/// Why it is not known which alerts are beside one.
#[derive(Debug, thiserror::Error)]
pub enum NeighboursError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such alert.
    #[error(transparent)]
    NoSuchAlert(#[from] NoSuchAlert),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The alerts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<LaneError> for NeighboursError {
    fn from(error: LaneError) -> Self {
        Self::Read(error.into())
    }
}

/// The alerts before and after one in the list of those that the filters let through, whether or not it is in the list
/// any more: it may have been closed since.
///
/// # Errors
/// Where the caller may not, there is no such alert, or a filter names what there is not.
pub async fn neighbours(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
    sort: Sort,
    id: AlertId,
) -> Result<Neighbours, NeighboursError> {
    caller.require(Permission::AlertRead)?;
    let query = query(app, caller, filters).await?;
    let (tenant, position) = (caller.tenant, caller.position().await?);
    let alert = on_disk(app, move |app| {
        read_alert(&app.services.store, tenant, id, position)
    });
    alert.await?.ok_or(NoSuchAlert(id))?;
    let found = alert_index::search(caller, move |index| index.neighbours(&query, sort, id));
    Ok(found.await?.0)
}
