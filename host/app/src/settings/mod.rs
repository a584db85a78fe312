//! Settings of which a tenant has one each: how alerts merge, what a rule must show before it is promoted, and what
//! becomes of the transactions that sessions fetch.

mod alert_merging;
mod promotion_gate;
pub mod session_settings;

use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, Stale, Version};
use engine::lane::{Change, LaneError};
use tenant::{Definition, Permission};

/// A setting that is in force, or is not.
pub trait Setting: Definition {
    /// What is in force.
    type Active: Copy + PartialEq + Send + 'static;

    /// Who may read it.
    const READ: Permission;
    /// Who may change it.
    const WRITE: Permission;
    /// What the audit calls a change of it.
    const ACTION: &'static str;

    /// What is in force in this version, and what was last; none if nothing is.
    fn new(active: Option<Self::Active>, last: Option<Self::Active>, version: u64) -> Self;

    /// What is in force; none if nothing is.
    fn active(&self) -> Option<Self::Active>;

    /// What is in force or was last, or what was typed for the next time.
    fn last(&self) -> Option<Self::Active>;

    /// The version, from 1.
    fn version(&self) -> u64;
}

/// A setting as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current<A> {
    /// What is in force; none if nothing is.
    pub active: Option<A>,
    /// What is in force or was last, or what was typed for the next time.
    pub last: Option<A>,
    /// The version; 0 where it was never set.
    pub version: u64,
}

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PutSettingError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Reads a setting.
///
/// # Errors
/// Where the caller may not.
pub fn read<S: Setting>(caller: &Caller) -> Result<Current<S::Active>, Forbidden> {
    caller.require(S::READ)?;
    Ok(current(
        S::shelf(&caller.definitions())
            .iter()
            .next()
            .map(|one| &**one),
    ))
}

/// Puts a setting in force, or ends it. A new version, unless nothing changes. What was in force before it ended is kept
/// for the next time, or `last` is in its place.
///
/// # Errors
/// Where the caller may not, or it is not the version that the change is meant for.
pub async fn put<S: Setting>(
    caller: &Caller,
    expected: Expected,
    active: Option<S::Active>,
    last: Option<S::Active>,
) -> Result<Current<S::Active>, PutSettingError> {
    caller.require(S::WRITE)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let stored = S::shelf(change.definitions()).iter().next();
        let before = current(stored.map(|one| &**one));
        expected.check(Some(Version::Number(before.version)))?;
        let last = active.or(last).or(before.last);
        if (before.active, before.last) == (active, last) {
            return Ok(before);
        }
        let version = before.version + 1;
        change.audit(&actor, S::ACTION, "");
        change.put(S::new(active, last, version));
        Ok(Current {
            active,
            last,
            version,
        })
    };
    caller.change(put).await
}

fn current<S: Setting>(stored: Option<&S>) -> Current<S::Active> {
    Current {
        active: stored.and_then(S::active),
        last: stored.and_then(S::last),
        version: stored.map_or(0, S::version),
    }
}
