//! Begins sessions, in the tenant's lane.

use domain::session::{Digest, Session, SessionKind};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::names::{Consent, External, HubUser};
use super::record::SessionRecord;
use super::rules::Rules;
use super::steps::{StepError, Stepped, Who, find, keep};
use engine::lane::Change;

/// The most sessions of one consent: four refreshes a day for two years.
const MAX_SESSIONS: usize = 3_000;

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whether a customer is asked.
    pub kind: SessionKind,
    /// The `api-clientId`, which is the caller's.
    pub client: String,
    /// The bank's id.
    pub bank: String,
    /// By which the client calls the user.
    pub user: String,
    /// By which the client calls the session.
    pub external_id: Option<String>,
    /// The session context.
    pub context: Option<String>,
    /// Of all that the client asks for.
    pub request: Digest,
}

/// A session that is there now.
pub type Begun = Stepped;

/// Begins a session, or finds the one that was begun by the same request and has not ended.
///
/// # Errors
/// Where the `sessionExternalId` is in use otherwise, or there is nothing to refresh.
pub fn begin(
    change: &mut Change<'_>,
    who: &Who,
    rules: &Rules,
    new: NewSession,
) -> Result<Begun, StepError> {
    let consent = Consent::find(change, &new.client, &new.bank, &new.user)?;
    let external = match &new.external_id {
        Some(external_id) => External::find(change, &new.client, &new.bank, external_id)?,
        None => None,
    };
    if new.kind == SessionKind::Refresh {
        let Some(consent) = consent.as_ref().filter(|consent| consent.is_given) else {
            return Err(StepError::NoConsent { bank: new.bank });
        };
        if let Some(session) = open_refresh(change, who, consent, &new)? {
            return Ok(session);
        }
    } else if let Some(external) = &external {
        if external.user != new.user {
            return Err(StepError::Conflict(
                "the sessionExternalId belongs to another user at this bank; take a new one"
                    .to_owned(),
            ));
        }
        let last = find(change, who, external.session)?;
        if last.state.end.is_none() {
            return if last.request == new.request {
                Ok(Stepped {
                    session: last,
                    is_repeat: true,
                })
            } else {
                Err(StepError::Conflict(format!(
                    "session {} has this sessionExternalId, asks for something else and has not ended",
                    last.id
                )))
            };
        }
    }
    let session = make(change, rules, &new, consent)?;
    change.audit(
        &who.actor,
        "session.begin",
        format!("{}/{}", session.bank, session.id),
    );
    keep(change, &session);
    Ok(Stepped {
        session,
        is_repeat: false,
    })
}

/// A refresh of the consent that has not ended.
fn open_refresh(
    change: &Change<'_>,
    who: &Who,
    consent: &Consent,
    new: &NewSession,
) -> Result<Option<Begun>, StepError> {
    let Some(&last) = consent.sessions.last() else {
        return Ok(None);
    };
    let last = find(change, who, last)?;
    let is_same = last.state.kind == SessionKind::Refresh
        && last.state.end.is_none()
        && last.request == new.request;
    Ok(is_same.then_some(Stepped {
        session: last,
        is_repeat: true,
    }))
}

fn make(
    change: &mut Change<'_>,
    rules: &Rules,
    new: &NewSession,
    consent: Option<Consent>,
) -> Result<SessionRecord, StepError> {
    let tenant = change.definitions().tenant().cloned();
    let (zone, tenant) = tenant.map_or((TimeZone::UTC, String::new()), |tenant| {
        let zone = TimeZone::get(&tenant.timezone).unwrap_or(TimeZone::UTC);
        (zone, tenant.name.clone())
    });
    let at = change.at();
    let moment = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    let started_on = moment.to_zoned(zone).date();
    let id = Uuid::now_v7();

    let mut consent = consent.unwrap_or_else(|| Consent {
        id: Uuid::now_v7(),
        is_given: false,
        sessions: Vec::new(),
    });
    if consent.sessions.len() >= MAX_SESSIONS {
        return Err(StepError::Conflict(format!(
            "the consent has {MAX_SESSIONS} sessions, which is as many as are kept; take it back and begin a new one"
        )));
    }
    consent.sessions.push(id);
    consent.keep(change, &new.client, &new.bank, &new.user);

    let mut hub_user = HubUser::find_or_make(change, &new.client, &new.user)?;
    hub_user.banks.insert(new.bank.clone());
    hub_user.keep(change, &new.client);

    // A refresh does not take over the name that it brings: it is no session of the client's process.
    if let (SessionKind::Consent, Some(external_id)) = (new.kind, &new.external_id) {
        let known = External {
            user: new.user.clone(),
            session: id,
        };
        known.keep(change, &new.client, &new.bank, external_id);
    }
    Ok(SessionRecord {
        id,
        conversation: Uuid::now_v7(),
        consent: consent.id,
        client: new.client.clone(),
        bank: new.bank.clone(),
        user: new.user.clone(),
        hub_user: hub_user.id,
        external_id: new.external_id.clone(),
        context: new.context.clone(),
        request: new.request,
        announces: new.kind == SessionKind::Consent
            && rules.announces(&new.client, new.context.as_deref(), &tenant),
        started_at: at.as_micros(),
        changed_at: at.as_micros(),
        state: Session::new(new.kind, started_on, rules.months),
        pages: Vec::new(),
        events: Vec::new(),
    })
}
