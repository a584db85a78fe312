//! The results of a batch, as they are written.

use schemars::JsonSchema;
use serde::Serialize;

use super::chunk::Answered;
use super::spool::{ReaderGone, Spool};
use crate::http::{Problem, ProblemError, ProblemKind};
use crate::transaction_body::{BriefBody, told_alerts};
use engine::lane::Ingested;
use tenant::Team;

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
        team: &Team,
        answered: Vec<Answered>,
    ) -> Result<(), ReaderGone> {
        let mut out = Vec::with_capacity(80 * answered.len());
        self.begin(&mut out);
        for answered in answered {
            let is_first = self.accepted + self.duplicates + self.rejected == 0;
            if self.form == Form::Document && !is_first {
                out.push(b',');
            }
            let line = self.count(team, answered);
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

    fn count(&mut self, team: &Team, answered: Answered) -> LineBody {
        let (status, alerts, errors) = match answered.result {
            Ok(Ingested::Accepted(receipt)) => {
                self.accepted += 1;
                (201, told_alerts(team, &receipt), None)
            }
            Ok(Ingested::Duplicate(receipt)) => {
                self.duplicates += 1;
                (200, told_alerts(team, &receipt), None)
            }
            Ok(Ingested::Conflict) => {
                self.rejected += 1;
                let error = ProblemError {
                    field: "txn_id".to_owned(),
                    reason: "conflict".to_owned(),
                    detail: "another transaction of the team has this txn_id".to_owned(),
                };
                (409, None, Some(vec![error]))
            }
            Ok(Ingested::Refused(faults)) => {
                self.rejected += 1;
                (
                    422,
                    None,
                    Some(faults.into_iter().map(ProblemError::from).collect()),
                )
            }
            Err(problem) => {
                self.rejected += 1;
                (
                    problem.kind().status().as_u16(),
                    None,
                    Some(errors(&problem)),
                )
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

fn errors(problem: &Problem) -> Vec<ProblemError> {
    let reason = match problem.kind() {
        ProblemKind::Unauthorized => "unauthorized",
        _ => "unavailable",
    };
    if problem.errors().is_empty() {
        vec![ProblemError {
            field: String::new(),
            reason: reason.to_owned(),
            detail: problem.detail().to_owned(),
        }]
    } else {
        problem.errors().to_vec()
    }
}
