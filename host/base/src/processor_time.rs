//! Processor time, which is not what others do on a busy machine.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time that this thread has had.
pub fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
