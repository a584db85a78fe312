//! The clock that interrupts calls: one thread that moves the engines' epoch, and the processor
//! time of the calls that are still at work then.

use std::time::Duration;

use wasmtime::EngineWeak;

use base::processor_time::thread_time;

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

/// The ticks after which a call's time begins to be counted. Nearly all calls are over by then, and
/// need not ask what the time is.
pub(crate) const FIRST: u64 = 1;

/// The processor time that a call has. While its thread waits for a core nothing is
/// counted: a busy machine, and work that others go before, are no fault of a plugin's.
pub(crate) struct CallClock {
    most: Duration,
    /// The thread's time when the first tick found the call at work.
    begun: Option<Duration>,
}

impl CallClock {
    /// Calls may take so much.
    pub(crate) fn new(milliseconds: u64) -> Self {
        Self {
            most: Duration::from_millis(milliseconds),
            begun: None,
        }
    }

    /// Begins anew.
    pub(crate) fn next_call(&mut self) {
        self.begun = None;
    }

    /// After how many ticks to ask again; none if the call has had its time. Must be asked on the
    /// thread of the call.
    pub(crate) fn ticks_more(&mut self) -> Option<u64> {
        let now = thread_time();
        let used = now.saturating_sub(*self.begun.get_or_insert(now));
        let left = self.most.checked_sub(used).filter(|left| !left.is_zero())?;
        Some(ticks(left))
    }
}

/// How many ticks are at least so long: the tick that is under way does not count.
fn ticks(time: Duration) -> u64 {
    time.as_nanos().div_ceil(TICK.as_nanos()) as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses so much of the processor, however long that takes.
    fn work(time: Duration) {
        let until = thread_time() + time;
        while thread_time() < until {}
    }

    #[test]
    fn only_what_the_thread_was_given_counts() {
        let mut clock = CallClock::new(40);
        assert_eq!(clock.ticks_more(), Some(5));
        // Others have the cores.
        std::thread::sleep(Duration::from_millis(60));
        assert!(clock.ticks_more() > Some(1));
        work(Duration::from_millis(40));
        assert_eq!(clock.ticks_more(), None);
        clock.next_call();
        assert_eq!(clock.ticks_more(), Some(5));
    }
}
