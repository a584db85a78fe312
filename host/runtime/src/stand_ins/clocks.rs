//! Clocks that stand still.

use wasmtime::component::Resource;

use super::Lent;
use super::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use super::bindings::wasi::io::poll::Pollable;

/// 1970-01-01T00:00:00Z.
const EPOCH: wall_clock::Datetime = wall_clock::Datetime {
    seconds: 0,
    nanoseconds: 0,
};

/// A nanosecond, though no clock here moves by it: a divisor must not be 0.
const RESOLUTION_NANOSECONDS: u32 = 1;

impl monotonic_clock::Host for Lent<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::from(RESOLUTION_NANOSECONDS))
    }

    fn subscribe_instant(&mut self, _when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.pollable()
    }

    fn subscribe_duration(&mut self, _when: u64) -> wasmtime::Result<Resource<Pollable>> {
        self.pollable()
    }
}

impl wall_clock::Host for Lent<'_> {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(EPOCH)
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: RESOLUTION_NANOSECONDS,
        })
    }
}
