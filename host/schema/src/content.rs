//! What strings hold that are encoded, or JSON themselves.

use data_encoding::{BASE32, BASE32HEX, BASE64, BASE64URL, HEXUPPER_PERMISSIVE};

use crate::node::Content;

/// An encoding of RFC 4648.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Base64,
    Base64Url,
    Base32,
    Base32Hex,
    Base16,
}

impl Encoding {
    /// The encoding with a name; none if strings are not checked for it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "base64" => Self::Base64,
            "base64url" => Self::Base64Url,
            "base32" => Self::Base32,
            "base32hex" => Self::Base32Hex,
            "base16" => Self::Base16,
            _ => return None,
        })
    }

    fn decode(self, text: &str) -> Option<Vec<u8>> {
        let encoding = match self {
            Self::Base64 => BASE64,
            Self::Base64Url => BASE64URL,
            Self::Base32 => BASE32,
            Self::Base32Hex => BASE32HEX,
            Self::Base16 => HEXUPPER_PERMISSIVE,
        };
        encoding.decode(text.as_bytes()).ok()
    }
}

impl Content {
    /// Whether a string is encoded so, and JSON where it must be.
    pub(crate) fn fits(&self, text: &str) -> bool {
        match self.encoding {
            Some(encoding) => encoding
                .decode(text)
                .is_some_and(|decoded| !self.is_json || is_json(&decoded)),
            None => !self.is_json || is_json(text.as_bytes()),
        }
    }
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}
