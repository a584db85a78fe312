//! What a change does with records that later changes read back, and with what is to be delivered.

use super::change::Change;
use store::StoreError;
use store::key::{Key, Record};

/// How many things to deliver one change may write: their numbers rise with its position.
const OUTGOING_OF_A_CHANGE: u64 = 256;

impl Change<'_> {
    /// A record as the last [`keep_record`](Self::keep_record) or [`drop_record`](Self::drop_record) left it, in this change
    /// too; records that are written otherwise may be read as they were a moment ago.
    pub fn record(&self, record: &Record) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::new(self.tenant, record);
        match self.kept.get(&key) {
            Some(value) => Ok(value.clone()),
            None => self.overlay.record(self.store, &key),
        }
    }

    /// Writes a record that later changes read back.
    pub fn keep_record(&mut self, record: &Record, value: Vec<u8>) {
        let key = Key::new(self.tenant, record);
        self.kept.insert(key.clone(), Some(value.clone()));
        self.batch.put(key, value);
    }

    /// Takes away a record that later changes read back.
    pub fn drop_record(&mut self, record: &Record) {
        let key = Key::new(self.tenant, record);
        self.kept.insert(key.clone(), None);
        self.batch.delete(key);
    }

    /// Writes something to deliver, and answers its number. Whoever delivers is told when it is durable.
    pub fn put_outgoing(&mut self, value: Vec<u8>) -> u64 {
        debug_assert!(
            self.outgoing < OUTGOING_OF_A_CHANGE,
            "a change has few things to deliver"
        );
        let number = self.position * OUTGOING_OF_A_CHANGE + self.outgoing;
        self.outgoing += 1;
        self.put_record(&Record::Outbox { number }, value);
        number
    }
}
