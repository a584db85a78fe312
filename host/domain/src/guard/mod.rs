//! Guards: conditions of the workflow, written as Python expressions.
//!
//! ```
//! use domain::guard::{Guard, Value};
//!
//! let guard = Guard::new("'AML Supervisor' in security.scope or alert.score < 3")?;
//! let alert = Value::dict([("score", Value::Float(2.5))]);
//! let security = Value::dict([("scope", Value::list([]))]);
//! assert!(guard.evaluate(&alert, &security)?.is_true());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A real parser of Python reads the source. What it read is compiled to a small tree of our own
//! ([`compile`]), which has no form for anything that is not allowed; the tree is evaluated with a
//! budget of steps and of bytes ([`limits`]). A guard sees `alert` and `security`, and nothing else.
//!
//! What is as in Python: the grammar, values and their truth, comparison, arithmetic, comprehensions,
//! faults and their words. What is not:
//!
//! - dots reach the members of dicts; a missing member is `None`, and so is a member of anything that
//!   is no dict;
//! - names do not begin with `_`; a key that does is reached as `alert.info['_key']` or with `.get('_key')`;
//! - whole numbers have 64 bits, and what would be longer is a fault;
//! - `is` compares with `None`, `True` and `False` alone;
//! - what `.keys()` and `.items()` answer is no operand of `|` and `&`, and what `.values()` answers no key;
//! - generators stand only as the only argument of a function or of `.join`.
//!
//! What this module does not know: alerts, users and the workflow.

mod budget;
mod compile;
mod evaluate;
mod fault;
mod key;
mod limits;
mod place;
mod show;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::fmt;
use std::sync::Arc;

pub use fault::{Fault, FaultKind};
pub use limits::{MAX_BYTES, MAX_DEPTH, MAX_SOURCE_BYTES, MAX_STEPS};
pub use place::{Place, Refusal};
pub use value::{Dict, Set, Value, View};

/// A condition that was checked and compiled. Copies share one tree.
#[derive(Clone)]
pub struct Guard {
    source: Arc<str>,
    program: Arc<tree::Program>,
}

impl Guard {
    /// Reads a condition.
    ///
    /// # Errors
    /// Where it is no Python expression, does what guards may not do, or is too long or too deep.
    pub fn new(source: &str) -> Result<Self, Refusal> {
        let program = compile::compile(source)?;
        Ok(Self {
            source: source.into(),
            program: Arc::new(program),
        })
    }

    /// The condition as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates it; the [truth](Value::is_true) of the value decides.
    ///
    /// # Errors
    /// Where Python would raise an exception, or the budget is used up.
    pub fn evaluate(&self, alert: &Value, security: &Value) -> Result<Value, Fault> {
        evaluate::run(&self.program, &self.source, alert, security)
    }
}

impl PartialEq for Guard {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Guard {}

impl fmt::Debug for Guard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Guard").field(&self.source).finish()
    }
}
