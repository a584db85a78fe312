//! Polls that are ready at once, input that is at its end, and output that is logged.

use wasmtime::component::Resource;

use super::Lent;
use super::bindings::wasi::io::error::{self, Error};
use super::bindings::wasi::io::poll::{self, Pollable};
use super::bindings::wasi::io::streams::{self, InputStream, OutputStream, StreamError};
use crate::contract::v0_1::log::Severity;

/// What an output takes at a time.
const WRITE_BYTES: u64 = 4_096;

/// What a handle of an output stands for.
pub(super) const STDOUT: u32 = 1;
pub(super) const STDERR: u32 = 2;

/// An answer of a stream: the outer error stops the plugin.
type Streamed<T> = wasmtime::Result<Result<T, StreamError>>;

impl Lent<'_> {
    /// Something that is ready.
    pub(super) fn pollable(&mut self) -> wasmtime::Result<Resource<Pollable>> {
        self.handle(0)
    }

    /// A new handle, which the instance owns.
    pub(super) fn handle<T: 'static>(&mut self, stands_for: u32) -> wasmtime::Result<Resource<T>> {
        self.kept.give()?;
        Ok(Resource::new_own(stands_for))
    }

    fn dropped<T: 'static>(&mut self, _handle: &Resource<T>) -> wasmtime::Result<()> {
        self.kept.take_back();
        Ok(())
    }

    fn write(&mut self, output: &Resource<OutputStream>, bytes: &[u8]) -> Streamed<()> {
        let (output, severity) = match output.rep() {
            STDERR => (&mut self.kept.stderr, Severity::Warn),
            _ => (&mut self.kept.stdout, Severity::Info),
        };
        output.write(bytes, severity, self.log);
        Ok(Ok(()))
    }
}

impl error::Host for Lent<'_> {}

/// No stand-in answers an error of this kind.
impl error::HostError for Lent<'_> {
    fn to_debug_string(&mut self, _error: Resource<Error>) -> wasmtime::Result<String> {
        Ok(String::new())
    }

    fn drop(&mut self, error: Resource<Error>) -> wasmtime::Result<()> {
        self.dropped(&error)
    }
}

impl poll::Host for Lent<'_> {
    fn poll(&mut self, pollables: Vec<Resource<Pollable>>) -> wasmtime::Result<Vec<u32>> {
        wasmtime::ensure!(!pollables.is_empty(), "the plugin polls nothing");
        Ok((0..).take(pollables.len()).collect())
    }
}

impl poll::HostPollable for Lent<'_> {
    fn ready(&mut self, _pollable: Resource<Pollable>) -> wasmtime::Result<bool> {
        Ok(true)
    }

    fn block(&mut self, _pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<Pollable>) -> wasmtime::Result<()> {
        self.dropped(&pollable)
    }
}

impl streams::Host for Lent<'_> {}

/// Standard input, which has ended.
impl streams::HostInputStream for Lent<'_> {
    fn read(&mut self, _input: Resource<InputStream>, _len: u64) -> Streamed<Vec<u8>> {
        Ok(Err(StreamError::Closed))
    }

    fn blocking_read(&mut self, _input: Resource<InputStream>, _len: u64) -> Streamed<Vec<u8>> {
        Ok(Err(StreamError::Closed))
    }

    fn skip(&mut self, _input: Resource<InputStream>, _len: u64) -> Streamed<u64> {
        Ok(Err(StreamError::Closed))
    }

    fn blocking_skip(&mut self, _input: Resource<InputStream>, _len: u64) -> Streamed<u64> {
        Ok(Err(StreamError::Closed))
    }

    fn subscribe(&mut self, _input: Resource<InputStream>) -> wasmtime::Result<Resource<Pollable>> {
        self.pollable()
    }

    fn drop(&mut self, input: Resource<InputStream>) -> wasmtime::Result<()> {
        self.dropped(&input)
    }
}

/// Standard output and standard error.
impl streams::HostOutputStream for Lent<'_> {
    fn check_write(&mut self, _output: Resource<OutputStream>) -> Streamed<u64> {
        Ok(Ok(WRITE_BYTES))
    }

    fn write(&mut self, output: Resource<OutputStream>, bytes: Vec<u8>) -> Streamed<()> {
        Lent::write(self, &output, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        output: Resource<OutputStream>,
        bytes: Vec<u8>,
    ) -> Streamed<()> {
        Lent::write(self, &output, &bytes)
    }

    fn flush(&mut self, _output: Resource<OutputStream>) -> Streamed<()> {
        Ok(Ok(()))
    }

    fn blocking_flush(&mut self, _output: Resource<OutputStream>) -> Streamed<()> {
        Ok(Ok(()))
    }

    fn subscribe(
        &mut self,
        _output: Resource<OutputStream>,
    ) -> wasmtime::Result<Resource<Pollable>> {
        self.pollable()
    }

    /// Zeroes are no text: they are taken, and not logged.
    fn write_zeroes(&mut self, _output: Resource<OutputStream>, _len: u64) -> Streamed<()> {
        Ok(Ok(()))
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        _output: Resource<OutputStream>,
        _len: u64,
    ) -> Streamed<()> {
        Ok(Ok(()))
    }

    fn splice(
        &mut self,
        _output: Resource<OutputStream>,
        _input: Resource<InputStream>,
        _len: u64,
    ) -> Streamed<u64> {
        Ok(Err(StreamError::Closed))
    }

    fn blocking_splice(
        &mut self,
        _output: Resource<OutputStream>,
        _input: Resource<InputStream>,
        _len: u64,
    ) -> Streamed<u64> {
        Ok(Err(StreamError::Closed))
    }

    fn drop(&mut self, output: Resource<OutputStream>) -> wasmtime::Result<()> {
        self.dropped(&output)
    }
}
