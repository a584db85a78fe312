//! Secrets in responses: they are shown once, and never kept in clear.

use json::JsonValue;

/// What secrets begin with: team API keys, tokens, administrator tokens, sign-ins, secrets of webhooks.
const PREFIXES: [&str; 6] = ["vvt_", "vva_", "vvh_", "vvs_", "vvp_", "whsec_"];

/// Characters after the prefix from which on it is a secret.
const SECRET_CHARACTERS: usize = 20;

/// The body of a response without the members whose values have secrets in them. They are recognised by their form, so
/// that a new response cannot be forgotten.
pub(super) fn without_secrets(body: &str) -> String {
    if !has_secret(body) {
        return body.to_owned();
    }
    // What is no JSON cannot be kept in part.
    let mut value = JsonValue::read_stored(body).unwrap_or_default();
    remove(&mut value);
    value.to_string()
}

fn remove(value: &mut JsonValue) {
    match value {
        JsonValue::Object(members) => {
            members.retain(|_, member| !member.as_str().is_some_and(has_secret));
            members.iter_mut().for_each(|(_, member)| remove(member));
        }
        JsonValue::Array(elements) => {
            elements.retain(|element| !element.as_str().is_some_and(has_secret));
            elements.iter_mut().for_each(remove);
        }
        JsonValue::String(text) if has_secret(text) => *value = JsonValue::Null,
        _ => {}
    }
}

fn has_secret(text: &str) -> bool {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    PREFIXES.iter().any(|prefix| {
        text.match_indices(prefix).any(|(at, _)| {
            let rest = text.as_bytes()[at + prefix.len()..].iter();
            rest.take_while(|byte| is_part(byte)).count() >= SECRET_CHARACTERS
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenant::credential::{Credential, CredentialKind};

    #[test]
    fn whatever_has_a_secret_in_it_is_removed() {
        for kind in [
            CredentialKind::TeamKey,
            CredentialKind::AccessToken,
            CredentialKind::HostToken,
            CredentialKind::SignIn,
            CredentialKind::PasswordCode,
        ] {
            let secret = Credential::generate(kind);
            let secret = secret.expose();
            let body = serde_json::json!({
                "id": "x", "key": secret, "command": format!("curl -H 'X-API-Key: {secret}'"),
                "inner": [{ "token": secret, "prefix": &secret[..8] }],
            });
            let expect = serde_json::json!({ "id": "x", "inner": [{ "prefix": &secret[..8] }] });
            assert_eq!(without_secrets(&body.to_string()), expect.to_string());
        }
        let webhook = r#"{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#;
        assert_eq!(without_secrets(webhook), "{}");
        let plain = r#"{"amount":1.10,"b":"vva_short","a":null}"#;
        assert_eq!(without_secrets(plain), plain);
    }
}
