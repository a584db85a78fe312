//! Moments in time.

use std::fmt;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment that can be told.
    pub const MIN: Self = Self(i64::MIN + 1);
    /// The latest moment that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// The moment so many microseconds after the epoch.
    ///
    /// The smallest `i64` means "none" wherever moments stand in columns, so it
    /// is read as the moment after it.
    pub const fn from_micros(micros: i64) -> Self {
        if micros == i64::MIN {
            Self::MIN
        } else {
            Self(micros)
        }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment and so many seconds more; the latest moment where that overflows.
    pub fn plus_seconds(self, seconds: u64) -> Self {
        let micros = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000_000))
            .unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// So many seconds before this moment; the earliest moment where that overflows.
    pub fn minus_seconds(self, seconds: u64) -> Self {
        let micros = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000_000))
            .unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }
}

/// RFC 3339 in UTC, with microseconds only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(out, "{moment}"),
            Err(_) => write!(out, "{} µs", self.0),
        }
    }
}
