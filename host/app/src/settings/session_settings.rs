//! What becomes of the transactions that sessions fetch.
//!
//! They are monitored once a team is named: data that was fetched for one purpose is not used for another by default.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, FieldFault, Invalid, Stale, Version};
use domain::name::Name;
use engine::lane::{Change, LaneError};
use sessions::mapping::Source;
use tenant::{Definitions, Permission, SessionSettings};

/// What is to become of fetched transactions.
#[derive(Clone, Debug)]
pub struct NewSessionSettings {
    /// The team whose rules judge them; none: no rule does.
    pub team: Option<Name>,
    /// For a field of the team's payload schema, what it takes of a fetched transaction, such as `transaction.amount`.
    pub fields: BTreeMap<String, String>,
}

/// Why the settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum PutSessionSettingsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// They are not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// They name what there is not.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Reads the settings; those of a tenant that never set them have version 0.
///
/// # Errors
/// Where the caller may not.
pub fn read(caller: &Caller) -> Result<SessionSettings, Forbidden> {
    caller.require(Permission::SessionRead)?;
    Ok(current(&caller.definitions()))
}

/// Changes the settings. Pages that were taken before stay as they are.
///
/// # Errors
/// Where the caller may not, or the settings name what there is not.
pub async fn put(
    caller: &Caller,
    expected: Expected,
    new: NewSessionSettings,
) -> Result<Arc<SessionSettings>, PutSessionSettingsError> {
    // Whoever may say what a team is may say what it watches; a connector that only writes sessions may not.
    caller.require(Permission::TeamWrite)?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let before = current(change.definitions());
        expected.check(Some(Version::Number(before.version)))?;
        new.check(change.definitions())?;
        let team = new.team.map(|team| team.as_str().to_owned());
        let subject = team.clone().unwrap_or_else(|| "no team".to_owned());
        change.audit(&actor, "session_settings.put", subject);
        Ok(change.put(SessionSettings {
            team,
            fields: new.fields,
            version: before.version + 1,
        }))
    };
    caller.change(put).await
}

fn current(definitions: &Definitions) -> SessionSettings {
    let settings = definitions.session_settings.get(SessionSettings::KEY);
    settings.map_or_else(SessionSettings::default, |settings| {
        SessionSettings::clone(settings)
    })
}

impl NewSessionSettings {
    /// Refuses teams and fields that there are not, and sources that are none.
    fn check(&self, definitions: &Definitions) -> Result<(), Invalid> {
        let mut faults = Vec::new();
        let mut fault = |field: String, detail: String| {
            faults.push(FieldFault {
                field,
                reason: "invalid".to_owned(),
                detail,
            });
        };
        let team = self.team.as_ref().map(Name::as_str);
        let schema = match team {
            None => None,
            Some(name) => match definitions.teams.get(name) {
                None => {
                    fault("team".to_owned(), format!("there is no team '{name}'"));
                    None
                }
                Some(team) => {
                    let schema = team.schema();
                    if schema.is_none() {
                        let detail = format!("team '{name}' has no payload schema yet");
                        fault("team".to_owned(), detail);
                    }
                    schema
                }
            },
        };
        for (field, source) in &self.fields {
            if let Some(schema) = &schema
                && !schema.fields().iter().any(|known| known.name == *field)
            {
                let detail = "the team's payload schema has no such field".to_owned();
                fault(format!("fields.{field}"), detail);
            }
            if Source::parse(source).is_none() {
                let names: Vec<&str> = Source::MEMBERS.iter().map(|(name, _)| *name).collect();
                let detail = format!(
                    "'{source}' is nothing that a fetched transaction has; there are: {}, {}NAME",
                    names.join(", "),
                    Source::DETAIL_PREFIX
                );
                fault(format!("fields.{field}"), detail);
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Invalid {
            detail: "the settings name what there is not".to_owned(),
            faults,
        })
    }
}
