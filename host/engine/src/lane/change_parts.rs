//! What a change may do with the parts of alerts.

use domain::alert::{AlertId, Content, Part, PartContent, PartId, PartKind, Person};
use uuid::Uuid;

use super::change::Change;
use crate::alert::parts::{PartQuery, PartRecord, last_number, list_parts, read_part};
use store::StoreError;
use store::key::{Key, Record};

impl Change<'_> {
    /// A part of an alert as it is in the lane; none if there is none, or none any more.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn part<C: PartContent>(
        &self,
        alert: AlertId,
        id: PartId,
    ) -> Result<Option<Part<C>>, StoreError> {
        let is_it =
            |part: &&Part| part.alert == alert && part.id == id && part.content.kind() == C::KIND;
        let on_its_way = self.parts.iter().rfind(is_it);
        let on_its_way = on_its_way.or_else(|| self.overlay.part(alert, C::KIND, id));
        let part = match on_its_way {
            Some(part) => Some(part.clone()),
            None => read_part(self.store, self.tenant, alert, C::KIND, id, u64::MAX)?,
        };
        Ok(part.filter(|part| !part.deleted).and_then(Part::of_kind))
    }

    /// The parts of one kind of these alerts as they are in the lane, oldest first; so many at most.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn parts<C: PartContent>(
        &self,
        alerts: &[AlertId],
        limit: usize,
    ) -> Result<Vec<Part<C>>, StoreError> {
        let query = PartQuery {
            alerts,
            kind: C::KIND,
            position: u64::MAX,
            after: None,
            limit,
        };
        let mut parts = list_parts(self.store, self.tenant, &query)?;
        for &alert in alerts {
            for newer in self.on_their_way(alert, C::KIND) {
                parts.retain(|part| part.id != newer.id);
                if !newer.deleted {
                    parts.push(newer.clone());
                }
            }
        }
        parts.sort_by_key(|part| part.id);
        parts.truncate(limit);
        Ok(parts.into_iter().filter_map(Part::of_kind).collect())
    }

    /// The parts that the store may not show yet, the newest version of each last.
    fn on_their_way(&self, alert: AlertId, kind: PartKind) -> impl Iterator<Item = &Part> {
        let of_this_change = self.parts.iter();
        let of_this_change =
            of_this_change.filter(move |part| part.alert == alert && part.content.kind() == kind);
        self.overlay.parts_of(alert, kind).chain(of_this_change)
    }

    /// A part to put to an alert, made by this person at this moment.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn new_part<C: PartContent>(
        &self,
        alert: AlertId,
        id: Uuid,
        author: Person,
        content: C,
    ) -> Result<Part<C>, StoreError> {
        let newest = self.on_their_way(alert, C::KIND).map(|part| part.number);
        let stored = last_number(self.store, self.tenant, alert, C::KIND)?;
        Ok(Part {
            alert,
            id,
            number: newest.fold(stored, u32::max) + 1,
            version: 1,
            author,
            created_at: self.at,
            updated_at: self.at,
            deleted: false,
            content,
        })
    }

    /// Writes another version of a part, or a new one.
    pub fn put_part<C: Into<Content>>(&mut self, part: Part<C>) {
        let part = part.of_any_kind();
        let version = Record::AlertPart {
            alert: part.alert.into_bytes(),
            part: part.content.kind() as u8,
            id: part.id.into_bytes(),
            position: self.position,
        };
        let key = Key::new(self.tenant, &version);
        self.batch.put(key, PartRecord::write(&part));
        self.parts.push(part);
    }
}
