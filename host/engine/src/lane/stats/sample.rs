//! What a rule took, measured since the host started.

use std::time::Duration;

/// How many of the newest measurements the quantiles are made from.
const KEPT: usize = 1024;

/// The newest measurements.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    values: Vec<u64>,
    next: usize,
}

impl Sample {
    fn add(&mut self, value: u64) {
        if self.values.len() < KEPT {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The value below which so many hundredths of the measurements lie; none if there are none.
    pub fn quantile(&self, hundredths: usize) -> Option<u64> {
        let mut sorted = self.values.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(sorted[last * hundredths / 100])
    }
}

/// What judging took.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// Fuel of the latest findings.
    pub fuel: Sample,
    /// Nanoseconds for one transaction, in the latest batches.
    pub nanos: Sample,
}

impl Taken {
    pub(super) fn add(&mut self, batch: &BatchCount) {
        for fuel in &batch.finding_fuel {
            self.fuel.add(*fuel);
        }
        if let Some(nanos) = (batch.took.as_nanos() as u64).checked_div(batch.rows) {
            self.nanos.add(nanos);
        }
    }
}

/// What one batch adds.
pub(in crate::lane) struct BatchCount {
    pub(in crate::lane) rows: u64,
    pub(in crate::lane) failures: u64,
    pub(in crate::lane) finding_fuel: Vec<u64>,
    pub(in crate::lane) took: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_newest_measurements() {
        let mut sample = Sample::default();
        assert_eq!(sample.quantile(50), None);
        for value in 1..=100 {
            sample.add(value);
        }
        assert_eq!(sample.quantile(50), Some(50));
        assert_eq!(sample.quantile(99), Some(99));
        for _ in 0..KEPT {
            sample.add(7);
        }
        assert_eq!(sample.quantile(99), Some(7));
    }
}
