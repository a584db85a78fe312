//! Keeps what windows hold in memory within bounds.

use super::Inputs;
use crate::window::group::Group;

impl Inputs {
    /// So many keys of each group are looked at together for rows that are old.
    const TIDIED_AT_ONCE: usize = 8;

    /// The most keys that are looked at for forgetting with one transaction; four of each field and group where those are many.
    const LOOKED_AT_ONCE: usize = 64;

    /// Keys that were met may take this part of the memory, for each field, once all of it is used.
    const MET_SHARE: usize = 16;

    /// Drops what is old, as many keys as there were transactions: neighbours, since each alone would be waited for.
    pub(super) fn tidy(&mut self) {
        self.untidied += 1;
        if self.untidied == Self::TIDIED_AT_ONCE {
            self.untidied = 0;
            for field in &mut self.key_fields {
                field.step(Self::TIDIED_AT_ONCE, false);
            }
            for group in &mut self.groups {
                group.step(Self::TIDIED_AT_ONCE, false);
            }
        }
        self.keep_within_budget();
    }

    /// Forgets keys that were not used for the longest, of fields and groups in turn, while there is too little memory.
    fn keep_within_budget(&mut self) {
        let mut used = self.memory_bytes();
        if used <= self.limits.memory_bytes {
            return;
        }
        self.forget_what_was_met(self.limits.memory_bytes / Self::MET_SHARE);
        used = self.memory_bytes().min(used);
        let places = self.key_fields.len() + self.groups.len();
        for _ in 0..Self::LOOKED_AT_ONCE.max(4 * places) {
            if used <= self.limits.memory_bytes {
                return;
            }
            self.hand = (self.hand + 1) % places;
            let (before, after) = match self.key_fields.get_mut(self.hand) {
                Some(field) => {
                    let before = field.bytes();
                    field.step(1, true);
                    (before, field.bytes())
                }
                None => {
                    let group = &mut self.groups[self.hand - self.key_fields.len()];
                    let before = group.bytes();
                    group.step(1, true);
                    (before, group.bytes())
                }
            };
            used = used + after - before;
        }
    }

    /// Forgets which keys were met, and which are long, where that takes more than so many bytes.
    fn forget_what_was_met(&mut self, most: usize) {
        for (number, field) in self.key_fields.iter_mut().enumerate() {
            if field.met.bytes() > most {
                field.met.give_up();
            }
            if field.long_bytes() > most {
                let groups = self.groups.iter_mut();
                let of_field = groups.filter(|group| group.key_field == number);
                of_field.for_each(Group::forget_keys);
                field.forget_long();
            }
        }
        for group in &mut self.groups {
            if group.entered().bytes() > most {
                group.entered().give_up();
            }
        }
    }
}
