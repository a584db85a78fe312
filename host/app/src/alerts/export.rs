//! One file of alerts, made at once on request: what the Export button gives.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use super::filters::AlertFilters;
use super::known::{FilterError, check_known, query};
use crate::App;
use crate::alert_index::{self, NotWhole, whole_index};
use crate::blocking::ReadError;
use crate::caller::{Caller, Forbidden};
use crate::exports::NoSuchExport;
use crate::exports::formatter::{FormatterError, KeptFile, check_formatter};
use crate::plugin_config::ConfigError;
use crate::published::{did_you_mean, formatters, nearest_plugin, newest_version};
use domain::alert::AlertId;
use engine::alert::AlertQuery;
use export::{ButtonError, ButtonFile, SnapshotAlert, passes};
use json::{JsonObject, JsonValue};
use runtime::publish::PluginKind;
use tenant::{Definitions, FormatterChoice, Permission, PublishedPlugin, Revoked};

/// What writes the file where nobody says.
const FORMATTER: &str = "standard-csv";

/// What writes the file.
#[derive(Clone, Debug)]
pub enum Written {
    /// A formatter of choice.
    By {
        /// A published formatter; `standard-csv` if no name is given.
        formatter: Option<String>,
        /// Its version; the newest published one if no version is given.
        version: Option<String>,
        /// Its configuration; empty where there is none.
        config: JsonValue,
    },
    /// What writes the files of this export, in the version and with the configuration of its definition.
    As(String),
}

/// Which formatters write files without a configuration, by the digests of their components: a component answers the same
/// each time.
#[derive(Debug, Default)]
pub struct PlainFormatters(Mutex<HashMap<String, bool>>);

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportAlertsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Nothing of the formatter's name is published.
    #[error("there is no formatter '{name}'{}", did_you_mean(nearest.as_deref()))]
    NoSuchFormatter {
        /// The name.
        name: String,
        /// The published formatter whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// There is no such export.
    #[error(transparent)]
    NoSuchExport(#[from] NoSuchExport),
    /// No formatter is named, and the usual one is not published.
    #[error(
        "formatter '{FORMATTER}' is not published; publish it with `vervet plugin push`, or choose one that is"
    )]
    NoUsualFormatter,
    /// The formatter cannot write the file.
    #[error(transparent)]
    Formatter(#[from] FormatterError),
    /// The filters cannot be taken.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The words cannot be sought in all alerts yet, and a file does not say that alerts are missing in it.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// The alerts cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file was not written.
    #[error(transparent)]
    Button(#[from] ButtonError),
    /// The caller's authority was revoked while the file waited for its turn.
    #[error(transparent)]
    Revoked(#[from] Revoked),
}

/// The published formatters that write a file without a configuration, by name.
///
/// # Errors
/// Where the caller may not export alerts.
pub async fn plain_formatters(app: &App, caller: &Caller) -> Result<Vec<String>, Forbidden> {
    caller.require(Permission::ExportRead)?;
    let definitions = caller.definitions();
    let mut plain = Vec::new();
    for name in formatters(&definitions) {
        let version = newest_version(&definitions, &name).unwrap_or_default();
        let Some(published) = definitions.plugin(&name, &version) else {
            continue;
        };
        let known = app
            .plain_formatters
            .0
            .lock()
            .get(&published.digest)
            .copied();
        let is_plain = match known {
            Some(known) => known,
            None => is_plain(app, caller, published).await,
        };
        if is_plain {
            plain.push(name);
        }
    }
    Ok(plain)
}

/// Whether a formatter takes an empty configuration. One that cannot be asked now is asked again later, and is not left
/// out.
async fn is_plain(app: &App, caller: &Caller, published: &PublishedPlugin) -> bool {
    let choice = FormatterChoice {
        plugin: published.name.clone(),
        version: published.version.clone(),
        config: JsonObject::default().into(),
    };
    let is_plain = match check_formatter(app, caller, &choice, KeptFile::No).await {
        Ok(_) => true,
        Err(FormatterError::Config(ConfigError::Invalid(_)) | FormatterError::Refused { .. }) => {
            false
        }
        Err(
            FormatterError::NotPublished(_)
            | FormatterError::NotLoaded(_)
            | FormatterError::Config(ConfigError::TookTooLong(_) | ConfigError::Room(_))
            | FormatterError::Panicked(_),
        ) => return true,
    };
    let mut known = app.plain_formatters.0.lock();
    known.insert(published.digest.clone(), is_plain);
    is_plain
}

/// Writes the alerts that the filters let through, as they are now and as the caller sees them, with a formatter of the
/// tenant.
///
/// # Errors
/// Where the caller may not, a filter names what there is not, or the formatter cannot write the file.
pub async fn export(
    app: &Arc<App>,
    caller: &Caller,
    filters: &AlertFilters,
    written: Written,
) -> Result<ButtonFile, ExportAlertsError> {
    caller.require(Permission::ExportRead)?;
    let choice = choice(&caller.definitions(), written)?;
    check_formatter(app, caller, &choice, KeptFile::No).await?;
    let query = query(app, caller, filters).await?;
    check_known(caller, &query).await?;
    let found = found_by_words(caller, &query).await?;
    let pass = move |alert: &SnapshotAlert| {
        let id = &alert.alert.id;
        found.as_ref().is_none_or(|found| found.contains(id))
            && passes(&query, &alert.alert, &alert.content)
    };
    let (services, lane, viewer) = (&app.services, &caller.lane, caller.viewer());
    let written = app
        .button
        .write(services, lane, caller.tenant, &choice, viewer, pass);
    let file = written.await?;
    // It may have waited long for its turn.
    caller.check_again()?;
    Ok(file)
}

/// The alerts in which the words of a query are found now; none if it has no words. All else is
/// asked of the alerts as they are at the snapshot.
async fn found_by_words(
    caller: &Caller,
    query: &AlertQuery,
) -> Result<Option<HashSet<AlertId>>, ExportAlertsError> {
    if query.text.trim().is_empty() {
        return Ok(None);
    }
    let words = AlertQuery {
        text: query.text.clone(),
        viewer: query.viewer,
        ..AlertQuery::default()
    };
    // A file does not say that alerts are missing in it.
    whole_index(caller).await?;
    let (found, _) = alert_index::search(caller, move |index| index.all(&words)).await?;
    Ok(Some(found.into_iter().collect()))
}

fn choice(
    definitions: &Definitions,
    written: Written,
) -> Result<FormatterChoice, ExportAlertsError> {
    let (formatter, version, config) = match written {
        Written::As(name) => {
            let export = definitions.exports.get(&name);
            let export = export.ok_or(NoSuchExport(name))?;
            return Ok(export.formatter.clone());
        }
        Written::By {
            formatter,
            version,
            config,
        } => (formatter, version, config),
    };
    let is_named = formatter.is_some();
    let plugin = formatter.unwrap_or_else(|| FORMATTER.to_owned());
    let newest = newest_version(definitions, &plugin);
    if is_named && newest.is_none() {
        return Err(ExportAlertsError::NoSuchFormatter {
            nearest: nearest_plugin(definitions, PluginKind::Formatter, &plugin),
            name: plugin,
        });
    }
    let version = version.or(newest);
    let version = version.ok_or(ExportAlertsError::NoUsualFormatter)?;
    Ok(FormatterChoice {
        plugin,
        version,
        config,
    })
}
