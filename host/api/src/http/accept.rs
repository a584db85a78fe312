//! Which media type a client wants.

use std::convert::Infallible;

use aide::OperationInput;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

/// The `Accept` header; without one, everything is accepted.
#[derive(Clone, Debug, Default)]
pub struct Accept(Vec<(String, f32)>);

impl Accept {
    /// Reads the value of the header.
    pub fn parse(value: &str) -> Self {
        let range = |part: &str| {
            let mut parameters = part.split(';').map(str::trim);
            let range = parameters
                .next()
                .filter(|range| !range.is_empty())?
                .to_ascii_lowercase();
            let quality = parameters
                .find_map(|parameter| parameter.strip_prefix("q="))
                .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
            Some((range, quality))
        };
        Self(value.split(',').filter_map(range).collect())
    }

    /// The one of `offered` that the client wants most; of equals, the first.
    pub fn best<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        let mut best = None;
        for &media_type in offered {
            let quality = self.quality(media_type);
            if quality > best.map_or(0.0, |(_, quality)| quality) {
                best = Some((media_type, quality));
            }
        }
        best.map(|(media_type, _)| media_type)
    }

    /// The quality by the most specific range that fits.
    fn quality(&self, media_type: &str) -> f32 {
        if self.0.is_empty() {
            return 1.0;
        }
        let main = media_type.split('/').next().unwrap_or_default();
        let specificity = |range: &str| match range {
            range if range == media_type => Some(2),
            range if range.strip_suffix("/*") == Some(main) => Some(1),
            "*/*" => Some(0),
            _ => None,
        };
        let fitting = self
            .0
            .iter()
            .filter_map(|(range, quality)| Some((specificity(range)?, *quality)));
        fitting
            .max_by_key(|(specificity, _)| *specificity)
            .map_or(0.0, |(_, quality)| quality)
    }
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let values = parts.headers.get_all(header::ACCEPT).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        Ok(Self::parse(&values.join(",")))
    }
}

impl OperationInput for Accept {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_range_decides() {
        let check = |accept: &str, expect: Option<&str>| {
            let best = Accept::parse(accept).best(&["application/json", "text/plain"]);
            assert_eq!(best, expect, "{accept:?}");
        };
        check("", Some("application/json"));
        check("*/*", Some("application/json"));
        check("text/plain", Some("text/plain"));
        check(
            "Text/Plain; q=0.9, application/json;q=0.5",
            Some("text/plain"),
        );
        check("text/*, application/json;q=0.5", Some("text/plain"));
        check("*/*, application/json;q=0", Some("text/plain"));
        check("image/png", None);
    }
}
