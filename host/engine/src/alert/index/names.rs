//! Numbers for texts that many alerts share.

use std::collections::HashMap;
use std::sync::Arc;

use super::row_sets::allocated;
use base::naming;

/// Numbers for texts, which are never taken back.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    /// The numbers of labels, by what they look like.
    labels: HashMap<String, Vec<u32>>,
}

impl Names {
    /// The number of a text, which it gets where it has none.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("fewer than 2^32 names");
        let name: Arc<str> = name.into();
        self.numbers.insert(name.clone(), number);
        self.names.push(name);
        number
    }

    /// The number of a label, by which it is also found under the names that look the same.
    pub(super) fn label(&mut self, label: &str) -> u32 {
        let number = self.number(label);
        let alike = self.labels.entry(naming::look(label)).or_default();
        if !alike.contains(&number) {
            alike.push(number);
        }
        number
    }

    /// The numbers of the labels that look the same.
    pub(super) fn labels_like(&self, label: &str) -> &[u32] {
        self.labels
            .get(&naming::look(label))
            .map_or(&[], |alike| alike)
    }

    /// The number of a text, if it has one.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The text of a number.
    pub(super) fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.names.iter().map(|name| allocated(name.len() + 16));
        let labels = self.labels.iter();
        let labels = labels.map(|(look, alike)| allocated(look.len()) + 4 * alike.capacity() + 64);
        texts.sum::<usize>()
            + labels.sum::<usize>()
            + self.names.capacity() * size_of::<Arc<str>>()
            + self.numbers.capacity() * size_of::<(Arc<str>, u32)>()
    }
}
