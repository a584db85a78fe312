//! What a plugin may use. Every limit is named with its unit, and operators set it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of all plugins; the defaults serve one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Fuel with which a rule of the pool judges one transaction, or a batch of them.
    pub row_fuel: u64,
    /// The same for a larger rule, such as an interpreter with a rule in its language.
    pub large_row_fuel: u64,
    /// Fuel for `describe`, `prepare`, `layout-of`, `open` and `close`.
    pub setup_fuel: u64,
    /// Fuel with which a formatter writes one alert.
    pub alert_fuel: u64,
    /// Processor time of one call, in milliseconds.
    pub call_milliseconds: u64,
    /// All linear memories and tables of one instance, in bytes.
    pub memory_bytes: usize,
    /// The same for a rule that is too large for the pool.
    pub large_memory_bytes: usize,
    /// Memory of all instances together that serve publishing and installing, in bytes; who comes later waits.
    pub setup_memory_bytes: usize,
    /// Findings of a rule for one transaction.
    pub row_findings: usize,
    /// One answer of a plugin, in bytes.
    pub answer_bytes: usize,
    /// What a formatter writes for one alert, in bytes.
    pub alert_bytes: usize,
    /// The `prepared` blob of a plan, in bytes.
    pub prepared_bytes: usize,
    /// Lines that one call may log; what follows is dropped, and said so.
    pub log_lines: u32,
    /// One line of the log, in bytes; what follows is cut, and said so.
    pub log_line_bytes: usize,
    /// An upload, in bytes.
    pub upload_bytes: usize,
    /// Compiling, in seconds of processor time; on a busy machine it may take three times as long.
    pub compile_seconds: u64,
    /// Address space of the process that compiles, in bytes.
    pub compile_memory_bytes: u64,
    /// An upload that is compiled for longer is answered before that is done, in milliseconds.
    pub publish_wait_milliseconds: u64,
    /// Plugins that are compiled at the same time.
    pub compile_at_once: usize,
    /// Plugins that a tenant may have published, versions counted each.
    pub max_plugins: usize,
    /// Compiled code on disk of plugins that nobody has installed, in bytes; what was used longest ago goes first, and is
    /// compiled again when it is needed.
    pub idle_code_bytes: u64,
    /// A rule whose compiled code is up to this size runs in the pool, in bytes.
    pub pooled_code_bytes: u64,
    /// Instances of pooled rules at the same time; who comes later waits.
    pub pooled_instances: u32,
    /// Instances of larger rules at the same time; who comes later waits.
    pub large_instances: u32,
    /// Files that formatters write at the same time; who comes later waits.
    pub open_files: u32,
}

impl Limits {
    /// With how much memory an instance of a new plugin may start, in bytes.
    pub(crate) fn instance_bytes(&self) -> usize {
        self.memory_bytes.max(self.large_memory_bytes)
    }
}

/// What judging one transaction may take, as it is recorded with an install: what is found must
/// not depend on what a host allows at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLimits {
    /// Fuel.
    pub fuel: u64,
    /// All linear memories and tables of one instance, in bytes; none if an earlier release recorded no
    /// limit, and the host's own counts.
    pub memory_bytes: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        Self {
            row_fuel: 5_000_000,
            large_row_fuel: 50_000_000,
            setup_fuel: 50_000_000,
            alert_fuel: 5_000_000,
            call_milliseconds: 2_000,
            memory_bytes: 64 * MIB,
            large_memory_bytes: 128 * MIB,
            setup_memory_bytes: 192 * MIB,
            row_findings: 100,
            answer_bytes: MIB,
            alert_bytes: MIB,
            prepared_bytes: 64 * KIB,
            log_lines: 100,
            log_line_bytes: 4 * KIB,
            upload_bytes: 32 * MIB,
            compile_seconds: 60,
            compile_memory_bytes: 2 << 30,
            publish_wait_milliseconds: 2_000,
            compile_at_once: 2,
            max_plugins: 500,
            idle_code_bytes: 256 << 20,
            pooled_code_bytes: 4 << 20,
            pooled_instances: 128,
            large_instances: 8,
            open_files: 8,
        }
    }
}
