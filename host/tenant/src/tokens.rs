//! How the access tokens of users descend from each other.
//!
//! A token that a user mints for themself is a child of the token it was minted with: it expires no later, and is
//! revoked with it. A token without a parent is a root.

use std::collections::HashSet;
use std::sync::Arc;

use domain::time::Timestamp;

use super::{Definitions, Token};

/// The most tokens of one user that have not expired.
pub const MAX_TOKENS_PER_USER: usize = 100;

impl Token {
    /// Whether the token is refused at this moment.
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= at.as_micros())
    }
}

impl Definitions {
    /// The tokens of a user, oldest first.
    pub fn tokens_of(&self, user: &str) -> Vec<Arc<Token>> {
        let of_user = self.tokens.iter().filter(|token| token.user == user);
        of_user.cloned().collect()
    }

    /// A token and all that descend from it, the token first; empty where there is no such token.
    pub fn token_and_descendants(&self, id: &str) -> Vec<Arc<Token>> {
        let mut found: Vec<Arc<Token>> = self.tokens.get(id).into_iter().cloned().collect();
        let mut known: HashSet<String> = found.iter().map(|token| token.id.clone()).collect();
        let mut next = 0;
        while let Some(parent) = found.get(next).map(|token| token.id.clone()) {
            next += 1;
            let children = self.tokens.iter();
            let children = children.filter(|token| token.parent.as_ref() == Some(&parent));
            for child in children {
                if known.insert(child.id.clone()) {
                    found.push(child.clone());
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_at_any_depth_and_once() {
        let mut definitions = Definitions::default();
        for (id, parent) in [
            ("root", None),
            ("child", Some("root")),
            ("sibling", Some("root")),
            ("grandchild", Some("child")),
            ("other", None),
            ("one", Some("two")),
            ("two", Some("one")),
        ] {
            definitions.tokens.put(Arc::new(Token {
                id: id.into(),
                user: "u".into(),
                name: String::new(),
                prefix: String::new(),
                digest: [0; 32],
                created_at: 0,
                expires_at: None,
                parent: parent.map(Into::into),
            }));
        }
        let check = |id: &str, expect: &[&str]| {
            let found = definitions.token_and_descendants(id);
            let ids: Vec<&str> = found.iter().map(|token| token.id.as_str()).collect();
            assert_eq!(ids, expect, "{id}");
        };
        check("root", &["root", "child", "sibling", "grandchild"]);
        check("child", &["child", "grandchild"]);
        check("other", &["other"]);
        check("none", &[]);
        check("one", &["one", "two"]);
    }
}
