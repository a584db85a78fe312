//! The steps of a session, in the tenant's lane.

use domain::session::{Digest, Refusal, Taken};
use uuid::Uuid;

use super::announce::announce;
use super::names::{self, Consent};
use super::record::SessionRecord;
use engine::lane::{Actor, Change};
use store::StoreError;

/// Who takes a step.
#[derive(Clone, Debug)]
pub struct Who {
    /// As the audit names them.
    pub actor: Actor,
    /// The client whose sessions alone they see; none if they see all of the tenant's.
    pub client: Option<String>,
}

/// A step that was taken, now or before.
#[derive(Clone, Debug)]
pub struct Stepped {
    /// The session as it is now.
    pub session: SessionRecord,
    /// Whether the step was taken before, with the same content.
    pub is_repeat: bool,
}

/// Why a step was not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is none that the caller sees.
    #[error("there is no session {0}")]
    NoSuchSession(Uuid),
    /// The user has given none at the bank, or took it back.
    #[error("there is no consent of this user at bank '{bank}'")]
    NoConsent {
        /// The bank's id.
        bank: String,
    },
    /// The session does not take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It contradicts what is known beyond the session.
    #[error("{0}")]
    Conflict(String),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A session as it is in the lane.
///
/// # Errors
/// Where there is none that the caller sees.
pub(super) fn find(change: &Change<'_>, who: &Who, id: Uuid) -> Result<SessionRecord, StepError> {
    let found = change.record(&SessionRecord::key(id))?;
    let session = found.map(|bytes| SessionRecord::read(&bytes)).transpose()?;
    let is_seen = |session: &SessionRecord| {
        let client = who.client.as_ref();
        client.is_none_or(|client| *client == session.client)
    };
    session.filter(is_seen).ok_or(StepError::NoSuchSession(id))
}

/// Takes a step: what `take` says has happened is announced and noted as `action`, in the same commit.
///
/// # Errors
/// Where there is no such session, or it does not take the step.
pub fn step(
    change: &mut Change<'_>,
    who: &Who,
    id: Uuid,
    action: &str,
    take: impl FnOnce(&mut SessionRecord, &mut Change<'_>) -> Result<Taken, StepError>,
) -> Result<Stepped, StepError> {
    let mut session = find(change, who, id)?;
    let is_repeat = match take(&mut session, change)? {
        Taken::Again => true,
        Taken::Now(event) => {
            session.changed_at = change.at().as_micros();
            if let Some(event) = event {
                announce(change, &mut session, event);
            }
            note(change, who, &session, action);
            keep(change, &session);
            false
        }
    };
    Ok(Stepped { session, is_repeat })
}

/// Notes a step. Of the accounts it names the IBANs, which are kept for audit alone once the consent is taken back.
fn note(change: &mut Change<'_>, who: &Who, session: &SessionRecord, action: &str) {
    let mut subject = format!("{}/{}", session.bank, session.id);
    if action == "session.accounts" {
        let accounts = session.state.accounts.iter().flatten();
        let ibans = accounts.filter_map(|(account, _)| account.iban.as_deref());
        for (number, iban) in ibans.enumerate() {
            subject.push_str(if number == 0 { ": " } else { ", " });
            subject.push_str(iban);
        }
    }
    change.audit(&who.actor, action, subject);
}

/// Keeps a session, among those that have not ended where it has not.
pub(super) fn keep(change: &mut Change<'_>, session: &SessionRecord) {
    change.keep_record(&SessionRecord::key(session.id), session.write());
    let open = names::open(session.id);
    if session.state.end.is_none() {
        change.put_record(&open, session.changed_at.to_be_bytes().to_vec());
    } else {
        change.delete_record(&open);
    }
}

/// The customer is back from the bank; the consent is given.
///
/// # Errors
/// Where there is no such session, or it does not take the code.
pub fn give_code(
    change: &mut Change<'_>,
    who: &Who,
    id: Uuid,
    code: Digest,
) -> Result<Stepped, StepError> {
    step(change, who, id, "session.code", |session, change| {
        let taken = session.state.code(code)?;
        let (client, bank, user) = (&session.client, &session.bank, &session.user);
        if let (Taken::Now(_), Some(mut consent)) =
            (taken, Consent::find(change, client, bank, user)?)
        {
            consent.is_given = true;
            consent.keep(change, client, bank, user);
        }
        Ok(taken)
    })
}
