//! Sessions and accounts, as the calls write them.

use domain::session::{Account, End, Failure, FailureStage, History, Session, SessionKind};
use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outcome::{MonitoringBody, UnlistedBody};
use crate::http::WireTime;
use app::sessions::accounts::{ReportedAccount, ReportedBalance};
use app::sessions::outcome::SessionView;
use sessions::{EventMark, SessionRecord};

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

/// A session as it is listed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SessionBrief")]
pub(super) struct SessionBriefBody {
    session_id: Uuid,
    /// As the client named it.
    session_external_id: Option<String>,
    session_context: Option<String>,
    /// As the client calls the user.
    external_user_id: String,
    bank_id: String,
    /// The `api-clientId` under which it was started.
    client_id: String,
    /// `consent`, or `refresh` where no customer is asked.
    kind: &'static str,
    /// `authorizing`, `accounts`, `transactions`, `complete`, `finished`, `failed` or `taken_back`.
    stage: &'static str,
    started_at: WireTime,
    /// When something last happened.
    changed_at: WireTime,
    /// How many events it made.
    event_count: usize,
    /// How many of those the broker has not confirmed.
    waiting_event_count: usize,
}

impl SessionBriefBody {
    pub(super) fn of(session: &SessionRecord) -> Self {
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        Self {
            session_id: session.id,
            session_external_id: session.external_id.clone(),
            session_context: session.context.clone(),
            external_user_id: session.user.clone(),
            bank_id: session.bank.clone(),
            client_id: session.client.clone(),
            kind: kind(session.state.kind),
            stage: session.state.stage().as_str(),
            started_at: time(session.started_at),
            changed_at: time(session.changed_at),
            event_count: session.events.len(),
            waiting_event_count: session.waiting_events().count(),
        }
    }
}

fn kind(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Consent => "consent",
        SessionKind::Refresh => "refresh",
    }
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
    pub(super) fn new(view: SessionView) -> Self {
        let SessionView {
            session,
            unlisted,
            monitoring,
        } = view;
        let time = |micros| WireTime(Timestamp::from_micros(micros));
        let state = &session.state;
        let accounts = state.shown_accounts().iter();
        Self {
            session_id: session.id,
            session_external_id: session.external_id,
            session_context: session.context,
            user_id: session.hub_user,
            external_user_id: session.user,
            bank_id: session.bank,
            client_id: session.client,
            kind: kind(state.kind),
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
            unlisted_count: unlisted.count,
            unlisted: unlisted.first.into_iter().map(UnlistedBody::from).collect(),
            monitoring: monitoring.map(MonitoringBody::from),
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
}

impl From<FailureBody> for Failure {
    fn from(body: FailureBody) -> Self {
        Self {
            stage: match body.stage {
                StageBody::Authorization => FailureStage::Authorization,
                StageBody::Accounts => FailureStage::Accounts,
                StageBody::Transactions => FailureStage::Transactions,
            },
            reason: body.reason,
        }
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
}

impl From<AccountBody> for ReportedAccount {
    fn from(body: AccountBody) -> Self {
        let balances = body.balances.into_iter();
        Self {
            id: body.account_id,
            iban: body.iban,
            name: body.name,
            currency: body.currency,
            balances: balances.map(ReportedBalance::from).collect(),
        }
    }
}

impl From<BalanceBody> for ReportedBalance {
    fn from(body: BalanceBody) -> Self {
        Self {
            kind: body.r#type,
            amount: body.amount,
            currency: body.currency,
            on: body.date,
        }
    }
}
