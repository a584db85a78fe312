//! What validating one value may take, counted so that it is the same on every machine.

/// The limits of one validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Steps: a subschema applied, a keyword checked, a member visited, a few bytes compared, a state of a pattern entered.
    pub steps: u64,
    /// Memory held at the same time beside schema and value, in bytes.
    pub memory_bytes: usize,
    /// Subschemas that are being applied within one another.
    pub nesting: usize,
}

impl Budget {
    /// The limits of a value that somebody sends: some tens of milliseconds.
    pub const VALUE: Self = Self {
        steps: 1_000_000,
        memory_bytes: 8 << 20,
        nesting: 1_000,
    };
}

/// Why a validation ended without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// The number is the limit.
    #[error("took more than {0} steps")]
    Steps(u64),
    /// The number is the limit, in bytes.
    #[error("took more than {} KiB of memory", .0 >> 10)]
    Memory(usize),
    /// The number is the limit.
    #[error("applied more than {0} subschemas within one another")]
    Nesting(usize),
    /// The only limit that depends on the machine.
    #[error("took too long")]
    Time,
}

impl Exhausted {
    /// Whether another try could end otherwise.
    pub fn depends_on_the_machine(self) -> bool {
        self == Self::Time
    }
}

/// So many steps pass between two looks at the clock.
const STEPS_BETWEEN_LOOKS: u64 = 10_000;

/// What is left of a budget.
pub(crate) struct Meter<'c> {
    budget: Budget,
    steps_left: u64,
    memory_left: usize,
    next_look: u64,
    is_late: &'c dyn Fn() -> bool,
}

impl<'c> Meter<'c> {
    /// The steps that are left.
    pub(crate) fn steps_left(&self) -> u64 {
        self.steps_left
    }

    pub(crate) fn new(budget: Budget, is_late: &'c dyn Fn() -> bool) -> Self {
        Self {
            budget,
            steps_left: budget.steps,
            memory_left: budget.memory_bytes,
            next_look: budget.steps.saturating_sub(STEPS_BETWEEN_LOOKS),
            is_late,
        }
    }

    /// Takes steps.
    pub(crate) fn step(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => self.steps_left = left,
            None => {
                self.steps_left = 0;
                return Err(Exhausted::Steps(self.budget.steps));
            }
        }
        if self.steps_left <= self.next_look {
            self.next_look = self.steps_left.saturating_sub(STEPS_BETWEEN_LOOKS);
            if (self.is_late)() {
                return Err(Exhausted::Time);
            }
        }
        Ok(())
    }

    /// Takes the steps of reading so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.step(1 + bytes as u64 / 16)
    }

    /// Takes memory, until it is given back.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Exhausted> {
        match self.memory_left.checked_sub(bytes) {
            Some(left) => self.memory_left = left,
            None => return Err(Exhausted::Memory(self.budget.memory_bytes)),
        }
        // It is also written.
        self.read(bytes)
    }

    pub(crate) fn give_back(&mut self, bytes: usize) {
        self.memory_left += bytes;
    }

    /// Checks how deep subschemas are within one another.
    pub(crate) fn check_nesting(&self, nesting: usize) -> Result<(), Exhausted> {
        if nesting > self.budget.nesting {
            return Err(Exhausted::Nesting(self.budget.nesting));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_ends_at_its_limits() {
        let budget = Budget {
            steps: 10,
            memory_bytes: 100,
            nesting: 2,
        };
        let mut meter = Meter::new(budget, &|| false);
        assert_eq!(meter.step(10), Ok(()));
        assert_eq!(meter.step(1), Err(Exhausted::Steps(10)));
        let mut meter = Meter::new(budget, &|| false);
        assert_eq!(meter.hold(60), Ok(()));
        assert_eq!(meter.hold(60), Err(Exhausted::Memory(100)));
        meter.give_back(60);
        assert_eq!(meter.hold(60), Ok(()));
        assert_eq!(meter.check_nesting(2), Ok(()));
        assert_eq!(meter.check_nesting(3), Err(Exhausted::Nesting(2)));
    }

    #[test]
    fn the_clock_is_looked_at_while_steps_are_left() {
        let mut meter = Meter::new(Budget::VALUE, &|| true);
        let ended = (0..STEPS_BETWEEN_LOOKS).find_map(|_| meter.step(1).err());
        assert_eq!(ended, Some(Exhausted::Time));
    }
}
