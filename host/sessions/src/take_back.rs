//! Takes consents back, in the tenant's lane.

use uuid::Uuid;

use super::names::Consent;
use super::record::SessionRecord;
use super::steps::{StepError, Who, find, keep};
use engine::lane::Change;
use store::key::Record;

/// Takes a consent back: what its sessions read is gone, but for events, audit and what monitoring took over. Answers
/// the sessions, none if there is no consent.
///
/// # Errors
/// Where the store cannot be read.
pub fn take_back(
    change: &mut Change<'_>,
    who: &Who,
    client: &str,
    bank: &str,
    user: &str,
) -> Result<Vec<Uuid>, StepError> {
    let Some(consent) = Consent::find(change, client, bank, user)? else {
        return Ok(Vec::new());
    };
    for &id in &consent.sessions {
        let mut session = find(change, who, id)?;
        forget(change, &mut session);
        session.state.take_back();
        session.changed_at = change.at().as_micros();
        keep(change, &session);
    }
    Consent::drop(change, client, bank, user);
    change.audit(
        &who.actor,
        "consent.take_back",
        format!("{bank}/{}", consent.id),
    );
    Ok(consent.sessions)
}

/// Drops what a session read.
fn forget(change: &mut Change<'_>, session: &mut SessionRecord) {
    for mark in std::mem::take(&mut session.pages) {
        let key = session.page_key(mark.account, mark.page);
        for part in 0..mark.parts {
            change.delete_record(&Record::Fetched(key, part));
        }
        change.drop_record(&Record::FetchedPage(key));
    }
    session.state.accounts = None;
}
