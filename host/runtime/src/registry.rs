//! The plugins that are loaded, by digest.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use parking_lot::RwLock;

use super::Digest;
use super::call::CallError;
use super::compiled;
use super::engine::{Engines, SizeClass};
use super::formatter::FormatterPlugin;
use super::limits::Limits;
use super::log::{LogReader, Writer};
use super::manifest::{DescribeError, Manifest};
use super::publish::cache::Cache;
use super::publish::census::TakeCensus;
use super::publish::compile::{Compiled, Compiler, Files, Origin};
use super::publish::inspect::Inspected;
use super::publish::receipt::{Flights, Landed, Receipt, Receipts};
use super::publish::{PluginKind, PublishError, Published};
use super::rule::RulePlugin;
use super::setup_room::{SetupRoom, SetupShare};
use base::grouped::grouped;

/// A plugin that is ready to run. Cloning is cheap.
#[derive(Clone)]
pub enum Plugin {
    /// Judges transactions.
    Rule(RulePlugin),
    /// Writes files.
    Formatter(FormatterPlugin),
}

/// Publishes and loads plugins. Cloning is cheap.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    limits: Arc<Limits>,
    engines: Engines,
    cache: Cache,
    receipts: Receipts,
    flights: Flights,
    compiler: Compiler,
    setup_room: SetupRoom,
    loaded: RwLock<HashMap<Digest, Plugin>>,
    /// None for a registry that keeps all that it is told to.
    census: OnceLock<TakeCensus>,
}

/// Why no plugin can run.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine's words.
    #[error(
        "the engine for plugins could not start: {0}; lower `pooled_instances` or `memory_bytes`"
    )]
    Engine(String),
    /// The directory, and what is wrong with it.
    #[error("the directory of compiled plugins {0} cannot be used: {1}")]
    Directory(PathBuf, std::io::Error),
}

impl Registry {
    /// Starts the engines. `program` is this program's own path: it is started
    /// to compile. Compiled code is kept in `<data>/compiled`.
    pub fn open(limits: Limits, program: PathBuf, data: &Path) -> Result<Self, OpenError> {
        Self::open_for(LogReader::Operator, limits, program, data)
    }

    /// The same, where somebody else reads what plugins log.
    pub fn open_for(
        reader: LogReader,
        limits: Limits,
        program: PathBuf,
        data: &Path,
    ) -> Result<Self, OpenError> {
        let engines = Engines::new(&limits, reader)
            .map_err(|error| OpenError::Engine(format!("{error:#}")))?;
        let directory = data.join("compiled");
        let cache = Cache::open(directory.clone(), &engines.on_demand)
            .map_err(|error| OpenError::Directory(directory.clone(), error))?;
        let kept = cache.receipts();
        let kept = kept.map_err(|error| OpenError::Directory(directory, error))?;
        let receipts = Receipts::of(kept, limits.instance_bytes());
        let compiler = Compiler::new(program, cache.directory().to_owned(), &limits);
        let setup_room = SetupRoom::new(limits.setup_memory_bytes);
        Ok(Self(Arc::new(Inner {
            setup_room,
            limits: Arc::new(limits),
            engines,
            cache,
            receipts,
            flights: Flights::default(),
            compiler,
            loaded: RwLock::default(),
            census: OnceLock::new(),
        })))
    }

    /// The limits under which plugins run.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// What runs plugins, in 16 hexadecimal digits: it changes with the engine's
    /// version, its settings and its cost table. Fuel is comparable where it is equal.
    pub fn runtime(&self) -> String {
        self.0.cache.compatibility()
    }

    /// Says how the registry learns which plugins there are. From now on it keeps the code of these alone, and begins with
    /// removing all other code.
    pub fn follow(&self, census: TakeCensus) {
        if self.0.census.set(census).is_ok() {
            self.0.sweep(None);
        }
    }

    /// Room for one instance of a plugin of this size that serves publishing or installing. Waits while others have it.
    pub async fn setup_share(&self, bytes: usize) -> SetupShare {
        self.0.setup_room.share(bytes).await
    }

    /// Checks, compiles and loads an upload. Storing it is the caller's, who then says that its code is to be
    /// [kept](Self::keep); else nothing is left of it.
    pub async fn publish(&self, upload: Bytes) -> Result<Published, PublishError> {
        self.publish_for(None, upload).await
    }

    /// The same for a tenant, whose number the plugin's lines of the log carry. Bytes that are kept are neither compiled nor
    /// checked again, and bytes that are uploaded several times at once are compiled once.
    pub async fn publish_for(
        &self,
        tenant: Option<u64>,
        upload: Bytes,
    ) -> Result<Published, PublishError> {
        let limit = self.0.limits.upload_bytes;
        if upload.len() > limit {
            return Err(PublishError::TooLarge(upload.len(), limit));
        }
        let upload_digest = digest_of(&upload).await;
        if let Some(kept) = self.find_published(&upload, upload_digest).await {
            return Ok(kept);
        }
        let flight = self.0.flights.of(upload_digest);
        let mut flight = flight.lock().await;
        if let Some(landed) = flight.as_ref().and_then(Landed::again) {
            return Ok(landed);
        }
        // Whoever published it meanwhile may have kept it, and let go of it.
        if let Some(kept) = self.find_published(&upload, upload_digest).await {
            return Ok(kept);
        }
        let published = self.publish_new(tenant, upload, upload_digest).await?;
        *flight = Landed::of(&published);
        Ok(published)
    }

    /// An upload whose bytes were published before and whose compiled code is kept, if it is one. Takes milliseconds.
    pub async fn published_before(&self, upload: &Bytes) -> Option<Published> {
        let upload_digest = digest_of(upload).await;
        self.find_published(upload, upload_digest).await
    }

    async fn find_published(&self, upload: &Bytes, upload_digest: Digest) -> Option<Published> {
        let (digest, receipt) = self.0.receipts.find(&upload_digest)?;
        let (registry, upload) = (self.clone(), upload.clone());
        let found = move || {
            let plugin = registry.cached(&digest)?;
            let component = match digest == upload_digest {
                true => upload,
                false => registry.0.cache.component(&digest)?.into(),
            };
            Some((plugin, component))
        };
        let (plugin, component) = blocking(found).await?;
        // Names are checked by each release.
        plugin.manifest().check_new().ok()?;
        let mut checks = checks_of(&receipt.inspected);
        checks.push(format!(
            "compiled before, to {} bytes",
            grouped(receipt.code_bytes)
        ));
        checks.push(describe_check(receipt.describe_fuel));
        Some(Published {
            plugin,
            digest,
            upload_digest,
            imports: receipt.inspected.imports.clone(),
            stand_ins: receipt.inspected.stand_ins,
            component,
            checks,
            receipt,
            code: None,
        })
    }

    async fn publish_new(
        &self,
        tenant: Option<u64>,
        upload: Bytes,
        upload_digest: Digest,
    ) -> Result<Published, PublishError> {
        let started = Instant::now();
        let compiled = self.0.compiler.compile(&upload, Origin::Upload).await?;
        let took = started.elapsed();
        let inspected = compiled.inspected.clone();
        let share = self.setup_share(self.0.limits.instance_bytes()).await;
        let inner = Arc::clone(&self.0);
        let (compiled, component, digest, introduced) = blocking(move || {
            let files = Files(compiled.directory.path());
            let component = Bytes::from(std::fs::read(files.component())?);
            let digest = Digest::of(&component);
            let writer = Writer::unnamed(&digest, tenant);
            let introduced = inner.introduce(&files.compiled(), &writer)?;
            let manifest = introduced.plugin.manifest();
            manifest.check_new().map_err(DescribeError::Manifest)?;
            drop(share);
            Ok::<_, PublishError>((compiled, component, digest, introduced))
        })
        .await?;

        let mut checks = checks_of(&inspected);
        checks.push(format!(
            "compiled in {} ms to {} bytes",
            took.as_millis(),
            grouped(introduced.code_bytes)
        ));
        checks.push(describe_check(introduced.describe_fuel));
        Ok(Published {
            plugin: introduced.plugin,
            digest,
            upload_digest,
            imports: inspected.imports.clone(),
            stand_ins: inspected.stand_ins,
            component,
            checks,
            receipt: Receipt::new(
                &upload_digest,
                self.0.limits.instance_bytes(),
                inspected,
                introduced.code_bytes,
                introduced.describe_fuel,
            ),
            code: Some(Arc::new(compiled)),
        })
    }

    /// Keeps the compiled code of an upload that is published now, and the plugin itself among those that are loaded.
    pub async fn keep(&self, published: &Published) {
        let (inner, published) = (Arc::clone(&self.0), published.clone());
        blocking(move || {
            if let Some(code) = &published.code {
                inner.keep_code(&published, code);
            }
            inner.cache.touch(&published.digest);
            inner.keep(published.digest, published.plugin);
            if published.code.is_some() {
                inner.sweep(None);
            }
        })
        .await;
    }

    /// A plugin that is loaded, or whose compiled code is on disk. Takes less
    /// than a millisecond but for large plugins.
    pub fn cached(&self, digest: &Digest) -> Option<Plugin> {
        if let Some(plugin) = self.0.loaded.read().get(digest) {
            return Some(plugin.clone());
        }
        let path = self.0.cache.find(digest)?;
        match self.0.introduce(&path, &Writer::unnamed(digest, None)) {
            Ok(introduced) => {
                self.0.cache.touch(digest);
                Some(self.0.keep(*digest, introduced.plugin))
            }
            Err(error) => {
                tracing::warn!(%digest, "compiled code cannot be used, and is compiled again: {error}");
                None
            }
        }
    }

    /// Loads a component that was published, compiling it where that was not done yet.
    pub async fn load(&self, digest: Digest, component: Bytes) -> Result<Plugin, PublishError> {
        let registry = self.clone();
        let cached = blocking(move || registry.cached(&digest)).await;
        if let Some(plugin) = cached {
            return Ok(plugin);
        }
        let compiled = self.0.compiler.compile(&component, Origin::Store).await?;
        let inner = Arc::clone(&self.0);
        blocking(move || {
            let files = Files(compiled.directory.path());
            // A later release may make another component of the same one.
            let component = Bytes::from(std::fs::read(files.component())?);
            let digest = Digest::of(&component);
            let path = inner.cache.insert(&digest, &files.compiled())?;
            let writer = Writer::unnamed(&digest, None);
            let plugin = inner.introduce(&path, &writer)?.plugin;
            let plugin = inner.keep(digest, plugin);
            // Whoever loads it may be about to install it.
            inner.sweep(Some(digest));
            Ok(plugin)
        })
        .await
    }

    /// Removes the code of what is published no more, and of what nobody has installed where that is too much.
    pub async fn sweep(&self) {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.sweep(None)).await;
    }

    /// How many plugins are loaded.
    pub fn len(&self) -> usize {
        self.0.loaded.read().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.loaded.read().is_empty()
    }
}

/// A plugin that said what it is.
struct Introduced {
    plugin: Plugin,
    describe_fuel: u64,
    code_bytes: u64,
}

impl Inner {
    /// Maps compiled code and asks the plugin what it is: once more where the machine was too slow.
    fn introduce(&self, path: &Path, writer: &Writer) -> Result<Introduced, DescribeError> {
        match self.introduce_once(path, writer) {
            Err(DescribeError::Call(CallError::Interrupted(_))) => {
                self.introduce_once(path, writer)
            }
            first => first,
        }
    }

    fn introduce_once(&self, path: &Path, writer: &Writer) -> Result<Introduced, DescribeError> {
        let contract = |error: wasmtime::Error| DescribeError::Contract(format!("{error:#}"));
        let code_bytes = std::fs::metadata(path)
            .map_err(|error| DescribeError::Contract(error.to_string()))?
            .len();
        let small = code_bytes <= self.limits.pooled_code_bytes;
        // What has more memories or tables than the pool's slots is large, too.
        let pooled = small
            .then(|| compiled::map(&self.engines.pooled, path).ok())
            .flatten()
            .filter(|component| kind(component) == Some(PluginKind::Rule));
        let (plugin, describe_fuel) = match pooled {
            Some(component) => {
                let class = SizeClass::PooledRule;
                let (rule, fuel) = RulePlugin::load(
                    &component,
                    class,
                    &self.engines,
                    &self.limits,
                    writer.clone(),
                )?;
                (Plugin::Rule(rule), fuel)
            }
            None => {
                let component = compiled::map(&self.engines.on_demand, path).map_err(contract)?;
                match kind(&component) {
                    Some(PluginKind::Formatter) => {
                        let (formatter, fuel) = FormatterPlugin::load(
                            &component,
                            &self.engines,
                            &self.limits,
                            writer.clone(),
                        )?;
                        (Plugin::Formatter(formatter), fuel)
                    }
                    _ => {
                        let class = SizeClass::LargeRule;
                        let (rule, fuel) = RulePlugin::load(
                            &component,
                            class,
                            &self.engines,
                            &self.limits,
                            writer.clone(),
                        )?;
                        (Plugin::Rule(rule), fuel)
                    }
                }
            }
        };
        Ok(Introduced {
            plugin,
            describe_fuel,
            code_bytes,
        })
    }

    /// Keeps the compiled code of a new upload, and what was found out about it.
    fn keep_code(&self, published: &Published, code: &Compiled) {
        let (digest, workplace) = (&published.digest, code.directory.path());
        if self.cache.find(digest).is_none()
            && let Err(error) = self.cache.insert(digest, &Files(workplace).compiled())
        {
            tracing::warn!(%digest, %error, "compiled code cannot be kept, and will be compiled again");
            return;
        }
        let receipt = serde_json::to_vec(&published.receipt);
        let receipt = receipt.expect("a receipt has only string keys");
        let is_uploaded = published.digest == published.upload_digest;
        let component = (!is_uploaded).then_some(&*published.component);
        match self
            .cache
            .insert_receipt(digest, &receipt, component, workplace)
        {
            Ok(()) => self.receipts.put(*digest, published.receipt.clone()),
            Err(error) => {
                tracing::warn!(%digest, %error, "the same upload will be compiled again");
            }
        }
        self.flights.forget(&published.upload_digest);
    }

    /// Lets go of code that is not to be kept, but for what is `spared`. Who holds such a plugin may go on using it.
    fn sweep(&self, spared: Option<Digest>) {
        let Some(mut census) = self.census.get().and_then(|census| census()) else {
            return;
        };
        census.installed.extend(spared);
        match self.cache.sweep(&census, self.limits.idle_code_bytes) {
            Ok(removed) => {
                self.receipts.forget(&removed);
                let mut loaded = self.loaded.write();
                removed
                    .iter()
                    .for_each(|digest| drop(loaded.remove(digest)));
            }
            Err(error) => tracing::warn!(%error, "compiled code that nobody needs cannot be found"),
        }
    }

    /// Of two that load the same plugin at once, the first one's is kept.
    fn keep(&self, digest: Digest, plugin: Plugin) -> Plugin {
        self.loaded.write().entry(digest).or_insert(plugin).clone()
    }
}

/// What inspecting an upload found, one sentence each.
fn checks_of(inspected: &Inspected) -> Vec<String> {
    let mut checks = Vec::new();
    if inspected.from_module {
        checks.push("the core module was made a component".to_owned());
    }
    if let Some(stand_ins) = inspected.stand_ins {
        checks.push(format!(
            "imports of WASI are met by stand-ins {}: a clock that stands at 1970-01-01, the same randomness in every \
             instance, no files, no environment, and an output that is logged",
            stand_ins.as_str()
        ));
    }
    if !inspected.other_exports.is_empty() {
        let others = inspected.other_exports.join(", ");
        checks.push(format!("exports that are never called: {others}"));
    }
    checks
}

fn describe_check(fuel: u64) -> String {
    format!("describe used {} fuel", grouped(fuel))
}

async fn digest_of(upload: &Bytes) -> Digest {
    let upload = upload.clone();
    blocking(move || Digest::of(&upload)).await
}

fn kind(component: &wasmtime::component::Component) -> Option<PluginKind> {
    let exports = |name| component.get_export_index(None, name).is_some();
    if exports("vervet:plugin/rule@0.1.0") {
        Some(PluginKind::Rule)
    } else if exports("vervet:plugin/formatter@0.1.0") {
        Some(PluginKind::Formatter)
    } else {
        None
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("loading a plugin does not panic")
}

impl Plugin {
    /// Which kind it is.
    pub fn kind(&self) -> PluginKind {
        match self {
            Self::Rule(_) => PluginKind::Rule,
            Self::Formatter(_) => PluginKind::Formatter,
        }
    }

    /// What every plugin says of itself.
    pub fn manifest(&self) -> &Manifest {
        match self {
            Self::Rule(rule) => &rule.manifest().common,
            Self::Formatter(formatter) => &formatter.manifest().common,
        }
    }
}
