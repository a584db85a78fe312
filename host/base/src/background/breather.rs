//! Rests of long work, where live work wants the cores.

use std::time::Duration;

/// Lets long work rest where it is turned out of its core again and again.
///
/// Even a thread that gets a core only where no other wants it costs those others something: each that wakes has to turn it
/// out, and finds cold caches. So where it waited for its core for more than half as long as it had it, it stays away for
/// three times as long as both took, and is in the way a quarter as often. Threads of one piece of work that want each
/// other's cores wait for less.
#[derive(Debug, Default)]
pub struct Breather {
    before: Option<Share>,
}

impl Breather {
    /// Times what the work took.
    const REST: u32 = 3;
    /// The longest rest.
    const LONGEST: Duration = Duration::from_millis(50);

    /// Rests where that is due. To be called between pieces of work of a few milliseconds, always on the thread that does them,
    /// while it holds nothing that others wait for.
    pub fn breathe(&mut self) {
        if let (Some(before), Some(now)) = (self.before, Share::of_thread()) {
            let rest = now.since(before).rest();
            if !rest.is_zero() {
                std::thread::sleep(rest);
            }
        }
        self.before = Share::of_thread();
    }
}

/// How much of a core a thread had.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Share {
    had: Duration,
    /// For so long it could have run, and others did.
    waited: Duration,
}

impl Share {
    /// Of the calling thread; none if the system does not tell. Linux tells nanoseconds on a core, nanoseconds of
    /// waiting for one, and how often (`Documentation/scheduler/sched-stats.rst`).
    fn of_thread() -> Option<Self> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut nanos = told
            .split_ascii_whitespace()
            .map_while(|it| it.parse().ok());
        Some(Self {
            had: Duration::from_nanos(nanos.next()?),
            waited: Duration::from_nanos(nanos.next()?),
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            had: self.had.saturating_sub(before.had),
            waited: self.waited.saturating_sub(before.waited),
        }
    }

    fn rest(self) -> Duration {
        match 2 * self.waited > self.had {
            true => (Breather::REST * (self.had + self.waited)).min(Breather::LONGEST),
            false => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_where_others_often_had_its_core() {
        let check = |had: u64, waited: u64, rest: u64| {
            let millis = Duration::from_millis;
            let share = Share {
                had: millis(had),
                waited: millis(waited),
            };
            assert_eq!(share.rest(), millis(rest), "{share:?}");
        };
        check(0, 0, 0);
        check(3, 0, 0);
        check(4, 2, 0);
        check(4, 3, 21);
        check(0, 4, 12);
        check(3, 400, 50);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells_how_much_of_a_core_a_thread_had() {
        let before = Share::of_thread().expect("it is told");
        let had = || Share::of_thread().expect("it is told").since(before).had;
        while had() < Duration::from_millis(5) {
            std::hint::spin_loop();
        }
    }
}
