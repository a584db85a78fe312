//! Sessions and accounts, as the calls write them.

use domain::session::{
    Account, Balance, End, Failure, FailureStage, History, Session, SessionKind,
};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::check::Faults;
use super::outcome::{MonitoringBody, UnlistedBody};
use crate::http::{Problem, WireTime};
use sessions::{EventMark, PageRecord, SessionRecord, Unlisted};

/// The most accounts of a session.
const MAX_ACCOUNTS: usize = 200;
/// The most balances of an account.
const MAX_BALANCES: usize = 20;

/// A session in all its details.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Session")]
pub(super) struct SessionBody {
    session_id: Uuid,
    /// As the client named it.
    session_external_id: Option<String>,
    session_context: Option<String>,
    /// As the hub calls the user: the `userId` of messages.
    user_id: Uuid,
    /// As the client calls the user.
    external_user_id: String,
    bank_id: String,
    /// The `api-clientId` under which it was started.
    client_id: String,
    /// `consent`, or `refresh` where no customer is asked.
    kind: &'static str,
    /// `authorizing`, `accounts`, `transactions`, `complete`, `finished`, `failed` or `taken_back`.
    stage: &'static str,
    /// Why it failed.
    failure: Option<FailureBody>,
    started_at: WireTime,
    /// When something last happened.
    changed_at: WireTime,
    /// How many calendar months of history are wanted of each account.
    history_months: u32,
    /// Whether the history of all accounts suffices, and can be read.
    history_complete: bool,
    accounts: Vec<HistoryBody>,
    /// What was announced, and when the broker confirmed it; none for sessions that announce nothing.
    events: Vec<EventBody>,
    /// How many of the transactions that were reported the history does not list.
    unlisted_count: u64,
    /// The first thousand of those, with the reasons.
    unlisted: Vec<UnlistedBody>,
    /// What became of fetched transactions; null where they are not monitored.
    monitoring: Option<MonitoringBody>,
}

/// How far back an account's history reaches.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccountHistory")]
pub(super) struct HistoryBody {
    account_id: String,
    iban: Option<String>,
    /// Calendar months, as many as are whole.
    history_months: u32,
    /// The day back to which it is complete.
    history_from: Option<String>,
    /// Whether that is all that the bank has.
    is_whole_history: bool,
}

/// An event of a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SessionEvent")]
pub(super) struct EventBody {
    /// Such as `AccountsSyncStarted`.
    r#type: String,
    /// The `messageId` of its message.
    message_id: Uuid,
    made_at: WireTime,
    /// When the broker confirmed it; null while it waits.
    delivered_at: Option<WireTime>,
}

/// Why a session failed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SessionFailure")]
pub(super) struct FailureBody {
    /// At which stage.
    pub(super) stage: StageBody,
    /// For people: at most 1000 characters.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// A stage at which a session can fail.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "FailureStage")]
pub(super) enum StageBody {
    /// The customer did not give the consent, or did not come back.
    Authorization,
    /// The accounts could not be read.
    Accounts,
    /// The transactions could not be read.
    Transactions,
}

/// An account, with balances.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Account")]
pub(super) struct AccountBody {
    /// By which the session's calls name it: 1 to 200 characters.
    account_id: String,
    #[serde(default)]
    iban: Option<String>,
    /// For people.
    #[serde(default)]
    name: Option<String>,
    /// Three letters.
    currency: String,
    balances: Vec<BalanceBody>,
}

/// A balance of an account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub(super) struct BalanceBody {
    /// As the bank calls it, such as `booked`.
    r#type: String,
    /// A decimal, as a text.
    amount: String,
    /// Three letters; the account's where there is none.
    #[serde(default)]
    currency: Option<String>,
    /// Of which day, which may lie ahead: banks report balances such as `forwardAvailable` for days to come.
    #[serde(default)]
    date: Option<String>,
}

impl SessionBody {
    /// `pages` are those of the session, `differing` what pages of version 0.1.0 hold beyond the history; `shows_alerts`
    /// says whether the caller may know of alerts.
    pub(super) fn new(
        session: &SessionRecord,
        pages: &[PageRecord],
        differing: &[Unlisted],
        shows_alerts: bool,
    ) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        let state = &session.state;
        let accounts = state.shown_accounts().iter();
        Self {
            session_id: session.id,
            session_external_id: session.external_id.clone(),
            session_context: session.context.clone(),
            user_id: session.hub_user,
            external_user_id: session.user.clone(),
            bank_id: session.bank.clone(),
            client_id: session.client.clone(),
            kind: match state.kind {
                SessionKind::Consent => "consent",
                SessionKind::Refresh => "refresh",
            },
            stage: state.stage().as_str(),
            failure: match &state.end {
                Some(End::Failed(failure)) => Some(FailureBody::of(failure)),
                _ => None,
            },
            started_at: time(session.started_at),
            changed_at: time(session.changed_at),
            history_months: state.months,
            history_complete: state.shows_history(),
            accounts: accounts
                .map(|(account, history)| HistoryBody::new(account, history, state))
                .collect(),
            events: session.events.iter().map(EventBody::of).collect(),
            unlisted_count: UnlistedBody::count(pages) + differing.len() as u64,
            unlisted: UnlistedBody::of_pages(pages, differing),
            monitoring: MonitoringBody::of(pages, shows_alerts),
        }
    }
}

impl HistoryBody {
    pub(super) fn new(account: &Account, history: &History, session: &Session) -> Self {
        Self {
            account_id: account.id.clone(),
            iban: account.iban.clone(),
            history_months: history.months(session.started_on),
            history_from: history.reaches_to.map(|day| day.to_string()),
            is_whole_history: history.is_whole,
        }
    }
}

impl EventBody {
    fn of(mark: &EventMark) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            r#type: mark.event.clone(),
            message_id: mark.message_id,
            made_at: time(mark.made_at),
            delivered_at: mark.delivered_at.map(time),
        }
    }
}

impl FailureBody {
    fn of(failure: &Failure) -> Self {
        Self {
            stage: match failure.stage {
                FailureStage::Authorization => StageBody::Authorization,
                FailureStage::Accounts => StageBody::Accounts,
                FailureStage::Transactions => StageBody::Transactions,
            },
            reason: failure.reason.clone(),
        }
    }

    /// # Errors
    /// 422.
    pub(super) fn check(self) -> Result<Failure, Problem> {
        let mut faults = Faults::default();
        faults.optional_text("reason", self.reason.as_deref(), 1_000);
        faults.refuse("nothing was reported")?;
        Ok(Failure {
            stage: match self.stage {
                StageBody::Authorization => FailureStage::Authorization,
                StageBody::Accounts => FailureStage::Accounts,
                StageBody::Transactions => FailureStage::Transactions,
            },
            reason: self.reason,
        })
    }
}

impl AccountBody {
    pub(super) fn of(account: &Account) -> Self {
        let balances = account.balances.iter().map(|balance| BalanceBody {
            r#type: balance.kind.clone(),
            amount: balance.amount.to_string(),
            currency: Some(balance.currency.clone()),
            date: balance.on.map(|day| day.to_string()),
        });
        Self {
            account_id: account.id.clone(),
            iban: account.iban.clone(),
            name: account.name.clone(),
            currency: account.currency.clone(),
            balances: balances.collect(),
        }
    }

    /// Checks all accounts of a session.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn check_all(accounts: Vec<Self>) -> Result<Vec<Account>, Problem> {
        let mut faults = Faults::default();
        if accounts.is_empty() {
            let detail = "must hold at least one account; where the bank has none, report a failure of stage accounts";
            faults.add("accounts", "empty", detail);
        }
        if accounts.len() > MAX_ACCOUNTS {
            let detail = format!("must hold at most {MAX_ACCOUNTS} accounts");
            faults.add("accounts", "too_long", detail);
        }
        let mut checked: Vec<Account> = Vec::with_capacity(accounts.len().min(MAX_ACCOUNTS));
        for (number, account) in accounts.into_iter().take(MAX_ACCOUNTS).enumerate() {
            let at = format!("accounts[{number}]");
            if checked.iter().any(|known| known.id == account.account_id) {
                let detail = "is the id of another account of the session, too";
                faults.add(format!("{at}.accountId"), "duplicate", detail);
            }
            checked.push(account.check(&at, &mut faults));
        }
        faults.refuse("no accounts were taken")?;
        Ok(checked)
    }

    /// The account, as far as it is good.
    fn check(self, at: &str, faults: &mut Faults) -> Account {
        faults.text(&format!("{at}.accountId"), &self.account_id, 200);
        if let Some(iban) = &self.iban {
            faults.iban(&format!("{at}.iban"), iban);
        }
        faults.optional_text(&format!("{at}.name"), self.name.as_deref(), 500);
        faults.currency(&format!("{at}.currency"), &self.currency);
        if self.balances.len() > MAX_BALANCES {
            let detail = format!("must hold at most {MAX_BALANCES} balances");
            faults.add(format!("{at}.balances"), "too_long", detail);
        }
        let mut balances = Vec::new();
        for (number, balance) in self.balances.into_iter().take(MAX_BALANCES).enumerate() {
            let at = format!("{at}.balances[{number}]");
            faults.text(&format!("{at}.type"), &balance.r#type, 100);
            let currency = balance.currency.unwrap_or_else(|| self.currency.clone());
            faults.currency(&format!("{at}.currency"), &currency);
            let on = balance.date.as_deref();
            let on = on.and_then(|day| faults.day(&format!("{at}.date"), day));
            if let Some(amount) = faults.decimal(&format!("{at}.amount"), &balance.amount) {
                balances.push(Balance {
                    kind: balance.r#type,
                    amount,
                    currency,
                    on,
                });
            }
        }
        Account {
            id: self.account_id,
            iban: self.iban,
            name: self.name,
            currency: self.currency,
            balances,
        }
    }
}
