//! What one instance of a component takes of the host before its first instruction: how many core instances, memories
//! and tables it is made of, and how large they are when it starts.
//!
//! Components nest, and a component can be instantiated many times, so a small file can describe a huge instance. The
//! instantiation is therefore walked as the engine would do it, and ended as soon as a limit is exceeded: an upload
//! costs no more than a well-behaved plugin of its size.

mod read;
#[cfg(test)]
mod tests;
mod walk;

use crate::budget::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES, charge};
use base::grouped::grouped;

use super::inspect::Refusal;

/// Core modules and components together that one instance may instantiate: more than any tool makes, and few enough
/// to walk in no time.
const MAX_INSTANTIATIONS: usize = 4 * MAX_INSTANCES;

/// What the engine may keep for the functions, globals and imports of all instances, in bytes. An interpreter needs about one million.
const MAX_CONTEXT_BYTES: usize = 16 << 20;

/// What core instances take, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Footprint {
    instances: usize,
    memories: usize,
    tables: usize,
    /// Linear memory at the start, in bytes.
    memory_bytes: usize,
    /// Table elements at the start.
    table_elements: usize,
    /// The elements of the largest table.
    largest_table: usize,
    /// What the engine keeps for each instance: its functions, globals, imports, memories and tables.
    context_bytes: usize,
}

impl Footprint {
    fn add(&mut self, other: &Self) {
        let sum = |one: &mut usize, other: usize| *one = one.saturating_add(other);
        sum(&mut self.instances, other.instances);
        sum(&mut self.memories, other.memories);
        sum(&mut self.tables, other.tables);
        sum(&mut self.memory_bytes, other.memory_bytes);
        sum(&mut self.table_elements, other.table_elements);
        sum(&mut self.context_bytes, other.context_bytes);
        self.largest_table = self.largest_table.max(other.largest_table);
    }

    /// Compares with the limits, of which `max_bytes` is that of memories and tables together.
    fn check(&self, max_bytes: usize) -> Result<(), Refusal> {
        // The walk ends at the first instance that is too many, so there may be more.
        let counted = |what: &str, count: usize, most: usize| {
            let count = grouped(count as u64);
            Refusal(format!(
                "this plugin is made of at least {count} {what}, and may be made of {most}"
            ))
        };
        if self.instances > MAX_INSTANCES {
            return Err(counted("core instances", self.instances, MAX_INSTANCES));
        }
        if self.memories > MAX_MEMORIES {
            return Err(counted("memories", self.memories, MAX_MEMORIES));
        }
        if self.tables > MAX_TABLES {
            return Err(counted("tables", self.tables, MAX_TABLES));
        }
        if self.largest_table > MAX_TABLE_ELEMENTS {
            return Err(Refusal(format!(
                "a table of this plugin starts with {} elements, and may have {}",
                grouped(self.largest_table as u64),
                grouped(MAX_TABLE_ELEMENTS as u64)
            )));
        }
        let bytes = charge(self.memory_bytes, self.table_elements);
        if bytes > max_bytes {
            return Err(Refusal(format!(
                "this plugin starts with {} bytes, of {} bytes of linear memory and {} table elements; it may have {}",
                grouped(bytes as u64),
                grouped(self.memory_bytes as u64),
                grouped(self.table_elements as u64),
                grouped(max_bytes as u64)
            )));
        }
        if self.context_bytes > MAX_CONTEXT_BYTES {
            return Err(Refusal(format!(
                "the functions, globals and imports of this plugin's instances take at least {} bytes, and may take {}",
                grouped(self.context_bytes as u64),
                grouped(MAX_CONTEXT_BYTES as u64)
            )));
        }
        Ok(())
    }
}

/// Refuses a component whose instance would be made of too much, or start with more than `max_bytes`.
pub(super) fn check(component: &[u8], max_bytes: usize) -> Result<(), Refusal> {
    walk::walk(&read::read(component)?, max_bytes)
}
