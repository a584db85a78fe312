//! How fuel is spread over transactions, in little memory whatever their number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Steps within each doubling: a quantile is told to one part in 32.
const STEP_BITS: u32 = 5;

/// Numbers, of which quantiles are asked. Two that were gathered in parts are the same as if they had been gathered at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// How many numbers fell into each step.
    steps: BTreeMap<u16, u64>,
    count: u64,
    most: u64,
}

/// Quantiles of units of fuel. They are rounded up by one part in 32 at most; the last is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Quantiles {
    /// Of how many transactions.
    pub of: u64,
    /// Half of them took at most so much.
    pub median: u64,
    /// Nine of ten took at most so much.
    pub p90: u64,
    /// 99 of a hundred took at most so much.
    pub p99: u64,
    /// None took more.
    pub most: u64,
}

impl Spread {
    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        *self.steps.entry(step(number)).or_default() += 1;
        self.count += 1;
        self.most = self.most.max(number);
    }

    /// What is asked of them; none if there are no numbers.
    pub fn quantiles(&self) -> Option<Quantiles> {
        (self.count > 0).then(|| Quantiles {
            of: self.count,
            median: self.quantile(50),
            p90: self.quantile(90),
            p99: self.quantile(99),
            most: self.most,
        })
    }

    /// The number that so many hundredths of all do not exceed.
    fn quantile(&self, hundredths: u64) -> u64 {
        let rank = (self.count * hundredths).div_ceil(100);
        let mut counted = 0;
        for (&step, &count) in &self.steps {
            counted += count;
            if counted >= rank {
                return highest(step).min(self.most);
            }
        }
        self.most
    }
}

/// Which step a number falls into: small ones have one each.
fn step(number: u64) -> u16 {
    let bits = u64::BITS - number.leading_zeros();
    let shift = bits.saturating_sub(STEP_BITS + 1);
    let within = (number >> shift) as u16;
    ((shift as u16) << STEP_BITS) + within
}

/// The highest number of a step.
fn highest(step: u16) -> u64 {
    let whole = 1 << (STEP_BITS + 1);
    if step < whole {
        return step.into();
    }
    let shift = (step >> STEP_BITS) - 1;
    let within = u64::from(step - (shift << STEP_BITS));
    (((u128::from(within) + 1) << shift) - 1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_told_to_one_part_in_32() {
        let check = |numbers: &[u64]| {
            let mut sorted = numbers.to_vec();
            sorted.sort_unstable();
            let mut spread = Spread::default();
            numbers.iter().for_each(|&number| spread.add(number));
            let told = spread.quantiles().expect("there are numbers");
            let exact = |hundredths: usize| sorted[(sorted.len() * hundredths).div_ceil(100) - 1];
            for (told, exact) in [
                (told.median, exact(50)),
                (told.p90, exact(90)),
                (told.p99, exact(99)),
            ] {
                assert!(told >= exact, "{told} {exact}");
                assert!(told - exact <= exact / 32, "{told} {exact}");
            }
            assert_eq!(told.most, sorted[sorted.len() - 1]);
            assert_eq!(told.of, numbers.len() as u64);
        };
        check(&[0]);
        check(&[7]);
        check(&[u64::MAX, u64::MAX - 1, 0]);
        check(&(0..1_000).collect::<Vec<_>>());
        check(&(0..64).map(|bit| 1 << bit).collect::<Vec<_>>());
        check(
            &(0..2_000_u64)
                .map(|n| n * n * n * 7_919)
                .collect::<Vec<_>>(),
        );
        assert_eq!(Spread::default().quantiles(), None);
    }
}
