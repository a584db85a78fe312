//! Brings near what transactions will look at.

use super::Inputs;
use crate::payload::Transaction;
use crate::window::group::Scratch;

impl Inputs {
    /// For so many transactions at a time [`look_ahead`](Self::look_ahead) gains the most.
    pub const LOOK_AHEAD: usize = 16;

    /// Brings near what some transactions will look at, which are to be observed next. It changes nothing but the time that
    /// that takes: rows of different keys lie all over the memory, and are waited for together instead of one by one.
    pub fn look_ahead<'t>(&mut self, next: impl IntoIterator<Item = &'t Transaction>) {
        const STEPS: usize = 6;
        let Scratch {
            key,
            hashes,
            places,
            ..
        } = &mut self.scratch;
        hashes.clear();
        let (fields, groups) = (&self.key_fields, &self.groups);
        for transaction in next {
            let seen = self.layouts.see(transaction);
            let of_fields = fields.iter().map(|field| field.sought_hash(&seen, key));
            hashes.extend(numbered(0, of_fields));
            let of_groups = groups.iter().map(|group| group.sought_hash(&seen, key));
            hashes.extend(numbered(fields.len(), of_groups));
        }
        // From here on no reading of a step waits for another one of the same step.
        places.clear();
        places.extend(hashes.iter().filter_map(|&(number, hash)| {
            let place = match fields.get(number) {
                Some(field) => field.likely(hash),
                None => groups[number - fields.len()].likely(hash),
            };
            place.map(|place| (number, place))
        }));
        for step in 0..STEPS {
            let touched = places
                .iter()
                .map(|&(number, place)| match fields.get(number) {
                    Some(field) => field.touch(place, step),
                    None => groups[number - fields.len()].touch(place, step),
                });
            std::hint::black_box(touched.fold(0, usize::wrapping_add));
        }
    }
}

/// Numbers what is there, from a number on.
fn numbered<T>(
    from: usize,
    items: impl Iterator<Item = Option<T>>,
) -> impl Iterator<Item = (usize, T)> {
    (from..)
        .zip(items)
        .filter_map(|(number, item)| Some((number, item?)))
}
