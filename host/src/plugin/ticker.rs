//! The clock that interrupts calls: one thread that moves the engines' epoch.

use std::time::Duration;

use wasmtime::EngineWeak;

/// How long an epoch is: how late an interruption may be.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Moves the epoch of `engines` for as long as one of them lives.
pub(crate) fn start<const N: usize>(engines: [EngineWeak; N]) {
    std::thread::Builder::new()
        .name("plugin-clock".into())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                let mut alive = false;
                for engine in engines.iter().filter_map(EngineWeak::upgrade) {
                    engine.increment_epoch();
                    alive = true;
                }
                if !alive {
                    return;
                }
            }
        })
        .expect("a process can start one more thread");
}

/// How many ticks are at least so many milliseconds: the tick that is under way does not count.
pub(crate) fn ticks(milliseconds: u64) -> u64 {
    milliseconds.div_ceil(TICK.as_millis() as u64) + 1
}
