//! What must hold between keys, once each of them is allowed by itself.

use super::{Config, ConfigError, FilesKind};

/// Refuses keys that contradict each other.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_events(config)?;
    check_files(config)
}

fn check_events(config: &Config) -> Result<(), ConfigError> {
    if config.rabbitmq.url.is_empty() {
        return Ok(());
    }
    for (key, value) in [
        ("sessions.client_id", &config.sessions.client_id),
        ("sessions.context", &config.sessions.context),
    ] {
        if value.is_empty() {
            return Err(ConfigError::Contradiction {
                key,
                value: value.clone(),
                needed: "set when 'rabbitmq.url' is: it says whose sessions make events",
            });
        }
    }
    Ok(())
}

fn check_files(config: &Config) -> Result<(), ConfigError> {
    let files = &config.files;
    let (key, value, needed) = match files.kind {
        FilesKind::Local => return Ok(()),
        FilesKind::S3 if files.bucket.is_empty() => (
            "files.bucket",
            &files.bucket,
            "the name of a bucket when 'files.kind' is 's3'",
        ),
        FilesKind::S3 if files.endpoint.starts_with("http://") && !files.allow_http => (
            "files.endpoint",
            &files.endpoint,
            "an https URL unless 'files.allow_http' is true",
        ),
        FilesKind::S3 => return Ok(()),
    };
    Err(ConfigError::Contradiction {
        key,
        value: value.clone(),
        needed,
    })
}
