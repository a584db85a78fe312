//! What a rule reads of each transaction, in words.

use super::RuleName;
use super::read::ReadRuleError;
use crate::App;
use crate::alerts::meanings::{Meaning, Meanings};
use crate::caller::Caller;
use tenant::Permission;

/// An input of a rule's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInput {
    /// Its name, as evidence has it.
    pub name: String,
    /// What its value means.
    pub meaning: Meaning,
}

/// Returns the inputs of the newest install of a rule, by name; nothing where its plugin cannot be asked any more.
///
/// # Errors
/// Where the caller may not, or there is no such rule.
pub async fn read(
    app: &App,
    caller: &Caller,
    rule: &RuleName,
) -> Result<Option<Vec<RuleInput>>, ReadRuleError> {
    caller.require(Permission::RuleRead)?;
    let newest = rule.newest(&caller.definitions())?;
    let Some(meanings) = Meanings::of(app, caller, &newest.install).await else {
        return Ok(None);
    };
    let inputs = meanings.iter().map(|(name, meaning)| RuleInput {
        name: name.clone(),
        meaning: meaning.clone(),
    });
    let mut inputs: Vec<RuleInput> = inputs.collect();
    inputs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Some(inputs))
}
