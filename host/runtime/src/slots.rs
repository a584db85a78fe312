//! Room for instances: who finds none waits until another is done.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

/// A counting semaphore for threads.
pub(crate) struct Slots(Arc<Shared>);

struct Shared {
    free: Mutex<u32>,
    freed: Condvar,
}

/// Room for one instance, given back when dropped.
pub(crate) struct Slot(Arc<Shared>);

impl Slots {
    pub(crate) fn new(count: u32) -> Self {
        Self(Arc::new(Shared {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }))
    }

    /// Takes a slot, waiting for one where none is free.
    pub(crate) fn take(&self) -> Slot {
        let mut free = self.0.free.lock();
        self.0.freed.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        Slot(Arc::clone(&self.0))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.free.lock() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_slot_waits_for_one() {
        let slots = Slots::new(1);
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let first = slots.take();
            scope.spawn(|| {
                let _second = slots.take();
                said.send("second").unwrap();
            });
            assert!(heard.try_recv().is_err());
            drop(first);
            assert_eq!(heard.recv(), Ok("second"));
        });
    }
}
