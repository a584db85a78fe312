//! The names that a condition may use: `alert`, `security` and the variables of its loops.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use super::Compiler;
use crate::guard::place::Refusal;
use crate::guard::tree::{ALERT, Function, SECURITY};

/// The names that stand for something at one place of the source, and where their values will be.
pub(super) struct Names {
    /// The innermost last.
    known: Vec<(String, usize)>,
    slots: usize,
}

impl Default for Names {
    fn default() -> Self {
        let known = [("alert", ALERT), ("security", SECURITY)];
        Self {
            known: known.map(|(name, slot)| (name.to_owned(), slot)).into(),
            slots: SECURITY + 1,
        }
    }
}

impl Names {
    /// How many values there are to keep.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// A new variable; it stands before others of its name until [`forget`](Self::forget).
    pub(super) fn bind(&mut self, name: &str) -> usize {
        let slot = self.slots;
        self.slots += 1;
        self.known.push((name.to_owned(), slot));
        slot
    }

    /// How many names stand for something.
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }

    /// Forgets what was bound after the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    fn find(&self, name: &str) -> Option<usize> {
        let found = self.known.iter().rfind(|(known, _)| known == name);
        found.map(|(_, slot)| *slot)
    }
}

impl Compiler<'_> {
    /// Where the value of a name is.
    pub(super) fn variable(&self, name: &ast::ExprName) -> Result<usize, Refusal> {
        let (id, range) = (name.id.as_str(), name.range());
        self.check_name(id, range)?;
        if let Some(slot) = self.names.find(id) {
            return Ok(slot);
        }
        let reason = if Function::find(id).is_some() {
            format!("'{id}' is a function; it can only be called: {id}(…)")
        } else {
            format!(
                "there is no '{id}' here; a condition knows 'alert' and 'security', and the variables of its own loops"
            )
        };
        self.refuse(range, reason)
    }

    /// Makes a variable of a loop.
    pub(super) fn bind(&mut self, name: &ast::ExprName) -> Result<usize, Refusal> {
        let (id, range) = (name.id.as_str(), name.range());
        self.check_name(id, range)?;
        if Function::find(id).is_some() || matches!(id, "alert" | "security") {
            let reason = format!("'{id}' has a meaning of its own; give the variable another name");
            return self.refuse(range, reason);
        }
        Ok(self.names.bind(id))
    }

    /// Names with an underscore in front lead into the insides of Python.
    pub(super) fn check_name(&self, name: &str, range: TextRange) -> Result<(), Refusal> {
        if name.starts_with('_') {
            let reason = format!(
                "names do not begin with '_' here; where '{name}' is a key, write ['{name}'] or .get('{name}')"
            );
            return self.refuse(range, reason);
        }
        Ok(())
    }
}
