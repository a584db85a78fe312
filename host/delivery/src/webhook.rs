//! Webhooks: the file of a run, or a notice of it, by POST, signed.

use std::time::Duration;

use bytes::Bytes;
use domain::time::Timestamp;
use futures::stream::{BoxStream, StreamExt};
use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};
use reqwest::{Body, Client, Response, Url};
use serde_json::json;

use super::client::describe;
use super::parcel::Parcel;
use super::verdict::Outcome;
use files::FileError;
use tenant::SendBody;

/// How much of an answer is read, so that a receiver can end it in order; nothing of it is kept.
const ANSWER_BYTES: usize = 64 << 10;
/// How long that may take.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a file that a receiver must take in a second, at the least.
const SLOWEST_BYTES_PER_SECOND: u64 = 128 << 10;

/// How webhooks are called.
pub(super) struct Webhooks {
    pub(super) client: Client,
    /// For an answer, besides what the file takes.
    pub(super) answer: Duration,
    pub(super) max_bytes: u64,
}

impl Webhooks {
    /// Calls one, and says what came of it.
    pub(super) async fn send(&self, url: Url, send: SendBody, parcel: &Parcel) -> Outcome {
        let body = match send {
            SendBody::Notice => Ok(Signed::notice(parcel)),
            SendBody::File if parcel.bytes > self.max_bytes => {
                return Outcome::Hopeless(format!(
                    "the file has {} bytes, and a webhook is sent {} at most: take send \"notice\", or an object store",
                    parcel.bytes, self.max_bytes
                ));
            }
            SendBody::File => Signed::file(parcel).await,
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(run = %parcel.run, %error, "the file of a run cannot be read");
                return Outcome::failed(
                    "the host cannot read the file; its operator finds why in the log",
                );
            }
        };
        let on_its_way = Duration::from_secs(body.length / SLOWEST_BYTES_PER_SECOND);
        let patience = self.answer + on_its_way;
        let request = self
            .client
            .post(url)
            .headers(parcel.headers())
            .header(header::CONTENT_TYPE, body.media_type)
            .header(header::CONTENT_LENGTH, body.length)
            .header("webhook-id", &parcel.message_id)
            .header("webhook-timestamp", parcel.seconds())
            .header("webhook-signature", body.signature)
            .body(body.body);
        match tokio::time::timeout(patience, request.send()).await {
            Err(_) => Outcome::failed(format!("no answer within {} s", patience.as_secs())),
            Ok(Err(error)) => Outcome::failed(describe(error)),
            Ok(Ok(response)) => {
                let outcome = judge(response.status(), response.headers(), parcel.at);
                drain(response).await;
                outcome
            }
        }
    }
}

/// A body with its signature.
struct Signed {
    body: Body,
    media_type: String,
    length: u64,
    signature: String,
}

impl Signed {
    fn notice(parcel: &Parcel) -> Self {
        let notice = json!({
            "type": "export.run.ready",
            "timestamp": parcel.at.to_string(),
            "data": {
                "export": parcel.export,
                "run": parcel.run,
                "snapshot_at": parcel.snapshot_at.to_string(),
                "rows": parcel.rows,
                "lines": parcel.lines,
                "bytes": parcel.bytes,
                "sha256": parcel.sha256,
                "url": parcel.url,
            },
        });
        let body = Bytes::from(notice.to_string());
        let mut signing = parcel.signing();
        signing.update(&body);
        Self {
            length: body.len() as u64,
            media_type: "application/json".to_owned(),
            signature: signing.finish(),
            body: body.into(),
        }
    }

    /// Reads the file twice, so that no more of it is in memory than goes out just now.
    async fn file(parcel: &Parcel) -> Result<Self, FileError> {
        let mut signing = parcel.signing();
        let mut bytes: BoxStream<'static, std::io::Result<Bytes>> = parcel.open().await?;
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(|cause| FileError::Io {
                path: parcel.run.to_string(),
                cause,
            })?;
            signing.update(&piece);
        }
        Ok(Self {
            body: Body::wrap_stream(parcel.open().await?),
            media_type: parcel.media_type.clone(),
            length: parcel.bytes,
            signature: signing.finish(),
        })
    }
}

/// What an answer means.
fn judge(status: StatusCode, headers: &HeaderMap, at: Timestamp) -> Outcome {
    let answer = status.to_string();
    match status {
        status if status.is_success() => Outcome::Delivered(answer),
        StatusCode::GONE => {
            Outcome::Unwanted(format!("the receiver answered {answer}: it wants no more"))
        }
        status if status.is_redirection() => Outcome::failed(format!(
            "the receiver answered {answer}; redirects are not followed: name the URL that it leads to"
        )),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Outcome::Failed {
            answer: format!("the receiver answered {answer}"),
            retry_after: headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| retry_after(text, at)),
        },
        _ => Outcome::failed(format!("the receiver answered {answer}")),
    }
}

/// How long `Retry-After` asks to wait: seconds, or a date.
fn retry_after(text: &str, at: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new();
    let date = date.parse_timestamp(text).ok()?;
    let micros = date.as_microsecond().saturating_sub(at.as_micros());
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

async fn drain(mut response: Response) {
    let read = async {
        let mut bytes = 0;
        while let Ok(Some(piece)) = response.chunk().await {
            bytes += piece.len();
            if bytes > ANSWER_BYTES {
                break;
            }
        }
    };
    // The answer was had with its status.
    let _ = tokio::time::timeout(ANSWER_PATIENCE, read).await;
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const AT: Timestamp = Timestamp::from_micros(784_111_777_000_000);

    #[test]
    fn an_answer_means_what_its_status_says() {
        let check =
            |status: u16, retry_after: Option<&'static str>, expect: &str, wait: Option<u64>| {
                let mut headers = HeaderMap::new();
                if let Some(value) = retry_after {
                    headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
                }
                let status = StatusCode::from_u16(status).expect("a status");
                let outcome = judge(status, &headers, AT);
                assert_eq!(outcome.as_str(), expect, "{outcome:?}");
                let asked = match outcome {
                    Outcome::Failed { retry_after, .. } => retry_after,
                    _ => None,
                };
                assert_eq!(asked, wait.map(Duration::from_secs), "{status}");
            };
        for status in [200, 201, 202, 204, 299] {
            check(status, None, "delivered", None);
        }
        check(410, None, "unwanted", None);
        for status in [301, 302, 303, 307, 308, 400, 401, 404, 413, 500, 502, 504] {
            check(status, Some("9"), "failed", None);
        }
        check(429, None, "failed", None);
        check(429, Some("120"), "failed", Some(120));
        check(
            503,
            Some("Sun, 06 Nov 1994 08:51:37 GMT"),
            "failed",
            Some(120),
        );
        check(
            503,
            Some("Sun, 06 Nov 1994 08:00:00 GMT"),
            "failed",
            Some(0),
        );
        check(503, Some("soon"), "failed", None);
        check(503, Some("-5"), "failed", None);
    }
}
