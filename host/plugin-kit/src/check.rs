//! `vervet plugin check`: all that publishing and installing do, on the author's machine, with the same code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use clap::Args;
use domain::payload::PayloadSchema;
use domain::rule::Source;
use domain::window::PlanPrice;
use tempfile::TempDir;

use super::trial::{DirectoryLists, read_config, read_schema};
use app::rule_check::{RuleCheck, Samples};
use console::print;
use json::{JsonObject, JsonValue};
use runtime::LogReader;
use runtime::limits::Limits;
use runtime::publish::Published;
use runtime::registry::{Plugin, Registry};
use runtime::rule::RulePlugin;
use untrusted_input::json_schema::{self, Budget, Refusal};

/// Do all that publishing and installing do, on this machine, with the default limits
///
/// A configuration is checked as an install or an export would: with its schema, the plan or layout that comes of it, the
/// limits of plans, and what their inputs cost. With a payload schema the rule must fit that, too, and is shown sample
/// transactions. What a team has besides is not known here: alert types, and the lists that a rule reads.
#[derive(Args)]
pub(super) struct Check {
    /// The component, or a core module that carries its component type
    file: PathBuf,
    /// A configuration; without one `{}` is checked, if the plugin's schema takes that
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The team's payload schema: what PUT /v1/teams/{team}/payload-schema takes, or GET answers
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let schema = self.schema.as_deref().map(read_schema).transpose()?;
        let config = self.config.as_deref().map(read_config).transpose()?;
        let runtime = tokio::runtime::Runtime::new()?;
        let workbench = Workbench::open()?;
        let published = runtime.block_on(workbench.publish(&self.file))?;
        describe(&published)?;
        let config_schema = &published.plugin.manifest().config_schema;
        let config = match config {
            Some(config) => {
                json_schema::check(
                    config_schema,
                    &config.to_value(),
                    &mut Budget::VALUE.clone(),
                )
                .map_err(|refusal| refused_config(&refusal))?;
                config
            }
            None => {
                let empty = JsonValue::from(JsonObject::default());
                let value = empty.to_value();
                let checked = json_schema::check(config_schema, &value, &mut Budget::VALUE.clone());
                if checked.is_err() {
                    if schema.is_some() {
                        bail!("the plugin needs a configuration: give one with --config");
                    }
                    return Ok(print::line(
                        "It would be published. It needs a configuration, and with --config that is checked, too.",
                    )?);
                }
                empty
            }
        };
        match &published.plugin {
            Plugin::Rule(rule) => check_rule(rule, &config.to_string(), schema)?,
            Plugin::Formatter(formatter) => {
                let layout = formatter.layout(&config.to_string());
                let layout = layout.context("an export could not use it so")?;
                let columns = layout.columns.len();
                print::line(format_args!("  {:<11}{columns} columns", "layout"))?;
            }
        }
        Ok(print::line("It would be published, and could be used so.")?)
    }
}

fn refused_config(refusal: &Refusal) -> anyhow::Error {
    let faults = match refusal {
        Refusal::Faults(faults) => faults,
        Refusal::Exhausted(exhausted) => {
            return anyhow!("the configuration could not be validated: {exhausted}");
        }
    };
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| format!("config{} {}", fault.pointer, fault.message))
        .collect();
    anyhow!(
        "the plugin's config_schema refuses the configuration: {}",
        faults.join("; ")
    )
}

/// Checks what installing a rule checks.
fn check_rule(
    rule: &RulePlugin,
    config: &str,
    schema: Option<Arc<PayloadSchema>>,
) -> anyhow::Result<()> {
    let check = RuleCheck {
        plugin: rule,
        config,
        max_price: Some(PlanPrice::MAX),
    };
    let refused = "it could not be installed so";
    let plan = match schema {
        None => check.plan().context(refused)?,
        Some(schema) => {
            let fitting = check.fitting_plan(&schema).context(refused)?;
            let samples = Samples::made_up(&schema);
            let lists = DirectoryLists::default();
            let pure = fitting.check_purity(rule, &samples, &lists, rule.row_limits());
            pure.context(refused)?;
            fitting.plan
        }
    };
    let price = plan.price();
    let (inputs, total) = (plan.inputs.len(), print::grouped(price.total));
    let most = print::grouped(PlanPrice::MAX);
    print::line(format_args!(
        "  {:<11}{inputs} inputs, which cost {total} units for a transaction, and may cost {most}",
        "plan"
    ))?;
    let lists = plan.inputs.iter().filter_map(|input| match &input.source {
        Source::Membership(membership) => Some(membership.list_name.as_str()),
        _ => None,
    });
    let lists: BTreeSet<&str> = lists.collect();
    if !lists.is_empty() {
        let lists: Vec<&str> = lists.into_iter().collect();
        print::line(format_args!("  {:<11}{}", "reads lists", lists.join(", ")))?;
    }
    Ok(())
}

/// Publishes plugins into a directory that is gone afterwards.
pub(super) struct Workbench {
    registry: Registry,
    /// Holds the compiled code for as long as it is mapped.
    _directory: TempDir,
}

impl Workbench {
    /// Starts the engines. Needs a tokio runtime only for [`publish`](Self::publish).
    pub(super) fn open() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory can be made")?;
        let limits = Limits {
            // One author's machine, one plugin.
            pooled_instances: 16,
            ..Limits::default()
        };
        let program = std::env::current_exe().context("the path of this program is not known")?;
        let registry = Registry::open_for(LogReader::Author, limits, program, directory.path())?;
        Ok(Self {
            registry,
            _directory: directory,
        })
    }

    /// Checks, compiles and loads a component.
    pub(super) async fn publish(&self, file: &Path) -> anyhow::Result<Published> {
        let upload = read(file)?;
        self.registry
            .publish(upload)
            .await
            .with_context(|| format!("{} would not be published", file.display()))
    }
}

/// The bytes of a component.
pub fn read(file: &Path) -> anyhow::Result<Bytes> {
    let bytes = std::fs::read(file).with_context(|| {
        format!(
            "{} cannot be read; 'vervet plugin build' prints where it leaves the component",
            file.display()
        )
    })?;
    Ok(bytes.into())
}

fn describe(published: &Published) -> std::io::Result<()> {
    let kind = published.plugin.kind().as_str();
    let manifest = published.plugin.manifest();
    print::line(format_args!(
        "{kind} {} {}",
        manifest.name, manifest.version
    ))?;
    let entry = |name: &str, text: &str| print::line(format_args!("  {name:<11}{text}"));
    entry("title", &manifest.title)?;
    match &published.plugin {
        Plugin::Rule(rule) => {
            let rule = rule.manifest();
            let (severity, priority) = (rule.severity.as_str(), rule.priority.as_str());
            entry(
                "raises",
                &format!(
                    "{}, severity {severity}, priority {priority}",
                    rule.alert_type
                ),
            )?;
        }
        Plugin::Formatter(formatter) => {
            let formatter = formatter.manifest();
            entry(
                "writes",
                &format!("{}, as .{}", formatter.media_type, formatter.file_extension),
            )?;
        }
    }
    entry("digest", &published.digest.to_string())?;
    let bytes = print::grouped(published.component.len() as u64);
    entry("size", &format!("{bytes} bytes"))?;
    let imports = match &*published.imports {
        [] => "nothing".to_owned(),
        imports => imports.join(", "),
    };
    entry("imports", &imports)?;
    for check in &published.checks {
        entry("check", check)?;
    }
    Ok(())
}
