//! Makes an event with the step that causes it: each type at most once for each session.

use domain::session::EventType;
use uuid::Uuid;

use super::record::{EventMark, SessionRecord};
use crate::event::{Outgoing, SessionEvent};
use engine::lane::Change;

/// Makes the event, unless the session makes none or has made one of its type. The session is the caller's to keep, and
/// the change the caller's to note.
///
/// Other sessions under the same `sessionExternalId` do not matter: each announces its own course.
pub(super) fn announce(change: &mut Change<'_>, session: &mut SessionRecord, event: EventType) {
    let Some(external_id) = session.external_id.clone().filter(|_| session.announces) else {
        return;
    };
    if session.made(event) {
        return;
    }
    let made_at = change.at().as_micros();
    let made = SessionEvent {
        message_id: Uuid::now_v7(),
        conversation_id: session.conversation,
        execution_id: Uuid::now_v7(),
        log_id: Uuid::now_v7(),
        event: event.as_str().to_owned(),
        session: session.id,
        external_id,
        hub_user: session.hub_user,
        user: session.user.clone(),
        consent: session.consent,
        months: (event == EventType::TransactionsSyncFinished).then_some(session.state.months),
        made_at,
    };
    session.events.push(EventMark {
        event: made.event.clone(),
        message_id: made.message_id,
        made_at,
        delivered_at: None,
    });
    change.put_outgoing(Outgoing::SessionEvent(made).write());
}
