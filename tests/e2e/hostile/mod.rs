//! Plugins that do what a plugin must not, in every export.

mod evaluate;
mod formatter;
mod log;
mod memory;
mod publish;
mod schemas;
mod setup;

use std::sync::LazyLock;

use runtime::formatter::FormatterPlugin;
use runtime::limits::Limits;
use runtime::publish::{PublishError, Published};
use runtime::registry::{Plugin, Registry};
use runtime::rule::RulePlugin;
use tempfile::TempDir;
use tests::guests::module;
use tests::program::vervet;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// Publishes guests, each once for all tests.
struct Host {
    registry: Registry,
    _data: TempDir,
}

impl Host {
    fn new(limits: Limits) -> Self {
        let data = tempfile::tempdir().unwrap();
        let registry = Registry::open(limits, vervet(), data.path()).unwrap();
        Self {
            registry,
            _data: data,
        }
    }

    fn publish(&self, upload: impl Into<bytes::Bytes>) -> Result<Published, PublishError> {
        RUNTIME.block_on(self.registry.publish(upload.into()))
    }
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A host as it comes.
static HOST: LazyLock<Host> = LazyLock::new(|| Host::new(Limits::default()));

fn hostile_rule() -> RulePlugin {
    static PLUGIN: OnceCell<Plugin> = OnceCell::const_new();
    match RUNTIME.block_on(PLUGIN.get_or_init(|| published("hostile-rule"))) {
        Plugin::Rule(rule) => rule.clone(),
        Plugin::Formatter(_) => panic!("hostile-rule is a rule"),
    }
}

fn hostile_formatter() -> FormatterPlugin {
    static PLUGIN: OnceCell<Plugin> = OnceCell::const_new();
    match RUNTIME.block_on(PLUGIN.get_or_init(|| published("hostile-formatter"))) {
        Plugin::Formatter(formatter) => formatter.clone(),
        Plugin::Rule(_) => panic!("hostile-formatter is a formatter"),
    }
}

async fn published(name: &str) -> Plugin {
    let upload = module(name).into();
    HOST.registry.publish(upload).await.unwrap().plugin
}

/// A guest whose `describe` does `behaviour`: it has no argument that could say so.
fn guest_that_describes(name: &str, behaviour: &str) -> Vec<u8> {
    const MARKER: &[u8; 32] = b"describe:honest                 ";
    let mut module = module(name);
    let at = module
        .windows(MARKER.len())
        .position(|bytes| bytes == MARKER)
        .expect("the guest has its marker");
    let behaviour = format!("{:32}", format!("describe:{behaviour}"));
    module[at..at + MARKER.len()].copy_from_slice(behaviour.as_bytes());
    module
}

/// Whether an error says what it must.
fn says(error: &impl std::fmt::Display, part: &str) {
    let text = error.to_string();
    assert!(text.contains(part), "'{text}' does not say '{part}'");
}
