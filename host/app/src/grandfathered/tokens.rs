//! Users who have more access tokens than they could make today.

use std::collections::BTreeMap;

use super::{Grandfathered, Stored};
use tenant::MAX_TOKENS_PER_USER;

/// Users who have more than [`MAX_TOKENS_PER_USER`] tokens that have not expired.
pub(super) fn users_with_many(stored: &Stored<'_>) -> Vec<Grandfathered> {
    let now = stored.services.clock.now();
    let live = stored.definitions.tokens.iter();
    let live = live.filter(|token| !token.has_expired(now));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for token in live {
        *counts.entry(&token.user).or_default() += 1;
    }
    let many = counts.into_iter();
    let many = many.filter(|(_, count)| *count > MAX_TOKENS_PER_USER);
    many.filter_map(|(user, count)| {
        let user = stored.definitions.users.get(user)?;
        Some(Grandfathered {
            kind: "access_tokens",
            name: user.login.clone(),
            reason: format!("the user has {count} access tokens, of at most {MAX_TOKENS_PER_USER}"),
        })
    })
    .collect()
}
