//! What a session's calls must answer and announce, worked out anew: from the words of the contract, not from the host.

use std::collections::BTreeMap;

/// A day: year, month, day of the month.
pub(super) type Day = (i32, u32, u32);

/// As calls write it.
pub(super) fn text(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.0, day.1, day.2)
}

fn days_of(year: i32, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The same day so many months earlier, or the last one of a month that has no such day.
pub(super) fn months_before(day: Day, months: u32) -> Day {
    let (mut year, mut month) = (day.0, day.1);
    for _ in 0..months {
        month -= 1;
        if month == 0 {
            (year, month) = (year - 1, 12);
        }
    }
    (year, month, day.2.min(days_of(year, month)))
}

/// So many days later.
pub(super) fn days_after(day: Day, days: u32) -> Day {
    let (mut year, mut month, mut of_month) = day;
    for _ in 0..days {
        of_month += 1;
        if of_month > days_of(year, month) {
            (month, of_month) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    (year, month, of_month)
}

/// A call of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Code(&'static str),
    Accounts(Vec<&'static str>),
    Page {
        account: &'static str,
        number: u32,
        from: Day,
        is_whole: bool,
    },
    Fail(&'static str),
    Finish,
}

/// What is known of an account.
#[derive(Clone, Default)]
struct Account {
    /// The earliest day of all pages.
    from: Option<Day>,
    is_whole: bool,
    pages: BTreeMap<u32, (Day, bool)>,
}

/// What is known of a session.
#[derive(Clone)]
pub(super) struct Model {
    start: Day,
    months: u32,
    code: Option<&'static str>,
    accounts: Option<BTreeMap<&'static str, Account>>,
    is_complete: bool,
    ended: Option<Call>,
    /// What was announced, in order.
    pub(super) events: Vec<&'static str>,
}

/// The answers to calls.
const TAKEN: u16 = 200;
const NOT_THERE: u16 = 404;
const REFUSED: u16 = 409;

impl Model {
    pub(super) fn new(start: Day, months: u32) -> Self {
        Self {
            start,
            months,
            code: None,
            accounts: None,
            is_complete: false,
            ended: None,
            events: Vec::new(),
        }
    }

    /// Whether the history can be read.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether it has not ended.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// How many accounts can be read.
    pub(super) fn accounts(&self) -> usize {
        self.accounts.as_ref().map_or(0, BTreeMap::len)
    }

    /// How many calendar months of the account are there.
    pub(super) fn months_of(&self, account: &str) -> u32 {
        let known = self.accounts.as_ref().and_then(|known| known.get(account));
        let Some(from) = known.and_then(|known| known.from) else {
            return 0;
        };
        let mut months = 0;
        while months_before(self.start, months + 1) >= from {
            months += 1;
        }
        months
    }

    /// What a call is answered.
    pub(super) fn call(&mut self, call: &Call) -> u16 {
        match call {
            Call::Code(code) => match (self.code, &self.ended) {
                (Some(known), _) if known == *code => TAKEN,
                (None, None) => {
                    self.code = Some(code);
                    self.events.push("AccountsSyncStarted");
                    TAKEN
                }
                _ => REFUSED,
            },
            Call::Accounts(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                match &self.accounts {
                    Some(known) if known.keys().copied().eq(ids.iter().copied()) => TAKEN,
                    Some(_) => REFUSED,
                    None if self.code.is_none() || self.ended.is_some() => REFUSED,
                    None => {
                        let known = ids.into_iter().map(|id| (id, Account::default()));
                        self.accounts = Some(known.collect());
                        self.events.push("AccountsSyncFinished");
                        TAKEN
                    }
                }
            }
            Call::Page {
                account,
                number,
                from,
                is_whole,
            } => self.page(account, *number, *from, *is_whole),
            Call::Fail(stage) => match &self.ended {
                Some(known) if known == call => TAKEN,
                Some(_) => REFUSED,
                None => {
                    let is_of_transactions = *stage == "transactions";
                    if is_of_transactions != self.accounts.is_some() {
                        return REFUSED;
                    }
                    if !is_of_transactions {
                        self.events.push("AccountsSyncFailed");
                    } else if !self.is_complete {
                        self.events.push("TransactionsSyncFailed");
                    }
                    self.ended = Some(call.clone());
                    TAKEN
                }
            },
            Call::Finish => match &self.ended {
                Some(Call::Finish) => TAKEN,
                None if self.is_complete => {
                    self.ended = Some(Call::Finish);
                    TAKEN
                }
                _ => REFUSED,
            },
        }
    }

    fn page(&mut self, id: &str, number: u32, from: Day, is_whole: bool) -> u16 {
        let enough = months_before(self.start, self.months);
        let has_ended = self.ended.is_some();
        let Some(accounts) = &mut self.accounts else {
            return REFUSED;
        };
        let Some(account) = accounts.get_mut(id) else {
            return NOT_THERE;
        };
        if let Some(known) = account.pages.get(&number) {
            return if *known == (from, is_whole) {
                TAKEN
            } else {
                REFUSED
            };
        }
        let is_beyond = account.is_whole && account.from.is_some_and(|whole| from < whole);
        if has_ended || is_beyond {
            return REFUSED;
        }
        account.pages.insert(number, (from, is_whole));
        account.from = Some(account.from.map_or(from, |known| known.min(from)));
        account.is_whole |= is_whole;
        // As soon as one has no more and is too short, all must have no more; else all must reach far enough.
        let reaches = |account: &Account| account.from.is_some_and(|from| from <= enough);
        let one_is_short = accounts.values().any(|one| one.is_whole && !reaches(one));
        let suffices = if one_is_short {
            accounts.values().all(|one| one.is_whole)
        } else {
            accounts.values().all(|one| reaches(one) || one.is_whole)
        };
        if suffices && !self.is_complete {
            self.is_complete = true;
            self.events.push("TransactionsSyncFinished");
        }
        TAKEN
    }
}

#[test]
fn the_model_s_own_days_are_right() {
    assert_eq!(months_before((2024, 3, 31), 13), (2023, 2, 28));
    assert_eq!(months_before((2025, 3, 31), 13), (2024, 2, 29));
    assert_eq!(days_after((2027, 12, 31), 60), (2028, 2, 29));
}
