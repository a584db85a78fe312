//! One file, written by one instance from its first to its last byte.

use domain::time::Timestamp;

use super::columns::AlertColumns;
use super::utf8::{NotUtf8, Utf8Check};
use super::{FormatterPlugin, v0_1};
use crate::CallError;
use crate::call::Guest;
use crate::log::Given;
use base::grouped::grouped;

/// Of what a file is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The tenant's name.
    pub tenant: String,
    /// IANA name, such as `Europe/Brussels`.
    pub timezone: String,
    /// When the alerts were as the file says.
    pub snapshot_at: Timestamp,
}

/// A file that is being written: holds an instance until it is dropped or closed.
pub struct FormatterRun {
    plugin: FormatterPlugin,
    guest: Guest,
    instance: v0_1::Instance,
    utf8: Option<Utf8Check>,
    written: u64,
}

/// Why a file cannot be written, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the formatter failed {at}: {reason}")]
pub struct FormatError {
    /// Where.
    pub at: FormatStep,
    /// Why.
    pub reason: FormatFault,
}

/// Where in a file a formatter failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatStep {
    /// At the first bytes.
    #[error("at the beginning of the file")]
    Open,
    /// In a batch of alerts: these are the ids of the first and the last of it.
    #[error("at {}, after {written} others", alerts(from, to))]
    Write {
        /// The first of the batch.
        from: String,
        /// The last of the batch.
        to: String,
        /// How many alerts were written before.
        written: u64,
    },
    /// At the last bytes.
    #[error("at the end of the file")]
    Close,
}

fn alerts(from: &str, to: &str) -> String {
    if from == to {
        format!("alert {from}")
    } else {
        format!("alerts {from} to {to}")
    }
}

/// Why a formatter failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatFault {
    /// A sentence of the plugin.
    #[error("{0}")]
    Refused(String),
    /// The plugin gave no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// More bytes than alerts may have, those that were written together taken as one.
    #[error(
        "answered more than {} bytes for an alert; the operator can allow more: plugins.alert_bytes",
        grouped(*.0 as u64)
    )]
    LongAlerts(usize),
    /// A file of a text's media type must be UTF-8.
    #[error("its answer is not UTF-8, and its media type is a text's")]
    NotUtf8,
}

impl From<NotUtf8> for FormatFault {
    fn from(NotUtf8: NotUtf8) -> Self {
        Self::NotUtf8
    }
}

impl FormatterRun {
    /// Starts a file and answers its first bytes, too.
    pub(super) fn open(
        plugin: FormatterPlugin,
        config: &str,
        context: &Context,
    ) -> Result<(Self, Vec<u8>), FormatError> {
        let at = |reason| FormatError {
            at: FormatStep::Open,
            reason,
        };
        let limits = plugin.limits();
        let fuel = limits.setup_fuel;
        let answer_bytes = limits.answer_bytes;
        let (guest, instance) = plugin.instance().map_err(|error| at(error.into()))?;
        let utf8 = plugin.manifest().is_text().then(Utf8Check::default);
        let mut run = Self {
            plugin,
            guest,
            instance,
            utf8,
            written: 0,
        };
        let first = run
            .answer(
                Given::Configuration,
                fuel,
                answer_bytes,
                |instance, store| v0_1::open(instance, store, config, context),
            )
            .map_err(at)?;
        Ok((run, first))
    }

    /// Writes a batch of alerts. After an error the file cannot be mended: drop the run.
    pub fn write(&mut self, alerts: &AlertColumns) -> Result<Vec<u8>, FormatError> {
        let count = alerts.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let limits = self.plugin.limits();
        let fuel = limits.alert_fuel.saturating_mul(count as u64);
        let alert_bytes = limits.alert_bytes;
        let answer_bytes = alert_bytes.saturating_mul(count);
        let bytes = self
            .answer(Given::Payloads, fuel, answer_bytes, |instance, store| {
                v0_1::write(instance, store, alerts)
            })
            .map_err(|reason| match reason {
                FormatFault::Call(CallError::LongAnswer(_)) => FormatFault::LongAlerts(alert_bytes),
                other => other,
            })
            .map_err(|reason| FormatError {
                at: FormatStep::Write {
                    from: alerts.id.get(0).to_owned(),
                    to: alerts.id.get(count - 1).to_owned(),
                    written: self.written,
                },
                reason,
            })?;
        self.written += count as u64;
        Ok(bytes)
    }

    /// Ends the file and answers its last bytes.
    pub fn close(mut self) -> Result<Vec<u8>, FormatError> {
        let limits = self.plugin.limits();
        let (fuel, answer_bytes) = (limits.setup_fuel, limits.answer_bytes);
        self.answer(Given::Payloads, fuel, answer_bytes, v0_1::close)
            .and_then(|bytes| {
                self.utf8.as_ref().map_or(Ok(()), Utf8Check::end)?;
                Ok(bytes)
            })
            .map_err(|reason| FormatError {
                at: FormatStep::Close,
                reason,
            })
    }

    fn answer(
        &mut self,
        given: Given,
        fuel: u64,
        answer_bytes: usize,
        call: impl FnOnce(
            &v0_1::Instance,
            &mut super::Store,
        ) -> wasmtime::Result<Result<Vec<u8>, String>>,
    ) -> Result<Vec<u8>, FormatFault> {
        let instance = &self.instance;
        let (said, _) = self
            .guest
            .call(given, fuel, answer_bytes, |store| call(instance, store))?;
        let bytes = said.map_err(|mut sentence| {
            sentence.truncate(sentence.floor_char_boundary(2_000));
            FormatFault::Refused(sentence)
        })?;
        if let Some(utf8) = &mut self.utf8 {
            utf8.next(&bytes)?;
        }
        Ok(bytes)
    }
}
