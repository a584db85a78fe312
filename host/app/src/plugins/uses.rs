//! What uses, or has used, a published plugin: it cannot be deleted then, since what it said must stay reproducible.

use std::fmt;
use std::sync::Arc;

use super::read::{ReadPluginError, read as read_plugin};
use crate::App;
use crate::backtest::BacktestRecord;
use crate::blocking::{ReadError, on_disk};
use crate::caller::Caller;
use export::RunRecord;
use store::key::TenantId;
use store::{Store, StoreError};
use tenant::Definitions;

/// How many uses a refusal names.
const NAMED: usize = 5;

/// One thing that uses, or has used, a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginUse {
    /// An install of a rule, in force or not.
    Install {
        /// The team's name.
        team: String,
        /// The rule's name.
        rule: String,
        /// Which of its installs.
        number: u64,
    },
    /// An export whose formatter it is.
    Export(String),
    /// A run of an export that it wrote, or is to write.
    Run {
        /// The export's name.
        export: String,
        /// The run's id.
        run: String,
    },
    /// A backtest that tries it.
    Backtest {
        /// The team's name.
        team: String,
        /// The backtest's id.
        backtest: String,
    },
}

impl fmt::Display for PluginUse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Install { team, rule, number } => {
                write!(out, "install {number} of rule '{rule}' of team '{team}'")
            }
            Self::Export(export) => write!(out, "export '{export}'"),
            Self::Run { export, run } => write!(out, "run {run} of export '{export}'"),
            Self::Backtest { team, backtest } => {
                write!(out, "backtest {backtest} of team '{team}'")
            }
        }
    }
}

/// Why the uses of a plugin cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadUsesError {
    /// The caller may not, or there is no such plugin.
    #[error(transparent)]
    Plugin(#[from] ReadPluginError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reads what uses, or has used, a plugin.
///
/// # Errors
/// Where the caller may not, or there is no such plugin.
pub async fn read(
    app: &Arc<App>,
    caller: &Caller,
    name: &str,
    version: &str,
) -> Result<Vec<PluginUse>, ReadUsesError> {
    read_plugin(caller, name, version)?;
    let mut uses = defined(&caller.definitions(), name, version);
    let (tenant, name, version) = (caller.tenant, name.to_owned(), version.to_owned());
    let read = move |app: &App| recorded(&app.services.store, tenant, &name, &version);
    uses.extend(on_disk(app, read).await?);
    Ok(uses)
}

/// The uses of a plugin that a tenant's definitions name.
pub fn defined(definitions: &Definitions, name: &str, version: &str) -> Vec<PluginUse> {
    let is = |plugin: &str, of: &str| plugin == name && of == version;
    let preparing = definitions.preparing_rules.iter();
    let preparing = preparing.map(|preparing| &preparing.install);
    let installs = definitions.rules.iter().map(|install| &**install);
    let installs = installs.chain(preparing);
    let installs =
        installs.filter(|install| !install.removed && is(&install.plugin, &install.version));
    let installs = installs.map(|install| PluginUse::Install {
        team: install.team.clone(),
        rule: install.rule.clone(),
        number: install.number,
    });
    let exports = definitions.exports.iter();
    let exports = exports.filter(|it| is(&it.formatter.plugin, &it.formatter.version));
    let exports = exports.map(|export| PluginUse::Export(export.name.clone()));
    installs.chain(exports).collect()
}

/// The uses of a plugin that the store has records of: backtests and runs of exports. Blocks.
///
/// # Errors
/// Where the store cannot be read.
pub fn recorded(
    store: &Store,
    tenant: TenantId,
    name: &str,
    version: &str,
) -> Result<Vec<PluginUse>, StoreError> {
    let mut uses = Vec::new();
    for backtest in BacktestRecord::all(store, tenant) {
        let BacktestRecord { id, trial, .. } = backtest?;
        if trial.plugin == name && trial.version == version {
            uses.push(PluginUse::Backtest {
                team: trial.team,
                backtest: id.to_string(),
            });
        }
    }
    for run in RunRecord::all(store, tenant) {
        let RunRecord {
            id,
            export,
            formatter,
            ..
        } = run?;
        if formatter.plugin == name && formatter.version == version {
            uses.push(PluginUse::Run {
                export,
                run: id.to_string(),
            });
        }
    }
    Ok(uses)
}

/// Names the first few uses, and counts the others.
pub fn listed(uses: &[PluginUse]) -> String {
    let mut named: Vec<String> = uses.iter().take(NAMED).map(ToString::to_string).collect();
    if uses.len() > NAMED {
        named.push(format!("{} more", uses.len() - NAMED));
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_a_few_uses() {
        let of = |count: u64| -> Vec<PluginUse> {
            let install = |number| PluginUse::Install {
                team: "aml".into(),
                rule: "cash".into(),
                number,
            };
            (1..=count).map(install).collect()
        };
        assert_eq!(listed(&of(1)), "install 1 of rule 'cash' of team 'aml'");
        let many = listed(&of(7));
        assert!(
            many.ends_with("install 5 of rule 'cash' of team 'aml', 2 more"),
            "{many}"
        );
    }
}
