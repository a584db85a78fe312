//! Values that are numbered from 0 on.

/// Values in pages: adding one never copies all that are there, and no room is kept for as many again.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    pages: Vec<Vec<T>>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Values of a page; only the last one may have fewer.
    const PAGE: usize = 1024;

    pub(super) fn len(&self) -> usize {
        match self.pages.split_last() {
            Some((last, full)) => full.len() * Self::PAGE + last.len(),
            None => 0,
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / Self::PAGE)?.get(index % Self::PAGE)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let page = self.pages.get_mut(index / Self::PAGE)?;
        page.get_mut(index % Self::PAGE)
    }

    pub(super) fn push(&mut self, value: T) {
        match self.pages.last_mut() {
            Some(last) if last.len() < Self::PAGE => last.push(value),
            // The first page grows: most teams are small.
            None => self.pages.push(vec![value]),
            Some(_) => {
                let mut page = Vec::with_capacity(Self::PAGE);
                page.push(value);
                self.pages.push(page);
            }
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pages.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_whatever_page_they_are() {
        let mut slots = Slots::default();
        for number in 0..2_500 {
            assert_eq!(slots.len(), number);
            slots.push(number);
        }
        for number in [0, 1_023, 1_024, 2_047, 2_048, 2_499] {
            assert_eq!(slots.get(number), Some(&number));
            assert_eq!(slots.get_mut(number), Some(&mut { number }));
        }
        assert_eq!(slots.get(2_500), None);
        assert_eq!(slots.iter_mut().count(), 2_500);
    }
}
