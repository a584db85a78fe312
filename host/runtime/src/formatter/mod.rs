//! Formatters: plugins that turn a snapshot of alerts into the bytes of one file.

mod columns;
mod layout;
mod run;
mod utf8;
mod v0_1;

use std::sync::Arc;

use wasmtime::component::Component;

pub use columns::AlertColumns;
pub use layout::{ColumnType, Layout, LayoutColumn, LayoutError};
pub use run::{Context, FormatError, FormatFault, FormatStep, FormatterRun};

use super::CallError;
use super::call::{self, Guest};
use super::engine::{Engines, SizeClass};
use super::limits::Limits;
use super::log::{Given, Writer};
use super::manifest::{DescribeError, FormatterManifest};

type Store = wasmtime::Store<call::State>;

/// A formatter plugin that is ready to run. Cloning is cheap.
#[derive(Clone)]
pub struct FormatterPlugin(Arc<Loaded>);

struct Loaded {
    manifest: Arc<FormatterManifest>,
    runner: Runner,
}

/// Makes fresh instances.
#[derive(Clone)]
struct Runner {
    prepared: v0_1::Prepared,
    engines: Engines,
    limits: Arc<Limits>,
    /// For the log, whose lines say which plugin wrote them.
    writer: Writer,
}

/// Why a configuration has no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutOfError {
    /// A sentence of the plugin for the person who wrote the configuration.
    #[error("{0}")]
    Refused(String),
    /// The plugin gave no answer.
    #[error("the plugin could not read the configuration: {0}")]
    Failed(#[from] CallError),
    /// No database would load it.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

impl FormatterPlugin {
    /// Binds a component to the contract and asks what it is. Answers the fuel of asking, too.
    pub(crate) fn load(
        component: &Component,
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
            engines: engines.clone(),
            limits: Arc::clone(limits),
            writer,
        };
        let (mut guest, instance) = runner.instance()?;
        let (description, fuel) = guest.call(
            Given::Configuration,
            limits.setup_fuel,
            limits.answer_bytes,
            |store| v0_1::describe(&instance, store),
        )?;
        let manifest = FormatterManifest::new(description)?;
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
    pub fn manifest(&self) -> &FormatterManifest {
        &self.0.manifest
    }

    /// Reads a configuration, a JSON text, and says what its files look like.
    pub fn layout(&self, config: &str) -> Result<Layout, LayoutOfError> {
        let limits = self.limits();
        let (mut guest, instance) = self.instance()?;
        let (said, _) = guest.call(
            Given::Configuration,
            limits.setup_fuel,
            limits.answer_bytes,
            |store| v0_1::layout_of(&instance, store, config),
        )?;
        let layout = said.map_err(|mut sentence| {
            sentence.truncate(sentence.floor_char_boundary(2_000));
            LayoutOfError::Refused(sentence)
        })?;
        Ok(layout.checked()?)
    }

    /// Starts a file and answers its first bytes, too. Blocks where all instances are in use.
    pub fn open(
        &self,
        config: &str,
        context: &Context,
    ) -> Result<(FormatterRun, Vec<u8>), FormatError> {
        FormatterRun::open(self.clone(), config, context)
    }

    fn limits(&self) -> &Limits {
        &self.0.runner.limits
    }

    fn instance(&self) -> Result<(Guest, v0_1::Instance), CallError> {
        self.0.runner.instance()
    }
}

impl Runner {
    fn instance(&self) -> Result<(Guest, v0_1::Instance), CallError> {
        let slot = self.engines.slot(SizeClass::File);
        let (engine, limits) = (self.prepared.engine(), &self.limits);
        let log = self.engines.log(&self.writer, limits);
        let mut guest = Guest::new(engine, slot, limits, limits.memory_bytes, log);
        let (instance, _) = guest.call(
            Given::Configuration,
            limits.setup_fuel,
            limits.answer_bytes,
            |store| self.prepared.instantiate(store),
        )?;
        Ok((guest, instance))
    }
}
