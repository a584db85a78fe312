//! The results of a batch, as they are written.

use schemars::JsonSchema;
use serde::Serialize;

use super::spool::{ReaderGone, Spool};
use crate::http::{Problem, ProblemError, ProblemKind};
use crate::transaction_body::{BriefBody, alerts};
use app::transactions::batch::{BatchPosting, PayloadAnswer};
use app::transactions::post::TransactionError;

/// In which form results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line for each.
    Lines,
    /// One document.
    Document,
}

/// The result of one payload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BatchResult")]
struct LineBody {
    /// Where the payload began: its line, or its place in the array, from 1.
    line: u64,
    /// 201 accepted, 200 accepted before, 409 another has its `txn_id`, 422 refused, 401 the key was revoked before the payload's turn, 503 not durable.
    status: u16,
    /// As far as it could be read.
    txn_id: Option<String>,
    /// The alerts that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<BriefBody>>,
    /// The first 10 faults; where there are more, one of reason `more` says how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ProblemError>>,
}

/// The schema of a result, for the document.
pub(super) fn line_schema() -> schemars::Schema {
    aide::generate::in_context(|context| context.schema.subschema_for::<LineBody>())
}

/// All results as one document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BatchResults")]
pub(super) struct Document {
    /// How many were accepted.
    accepted: u64,
    /// How many had been accepted before.
    duplicates: u64,
    /// How many were not accepted.
    rejected: u64,
    /// One for each payload, in order.
    results: Vec<LineBody>,
}

/// Writes results.
pub(super) struct Answers {
    form: Form,
    spool: Spool,
    has_begun: bool,
    accepted: u64,
    duplicates: u64,
    rejected: u64,
}

impl Answers {
    pub(super) fn new(form: Form, spool: Spool) -> Self {
        Self {
            form,
            spool,
            has_begun: false,
            accepted: 0,
            duplicates: 0,
            rejected: 0,
        }
    }

    /// Writes the results of a chunk, once there is room for them.
    ///
    /// # Errors
    /// Where nobody reads them any more.
    pub(super) async fn write(
        &mut self,
        posting: &BatchPosting,
        answered: Vec<PayloadAnswer>,
    ) -> Result<(), ReaderGone> {
        let mut out = Vec::with_capacity(80 * answered.len());
        self.begin(&mut out);
        for answered in answered {
            let is_first = self.accepted + self.duplicates + self.rejected == 0;
            if self.form == Form::Document && !is_first {
                out.push(b',');
            }
            let line = self.count(posting, answered);
            serde_json::to_writer(&mut out, &line).expect("a result has only string keys");
            if self.form == Form::Lines {
                out.push(b'\n');
            }
        }
        self.spool.push(out.into()).await
    }

    /// Ends the answer.
    ///
    /// # Errors
    /// Where nobody reads it any more.
    pub(super) async fn finish(&mut self) -> Result<(), ReaderGone> {
        let mut out = Vec::new();
        self.begin(&mut out);
        if self.form == Form::Document {
            let counts = format!(
                "],\"accepted\":{},\"duplicates\":{},\"rejected\":{}}}",
                self.accepted, self.duplicates, self.rejected
            );
            out.extend_from_slice(counts.as_bytes());
        }
        self.spool.push(out.into()).await
    }

    /// Writes what a document begins with, unless it has begun.
    fn begin(&mut self, out: &mut Vec<u8>) {
        if self.form == Form::Document && !std::mem::replace(&mut self.has_begun, true) {
            out.extend_from_slice(b"{\"results\":[");
        }
    }

    fn count(&mut self, posting: &BatchPosting, answered: PayloadAnswer) -> LineBody {
        let (status, alerts, errors) = match answered.result {
            Ok(accepted) => {
                let (count, status) = match accepted.is_new {
                    true => (&mut self.accepted, 201),
                    false => (&mut self.duplicates, 200),
                };
                *count += 1;
                (status, alerts(posting.outcome(&accepted)), None)
            }
            Err(error) => {
                self.rejected += 1;
                let (status, errors) = errors(error);
                (status, None, Some(errors))
            }
        };
        let errors = errors.map(|errors| with_count(errors, answered.more_faults));
        LineBody {
            line: answered.line,
            status,
            txn_id: answered.txn_id,
            alerts,
            errors,
        }
    }
}

/// The faults, and how many more there are.
fn with_count(mut errors: Vec<ProblemError>, more: usize) -> Vec<ProblemError> {
    if more > 0 {
        errors.push(ProblemError {
            field: String::new(),
            reason: "more".to_owned(),
            detail: format!("{more} more faults are not listed"),
        });
    }
    errors
}

/// The status of a payload that was not accepted, and what is wrong with it.
fn errors(error: TransactionError) -> (u16, Vec<ProblemError>) {
    let one = |field: &str, reason: &str, problem: &Problem| {
        let error = ProblemError {
            field: field.to_owned(),
            reason: reason.to_owned(),
            detail: problem.detail().to_owned(),
        };
        (problem.kind().status().as_u16(), vec![error])
    };
    match error {
        TransactionError::Refused(faults) => {
            let status = ProblemKind::FailedToRegister.status().as_u16();
            (status, faults.into_iter().map(ProblemError::from).collect())
        }
        TransactionError::TxnIdTaken => one("txn_id", "conflict", &error.into()),
        TransactionError::Revoked => one("", "unauthorized", &error.into()),
        TransactionError::Lane(_) | TransactionError::Read(_) | TransactionError::Unanswered => {
            one("", "unavailable", &error.into())
        }
    }
}
