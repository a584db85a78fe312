//! Stand-ins for the parts of WASI that other languages' runtimes import, though no rule needs them.
//!
//! Each is fixed: a clock that stands at 1970-01-01, randomness from the same seed in
//! every instance, polls that are ready at once, no environment, no arguments, no
//! files, standard input at its end. What is written to standard output and standard
//! error goes to the plugin's log, within its budget. So a plugin stays pure: an
//! answer depends on nothing but the arguments.
//!
//! What stand-ins answer is part of what a plugin computes. Whoever changes it makes
//! another [`StandIns`], and leaves this one as it is for the plugins that have it.
//! Of threads, sockets and the machine's clock this module knows nothing.

mod bindings;
mod cli;
mod clocks;
mod filesystem;
mod io;
mod output;
mod random;

use semver::Version;
use serde::{Deserialize, Serialize};
use wasmtime::component::{HasData, Linker};

use self::output::Output;
use self::random::Generator;
use super::call::State;
use super::log::Log;

/// Which stand-ins a plugin has; it is recorded with the plugin and with its installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum StandIns {
    /// Those of this host.
    #[serde(rename = "1")]
    V1,
}

/// The newest version of WASI whose interfaces are met.
pub(crate) static WASI: Version = Version::new(0, 2, 12);

/// The interfaces that are met, all of the version [`WASI`].
pub(crate) const INTERFACES: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// Handles that one instance may hold at a time.
const MAX_HANDLES: u32 = 1_024;

impl StandIns {
    /// As it is recorded: `1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "1",
        }
    }
}

/// What the stand-ins of one instance remember.
#[derive(Default)]
pub(crate) struct Kept {
    handles: u32,
    random: Generator,
    stdout: Output,
    stderr: Output,
}

impl Kept {
    /// Logs the lines that were begun and not ended.
    pub(crate) fn end_lines(&mut self, log: &mut Log) {
        for output in [&mut self.stdout, &mut self.stderr] {
            output.end_line(log);
        }
    }

    /// Counts a handle that is given to the instance.
    fn give(&mut self) -> wasmtime::Result<()> {
        if self.handles == MAX_HANDLES {
            wasmtime::bail!("the plugin holds more than {MAX_HANDLES} handles of WASI");
        }
        self.handles += 1;
        Ok(())
    }

    /// Counts a handle that the instance gave back.
    fn take_back(&mut self) {
        self.handles = self.handles.saturating_sub(1);
    }
}

/// What a stand-in works with during a call.
pub(crate) struct Lent<'a> {
    pub(crate) log: &'a mut Log,
    pub(crate) kept: &'a mut Kept,
}

struct HasLent;

impl HasData for HasLent {
    type Data<'a> = Lent<'a>;
}

/// Adds all stand-ins to what a plugin may import.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::StandIns::add_to_linker::<_, HasLent>(linker, State::lent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{self, CallError, Guest};
    use crate::engine::{Engines, SizeClass};
    use crate::limits::Limits;
    use crate::log::{Given, LogReader, Writer};

    /// Calls an export of a component that hands on what the stand-ins say, in a fresh instance.
    fn ask(export: &str, times: usize) -> Result<Vec<u64>, CallError> {
        let limits = Limits::default();
        let engines = Engines::new(&limits, LogReader::Operator).unwrap();
        let engine = &engines.on_demand;
        let guest = wat::parse_str(include_str!("guest.wat")).unwrap();
        let component = wasmtime::component::Component::new(engine, guest).unwrap();
        let linker = call::linker(engine).unwrap();
        let ready = linker.instantiate_pre(&component).unwrap();
        let slot = engines.slot(SizeClass::LargeRule);
        let writer = Writer {
            tenant: None,
            plugin: "guest".into(),
        };
        let log = engines.log(&writer, &limits);
        let mut guest = Guest::new(engine, slot, &limits, limits.memory_bytes, log);
        let given = Given::Configuration;
        let (answers, _) = guest.call(given, limits.row_fuel, limits.answer_bytes, |store| {
            let instance = ready.instantiate(&mut *store)?;
            let asked = instance.get_typed_func::<(), (u64,)>(&mut *store, export)?;
            let mut answers = Vec::new();
            for _ in 0..times {
                answers.push(asked.call(&mut *store, ())?.0);
            }
            Ok(answers)
        })?;
        Ok(answers)
    }

    #[test]
    fn what_they_answer_is_fixed() {
        assert_eq!(ask("now", 2), Ok(vec![0, 0]));
        assert_eq!(ask("ready", 2), Ok(vec![1, 1]));
        assert_eq!(ask("preopens", 1), Ok(vec![0]));
        let random = ask("random", 3).unwrap();
        assert_eq!(ask("random", 3).unwrap(), random);
        assert!(random[0] != random[1] && random[1] != random[2]);
    }

    #[test]
    fn what_they_do_not_do_stops_the_plugin() {
        let check = |export, expect: &str| {
            let stopped = ask(export, 1).unwrap_err();
            assert_eq!(stopped, CallError::Trapped(expect.into()));
        };
        check("exit", "the plugin exited with failure");
        check("hoard", "the plugin holds more than 1024 handles of WASI");
    }

    #[test]
    fn what_is_met_is_what_is_bound() {
        let mut bound: Vec<&str> = include_str!("wit/stand-ins.wit")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("import "))
            .collect();
        bound.sort_unstable();
        let mut met = INTERFACES.map(|name| format!("{name}@{WASI};"));
        met.sort_unstable();
        assert_eq!(bound, met);
    }

    #[test]
    fn handles_are_bounded() {
        let mut kept = Kept::default();
        for _ in 0..MAX_HANDLES {
            kept.give().unwrap();
        }
        let refused = kept.give().unwrap_err().to_string();
        assert_eq!(refused, "the plugin holds more than 1024 handles of WASI");
        kept.take_back();
        kept.give().unwrap();
    }

    #[test]
    fn a_version_is_written_as_its_name() {
        let written = serde_json::to_string(&StandIns::V1).unwrap();
        assert_eq!(written, format!("\"{}\"", StandIns::V1.as_str()));
    }
}
