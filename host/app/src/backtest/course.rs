//! Which transactions are judged by which rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::payload::{PayloadSchema, Transaction};
use domain::rule::Plan;
use domain::time::Timestamp;
use domain::window::{BoundPlan, InputLimits, PlanFault};

use super::lists::ListsAsOf;
use engine::lane::{Fields, Placed, TeamView};
use runtime::limits::RowLimits;
use runtime::rule::RulePlugin;

/// A rule that is tried.
#[derive(Clone)]
pub struct Tested {
    /// What judges.
    pub plugin: RulePlugin,
    /// What it wants for its configuration.
    pub plan: Plan,
    /// The plan, checked against a payload schema of the team.
    pub bound: Arc<BoundPlan>,
    /// What one transaction may take.
    pub limits: RowLimits,
}

/// Why a rule cannot be tried.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PrepareError {
    /// It gives no plan for the configuration.
    #[error(transparent)]
    Refused(#[from] runtime::rule::PrepareError),
    /// Its plan does not fit the payload schema.
    #[error("{}", sentences(.0))]
    Misfit(Vec<PlanFault>),
}

fn sentences(faults: &[PlanFault]) -> String {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

impl Tested {
    /// Asks a rule for its plan, and checks that against a payload schema.
    ///
    /// # Errors
    /// Where the plugin refuses the configuration, or the plan does not fit.
    pub fn prepare(
        plugin: RulePlugin,
        config: &str,
        schema: &PayloadSchema,
        limits: RowLimits,
    ) -> Result<Self, PrepareError> {
        let plan = plugin.prepare(config)?;
        Self::bind(plugin, plan, schema, limits)
    }

    /// Checks a rule's plan against a payload schema.
    ///
    /// # Errors
    /// Where the plan does not fit.
    pub(crate) fn bind(
        plugin: RulePlugin,
        plan: Plan,
        schema: &PayloadSchema,
        limits: RowLimits,
    ) -> Result<Self, PrepareError> {
        let bound = BoundPlan::bind(&plan, schema).map_err(PrepareError::Misfit)?;
        Ok(Self {
            plugin,
            plan,
            bound: Arc::new(bound),
            limits,
        })
    }
}

/// Which of a team's transactions are judged. The others enter windows only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that happened within a time.
    Between {
        /// Then or later.
        from: Option<Timestamp>,
        /// Before.
        to: Option<Timestamp>,
    },
    /// Those in these places.
    Places(BTreeSet<u64>),
}

impl Wanted {
    /// Whether a transaction is judged.
    pub fn wants(&self, placed: &Placed) -> bool {
        match self {
            Self::Between { from, to } => {
                let Transaction { date_time, .. } = &placed.transaction;
                from.is_none_or(|from| *date_time >= from) && to.is_none_or(|to| *date_time < to)
            }
            Self::Places(places) => places.contains(&placed.sequence),
        }
    }
}

/// Transactions that are judged by rules, in the order in which they came.
pub struct Course {
    /// The team's transactions.
    pub view: Arc<TeamView>,
    /// All are judged by each of the rules.
    pub rules: Vec<Tested>,
    /// Which are judged.
    pub wanted: Wanted,
    /// The lowest sequence that may be judged.
    pub first: u64,
    /// The highest.
    pub last: u64,
    /// The lists that the rules read.
    pub lists: ListsAsOf,
    /// How much of the windows is in memory.
    pub limits: InputLimits,
    /// How much of each transaction is read.
    pub fields: Fields,
}

impl Course {
    /// The names of the lists that the rules read, each once.
    pub fn lists_of(rules: &[Tested]) -> Vec<String> {
        let lists = rules.iter().flat_map(|rule| rule.bound.lists());
        let lists: BTreeSet<&str> = lists.collect();
        lists.into_iter().map(str::to_owned).collect()
    }

    /// As much of each transaction as the rules read.
    pub fn fields_of(rules: &[Tested]) -> Fields {
        let of = |rule: &Tested| -> Vec<String> {
            let fields = rule.bound.fields().into_iter();
            fields.map(str::to_owned).collect()
        };
        Fields::Named(rules.iter().flat_map(of).collect())
    }
}
