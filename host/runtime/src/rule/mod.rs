//! Rules: plugins that judge transactions.

mod evaluate;
mod outcome;
mod purity;
mod v0_1;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use domain::column::Values;
use domain::rule::Plan;
use wasmtime::component::Component;

pub use evaluate::{Batch, Tried};
pub use outcome::{Failure, FailureKind, RowOutcome};
pub use purity::Impurity;

use super::CallError;
use super::call::{self, Guest};
use super::engine::{Engines, SizeClass};
use super::limits::{Limits, RowLimits};
use super::log::{Given, Writer};
use super::manifest::{DescribeError, RuleDescription, RuleManifest};
use base::grouped::grouped;
use verdict::RowVerdict;

/// A rule plugin that is ready to run. Cloning is cheap.
#[derive(Clone)]
pub struct RulePlugin(Arc<Loaded>);

struct Loaded {
    manifest: Arc<RuleManifest>,
    runner: Runner,
}

/// Makes fresh instances.
#[derive(Clone)]
struct Runner {
    prepared: v0_1::Prepared,
    class: SizeClass,
    engines: Engines,
    limits: Arc<Limits>,
    /// For the log, whose lines say which plugin wrote them.
    writer: Writer,
}

/// Why a configuration cannot be installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A sentence of the plugin for the person who wrote the configuration.
    #[error("{0}")]
    Refused(String),
    /// The plugin gave no answer.
    #[error("the plugin could not read the configuration: {0}")]
    Failed(#[from] CallError),
    /// In bytes: what it is, and what it may be.
    #[error(
        "the plan's prepared blob has {} bytes, and may have {}",
        grouped(*.0 as u64),
        grouped(*.1 as u64)
    )]
    LargePrepared(usize, usize),
}

/// What a batch gave: of each row what the rule says of it, and the fuel of all.
struct Judged {
    verdicts: Vec<RowVerdict>,
    fuel: u64,
}

/// Why a batch gave nothing.
enum JudgeError {
    Call(CallError),
    /// The answer breaks the contract, and no row can be blamed.
    Broken(String),
}

impl RulePlugin {
    /// Binds a component to the contract and asks what it is. Answers the fuel of asking, too.
    pub(crate) fn load(
        component: &Component,
        class: SizeClass,
        engines: &Engines,
        limits: &Arc<Limits>,
        writer: Writer,
    ) -> Result<(Self, u64), DescribeError> {
        let prepared = call::linker(component.engine())
            .and_then(|linker| linker.instantiate_pre(component))
            .and_then(v0_1::Prepared::new)
            .map_err(|error| DescribeError::Contract(format!("{error:#}")))?;
        let mut runner = Runner {
            prepared,
            class,
            engines: engines.clone(),
            limits: Arc::clone(limits),
            writer,
        };
        let (description, fuel) = runner.describe()?;
        let manifest = RuleManifest::new(description)?;
        runner.writer.plugin = manifest.common.label();
        let manifest = Arc::new(manifest);
        Ok((Self(Arc::new(Loaded { manifest, runner })), fuel))
    }

    /// The same plugin for a tenant, whose number lines of its log carry.
    pub fn of_tenant(&self, tenant: u64) -> Self {
        let mut runner = self.0.runner.clone();
        runner.writer.tenant = Some(tenant);
        let manifest = self.0.manifest.clone();
        Self(Arc::new(Loaded { manifest, runner }))
    }

    /// What the plugin says of itself.
    pub fn manifest(&self) -> &RuleManifest {
        &self.0.manifest
    }

    /// What one transaction may take on this host, by the plugin's size: what an install records.
    pub fn row_limits(&self) -> RowLimits {
        let runner = &self.0.runner;
        let fuel = match runner.class {
            SizeClass::LargeRule => runner.limits.large_row_fuel,
            SizeClass::PooledRule | SizeClass::File => runner.limits.row_fuel,
        };
        RowLimits {
            fuel,
            memory_bytes: Some(runner.memory_bytes()),
        }
    }

    /// Whether it is too large for the pool: such instances are few at a time.
    pub fn is_large(&self) -> bool {
        self.0.runner.class == SizeClass::LargeRule
    }

    /// Reads a configuration, a JSON text, and answers the plan, which is unchecked
    /// but for the size of its blob.
    pub fn prepare(&self, config: &str) -> Result<Plan, PrepareError> {
        let runner = &self.0.runner;
        let limits = &runner.limits;
        let (mut guest, instance) = runner.instance(limits.setup_fuel, runner.memory_bytes())?;
        let (said, _) = guest.call(
            Given::Configuration,
            limits.setup_fuel,
            limits.answer_bytes,
            |store| v0_1::prepare(&instance, store, config),
        )?;
        let plan = said.map_err(|mut sentence| {
            sentence.truncate(sentence.floor_char_boundary(2_000));
            PrepareError::Refused(sentence)
        })?;
        if plan.prepared.len() > limits.prepared_bytes {
            let bytes = plan.prepared.len();
            return Err(PrepareError::LargePrepared(bytes, limits.prepared_bytes));
        }
        Ok(plan)
    }

    /// Judges a batch: one outcome for each row, the same as that row alone gives.
    ///
    /// Blocks: for an instance where all are in use, and while the rule runs.
    pub fn evaluate(&self, batch: &Batch<'_>) -> Vec<RowOutcome> {
        evaluate::evaluate(&self.0.runner, batch)
    }

    /// Judges a batch that nobody waits for: each row has the same outcome as [live](Self::evaluate), and what it took is
    /// told. Neither metrics nor log take it for live. Once it is to `stop`, outcomes of rows that are left mean nothing.
    ///
    /// Blocks as `evaluate` does.
    pub fn try_out(&self, batch: &Batch<'_>, stop: &AtomicBool) -> Tried {
        evaluate::try_out(&self.0.runner, batch, stop)
    }

    /// Judges sample rows one by one, all at once and shuffled, in fresh
    /// instances, and refuses a rule whose answers differ. Answers the fuel of each alone.
    pub fn check_purity(&self, batch: &Batch<'_>) -> Result<Vec<u64>, Impurity> {
        purity::check(&self.0.runner, batch)
    }
}

impl Runner {
    /// The memory of one instance, where nothing else is recorded.
    fn memory_bytes(&self) -> usize {
        match self.class {
            SizeClass::LargeRule => self.limits.large_memory_bytes,
            SizeClass::PooledRule | SizeClass::File => self.limits.memory_bytes,
        }
    }

    /// A fresh instance, with fuel for starting.
    fn instance(
        &self,
        fuel: u64,
        memory_bytes: usize,
    ) -> Result<(Guest, v0_1::Instance), CallError> {
        let slot = self.engines.slot(self.class);
        let (engine, limits) = (self.prepared.engine(), &self.limits);
        let log = self.engines.log(&self.writer, limits);
        let mut guest = Guest::new(engine, slot, limits, memory_bytes, log);
        let (instance, _) = guest.call(
            Given::Configuration,
            fuel,
            self.limits.answer_bytes,
            |store| self.prepared.instantiate(store),
        )?;
        Ok((guest, instance))
    }

    fn describe(&self) -> Result<(RuleDescription, u64), CallError> {
        let fuel = self.limits.setup_fuel;
        let (mut guest, instance) = self.instance(fuel, self.memory_bytes())?;
        guest.call(
            Given::Configuration,
            fuel,
            self.limits.answer_bytes,
            |store| v0_1::describe(&instance, store),
        )
    }

    /// Judges rows in one fresh instance, with the fuel of one row for all of them.
    fn judge<'v>(
        &self,
        prepared: &[u8],
        count: usize,
        inputs: impl Iterator<Item = &'v Values>,
        limits: RowLimits,
    ) -> Result<Judged, JudgeError> {
        let memory_bytes = limits.memory_bytes.unwrap_or(self.memory_bytes());
        let (mut guest, instance) = self.instance(limits.fuel, memory_bytes)?;
        let (verdict, fuel) = guest.call(
            Given::Payloads,
            limits.fuel,
            self.limits.answer_bytes,
            |store| v0_1::evaluate(&instance, store, prepared, count as u32, inputs),
        )?;
        let verdicts = verdict::by_row(verdict, count, self.limits.row_findings)
            .map_err(JudgeError::Broken)?;
        Ok(Judged { verdicts, fuel })
    }
}

impl JudgeError {
    /// The fuel of the call, as far as it is known.
    pub(super) fn fuel(&self) -> u64 {
        match self {
            Self::Call(CallError::OutOfFuel(fuel)) => *fuel,
            _ => 0,
        }
    }
}

impl From<CallError> for JudgeError {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<JudgeError> for Failure {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::Call(error) => error.into(),
            JudgeError::Broken(reason) => Self::broken(reason),
        }
    }
}
