//! Pages of transactions, in the tenant's lane.

use std::collections::BTreeSet;

use domain::session::{Digest, PageStep, Taken};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::{Held, Unlisted};
use super::record::{PageMark, SessionRecord, read, write};
use super::steps::{StepError, Stepped, Who, find, step};
use engine::lane::Change;
use store::StoreError;
use store::key::Record;

/// How many transactions that are not listed a page's record names.
const MAX_UNLISTED: usize = 1_000;
/// The most pages of one session.
const MAX_PAGES: usize = 4_096;

/// A page that was read, with its transactions as they are kept.
#[derive(Clone, Debug)]
pub struct NewPage {
    /// The account's id.
    pub account: String,
    /// From 1 within the account.
    pub number: u32,
    /// Of all that the page says.
    pub content: Digest,
    /// The day back to which the account's history is complete with this page.
    pub reaches_to: Date,
    /// Whether the bank has no more.
    pub is_whole: bool,
    /// How many transactions it has.
    pub count: u32,
    /// How many of them the history held before, with the same content.
    pub repeats: u32,
    /// Those that are not listed.
    pub unlisted: Vec<Unlisted>,
    /// Those that are new to the history, as records.
    pub parts: Vec<Vec<u8>>,
    /// What the history held when the page was compared with it.
    pub held: Held,
}

/// A page as the store keeps it, without its transactions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageRecord {
    /// Of all that it says.
    pub content: Digest,
    /// How many transactions it has.
    pub count: u32,
    /// How many of them the history held before, with the same content. Version 0.1.0 kept those again.
    #[serde(default)]
    pub repeats: u32,
    /// How many of them are not in the history.
    #[serde(default)]
    pub unlisted_count: u32,
    /// The first thousand of those.
    #[serde(default)]
    pub unlisted: Vec<Unlisted>,
    /// What became of them in monitoring; none if they were not monitored, or not all of them yet.
    pub monitoring: Option<PageMonitoring>,
}

/// What became of a page's transactions in monitoring.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageMonitoring {
    /// The team's name.
    pub team: String,
    /// How many are new.
    pub accepted: u32,
    /// How many were there, with the same content.
    pub duplicates: u32,
    /// Those that the team's payload schema refuses, or that are there with other content.
    pub refused: Vec<RefusedTransaction>,
    /// The alerts that came of those that are new.
    pub alerts: Vec<Uuid>,
}

/// A transaction that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedTransaction {
    /// The account's id.
    pub account: String,
    /// The bank's id of the transaction.
    pub transaction: String,
    /// What is wrong: field, reason, detail.
    pub faults: Vec<(String, String, String)>,
}

impl PageRecord {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        read("a page of a session", bytes)
    }
}

/// Takes a page; answers what is known of it, too. Answers none if pages of the account were taken since the page was
/// compared with the history: then it must be compared again.
///
/// # Errors
/// Where there is no such session, or it does not take the page.
pub fn take_page(
    change: &mut Change<'_>,
    who: &Who,
    id: Uuid,
    mut page: NewPage,
) -> Result<Option<(Stepped, PageRecord)>, StepError> {
    let session = find(change, who, id)?;
    if let Some(place) = place_of(&session, &page.account) {
        let marks = session.pages.iter().filter(|mark| mark.account == place);
        let taken: BTreeSet<u32> = marks.map(|mark| mark.page).collect();
        if taken != page.held.pages {
            return Ok(None);
        }
    }
    let unlisted_count = u32::try_from(page.unlisted.len()).unwrap_or(u32::MAX);
    page.unlisted.truncate(MAX_UNLISTED);
    let mut record = PageRecord {
        content: page.content,
        count: page.count,
        repeats: page.repeats,
        unlisted_count,
        unlisted: std::mem::take(&mut page.unlisted),
        monitoring: None,
    };
    let kept = &mut record;
    let stepped = step(change, who, id, "session.page", move |session, change| {
        take(session, change, page, kept)
    })?;
    Ok(Some((stepped, record)))
}

fn take(
    session: &mut SessionRecord,
    change: &mut Change<'_>,
    page: NewPage,
    kept: &mut PageRecord,
) -> Result<Taken, StepError> {
    let place = place_of(session, &page.account);
    let key = place.map(|account| session.page_key(account, page.number));
    let known = match key {
        Some(key) => change.record(&Record::FetchedPage(key))?,
        None => None,
    };
    let known = known.map(|bytes| PageRecord::read(&bytes)).transpose()?;
    let taken = session.state.read_page(&PageStep {
        account: &page.account,
        content: &page.content,
        known: known.as_ref().map(|known| &known.content),
        reaches_to: page.reaches_to,
        is_whole: page.is_whole,
    })?;
    match (taken, known, key) {
        (Taken::Again, Some(known), _) => *kept = known,
        (Taken::Now(_), _, Some(key)) => {
            if session.pages.len() >= MAX_PAGES {
                return Err(StepError::Conflict(format!(
                    "the session has {MAX_PAGES} pages, which is as many as it takes; send longer ones"
                )));
            }
            session.pages.push(PageMark {
                account: key.account,
                page: key.page,
                parts: page.parts.len() as u32,
                is_distinct: true,
            });
            for (part, bytes) in (0..).zip(page.parts) {
                change.put_record(&Record::Fetched(key, part), bytes);
            }
            change.keep_record(&Record::FetchedPage(key), write(kept));
        }
        // A page that was taken is of an account, and one that is known was kept.
        _ => {}
    }
    Ok(taken)
}

/// Notes what became of a page's transactions; not where the consent was taken back meanwhile.
///
/// # Errors
/// Where the store cannot be read.
pub fn note_monitoring(
    change: &mut Change<'_>,
    session: &SessionRecord,
    account: &str,
    number: u32,
    monitoring: PageMonitoring,
) -> Result<(), StoreError> {
    let Some(place) = place_of(session, account) else {
        return Ok(());
    };
    let key = Record::FetchedPage(session.page_key(place, number));
    let Some(known) = change.record(&key)? else {
        return Ok(());
    };
    let mut record = PageRecord::read(&known)?;
    record.monitoring = Some(monitoring);
    change.keep_record(&key, write(&record));
    Ok(())
}

/// The place of an account among those of the session.
pub(super) fn place_of(session: &SessionRecord, account: &str) -> Option<u32> {
    let mut accounts = session.state.accounts.iter().flatten();
    let place = accounts.position(|(known, _)| known.id == account)?;
    u32::try_from(place).ok()
}
