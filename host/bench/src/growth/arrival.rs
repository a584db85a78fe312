//! Orders in which transactions arrive.

use std::fmt;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::rows::Rows;

/// An order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    ByTime,
    /// All of one customer, in time order, before the next one's.
    ByCustomer,
    Shuffled,
    /// The newest first.
    Reversed,
}

impl fmt::Display for Arrival {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ByTime => "in time order",
            Self::ByCustomer => "ordered by customer",
            Self::Shuffled => "shuffled",
            Self::Reversed => "newest first",
        })
    }
}

/// The numbers of transactions in the order of their arrival.
#[derive(Debug)]
pub(super) enum Sequence {
    /// As they are numbered, so that a hundred million need no memory.
    Rising,
    Listed(Vec<u32>),
}

impl Arrival {
    /// The order of so many transactions.
    pub(super) fn sequence(self, rows: &Rows, count: u32, seed: u64) -> Sequence {
        let mut numbers: Vec<u32> = match self {
            Self::ByTime => return Sequence::Rising,
            Self::ByCustomer | Self::Shuffled | Self::Reversed => (0..count).collect(),
        };
        match self {
            Self::ByTime => {}
            Self::ByCustomer => {
                numbers.sort_by_cached_key(|&number| (rows.customer(number.into()), number));
            }
            Self::Shuffled => numbers.shuffle(&mut StdRng::seed_from_u64(seed)),
            Self::Reversed => numbers.reverse(),
        }
        Sequence::Listed(numbers)
    }
}

impl Sequence {
    /// The number of the transaction at a place, counted from 0.
    pub(super) fn number(&self, place: u64) -> u64 {
        match self {
            Self::Rising => place,
            Self::Listed(numbers) => numbers[place as usize].into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::Draw;
    use super::*;

    const COUNT: u32 = 10_000;

    fn numbers(arrival: Arrival) -> Vec<u64> {
        let rows = Rows::new(COUNT.into(), Draw::Zipf, 1);
        let sequence = arrival.sequence(&rows, COUNT, 1);
        (0..COUNT.into())
            .map(|place| sequence.number(place))
            .collect()
    }

    #[test]
    fn every_order_has_every_transaction_once() {
        for arrival in [
            Arrival::ByTime,
            Arrival::ByCustomer,
            Arrival::Shuffled,
            Arrival::Reversed,
        ] {
            let mut numbers = numbers(arrival);
            numbers.sort_unstable();
            assert!(
                numbers.into_iter().eq(0..COUNT.into()),
                "{arrival} is no permutation"
            );
        }
    }

    #[test]
    fn each_customer_comes_at_once_and_in_time_order() {
        let rows = Rows::new(COUNT.into(), Draw::Zipf, 1);
        let numbers = numbers(Arrival::ByCustomer);
        let keys = numbers
            .iter()
            .map(|&number| (rows.customer(number), number));
        assert!(keys.is_sorted());
    }
}
