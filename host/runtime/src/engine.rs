//! The engines in which plugins run, and how they are set.

use std::sync::Arc;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
};

use super::limits::Limits;
use super::log::{Log, LogReader, Writer};
use super::slots::{Slot, Slots};
use super::ticker;

/// An engine for each size class of plugin, since a pool belongs to its engine.
///
/// Both compile to the same code: they differ in where instances live.
#[derive(Clone)]
pub(crate) struct Engines {
    /// Small rules: instances live in a pool, whose pages are kept.
    pub(crate) pooled: Engine,
    /// What is too large for the pool, and formatters, whose instances live as long as a file.
    pub(crate) on_demand: Engine,
    slots: Arc<[Slots; 3]>,
    log_reader: LogReader,
}

/// Who shares slots with whom. Files have slots of their own: they are held for
/// as long as a file is written, and must not starve rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SizeClass {
    PooledRule,
    LargeRule,
    File,
}

impl Engines {
    /// Reserves the pool and starts the clock.
    pub(crate) fn new(limits: &Limits, log_reader: LogReader) -> wasmtime::Result<Self> {
        let mut config = base_config();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
        let pooled = Engine::new(&config)?;
        let on_demand = Engine::new(&base_config())?;
        ticker::start([pooled.weak(), on_demand.weak()]);
        Ok(Self {
            pooled,
            on_demand,
            slots: Arc::new([
                Slots::new(limits.pooled_instances),
                Slots::new(limits.large_instances),
                Slots::new(limits.open_files),
            ]),
            log_reader,
        })
    }

    /// The log of a new instance.
    pub(crate) fn log(&self, writer: &Writer, limits: &Limits) -> Log {
        let (lines, bytes) = (limits.log_lines, limits.log_line_bytes);
        Log::new(writer.clone(), self.log_reader, lines, bytes)
    }

    /// Waits for a slot: a full pool is a queue, never an error.
    pub(crate) fn slot(&self, class: SizeClass) -> Slot {
        self.slots[class as usize].take()
    }
}

/// The engine of the process that compiles: its code runs in both of [`Engines`].
pub fn compiling_engine() -> wasmtime::Result<Engine> {
    Engine::new(&base_config())
}

/// What decides over answers and fuel: the same in every engine.
fn base_config() -> Config {
    let mut cost = OperatorCost::new();
    // A page is zeroed and faulted in, which takes as long as some hundred instructions.
    cost.variable.memory_grow_per_page = u8::MAX;

    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(cost)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // Where one component is made of several, as some tools stub WASI, each has a memory, and
        // what ties them together sees both. All memories of an instance count as one budget.
        .wasm_multi_memory(true)
        .shared_memory(false)
        .concurrency_support(false)
        .memory_may_move(false)
        .memory_init_cow(true)
        .max_wasm_stack(256 << 10);
    config
}

/// A component that imports the log is three core instances: itself, and the
/// two small ones that tie it to its own memory.
///
/// What a slot reserves is address space; memory is what instances use, and that their budget bounds. A component that needs
/// more than a slot has lives outside the pool, under the budget of large plugins.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let instances = limits.pooled_instances;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_core_instances_per_component(6)
        .total_core_instances(instances * 6)
        .max_memories_per_component(1)
        .total_memories(instances)
        .max_tables_per_component(4)
        .total_tables(instances * 4)
        .table_elements(20_000)
        .max_memory_size(limits.memory_bytes)
        .max_unused_warm_slots(instances)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_instances_do_not_starve_small_ones() {
        let limits = Limits {
            large_instances: 1,
            ..Limits::default()
        };
        let engines = Engines::new(&limits, LogReader::Operator).unwrap();
        let large = engines.slot(SizeClass::LargeRule);
        std::thread::scope(|scope| {
            let (said, heard) = std::sync::mpsc::channel();
            for _ in 0..20 {
                let (engines, said) = (&engines, said.clone());
                scope.spawn(move || {
                    let _slot = engines.slot(SizeClass::LargeRule);
                    said.send(()).unwrap();
                });
            }
            // As many as ever fit in the pool, while twenty wait for the one large slot.
            let small: Vec<Slot> = (0..limits.pooled_instances)
                .map(|_| engines.slot(SizeClass::PooledRule))
                .collect();
            let file = engines.slot(SizeClass::File);
            assert!(heard.try_recv().is_err());
            drop((small, file, large));
            for _ in 0..20 {
                heard.recv().unwrap();
            }
        });
    }
}
