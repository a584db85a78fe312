//! The workflow of alerts: its states, and which moves its conditions let through.

mod moves;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert_index::{NotWhole, whole_index};
use crate::blocking::{Panicked, blocking};
use crate::caller::{Caller, Forbidden};
use crate::request::{Expected, FieldFault, Invalid, Stale, Version};
use domain::alert::{State, Transition, Workflow, WorkflowFault};
use domain::guard::{Fault, Guard, Value};
use engine::lane::{Change, LaneError};
use moves::{MAX_MOVED, Moves};
use tenant::{Permission, WorkflowRecord};

/// As the audit names the one workflow that there is.
const SUBJECT: &str = "workflow";

/// A workflow to put in the place of the one that there is.
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    /// 1 to 50; one of them is initial.
    pub states: Vec<State>,
    /// At most 500.
    pub transitions: Vec<NewTransition>,
    /// For each state that vanishes while alerts are in it: the state that they go to.
    pub moves: BTreeMap<String, String>,
}

/// A move from one state to another.
#[derive(Clone, Debug)]
pub struct NewTransition {
    /// The state that it leads from.
    pub source: String,
    /// The state that it leads to.
    pub destination: String,
    /// A Python expression of at most 4096 bytes; the move is allowed where it is true.
    pub condition: Option<String>,
}

/// The workflow as it is.
#[derive(Clone, Debug)]
pub struct CurrentWorkflow {
    /// The workflow.
    pub workflow: Arc<Workflow>,
    /// Rises with each change.
    pub version: u64,
}

/// Why the workflow was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum PutWorkflowError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The workflow has faults, or says wrongly where alerts go.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is not the version that the change is meant for.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The states of all alerts are not known yet.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// Alerts are in states that would vanish: each with how many.
    #[error(
        "alerts are in states that the workflow would not have any more: {0}; say in 'moves' to which state they go"
    )]
    Stranded(String),
    /// More alerts would move than may at once.
    #[error(
        "this would move {0} alerts at once, and may move {MAX_MOVED}; move some of them beforehand"
    )]
    TooManyMoved(usize),
    /// Checking it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// The lane could not make the change.
    #[error(transparent)]
    Lane(#[from] LaneError),
}

/// Why a condition was not tried.
#[derive(Debug, thiserror::Error)]
pub enum TryConditionError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is no condition.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Evaluating it panicked.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Reads the workflow.
///
/// # Errors
/// Where the caller may not.
pub fn read(caller: &Caller) -> Result<CurrentWorkflow, Forbidden> {
    caller.require(Permission::WorkflowRead)?;
    let (workflow, version) = caller.definitions().workflow_version();
    Ok(CurrentWorkflow { workflow, version })
}

/// Replaces the workflow. Alerts whose state vanishes are moved in the same change.
///
/// # Errors
/// Where the caller may not, the workflow has faults, or it is not said where alerts go.
pub async fn put(
    caller: &Caller,
    expected: Expected,
    new: NewWorkflow,
) -> Result<CurrentWorkflow, PutWorkflowError> {
    caller.require(Permission::WorkflowConfigure)?;
    // Hundreds of conditions are compiled here.
    let (workflow, moves) = blocking(move || new.checked()).await??;
    let whole = whole_index(caller).await?;
    let actor = caller.actor();
    let put = move |change: &mut Change<'_>| {
        let (old, version) = change.definitions().workflow_version();
        expected.check(Some(Version::Number(version)))?;
        moves.check(&old, &workflow)?;
        if old == workflow {
            let workflow = old;
            return Ok(CurrentWorkflow { workflow, version });
        }
        let going = moves::going(change, &whole, &old, &workflow, &moves)?;
        let version = version + 1;
        let at = change.at().as_micros();
        change.audit(&actor, "workflow.put", SUBJECT);
        change.put(WorkflowRecord::of(workflow.clone(), at, version));
        moves::go(change, going, &workflow, &actor);
        Ok(CurrentWorkflow { workflow, version })
    };
    caller.change(put).await
}

/// Evaluates a condition over what stands in for an alert and a caller. A fault is a result, too.
///
/// # Errors
/// Where the caller may not, or the text is no condition.
pub async fn try_condition(
    caller: &Caller,
    condition: String,
    stand_ins: impl FnOnce() -> [Value; 2] + Send + 'static,
) -> Result<Result<Value, Fault>, TryConditionError> {
    caller.require(Permission::WorkflowConfigure)?;
    let evaluate = move || {
        let guard = Guard::new(&condition).map_err(|refusal| Invalid {
            detail: format!("'condition', {refusal}"),
            ..Invalid::field("condition", "invalid_condition", refusal.to_string())
        })?;
        let [alert, security] = stand_ins();
        Ok(guard.evaluate(&alert, &security))
    };
    blocking(evaluate).await?
}

impl NewWorkflow {
    /// The workflow, with its conditions compiled.
    ///
    /// # Errors
    /// With all that is wrong with it.
    fn checked(self) -> Result<(Arc<Workflow>, Moves), Invalid> {
        let mut faults = Vec::new();
        let mut transitions = Vec::with_capacity(self.transitions.len());
        for (place, transition) in self.transitions.into_iter().enumerate() {
            let condition = transition.condition.as_deref().map(Guard::new);
            let condition = condition.transpose().unwrap_or_else(|refusal| {
                faults.push(FieldFault {
                    field: format!("transitions[{place}].condition"),
                    reason: "invalid_condition".to_owned(),
                    detail: refusal.to_string(),
                });
                None
            });
            transitions.push(Transition {
                source: transition.source,
                destination: transition.destination,
                condition,
            });
        }
        let workflow = Workflow::new(self.states, transitions);
        let workflow = workflow.map_err(|found| faults.extend(found.into_iter().map(of_fault)));
        match workflow {
            Ok(workflow) if faults.is_empty() => Ok((Arc::new(workflow), Moves(self.moves))),
            _ => {
                let detail = "the workflow has faults".to_owned();
                Err(Invalid { detail, faults })
            }
        }
    }
}

fn of_fault(fault: WorkflowFault) -> FieldFault {
    FieldFault {
        field: fault.field,
        reason: fault.reason.to_owned(),
        detail: fault.detail,
    }
}
