//! A page of transactions, as the hub's connector reports it.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::check::Faults;
use crate::request::{FieldFault, Invalid};
use sessions::{FetchedTransaction, Held, NewPage, Standing, Unlisted};

/// The most transactions of a page.
const MAX_TRANSACTIONS: usize = 10_000;
/// The longest id of a transaction, in characters.
const MAX_ID: usize = 200;
/// The longest text of a transaction, in characters.
const MAX_TEXT: usize = 2_000;
/// The most bytes of a transaction's details.
const MAX_DETAILS_BYTES: usize = 8 * 1024;

/// A page of an account's history, as it is reported.
pub struct ReportedPage {
    /// From 1 within the account: by it a page that comes again is known.
    pub number: u32,
    /// The day back to which the account's history is complete with this page, such as `2024-02-29`.
    pub reaches_to: String,
    /// Whether the bank has no more.
    pub is_whole: bool,
    /// At most 10,000, each read when it is its turn: of a page that has more none is read.
    pub transactions: Box<dyn ExactSizeIterator<Item = ReportedTransaction> + Send>,
}

/// A transaction of a page, where it has the right shape.
pub type ReportedTransaction = Result<FetchedTransaction, UnreadableTransaction>;

/// A transaction of a page that has another shape, which refuses none of the others.
#[derive(Clone, Debug)]
pub struct UnreadableTransaction {
    /// As it was sent.
    pub text: String,
    /// The bank's id of it, where that can be read.
    pub id: Option<String>,
    /// What is wrong with it.
    pub faults: Vec<FieldFault>,
}

/// A page as far as it can be read alone.
pub(super) struct ReadPage {
    pub(super) number: u32,
    /// Of all that it says.
    content: [u8; 32],
    reaches_to: Date,
    is_whole: bool,
    count: u32,
    /// Those that can be read, each with its index in the page.
    transactions: Vec<(usize, FetchedTransaction)>,
    /// Those that cannot, or are dated ahead.
    unlisted: Vec<Unlisted>,
}

impl ReportedPage {
    /// Reads the page, in which no day may be after the last. Long ones take a while.
    pub(super) fn read(self, account: &str, last: Date) -> Result<ReadPage, Invalid> {
        let mut faults = Faults::default();
        if self.number == 0 {
            faults.add("page", "out_of_range", "must be at least 1");
        }
        let reaches_to = faults.past_day("historyFrom", &self.reaches_to, last);
        if self.transactions.len() > MAX_TRANSACTIONS {
            let detail = format!(
                "must hold at most {MAX_TRANSACTIONS} transactions; send more pages, the session goes on"
            );
            faults.add("transactions", "too_long", detail);
        }
        let Some(reaches_to) = reaches_to.filter(|_| faults.is_empty()) else {
            return Err(faults.invalid("the page was not taken"));
        };

        // What the page says does not depend on the day on which it is read: a booking that is dated ahead today is
        // part of it tomorrow, too.
        let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
        let mut unlisted = Vec::new();
        let count = u32::try_from(self.transactions.len()).unwrap_or(u32::MAX);
        for (index, transaction) in self.transactions.enumerate() {
            let mut refuse = |id: Option<&str>, faults: Vec<FieldFault>| {
                let faults = faults.into_iter();
                unlisted.push(Unlisted {
                    account: account.to_owned(),
                    page: self.number,
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    transaction: id.map(|id| id.chars().take(MAX_ID).collect()),
                    faults: faults
                        .map(|fault| (fault.field, fault.reason, fault.detail))
                        .collect(),
                });
            };
            match transaction {
                Ok(transaction) => {
                    let faults = check(&transaction, last);
                    let is_listed = faults.is_empty();
                    if !is_listed {
                        refuse(Some(&transaction.id), faults);
                    }
                    readable.push((index, transaction, is_listed));
                }
                Err(UnreadableTransaction { text, id, faults }) => {
                    refuse(id.as_deref(), faults);
                    unreadable.push(text);
                }
            }
        }
        let mut content = Sha256::new();
        content.update(format!("{reaches_to} {}\n", self.is_whole));
        // In one form, as earlier releases kept details: the same page is known again whatever the order of members.
        let canonical = readable
            .iter()
            .map(|(_, one, _)| one.with_canonical_details());
        let canonical: Vec<_> = canonical.collect();
        let parts = FetchedTransaction::write_parts(&canonical);
        parts.iter().for_each(|part| content.update(part));
        for text in unreadable {
            content.update(text);
        }
        let listed = readable.into_iter().filter(|(_, _, is_listed)| *is_listed);
        let transactions = listed.map(|(index, one, _)| (index, one)).collect();
        Ok(ReadPage {
            number: self.number,
            content: content.finalize().into(),
            reaches_to,
            is_whole: self.is_whole,
            count,
            transactions,
            unlisted,
        })
    }
}

impl ReadPage {
    /// The page as it is to be taken after what the account's history holds, and the transactions that monitoring is to
    /// judge: those that are new, and repeats, for an earlier page may not have been judged to its end.
    pub(super) fn against(&self, account: &str, held: Held) -> (NewPage, Vec<FetchedTransaction>) {
        let all: Vec<_> = self
            .transactions
            .iter()
            .map(|(_, one)| one.clone())
            .collect();
        let standings = held.compare(&all);
        let (mut judged, mut new, mut repeats) = (Vec::new(), Vec::new(), 0);
        let mut unlisted = self.unlisted.clone();
        for ((index, _), (transaction, standing)) in
            self.transactions.iter().zip(all.into_iter().zip(standings))
        {
            match standing {
                Standing::New => {
                    new.push(judged.len());
                    judged.push(transaction);
                }
                Standing::Repeat => {
                    repeats += 1;
                    judged.push(transaction);
                }
                Standing::Differs => unlisted.push(Unlisted::differing(
                    account,
                    self.number,
                    *index,
                    &transaction.id,
                )),
            }
        }
        unlisted.sort_by_key(|one| one.index);
        let page = NewPage {
            account: account.to_owned(),
            number: self.number,
            content: self.content,
            reaches_to: self.reaches_to,
            is_whole: self.is_whole,
            count: self.count,
            repeats,
            unlisted,
            parts: FetchedTransaction::write_parts(new.iter().map(|&at| &judged[at])),
            held,
        };
        (page, judged)
    }
}

/// What is wrong with a transaction of the right shape; no day may be after the last.
fn check(transaction: &FetchedTransaction, last: Date) -> Vec<FieldFault> {
    let mut faults = Faults::default();
    faults.text("transactionId", &transaction.id, MAX_ID);
    faults.past_day("bookingDate", &transaction.booked_on, last);
    if let Some(day) = &transaction.value_on {
        faults.day("valueDate", day);
    }
    if let Some(moment) = &transaction.booked_at {
        match moment.parse::<jiff::Timestamp>() {
            Err(_) => faults.add(
                "bookedAt",
                "invalid_date_time",
                "must be a time with offset, such as 2024-09-25T10:45:30Z",
            ),
            Ok(moment) if moment.to_zoned(jiff::tz::TimeZone::UTC).date() > last => {
                faults.add("bookedAt", "in_the_future", "must not be in the future");
            }
            Ok(_) => {}
        }
    }
    faults.decimal("amount", &transaction.amount);
    faults.currency("currency", &transaction.currency);
    for (member, text) in [
        ("description", &transaction.description),
        ("counterpartyName", &transaction.counterparty_name),
        ("counterpartyIban", &transaction.counterparty_iban),
        ("type", &transaction.kind),
    ] {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            faults.text(member, text, MAX_TEXT);
        }
    }
    if !transaction.details.is_empty() {
        let bytes = transaction.details.to_string().len();
        if bytes > MAX_DETAILS_BYTES {
            let detail = format!("must have at most {MAX_DETAILS_BYTES} bytes");
            faults.add("details", "too_long", detail);
        }
    }
    faults.into_vec()
}
