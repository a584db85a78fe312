//! Numbers by Zipf's law.

/// Zipf's law with exponent 1 over the numbers from 0: `n` is drawn in proportion to 1 / (n + 1).
///
/// The method is rejection-inversion (Hörmann and Derflinger, 1996), which needs no table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zipf {
    count: f64,
    /// The integral of 1 / x up to the first number, and up to the last one.
    integral: (f64, f64),
    /// A number this close above its point is accepted without a further test.
    margin: f64,
}

impl Zipf {
    /// Zipf's law over so many numbers, at least one.
    pub(super) fn new(count: u64) -> Self {
        let count = count as f64;
        Self {
            count,
            integral: (1.5_f64.ln() - 1.0, (count + 0.5).ln()),
            margin: 2.0 - (2.5_f64.ln() - 0.5).exp(),
        }
    }

    /// Draws a number; `chance` returns numbers that are uniform from 0 to 1.
    pub(super) fn draw(&self, mut chance: impl FnMut() -> f64) -> u64 {
        let (lowest, highest) = self.integral;
        loop {
            let integral = highest + chance() * (lowest - highest);
            let point = integral.exp();
            let rank = (point + 0.5).floor().clamp(1.0, self.count);
            if rank - point <= self.margin || integral >= (rank + 0.5).ln() - 1.0 / rank {
                return rank as u64 - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn numbers_are_as_frequent_as_the_law_says() {
        const COUNT: usize = 1_000;
        const DRAWS: u32 = 1_000_000;
        let mut random = StdRng::seed_from_u64(7);
        let zipf = Zipf::new(COUNT as u64);
        let mut drawn = [0_u32; COUNT];
        for _ in 0..DRAWS {
            drawn[zipf.draw(|| random.random()) as usize] += 1;
        }
        let weight = |number: usize| 1.0 / (number + 1) as f64;
        let all: f64 = (0..COUNT).map(weight).sum();
        for numbers in [0..1, 1..2, 2..3, 3..10, 10..100, 100..500, 500..COUNT] {
            let expected = numbers.clone().map(weight).sum::<f64>() / all * f64::from(DRAWS);
            let found = f64::from(drawn[numbers.clone()].iter().sum::<u32>());
            assert!(
                (found / expected - 1.0).abs() < 0.03,
                "{numbers:?} came {found} times instead of some {expected:.0}"
            );
        }
    }

    #[test]
    fn one_number_is_always_drawn() {
        assert_eq!(Zipf::new(1).draw(|| 0.5), 0);
    }
}
