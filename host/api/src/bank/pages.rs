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
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::body::HistoryBody;
use super::check::{Faults, last_day};
use super::outcome::{MonitoringBody, UnlistedBody};
use super::read::told_of_alerts;
use super::transaction::{TransactionBody, id_of};
use super::{AccountPath, TAG, change, view, who};
use crate::blocking::blocking;
use crate::caller::UserCaller;
use crate::http::body::{parse_shape, read_bytes, require_media_type};
use crate::http::{Params, Problem, ProblemKind, problems};
use app::App;
use engine::lane::Mark;
use sessions::{
    FetchedTransaction, Held, Monitor, NewPage, PageMonitoring, SessionRecord, Standing, StepError,
    Unlisted, note_monitoring, take_page,
};
use store::StoreError;
use tenant::Permission;

/// The most transactions of a page.
const MAX_TRANSACTIONS: usize = 10_000;

pub(super) fn routes() -> ApiRouter<Arc<App>> {
    ApiRouter::new().api_route(
        "/api/v2/bank/session/{sessionId}/accounts/{accountId}/transactions",
        post_with(post_page, |op| {
            op.summary("Report a page of an account's history")
                .description("At most 10,000 transactions. The account's history lists each transaction once, by its transactionId: one that comes again with the same content, under whatever page number, is counted in `repeats`. A transaction that cannot be read, is dated ahead, or comes again with other content is listed in `unlisted` with the reason, and the rest of the page is taken. Announces TransactionsSyncFinished when the history of all accounts suffices; from then on all pages can be read. Answered when the transactions were judged, where the tenant has them monitored. The same page again is judged to the end where that was cut off.")
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
    /// Read one by one, so that one that cannot be read does not refuse the others.
    #[schemars(with = "Vec<TransactionBody>", length(max = 10_000))]
    transactions: Vec<Box<RawValue>>,
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
    /// How many of them the account's history had before, with the same content.
    repeats: u32,
    /// How many of them the account's history does not list.
    unlisted_count: u32,
    /// The first thousand of those, with the reasons.
    unlisted: Vec<UnlistedBody>,
    /// Whether it was taken before.
    is_repeat: bool,
    /// The session's stage now.
    stage: &'static str,
    /// The account's history now.
    account: Option<HistoryBody>,
    /// What became of its transactions in monitoring; null where the tenant has none monitored.
    monitoring: Option<MonitoringBody>,
}

/// A page as far as it can be read alone.
struct ReadPage {
    number: u32,
    /// Of all that it says.
    content: [u8; 32],
    reaches_to: Date,
    is_whole: bool,
    count: u32,
    /// Those that can be read, each with its place in the page.
    transactions: Vec<(usize, FetchedTransaction)>,
    /// Those that cannot, or are dated ahead.
    unlisted: Vec<Unlisted>,
}

impl PageBody {
    /// No day may be after the last.
    fn read(self, account: &str, last: Date) -> Result<ReadPage, Problem> {
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
        }
        faults.refuse("the page was not taken")?;
        let reaches_to = reaches_to.ok_or_else(Problem::internal)?;

        // What the page says does not depend on the day on which it is read: a booking that is dated ahead today is
        // part of it tomorrow, too.
        let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
        let mut unlisted = Vec::new();
        let count = u32::try_from(self.transactions.len()).unwrap_or(u32::MAX);
        for (index, text) in self.transactions.into_iter().enumerate() {
            let (transaction, faults) = TransactionBody::read(&text, last);
            let is_listed = faults.is_empty();
            if !is_listed {
                unlisted.push(Unlisted {
                    account: account.to_owned(),
                    page: self.page,
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    transaction: id_of(&text),
                    faults,
                });
            }
            match transaction {
                Some(transaction) => readable.push((index, transaction, is_listed)),
                None => unreadable.push(text),
            }
        }
        let mut content = Sha256::new();
        content.update(format!("{reaches_to} {}\n", self.is_whole_history));
        // In one form, as earlier releases kept details: the same page is known again whatever the order of members.
        let canonical = readable
            .iter()
            .map(|(_, one, _)| one.with_canonical_details());
        let canonical: Vec<_> = canonical.collect();
        let parts = FetchedTransaction::write_parts(&canonical);
        parts.iter().for_each(|part| content.update(part));
        for text in unreadable {
            content.update(text.get());
        }
        let listed = readable.into_iter().filter(|(_, _, is_listed)| *is_listed);
        let transactions = listed.map(|(index, one, _)| (index, one)).collect();
        Ok(ReadPage {
            number: self.page,
            content: content.finalize().into(),
            reaches_to,
            is_whole: self.is_whole_history,
            count,
            transactions,
            unlisted,
        })
    }
}

impl ReadPage {
    /// The page as it is to be taken after what the account's history holds, and the transactions that monitoring is to
    /// judge: those that are new, and repeats, for an earlier page may not have been judged to its end.
    fn against(&self, account: &str, held: Held) -> (NewPage, Vec<FetchedTransaction>) {
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
    let named = account.clone();
    let page = blocking(move || parse_shape::<PageBody>(&bytes)?.read(&named, last)).await??;
    // Whoever asked may go; what was begun is done to its end.
    let taking = Mark::spawn(take(app, caller, path.session, account, page));
    taking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a page was not taken to its end");
        Err(Problem::internal())
    })
}

async fn take(
    app: Arc<App>,
    caller: UserCaller,
    session: Uuid,
    account: String,
    page: ReadPage,
) -> Result<Json<PageTaken>, Problem> {
    let (number, page) = (page.number, Arc::new(page));
    let (stepped, mut record, transactions) = loop {
        let (view, read, named) = (view(&app, &caller), page.clone(), account.clone());
        let (new, judged) = blocking(move || -> Result<_, StoreError> {
            let held = view.held(session, &named)?;
            Ok(read.against(&named, held))
        })
        .await??;
        let who = who(&caller);
        let taken = change(&caller, move |change| take_page(change, &who, session, new));
        // None where another page of the account came in between: this one is compared with that one, too.
        if let Some((stepped, record)) = taken.await? {
            break (stepped, record, judged);
        }
    };
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
        repeats: record.repeats,
        unlisted_count: record.unlisted_count,
        unlisted: UnlistedBody::of_pages(std::slice::from_ref(&record), &[]),
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
