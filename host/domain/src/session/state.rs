//! A session, and its steps.
//!
//! ```text
//! authorizing ── code ──► accounts ── accounts ──► transactions ── page … ──► complete ── finish ──► finished
//!      └────── failure ──────┴───────────────────────┴───────────────────────────┴──► failed
//! ```
//!
//! A step that comes again with the same content changes nothing; one that contradicts what is
//! known, or comes out of order, is refused and changes nothing. A consent can be taken back at any time.

use jiff::civil::Date;

use super::history::{History, months_before, suffice};
use super::{Account, EventType};

/// SHA-256 of what must be recognised and not kept.
pub type Digest = [u8; 32];

/// Why there is a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A customer gives, changes or renews a consent.
    Consent,
    /// A consent that is there is used again, without its customer.
    Refresh,
}

/// A session with a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Why it is there.
    pub kind: SessionKind,
    /// The day on which it began; histories are measured from there.
    pub started_on: Date,
    /// How many calendar months of history are wanted.
    pub months: u32,
    /// Of the code that the customer brought back.
    pub code: Option<Digest>,
    /// Once they are read, by id, each with its history.
    pub accounts: Option<Vec<(Account, History)>>,
    /// Whether the history of all accounts sufficed at some moment.
    pub is_complete: bool,
    /// Whether and how it ended.
    pub end: Option<End>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All is read.
    Finished,
    /// Not all could be read.
    Failed(Failure),
    /// The consent was taken back.
    TakenBack,
}

/// Why a session failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// At which stage.
    pub stage: FailureStage,
    /// In the words of whoever reports it.
    pub reason: Option<String>,
}

/// At which stage a session failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureStage {
    /// The customer did not give the consent, or did not come back.
    Authorization,
    /// The accounts could not be read.
    Accounts,
    /// The transactions could not be read.
    Transactions,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The customer is at the bank.
    Authorizing,
    /// The accounts are being read.
    Accounts,
    /// The transactions are being read.
    Transactions,
    /// The history suffices; more may come.
    Complete,
    /// All is read.
    Finished,
    /// Not all could be read.
    Failed,
    /// The consent was taken back.
    TakenBack,
}

/// A page of an account's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageStep<'p> {
    /// The account's id.
    pub account: &'p str,
    /// Of all that the page says.
    pub content: &'p Digest,
    /// Of the page of the same number that was taken before, where there is one.
    pub known: Option<&'p Digest>,
    /// The day back to which the account's history is complete with this page.
    pub reaches_to: Date,
    /// Whether the bank has no more.
    pub is_whole: bool,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing: it was taken before, with the same content.
    Again,
    /// It was taken, and this has happened in the session as a whole.
    Now(Option<EventType>),
}

/// Why a step is refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Refusal {
    #[error("the session is {}; {needed}", stage.as_str())]
    OutOfOrder { stage: Stage, needed: &'static str },
    #[error("this was reported before, and otherwise: {0}")]
    Contradiction(&'static str),
    #[error("the session has ended ({}); it takes no new steps", .0.as_str())]
    Ended(Stage),
    #[error("the session has no account '{0}'")]
    NoSuchAccount(String),
    #[error(
        "the whole history of account '{account}' was said to reach back to {reaches_to}; it cannot reach further now"
    )]
    BeyondWhole { account: String, reaches_to: Date },
    #[error(
        "the history of account '{0}' neither reaches back far enough nor is all that the bank has; send what is missing, or report a failure of stage transactions"
    )]
    Incomplete(String),
}

impl Stage {
    /// All, in the order in which a session comes to them.
    pub const ALL: [Self; 7] = [
        Self::Authorizing,
        Self::Accounts,
        Self::Transactions,
        Self::Complete,
        Self::Finished,
        Self::Failed,
        Self::TakenBack,
    ];

    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorizing => "authorizing",
            Self::Accounts => "accounts",
            Self::Transactions => "transactions",
            Self::Complete => "complete",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::TakenBack => "taken_back",
        }
    }
}

impl Session {
    /// A session that begins.
    pub fn new(kind: SessionKind, started_on: Date, months: u32) -> Self {
        Self {
            kind,
            started_on,
            months,
            code: None,
            accounts: None,
            is_complete: false,
            end: None,
        }
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        match &self.end {
            Some(End::Finished) => Stage::Finished,
            Some(End::Failed(_)) => Stage::Failed,
            Some(End::TakenBack) => Stage::TakenBack,
            None if self.is_complete => Stage::Complete,
            None if self.accounts.is_some() => Stage::Transactions,
            None if self.is_back() => Stage::Accounts,
            None => Stage::Authorizing,
        }
    }

    /// The day back to which the history is wanted.
    pub fn wanted_since(&self) -> Date {
        months_before(self.started_on, self.months)
    }

    /// The accounts that may be shown.
    pub fn shown_accounts(&self) -> &[(Account, History)] {
        match (&self.end, &self.accounts) {
            (Some(End::TakenBack), _) | (_, None) => &[],
            (_, Some(accounts)) => accounts,
        }
    }

    /// Whether the history may be shown: all of it at once, when it suffices.
    pub fn shows_history(&self) -> bool {
        self.is_complete && self.end != Some(End::TakenBack)
    }

    /// The customer is back from the bank with a code.
    ///
    /// # Errors
    /// Where another code came before, or the session has ended.
    pub fn code(&mut self, code: Digest) -> Result<Taken, Refusal> {
        self.require_consent()?;
        match self.code {
            _ if self.kind == SessionKind::Refresh => Err(Refusal::OutOfOrder {
                stage: self.stage(),
                needed: "a refresh takes no code, for no customer is asked",
            }),
            Some(known) if known == code => Ok(Taken::Again),
            Some(_) => Err(Refusal::Contradiction("the code is another one")),
            None => {
                self.require_open()?;
                self.code = Some(code);
                Ok(Taken::Now(Some(EventType::AccountsSyncStarted)))
            }
        }
    }

    /// All accounts are read, in any order.
    ///
    /// # Errors
    /// Where others were read before, the customer is not back yet, or the session has ended.
    pub fn read_accounts(&mut self, mut accounts: Vec<Account>) -> Result<Taken, Refusal> {
        self.require_consent()?;
        accounts.sort_by(|one, other| one.id.cmp(&other.id));
        if let Some(known) = &self.accounts {
            let known = known.iter().map(|(account, _)| account);
            return if known.eq(&accounts) {
                Ok(Taken::Again)
            } else {
                Err(Refusal::Contradiction(
                    "the accounts are not those that were read",
                ))
            };
        }
        self.require_open()?;
        if !self.is_back() {
            return Err(Refusal::OutOfOrder {
                stage: self.stage(),
                needed: "accounts are read when the customer is back with the code",
            });
        }
        let begun = accounts
            .into_iter()
            .map(|account| (account, History::default()));
        self.accounts = Some(begun.collect());
        Ok(Taken::Now(Some(EventType::AccountsSyncFinished)))
    }

    /// A page of an account's history is read.
    ///
    /// # Errors
    /// Where there is no such account, the page was read before with other content, it contradicts the account's
    /// history, or the session has ended.
    pub fn read_page(&mut self, page: &PageStep<'_>) -> Result<Taken, Refusal> {
        self.require_consent()?;
        let (stage, since) = (self.stage(), self.wanted_since());
        let is_open = self.require_open();
        let Some(accounts) = &mut self.accounts else {
            is_open?;
            return Err(Refusal::OutOfOrder {
                stage,
                needed: "transactions are read when the accounts are",
            });
        };
        let found = accounts.binary_search_by(|(account, _)| account.id.as_str().cmp(page.account));
        let Ok(place) = found else {
            return Err(Refusal::NoSuchAccount(page.account.to_owned()));
        };
        match page.known {
            Some(known) if known == page.content => return Ok(Taken::Again),
            Some(_) => {
                return Err(Refusal::Contradiction(
                    "the page of this number has other content; number pages from 1 within the account",
                ));
            }
            None => is_open?,
        }
        let history = &mut accounts[place].1;
        if let (true, Some(whole)) = (history.is_whole, history.reaches_to)
            && page.reaches_to < whole
        {
            return Err(Refusal::BeyondWhole {
                account: page.account.to_owned(),
                reaches_to: whole,
            });
        }
        let before = history.reaches_to.unwrap_or(page.reaches_to);
        history.reaches_to = Some(before.min(page.reaches_to));
        history.is_whole |= page.is_whole;
        if self.is_complete || !suffice(accounts.iter().map(|(_, history)| history), since) {
            return Ok(Taken::Now(None));
        }
        self.is_complete = true;
        Ok(Taken::Now(Some(EventType::TransactionsSyncFinished)))
    }

    /// Something failed.
    ///
    /// # Errors
    /// Where another failure was reported, the stage is not the session's, or the session has ended.
    pub fn fail(&mut self, failure: Failure) -> Result<Taken, Refusal> {
        self.require_consent()?;
        if let Some(End::Failed(known)) = &self.end {
            return if *known == failure {
                Ok(Taken::Again)
            } else {
                Err(Refusal::Contradiction("the failure is another one"))
            };
        }
        self.require_open()?;
        let event = match (failure.stage, &self.accounts) {
            (FailureStage::Authorization | FailureStage::Accounts, None) => {
                Some(EventType::AccountsSyncFailed)
            }
            (FailureStage::Transactions, Some(_)) if self.is_complete => None,
            (FailureStage::Transactions, Some(_)) => Some(EventType::TransactionsSyncFailed),
            (FailureStage::Authorization | FailureStage::Accounts, Some(_)) => {
                return Err(Refusal::OutOfOrder {
                    stage: self.stage(),
                    needed: "its accounts are read, so only stage transactions can fail",
                });
            }
            (FailureStage::Transactions, None) => {
                return Err(Refusal::OutOfOrder {
                    stage: self.stage(),
                    needed: "its accounts are not read, so only stage authorization or accounts can fail",
                });
            }
        };
        self.end = Some(End::Failed(failure));
        Ok(Taken::Now(event))
    }

    /// All is read.
    ///
    /// # Errors
    /// Where it is not, or the session failed.
    pub fn finish(&mut self) -> Result<Taken, Refusal> {
        self.require_consent()?;
        if self.end == Some(End::Finished) {
            return Ok(Taken::Again);
        }
        self.require_open()?;
        if self.is_complete {
            self.end = Some(End::Finished);
            return Ok(Taken::Now(None));
        }
        let since = self.wanted_since();
        let accounts = self.accounts.iter().flatten();
        let mut wanting =
            accounts.filter(|(_, history)| !history.is_whole && !history.reaches(since));
        // Where all that are short are whole, one that reaches far enough must be whole as well.
        let mut open = self.accounts.iter().flatten();
        let missing = wanting
            .next()
            .or_else(|| open.find(|(_, history)| !history.is_whole));
        Err(match missing {
            Some((account, _)) => Refusal::Incomplete(account.id.clone()),
            None => Refusal::OutOfOrder {
                stage: self.stage(),
                needed: "it is finished when accounts and transactions are read, or else it failed",
            },
        })
    }

    /// The consent is taken back: nothing of what was read is shown any more.
    pub fn take_back(&mut self) {
        self.end = Some(End::TakenBack);
    }

    fn is_back(&self) -> bool {
        self.kind == SessionKind::Refresh || self.code.is_some()
    }

    fn require_open(&self) -> Result<(), Refusal> {
        match self.end {
            None => Ok(()),
            Some(_) => Err(Refusal::Ended(self.stage())),
        }
    }

    /// What was read is gone with the consent, so no step can be known again.
    fn require_consent(&self) -> Result<(), Refusal> {
        match self.end {
            Some(End::TakenBack) => Err(Refusal::Ended(Stage::TakenBack)),
            _ => Ok(()),
        }
    }
}
