//! Pages of transactions, as the hub's connector reports them.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::extract::{Request, State};
use domain::session::Account;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::body::{HistoryBody, MonitoringBody};
use super::check::{Faults, last_day};
use super::read::told_of_alerts;
use super::{AccountPath, TAG, change, who};
use crate::api::blocking::blocking;
use crate::api::caller::UserCaller;
use crate::app::App;
use crate::http::body::{parse, read_bytes, require_media_type};
use crate::http::{Params, Problem, ProblemKind, problems};
use crate::session::{
    FetchedTransaction, Monitor, NewPage, PageMonitoring, SessionRecord, StepError,
    note_monitoring, take_page,
};
use crate::tenant::Permission;

/// The most transactions of a page.
const MAX_TRANSACTIONS: usize = 10_000;
/// The longest id of a transaction, in characters.
const MAX_ID: usize = 200;
/// The longest text of a transaction, in characters.
const MAX_TEXT: usize = 2_000;
/// The most bytes of a transaction's details.
const MAX_DETAILS_BYTES: usize = 8 * 1024;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
        post_with(post_page, |op| {
            op.summary("Report a page of an account's history")
                .description("At most 10,000 transactions. Announces TransactionsSyncFinished when the history of all accounts suffices; from then on all pages can be read. Answered when the transactions were judged, where the tenant has them monitored. The same page again is judged to the end where that was cut off.")
                .tag(TAG)
                .input::<Json<PageBody>>()
                .with(problems(&[
                    ProblemKind::BadRequest,
                    ProblemKind::Timeout,
                    ProblemKind::Conflict,
                    ProblemKind::TooLarge,
                    ProblemKind::UnsupportedMediaType,
                    ProblemKind::Unprocessable,
                ]))
        }),
    )
}

/// A page of an account's history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TransactionPage")]
struct PageBody {
    /// From 1 within the account: by it a page that comes again is known.
    #[schemars(range(min = 1))]
    page: u32,
    /// The day back to which the account's history is complete with this page.
    history_from: String,
    /// Whether the bank has no more.
    #[serde(default)]
    is_whole_history: bool,
    transactions: Vec<TransactionBody>,
}

/// A transaction of an account.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccountTransaction")]
pub(super) struct TransactionBody {
    /// The bank's id of it, unique within the account: 1 to 200 characters.
    transaction_id: String,
    /// The day on which it was booked.
    booking_date: String,
    /// The moment, where the bank tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    booked_at: Option<String>,
    /// The day from which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_date: Option<String>,
    /// A decimal, as a text; below zero where the account pays.
    amount: String,
    /// Three letters.
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counterparty_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counterparty_iban: Option<String>,
    /// The bank's kind of transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    /// What else the bank tells: at most 8 KiB.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    details: Map<String, Value>,
}

/// What became of a page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageTaken")]
struct PageTaken {
    session_id: Uuid,
    page: u32,
    /// How many transactions it has.
    transactions: u32,
    /// Whether it was taken before.
    is_repeat: bool,
    /// The session's stage now.
    stage: &'static str,
    /// The account's history now.
    account: Option<HistoryBody>,
    /// What became of its transactions in monitoring; null where the tenant has none monitored.
    monitoring: Option<MonitoringBody>,
}

impl From<FetchedTransaction> for TransactionBody {
    fn from(fetched: FetchedTransaction) -> Self {
        Self {
            transaction_id: fetched.id,
            booking_date: fetched.booked_on,
            booked_at: fetched.booked_at,
            value_date: fetched.value_on,
            amount: fetched.amount,
            currency: fetched.currency,
            description: fetched.description,
            counterparty_name: fetched.counterparty_name,
            counterparty_iban: fetched.counterparty_iban,
            r#type: fetched.kind,
            details: fetched.details,
        }
    }
}

/// A page of which all was checked that can be checked alone.
struct Checked {
    page: NewPage,
    transactions: Vec<FetchedTransaction>,
}

impl PageBody {
    /// No day may be after the last.
    fn check(self, account: String, last: Date) -> Result<Checked, Problem> {
        let mut faults = Faults::default();
        if self.page == 0 {
            faults.add("page", "out_of_range", "must be at least 1");
        }
        let reaches_to = faults.past_day("historyFrom", &self.history_from, last);
        if self.transactions.len() > MAX_TRANSACTIONS {
            let detail = format!(
                "must hold at most {MAX_TRANSACTIONS} transactions; send more pages, the session goes on"
            );
            faults.add("transactions", "too_long", detail);
            faults.refuse("the page was not taken")?;
            return Err(Problem::internal());
        }
        let transactions = self.transactions.into_iter().enumerate();
        let transactions: Vec<FetchedTransaction> = transactions
            .map(|(number, transaction)| transaction.check(number, last, &mut faults))
            .collect();
        faults.refuse("the page was not taken")?;
        let reaches_to = reaches_to.ok_or_else(Problem::internal)?;
        let parts = FetchedTransaction::write_parts(&transactions);
        let mut content = Sha256::new();
        content.update(format!("{reaches_to} {}\n", self.is_whole_history));
        parts.iter().for_each(|part| content.update(part));
        let page = NewPage {
            account,
            number: self.page,
            content: content.finalize().into(),
            reaches_to,
            is_whole: self.is_whole_history,
            count: u32::try_from(transactions.len()).unwrap_or(u32::MAX),
            parts,
        };
        Ok(Checked { page, transactions })
    }
}

impl TransactionBody {
    fn check(self, number: usize, last: Date, faults: &mut Faults) -> FetchedTransaction {
        let at = |member: &str| format!("transactions[{number}].{member}");
        faults.text(&at("transactionId"), &self.transaction_id, MAX_ID);
        faults.past_day(&at("bookingDate"), &self.booking_date, last);
        if let Some(day) = &self.value_date {
            faults.day(&at("valueDate"), day);
        }
        if let Some(moment) = &self.booked_at {
            match moment.parse::<jiff::Timestamp>() {
                Err(_) => faults.add(
                    at("bookedAt"),
                    "invalid_date_time",
                    "must be a time with offset, such as 2024-09-25T10:45:30Z",
                ),
                Ok(moment) if moment.to_zoned(jiff::tz::TimeZone::UTC).date() > last => {
                    faults.add(at("bookedAt"), "in_the_future", "must not be in the future");
                }
                Ok(_) => {}
            }
        }
        faults.decimal(&at("amount"), &self.amount);
        faults.currency(&at("currency"), &self.currency);
        for (member, text) in [
            ("description", &self.description),
            ("counterpartyName", &self.counterparty_name),
            ("counterpartyIban", &self.counterparty_iban),
            ("type", &self.r#type),
        ] {
            if text.as_deref().is_some_and(|text| !text.is_empty()) {
                faults.optional_text(&at(member), text.as_deref(), MAX_TEXT);
            }
        }
        if !self.details.is_empty() {
            let bytes = serde_json::to_string(&self.details).map_or(0, |text| text.len());
            if bytes > MAX_DETAILS_BYTES {
                let detail = format!("must have at most {MAX_DETAILS_BYTES} bytes");
                faults.add(at("details"), "too_long", detail);
            }
        }
        FetchedTransaction {
            id: self.transaction_id,
            booked_on: self.booking_date,
            booked_at: self.booked_at,
            value_on: self.value_date,
            amount: self.amount,
            currency: self.currency,
            description: self.description,
            counterparty_name: self.counterparty_name,
            counterparty_iban: self.counterparty_iban,
            kind: self.r#type,
            details: self.details,
        }
    }
}

async fn post_page(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<AccountPath>,
    request: Request,
) -> Result<Json<PageTaken>, Problem> {
    caller.require(Permission::SessionWrite)?;
    require_media_type(request.headers(), &["application/json"])?;
    let bytes = read_bytes(request, &()).await?;
    let last = last_day(&app, &caller);
    let account = path.account;
    // A long page takes its time, which others need not wait for.
    let checked = blocking(move || parse::<PageBody>(&bytes)?.check(account, last)).await??;
    // Whoever asked may go; what was begun is done to its end.
    let taking = tokio::spawn(take(app, caller, path.session, checked));
    taking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a page was not taken to its end");
        Err(Problem::internal())
    })
}

async fn take(
    app: Arc<App>,
    caller: UserCaller,
    session: Uuid,
    checked: Checked,
) -> Result<Json<PageTaken>, Problem> {
    let Checked { page, transactions } = checked;
    let (account, number) = (page.account.clone(), page.number);
    let who = who(&caller);
    let taken = change(&caller, move |change| {
        take_page(change, &who, session, page)
    });
    let (stepped, mut record) = taken.await?;
    let session = Arc::new(stepped.session);
    if record.monitoring.is_none() {
        record.monitoring =
            monitor(&app, &caller, &session, &account, number, &transactions).await?;
    }
    let mut accounts = session.state.shown_accounts().iter();
    let history = accounts.find(|(known, _)| known.id == account);
    let shows_alerts = told_of_alerts(&caller);
    Ok(Json(PageTaken {
        session_id: session.id,
        page: number,
        transactions: record.count,
        is_repeat: stepped.is_repeat,
        stage: session.state.stage().as_str(),
        account: history
            .map(|(account, history)| HistoryBody::new(account, history, &session.state)),
        monitoring: MonitoringBody::of(std::slice::from_ref(&record), shows_alerts),
    }))
}

/// Has a page's transactions judged, and notes what became of them; none where the tenant has none monitored.
async fn monitor(
    app: &Arc<App>,
    caller: &UserCaller,
    session: &Arc<SessionRecord>,
    account: &str,
    number: u32,
    transactions: &[FetchedTransaction],
) -> Result<Option<PageMonitoring>, Problem> {
    let Some(monitor) = Monitor::of(&caller.lane, caller.authority()) else {
        return Ok(None);
    };
    let account: Option<&Account> = session
        .state
        .shown_accounts()
        .iter()
        .map(|(known, _)| known)
        .find(|known| known.id == account);
    let Some(account) = account else {
        return Ok(None);
    };
    let received_at = app.services.clock.now();
    let judged = monitor
        .judge(session, account, transactions, received_at)
        .await?;
    let (kept, session, account) = (judged.clone(), session.clone(), account.id.clone());
    let noted = change(caller, move |change| {
        note_monitoring(change, &session, &account, number, kept).map_err(StepError::Store)
    });
    noted.await?;
    Ok(Some(judged))
}
