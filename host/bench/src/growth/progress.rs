//! What the benchmark says while it runs, on standard error.

use std::fmt::Display;
use std::time::{Duration, Instant};

use console::print;

const INTERVAL: Duration = Duration::from_secs(10);

/// Progress of one step, told every ten seconds.
pub(super) struct Progress {
    step: String,
    told: Instant,
}

impl Progress {
    /// Begins a step, which is told if it takes longer.
    pub(super) fn new(step: String) -> Self {
        Self {
            step,
            told: Instant::now(),
        }
    }

    /// Tells how far the step is, if enough time has passed.
    pub(super) fn tell(&mut self, state: impl FnOnce() -> String) {
        if self.told.elapsed() >= INTERVAL {
            self.told = Instant::now();
            Self::say(format_args!("{}: {}", self.step, state()));
        }
    }

    /// Tells something at once.
    pub(super) fn say(text: impl Display) {
        print::error(format_args!("growth: {text}"));
    }
}
