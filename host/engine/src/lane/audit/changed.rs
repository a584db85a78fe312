//! What a change made of a definition: before and after.
//!
//! The audit keeps the members that differ, and whole definitions that were made or deleted. Secrets are replaced by
//! keyed digests, which tell that a secret changed and nothing else. What is large is replaced by its size and digest.

use hmac::Mac;
use serde::{Deserialize, Serialize};
use serde_json::json;

use base::hex;
use base::mac::keyed;
use json::{JsonObject, JsonValue};
use tenant::Definition;

/// The most definitions of one commit of which the audit keeps before and after.
const MAX_DEFINITIONS: usize = 64;
/// The most bytes of one member.
const MAX_MEMBER_BYTES: usize = 24 << 10;
/// The most bytes of all that a commit changed.
const MAX_BYTES: usize = 64 << 10;
/// Bytes of a digest that are kept.
const DIGEST_BYTES: usize = 16;

/// What became of one definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "AuditChange")]
pub struct DefinitionChange {
    /// What kind of definition, such as `user` or `alert_type`.
    pub kind: String,
    /// What tells it from the others of its kind: a name, an id, or a path of names.
    pub name: String,
    /// The members that were changed, as they were; null where the definition was made.
    pub before: Option<JsonValue>,
    /// The members that were changed, as they are; null where the definition was deleted.
    pub after: Option<JsonValue>,
}

impl DefinitionChange {
    /// That a definition was made; `key` is the tenant's, for digests.
    pub fn made<D: Definition>(key: &[u8; 32], made: &D) -> Self {
        Changes::default().change(key, None, Some(made), made.key())
    }
}

/// The changes of definitions of one commit, as they are gathered.
#[derive(Debug, Default)]
pub(in crate::lane) struct Changes {
    /// Each with how many entries of the audit there were before it.
    changes: Vec<(usize, DefinitionChange)>,
    bytes: usize,
    /// How many definitions were changed beyond [`MAX_DEFINITIONS`].
    beyond: u64,
}

impl Changes {
    /// Notes what became of a definition. `key` is the tenant's, for digests; `entries` is how many entries the
    /// commit's audit has so far.
    pub(in crate::lane) fn note<D: Definition>(
        &mut self,
        key: &[u8; 32],
        entries: usize,
        before: Option<&D>,
        after: Option<&D>,
    ) {
        if self.changes.len() == MAX_DEFINITIONS {
            self.beyond += 1;
            return;
        }
        let Some(name) = after.or(before).map(D::key) else {
            return;
        };
        let change = self.change(key, before, after, name);
        self.changes.push((entries, change));
    }

    fn change<D: Definition>(
        &mut self,
        key: &[u8; 32],
        before: Option<&D>,
        after: Option<&D>,
        name: String,
    ) -> DefinitionChange {
        let members = |definition: &D| match definition.audited() {
            JsonValue::Object(mut members) => {
                hide(&mut members, D::SECRETS, key);
                members
            }
            _ => JsonObject::default(),
        };
        let (mut before, mut after) = (before.map(members), after.map(members));
        if let (Some(before), Some(after)) = (&mut before, &mut after) {
            let same = |name: &str, value: &JsonValue, other: &JsonObject| {
                other.get(name).is_some_and(|other| other == value)
            };
            let kept = before.clone();
            before.retain(|name, value| !same(name, value, after));
            after.retain(|name, value| !same(name, value, &kept));
        }
        let mut bound = |members: JsonObject| {
            let members = members.into_iter();
            let bound = members.map(|(name, value)| (name, self.bound(key, value)));
            JsonValue::Object(bound.collect())
        };
        DefinitionChange {
            kind: D::KIND.as_str().to_owned(),
            name,
            before: before.map(&mut bound),
            after: after.map(&mut bound),
        }
    }

    /// A value, or what stands for one that is too large.
    fn bound(&mut self, key: &[u8; 32], value: JsonValue) -> JsonValue {
        let text = value.to_string();
        if text.len() <= MAX_MEMBER_BYTES && self.bytes + text.len() <= MAX_BYTES {
            self.bytes += text.len();
            return value;
        }
        json!({ "omitted_bytes": text.len(), "digest": digest(key, text.as_bytes()) }).into()
    }

    /// Hands the changes over to the entries of the commit: each to the entry that was made after it, or else to the last.
    pub(in crate::lane) fn give(self, entries: &mut [super::AuditEntry]) {
        let Some(last) = entries.len().checked_sub(1) else {
            return;
        };
        for (at, change) in self.changes {
            entries[at.min(last)].changes.push(change);
        }
        entries[last].more_changes += self.beyond;
    }
}

/// Replaces secrets by digests, at any depth.
fn hide(members: &mut JsonObject, secrets: &[&str], key: &[u8; 32]) {
    for (name, value) in members.iter_mut() {
        if secrets.contains(&name) && !value.is_object() {
            if !value.is_null() {
                *value = digest(key, value.to_string().as_bytes()).into();
            }
        } else {
            hide_within(value, secrets, key);
        }
    }
}

fn hide_within(value: &mut JsonValue, secrets: &[&str], key: &[u8; 32]) {
    match value {
        JsonValue::Object(members) => hide(members, secrets, key),
        JsonValue::Array(items) => {
            let items = items.iter_mut();
            items.for_each(|item| hide_within(item, secrets, key));
        }
        _ => {}
    }
}

/// A keyed digest: nobody who does not have the tenant's key can try values out.
fn digest(key: &[u8; 32], bytes: &[u8]) -> String {
    let mut mac = keyed(key);
    mac.update(bytes);
    let digest = mac.finalize().into_bytes();
    format!("hmac-sha256:{}", hex::encode(&digest[..DIGEST_BYTES]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::{Actor, AuditEntry};
    use json::to_json;
    use tenant::{Delivery, List, Secret, User, WebhookSecret};

    const KEY: [u8; 32] = [7; 32];

    fn user(scopes: &[&str], password: Option<&str>) -> User {
        User {
            id: "id".into(),
            login: "anna".into(),
            password: password.map(Into::into),
            scopes: scopes.iter().map(|scope| (*scope).into()).collect(),
            client_id: None,
            teams: Vec::new(),
            current_team: None,
            preferences: Default::default(),
            password_code: None,
            disabled: false,
            created_at: 1,
            version: 1,
        }
    }

    fn entry(action: &str) -> AuditEntry {
        AuditEntry {
            at: 0,
            actor: Actor::Host,
            action: action.into(),
            subject: String::new(),
            changes: Vec::new(),
            more_changes: 0,
        }
    }

    fn given(changes: Changes) -> Vec<DefinitionChange> {
        let mut entries = [entry("x")];
        changes.give(&mut entries);
        entries[0].changes.clone()
    }

    #[test]
    fn members_that_differ_are_kept_and_secrets_are_digests() {
        let mut changes = Changes::default();
        let (before, after) = (user(&["A"], Some("$argon2id$x")), user(&["A", "B"], None));
        changes.note(&KEY, 0, Some(&before), Some(&after));
        changes.note(&KEY, 0, None, Some(&before));
        changes.note(&KEY, 0, Some(&after), None);
        let [changed, made, deleted] = &given(changes)[..] else {
            panic!("three changes");
        };
        let [was, is] =
            [&changed.before, &changed.after].map(|side| side.as_ref().expect("both").to_value());
        assert_eq!(is, json!({ "scopes": ["A", "B"], "password": null }));
        assert_eq!(was["scopes"], json!(["A"]));
        let digest = was["password"].as_str().expect("a digest");
        assert!(digest.starts_with("hmac-sha256:"), "{digest}");
        assert_eq!((made.kind.as_str(), made.name.as_str()), ("user", "id"));
        assert_eq!(made.before, None);
        let made = made.after.as_ref().expect("it was made").to_value();
        assert_eq!(made["login"], "anna");
        assert_eq!(made["password"], digest);
        assert_eq!(deleted.after, None);
        let deleted = deleted.before.as_ref().expect("it was there").to_value();
        assert_eq!(deleted["scopes"], is["scopes"]);
    }

    #[test]
    fn no_secret_is_kept_at_any_depth() {
        let mut secret = WebhookSecret::generate("nightly", "https://a.example/", 1);
        secret.renew(
            WebhookSecret::generate("nightly", "https://a.example/", 2),
            Some(9),
        );
        let place = tenant::S3Place {
            bucket: "b".into(),
            prefix: String::new(),
            region: "r".into(),
            endpoint: None,
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("very-secret"),
        };
        let mut changes = Changes::default();
        changes.note(&KEY, 0, None, Some(&secret));
        let kept = serde_json::to_string(&given(changes)).expect("JSON");
        assert!(!kept.contains("whsec_"), "{kept}");
        let delivery = to_json(&[Delivery::S3(place)]).expect("JSON");
        let mut members = JsonObject::default();
        members.insert("deliveries", delivery);
        hide(&mut members, tenant::Export::SECRETS, &KEY);
        let kept = members.to_string();
        assert!(
            !kept.contains("very-secret") && kept.contains("AKID"),
            "{kept}"
        );
    }

    #[test]
    fn what_is_large_is_told_by_its_size() {
        let scope = "x".repeat(MAX_MEMBER_BYTES);
        let mut changes = Changes::default();
        for _ in 0..MAX_DEFINITIONS + 3 {
            changes.note(
                &KEY,
                0,
                None,
                Some(&user(&["x".repeat(2_000).as_str()], None)),
            );
        }
        let mut entries = [entry("x")];
        changes.give(&mut entries);
        assert_eq!(entries[0].changes.len(), MAX_DEFINITIONS);
        assert_eq!(entries[0].more_changes, 3);
        let kept = serde_json::to_vec(&entries[0]).expect("JSON");
        assert!(kept.len() < 96 << 10, "{}", kept.len());
        let last = entries[0].changes.last().expect("a change");
        let last = last.after.as_ref().expect("made").to_value();
        assert_eq!(last["scopes"]["omitted_bytes"], 2_004);

        let mut changes = Changes::default();
        changes.note(&KEY, 0, None, Some(&user(&[&scope], None)));
        let made = given(changes).remove(0).after.expect("it was made");
        let made = made.to_value();
        assert_eq!(made["scopes"]["omitted_bytes"], MAX_MEMBER_BYTES + 4);
        assert_eq!(made["login"], "anna");
    }

    #[test]
    fn entries_of_a_list_are_counted() {
        let entries = ["a", "b"].map(str::to_owned).into_iter().collect();
        let list = List::new("pep".into(), 3, 0, entries);
        let mut changes = Changes::default();
        changes.note(&KEY, 0, None, Some(&list));
        let made = given(changes).remove(0).after.expect("it was made");
        assert_eq!(
            made.to_value(),
            json!({ "name": "pep", "version": 3, "updated_at": 0, "entries": 2 })
        );
    }

    #[test]
    fn a_change_goes_to_the_entry_after_it_or_to_the_last() {
        let mut changes = Changes::default();
        for at in [0, 1, 2] {
            changes.note(&KEY, at, None, Some(&user(&["A"], None)));
        }
        let mut entries = [entry("one"), entry("two")];
        changes.give(&mut entries);
        let counts = entries.map(|entry| entry.changes.len());
        assert_eq!(counts, [1, 2]);
    }
}
