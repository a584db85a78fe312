//! For which client a caller acts.

use crate::caller::Caller;

/// Why a caller cannot act for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No client is named.
    #[error("no client is named")]
    Missing,
    /// Another client is named than the caller's own.
    #[error("a client is named that the credential does not belong to")]
    NotOwn,
    /// The caller belongs to no client.
    #[error("the credential's user has no client id, which an Administrator sets")]
    NoClient,
}

/// The caller's own client, which must be the named one: a caller cannot claim another's.
///
/// # Errors
/// Where no client is named, or another than the caller's own.
pub(super) fn own_client(caller: &Caller, named: Option<String>) -> Result<String, ClientError> {
    let named = named.ok_or(ClientError::Missing)?;
    match caller.client_id.as_deref() {
        Some(own) if own == named => Ok(named),
        Some(_) => Err(ClientError::NotOwn),
        None => Err(ClientError::NoClient),
    }
}

/// The client whose users are read: the caller's own, or, for those who see all of the tenant's sessions, the named one.
///
/// # Errors
/// Where a client must be named, or is not the caller's own.
pub(super) fn read_client(caller: &Caller, named: Option<String>) -> Result<String, ClientError> {
    match (caller.client_id.as_deref(), named) {
        (Some(own), None) => Ok(own.to_owned()),
        (Some(own), Some(named)) if own == named => Ok(named),
        (Some(_), Some(_)) => Err(ClientError::NotOwn),
        (None, Some(named)) => Ok(named),
        (None, None) => Err(ClientError::Missing),
    }
}
