//! One instance of a plugin, with its limits, and what may go wrong in a call.

use base::grouped::grouped;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use super::budget::{MemoryBudget, OutOfMemory};
use super::contract::v0_1;
use super::limits::Limits;
use super::log::{Given, Log};
use super::slots::Slot;
use super::stand_ins::{self, Kept, Lent};
use super::ticker::{self, CallClock};

/// Why a call gave no answer. The texts are what authors and analysts read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The same on every machine.
    #[error("out of fuel after {}", grouped(*.0))]
    OutOfFuel(u64),
    /// The machine's trouble, not the plugin's verdict. In milliseconds.
    #[error("interrupted after {0} ms of processor time")]
    Interrupted(u64),
    /// In bytes.
    #[error("out of memory after {} bytes", grouped(*.0 as u64))]
    OutOfMemory(usize),
    /// In bytes.
    #[error("answered more than {} bytes", grouped(*.0 as u64))]
    LongAnswer(usize),
    /// The plugin stopped itself, or gave an answer that is none.
    #[error("trapped: {0}")]
    Trapped(String),
}

/// What belongs to one instance on the host's side.
pub(crate) struct State {
    log: Log,
    stand_ins: Kept,
    memory: MemoryBudget,
    clock: CallClock,
}

impl State {
    /// What the stand-ins work with.
    pub(crate) fn lent(&mut self) -> Lent<'_> {
        Lent {
            log: &mut self.log,
            kept: &mut self.stand_ins,
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.stand_ins.end_lines(&mut self.log);
    }
}

/// A store for one instance, which holds its slot.
pub(crate) struct Guest {
    pub(crate) store: Store<State>,
    fuel: u64,
    call_milliseconds: u64,
    _slot: Slot,
}

impl Guest {
    pub(crate) fn new(
        engine: &Engine,
        slot: Slot,
        limits: &Limits,
        memory_bytes: usize,
        log: Log,
    ) -> Self {
        let state = State {
            log,
            stand_ins: Kept::default(),
            memory: MemoryBudget::new(memory_bytes),
            clock: CallClock::new(limits.call_milliseconds),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|mut store| {
            let more = store.data_mut().clock.ticks_more();
            Ok(more.map_or(UpdateDeadline::Interrupt, UpdateDeadline::Continue))
        });
        Self {
            store,
            fuel: 0,
            call_milliseconds: limits.call_milliseconds,
            _slot: slot,
        }
    }

    /// Makes one call, which is given this, with budgets of its own: fuel, processor time, bytes
    /// of the answer and lines of the log. Answers the fuel that was used, too.
    pub(crate) fn call<T>(
        &mut self,
        given: Given,
        fuel: u64,
        answer_bytes: usize,
        call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<(T, u64), CallError> {
        self.fuel = fuel;
        self.store.data_mut().log.next_call(given);
        self.store.set_fuel(fuel).expect("the engine counts fuel");
        self.store.set_hostcall_fuel(answer_bytes);
        self.store.data_mut().clock.next_call();
        self.store.set_epoch_deadline(ticker::FIRST);
        match call(&mut self.store) {
            Ok(answer) => {
                let left = self.store.get_fuel().expect("the engine counts fuel");
                Ok((answer, fuel - left))
            }
            Err(error) => Err(self.explain(&error, answer_bytes)),
        }
    }

    fn explain(&self, error: &wasmtime::Error, answer_bytes: usize) -> CallError {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return CallError::OutOfFuel(self.fuel),
            Some(Trap::Interrupt) => return CallError::Interrupted(self.call_milliseconds),
            Some(trap) => {
                let trap = trap.to_string();
                let words = trap.strip_prefix("wasm trap: ").unwrap_or(&trap);
                return CallError::Trapped(words.to_owned());
            }
            None => {}
        }
        if let Some(out) = error.downcast_ref::<OutOfMemory>() {
            return CallError::OutOfMemory(out.0);
        }
        let reason = error.root_cause().to_string();
        // The engine's own type for this is private.
        if reason.contains("fuel allocated for hostcalls has been exhausted") {
            return CallError::LongAnswer(answer_bytes);
        }
        let end = reason.floor_char_boundary(500);
        CallError::Trapped(reason[..end].to_owned())
    }
}

/// A linker with all that any plugin may import. What a plugin imports besides the log, and
/// whether it may, was found when it was inspected.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    v0_1::log::add_to_linker::<_, HasSelf<Log>>(&mut linker, |state: &mut State| &mut state.log)?;
    stand_ins::add_to_linker(&mut linker)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1 000"),
            (5_000_000, "5 000 000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
