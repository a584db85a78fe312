//! Configurations of plugins, against the schemas that those declare.

use json::JsonValue;
use untrusted_input::json_schema::{self, Budget, JsonSchema, Refusal, RoomError};

use crate::App;
use crate::caller::Caller;
use crate::request::{FieldFault, Invalid};

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not what the plugin's schema asks for.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Validating it takes longer than it may on this machine now.
    #[error("{0}")]
    TookTooLong(String),
    /// It could not be validated now.
    #[error(transparent)]
    Room(#[from] RoomError),
}

/// Checks a configuration; `field` is the member that holds it.
///
/// # Errors
/// Where the schema refuses it, or it could not be validated now.
pub async fn check_config(
    app: &App,
    caller: &Caller,
    field: &str,
    schema: JsonSchema,
    config: &JsonValue,
) -> Result<(), ConfigError> {
    let config = config.to_value();
    let check = move || json_schema::check(&schema, &config, &mut Budget::VALUE.clone());
    let checked = app.schema_room.run(caller.tenant.0, check).await?;
    checked.map_err(|refusal| refused(field, refusal))
}

fn refused(field: &str, refusal: Refusal) -> ConfigError {
    match refusal {
        Refusal::Faults(faults) => {
            let faults = faults.into_iter().map(|fault| FieldFault {
                field: format!("{field}{}", fault.pointer),
                reason: "invalid".to_owned(),
                detail: fault.message,
            });
            Invalid {
                detail: format!("'{field}' is not what the plugin's config_schema asks for"),
                faults: faults.collect(),
            }
            .into()
        }
        Refusal::Exhausted(exhausted) => {
            let detail = format!(
                "validating '{field}' against the plugin's config_schema {exhausted}; simplify the schema or the configuration"
            );
            match exhausted.depends_on_the_machine() {
                true => ConfigError::TookTooLong(detail),
                false => Invalid::field(field, "too_complex", detail).into(),
            }
        }
    }
}
