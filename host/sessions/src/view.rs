//! What readers see of sessions, which is only what is durable.

use std::collections::HashSet;

use domain::session::{Account, History};
use uuid::Uuid;

use super::fetched::FetchedTransaction;
use super::history::{Held, Standing, Unlisted};
use super::names::{Consent, HubUser};
use super::pages::{PageRecord, place_of};
use super::record::{PageMark, SessionRecord};
use store::backend::{Direction, KeyRange};
use store::key::{Key, PageKey, Record, TenantId};
use store::{Store, StoreError};

/// How many sessions one request looks at, wanted or not.
const MAX_LOOKED_AT: usize = 5_000;

/// Reads a tenant's sessions.
#[derive(Clone)]
pub struct View {
    store: Store,
    tenant: TenantId,
}

/// Where the history of an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySource {
    /// The bank's id.
    pub bank: String,
    /// The session that fetched it.
    pub session: Uuid,
    /// The account's id.
    pub account: String,
    /// The account's place among those of the session.
    place: u32,
    /// Whether its pages have each transaction once.
    is_distinct: bool,
}

/// A place in a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryPlace {
    /// Which of the sources.
    source: u32,
    page: u32,
    part: u32,
    /// How many transactions of the part are behind.
    offset: u32,
}

impl HistoryPlace {
    /// As a cursor holds it.
    pub fn write(self) -> Vec<u8> {
        let numbers = [self.source, self.page, self.part, self.offset];
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    /// Reads what [`write`](Self::write) wrote; `None` where it is something else.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 16] = bytes.try_into().ok()?;
        let number = |at: usize| {
            let (_, from) = bytes.split_at(at);
            from.first_chunk().map(|number| u32::from_be_bytes(*number))
        };
        Some(Self {
            source: number(0)?,
            page: number(4)?,
            part: number(8)?,
            offset: number(12)?,
        })
    }
}

/// Some of a tenant's sessions, newest first.
#[derive(Clone, Debug)]
pub struct NewestSessions {
    /// Those that are wanted.
    pub sessions: Vec<SessionRecord>,
    /// The last one that was looked at, where there may be more behind it.
    pub next: Option<Uuid>,
}

impl View {
    /// Of a tenant.
    pub fn new(store: Store, tenant: TenantId) -> Self {
        Self { store, tenant }
    }

    /// The newest sessions, or the newest before one, that are wanted: so many at most, of the first
    /// [`MAX_LOOKED_AT`] that are looked at.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn newest(
        &self,
        before: Option<Uuid>,
        limit: usize,
        is_wanted: impl Fn(&SessionRecord) -> bool,
    ) -> Result<NewestSessions, StoreError> {
        let range = KeyRange::sessions(self.tenant, before.map(Uuid::into_bytes));
        let mut found = NewestSessions {
            sessions: Vec::new(),
            next: None,
        };
        for (count, entry) in self.store.range(range, Direction::Reverse).enumerate() {
            if count == MAX_LOOKED_AT || found.sessions.len() == limit {
                return Ok(found);
            }
            let session = SessionRecord::read(&entry?.1)?;
            found.next = Some(session.id);
            if is_wanted(&session) {
                found.sessions.push(session);
            }
        }
        found.next = None;
        Ok(found)
    }

    /// A session.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn session(&self, id: Uuid) -> Result<Option<SessionRecord>, StoreError> {
        let found = self
            .store
            .get(&Key::new(self.tenant, &SessionRecord::key(id)))?;
        found.map(|bytes| SessionRecord::read(&bytes)).transpose()
    }

    /// The pages of a session, by account and number.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn pages(&self, id: Uuid) -> Result<Vec<PageRecord>, StoreError> {
        let range = KeyRange::fetched_pages(self.tenant, id.into_bytes());
        let pages = self.store.range(range, Direction::Forward);
        pages.map(|page| PageRecord::read(&page?.1)).collect()
    }

    /// What the history of an account of a session holds; nothing where there is no such account.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn held(&self, id: Uuid, account: &str) -> Result<Held, StoreError> {
        let mut held = Held::default();
        if let Some(session) = self.session(id)?
            && let Some(place) = place_of(&session, account)
        {
            for mark in marks_of(&session, place) {
                held.add(mark.page, &self.page(&session, mark)?);
            }
        }
        Ok(held)
    }

    /// The transactions of pages of version 0.1.0 that differ from an earlier one of the same id: those pages were
    /// kept as they came.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn differing(&self, session: &SessionRecord) -> Result<Vec<Unlisted>, StoreError> {
        let mut differing = Vec::new();
        for (place, (account, _)) in (0..).zip(session.state.shown_accounts()) {
            if is_distinct(session, place) {
                continue;
            }
            let mut held = Held::default();
            for mark in marks_of(session, place) {
                let transactions = self.page(session, mark)?;
                let standings = held.add(mark.page, &transactions);
                let found = transactions.iter().zip(standings).enumerate();
                let found = found.filter(|(_, (_, standing))| *standing == Standing::Differs);
                differing.extend(found.map(|(index, (transaction, _))| {
                    Unlisted::differing(&account.id, mark.page, index, &transaction.id)
                }));
            }
        }
        Ok(differing)
    }

    /// The transactions of a page as they are kept.
    fn page(
        &self,
        session: &SessionRecord,
        mark: &PageMark,
    ) -> Result<Vec<FetchedTransaction>, StoreError> {
        let key = session.page_key(mark.account, mark.page);
        let mut transactions = Vec::new();
        for part in 0..mark.parts {
            let key = Key::new(self.tenant, &Record::Fetched(key, part));
            // Gone where the consent was taken back meanwhile.
            if let Some(bytes) = self.store.get(&key)? {
                transactions.extend(FetchedTransaction::read_part(&bytes)?);
            }
        }
        Ok(transactions)
    }

    /// The user of a client, by the client's name or the hub's.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn user(&self, client: &str, user: &str) -> Result<Option<HubUser>, StoreError> {
        HubUser::durable(&self.store, self.tenant, client, user)
    }

    /// For each bank at which the user's accounts can be seen, the session that shows them, and where their histories are.
    /// Of several sessions of a consent the newest that has anything to show is the one that counts.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn consents(
        &self,
        client: &str,
        user: &HubUser,
    ) -> Result<Vec<(SessionRecord, Vec<HistorySource>)>, StoreError> {
        let mut shown = Vec::new();
        for bank in &user.banks {
            let consent = Consent::durable(&self.store, self.tenant, client, bank, &user.user)?;
            if let Some(consent) = consent {
                shown.extend(self.consent(&consent)?);
            }
        }
        Ok(shown)
    }

    fn consent(
        &self,
        consent: &Consent,
    ) -> Result<Option<(SessionRecord, Vec<HistorySource>)>, StoreError> {
        let mut showing: Option<SessionRecord> = None;
        let mut sources: Vec<HistorySource> = Vec::new();
        for &id in consent.sessions.iter().rev() {
            let Some(session) = self.session(id)? else {
                continue;
            };
            if session.state.shows_history() {
                for source in sources_of(&session) {
                    if sources.iter().all(|known| known.account != source.account) {
                        sources.push(source);
                    }
                }
            }
            if showing.is_none() && !session.state.shown_accounts().is_empty() {
                showing = Some(session);
            }
            let is_all = |showing: &SessionRecord| {
                let mut accounts = showing.state.shown_accounts().iter();
                accounts
                    .all(|(account, _)| sources.iter().any(|source| source.account == account.id))
            };
            if showing.as_ref().is_some_and(is_all) {
                break;
            }
        }
        Ok(showing.map(|session| {
            let is_shown = |source: &HistorySource| {
                let mut accounts = session.state.shown_accounts().iter();
                accounts.any(|(account, _)| account.id == source.account)
            };
            sources.retain(is_shown);
            sources.sort_by(|one, other| one.account.cmp(&other.account));
            (session, sources)
        }))
    }

    /// Transactions of histories, source by source, from a place on, so many at most; each with its source and the place
    /// behind it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn history(
        &self,
        sources: &[HistorySource],
        from: HistoryPlace,
        limit: usize,
    ) -> Result<Vec<(usize, FetchedTransaction, HistoryPlace)>, StoreError> {
        let mut found = Vec::new();
        for (number, source) in (0_u32..).zip(sources).skip(from.source as usize) {
            let place = if number == from.source {
                from
            } else {
                HistoryPlace::default()
            };
            // Where a transaction can come again, what comes before the place says which have been listed.
            let mut seen = (!source.is_distinct).then(HashSet::new);
            let begin = if seen.is_some() {
                HistoryPlace::default()
            } else {
                place
            };
            let first = PageKey {
                session: source.session.into_bytes(),
                account: source.place,
                page: begin.page,
            };
            let range = KeyRange::fetched_from(self.tenant, first, begin.part);
            for entry in self.store.range(range, Direction::Forward) {
                let (key, value) = entry?;
                let Some((_, Record::Fetched(key, part))) = Key::parse(&key) else {
                    continue;
                };
                let transactions = FetchedTransaction::read_part(&value)?;
                for (offset, transaction) in (0..).zip(transactions) {
                    let is_new = seen
                        .as_mut()
                        .is_none_or(|seen| seen.insert(transaction.id.clone()));
                    let is_behind =
                        (key.page, part, offset) < (place.page, place.part, place.offset);
                    if !is_new || is_behind {
                        continue;
                    }
                    let next = HistoryPlace {
                        source: number,
                        page: key.page,
                        part,
                        offset: offset + 1,
                    };
                    found.push((number as usize, transaction, next));
                    if found.len() >= limit {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Where a session's history is, by account; nowhere while it may not be shown.
pub fn sources_of(session: &SessionRecord) -> Vec<HistorySource> {
    if !session.state.shows_history() {
        return Vec::new();
    }
    let accounts: &[(Account, History)] = session.state.shown_accounts();
    let sources = (0..)
        .zip(accounts)
        .map(|(place, (account, _))| HistorySource {
            bank: session.bank.clone(),
            session: session.id,
            account: account.id.clone(),
            place,
            is_distinct: is_distinct(session, place),
        });
    sources.collect()
}

/// The pages of an account, by number.
fn marks_of(session: &SessionRecord, place: u32) -> Vec<&PageMark> {
    let marks = session.pages.iter().filter(|mark| mark.account == place);
    let mut marks: Vec<_> = marks.collect();
    marks.sort_by_key(|mark| mark.page);
    marks
}

/// Whether the pages of an account have each transaction once.
fn is_distinct(session: &SessionRecord, place: u32) -> bool {
    let mut marks = session.pages.iter().filter(|mark| mark.account == place);
    marks.all(|mark| mark.is_distinct)
}
