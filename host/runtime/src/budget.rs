//! How much of the host's memory one instance of a plugin may use: linear memories and tables share one budget in
//! bytes, and the number of instances, memories and tables is bounded.
//!
//! What is uploaded may be made of less than what runs: a plugin that an earlier release published goes on.

use wasmtime::ResourceLimiter;

/// Core instances of a new plugin. A component made of Python's shared libraries has several dozen.
pub(crate) const MAX_INSTANCES: usize = 256;

/// Linear memories of a new plugin. Tools that stub WASI add a component, and with it a memory, or two.
pub(crate) const MAX_MEMORIES: usize = 32;

/// Tables of a new plugin. A core instance of an ordinary toolchain has one.
pub(crate) const MAX_TABLES: usize = 64;

/// Core instances, memories and tables, of each so many, of any plugin that runs.
const MAX_RUNNING: usize = 1_000;

/// Elements of one table. The function table of a large interpreter has some tens of thousands.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 1 << 20;

/// A pointer for each element, and as much again for the room that a growing table reserves.
pub(crate) const TABLE_ELEMENT_BYTES: usize = 16;

/// Table elements that are not charged, so that an ordinary plugin can use its whole budget for linear memory.
pub(crate) const FREE_TABLE_ELEMENTS: usize = 1 << 16;

/// The memory that one instance uses, and the most that it may use.
pub(crate) struct MemoryBudget {
    max_bytes: usize,
    memory_bytes: usize,
    table_elements: usize,
    /// What the growth under way added, in case the engine cannot make it.
    pending: Growth,
}

/// One growth, of a memory or of a table.
#[derive(Clone, Copy, Default)]
struct Growth {
    memory_bytes: usize,
    table_elements: usize,
}

/// The budget is used up. Holds its size in bytes.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes of memories and tables")]
pub(crate) struct OutOfMemory(pub(crate) usize);

/// What memories and tables of these sizes count together, in bytes.
pub(crate) fn charge(memory_bytes: usize, table_elements: usize) -> usize {
    table_elements
        .saturating_sub(FREE_TABLE_ELEMENTS)
        .saturating_mul(TABLE_ELEMENT_BYTES)
        .saturating_add(memory_bytes)
}

impl MemoryBudget {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            memory_bytes: 0,
            table_elements: 0,
            pending: Growth::default(),
        }
    }

    fn grow(&mut self, growth: Growth) -> wasmtime::Result<bool> {
        let memory_bytes = self.memory_bytes.saturating_add(growth.memory_bytes);
        let table_elements = self.table_elements.saturating_add(growth.table_elements);
        if charge(memory_bytes, table_elements) > self.max_bytes {
            return Err(OutOfMemory(self.max_bytes).into());
        }
        self.memory_bytes = memory_bytes;
        self.table_elements = table_elements;
        self.pending = growth;
        Ok(true)
    }

    /// Returns what a failed growth had been granted.
    fn give_back(&mut self) {
        let Growth {
            memory_bytes,
            table_elements,
        } = std::mem::take(&mut self.pending);
        self.memory_bytes = self.memory_bytes.saturating_sub(memory_bytes);
        self.table_elements = self.table_elements.saturating_sub(table_elements);
    }
}

impl ResourceLimiter for MemoryBudget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.grow(Growth {
            memory_bytes: desired.saturating_sub(current),
            table_elements: 0,
        })
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.pending = Growth::default();
        if desired > MAX_TABLE_ELEMENTS {
            return Ok(false);
        }
        self.grow(Growth {
            memory_bytes: 0,
            table_elements: desired.saturating_sub(current),
        })
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        MAX_RUNNING
    }

    fn tables(&self) -> usize {
        MAX_RUNNING
    }

    fn memories(&self) -> usize {
        MAX_RUNNING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn memories_and_tables_share_one_budget() {
        let mut budget = MemoryBudget::new(64 * MIB);
        let refused = |grown: wasmtime::Result<bool>| {
            let error = grown.expect_err("the budget is used up");
            error.downcast_ref::<OutOfMemory>().map(|out| out.0)
        };
        assert!(budget.memory_growing(0, 40 * MIB, None).unwrap());
        assert!(budget.table_growing(0, MAX_TABLE_ELEMENTS, None).unwrap());
        let more = budget.table_growing(0, MAX_TABLE_ELEMENTS, None);
        assert_eq!(refused(more), Some(64 * MIB));
        let more = budget.memory_growing(40 * MIB, 50 * MIB, None);
        assert_eq!(refused(more), Some(64 * MIB));
        assert!(budget.memory_growing(40 * MIB, 49 * MIB, None).unwrap());
    }

    #[test]
    fn small_tables_leave_the_whole_budget_to_linear_memory() {
        let mut budget = MemoryBudget::new(64 * MIB);
        assert!(budget.table_growing(0, FREE_TABLE_ELEMENTS, None).unwrap());
        assert!(budget.memory_growing(0, 64 * MIB, None).unwrap());
        let last = budget.table_growing(FREE_TABLE_ELEMENTS, FREE_TABLE_ELEMENTS + 1, None);
        assert!(last.is_err());
    }

    #[test]
    fn a_table_has_so_many_elements_at_most() {
        let mut budget = MemoryBudget::new(usize::MAX);
        assert!(
            !budget
                .table_growing(0, MAX_TABLE_ELEMENTS + 1, None)
                .unwrap()
        );
        assert!(!budget.table_growing(0, usize::MAX, None).unwrap());
    }

    #[test]
    fn growth_that_fails_is_not_charged() {
        let mut budget = MemoryBudget::new(MIB);
        for _ in 0..100 {
            assert!(budget.memory_growing(0, MIB, Some(0)).unwrap());
            let beyond = wasmtime::format_err!("beyond the memory's own maximum");
            budget.memory_grow_failed(beyond).unwrap();
        }
        assert!(budget.memory_growing(0, MIB, None).unwrap());
    }
}
