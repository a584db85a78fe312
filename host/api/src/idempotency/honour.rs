//! What stands around all POSTs: a request that was carried out is not carried out again.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::super::caller::AnyCaller;
use super::begin_hash;
use super::body::RequestHash;
use super::secrets::without_secrets;
use crate::http::{IDEMPOTENCY_KEY, Problem};
use app::App;
use app::request::once::{Keyed, RepeatError};
use app::request::repeats::{self, Answered, IsUnderWay, KeptResponse};
use base::hex;
use engine::lane::Mark;
use json::JsonValue;
use store::key::TenantId;

/// Says that a response was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The headers of a response that are kept.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// The longest response that is kept.
const MAX_RESPONSE_BYTES: usize = 8 << 20;

/// The longest key that is kept as it is.
const MAX_KEY_CHARACTERS: usize = 200;

/// Posts whose repeats are recognised by what they contain, whatever the key.
pub(crate) const BY_CONTENT: [&str; 2] = ["/v1/transactions", "/v1/transactions/batch"];

/// Honours `Idempotency-Key`.
pub(crate) async fn honour(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let key = match request.headers().get(IDEMPOTENCY_KEY) {
        Some(value) if request.method() == Method::POST => key(value),
        _ => None,
    };
    let Some(key) = key.filter(|_| !BY_CONTENT.contains(&request.uri().path())) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let caller = AnyCaller::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let (tenant, key) = match &caller {
        Ok(AnyCaller::User(caller)) => (caller.tenant, format!("{}/{key}", caller.id)),
        Ok(AnyCaller::Administrator(_)) => (TenantId::HOST, format!("administrator/{key}")),
        // A team's key posts transactions alone; whoever else it is is refused by the resource.
        Ok(AnyCaller::Team(_)) | Err(_) => return next.run(request).await,
    };
    // It is carried out to its end even if the client does not wait: it may come again to hear how it ended.
    let carried_out = tokio::spawn(carry_out(app, tenant, key, request, next).in_current_span());
    match carried_out.await {
        Ok(response) => response.unwrap_or_else(Problem::into_response),
        Err(error) => {
            tracing::error!(%error, "a request with an Idempotency-Key did not end");
            Problem::internal().into_response()
        }
    }
}

/// Reads the key: a text in quotes, as the IETF's draft has it; the quotes may be left out. Clients send whatever they
/// like, so what is no such text is a key all the same, and an empty one is none.
fn key(value: &HeaderValue) -> Option<String> {
    let bytes = value.as_bytes().trim_ascii();
    let inner = bytes
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(bytes);
    if inner.is_empty() {
        return None;
    }
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let plain = std::str::from_utf8(inner).ok();
    let plain = plain.filter(|text| text.len() <= MAX_KEY_CHARACTERS && inner.iter().all(is_plain));
    Some(match plain {
        Some(plain) => plain.to_owned(),
        // No plain key has a space.
        None => format!("sha256 {}", hex::encode(&Sha256::digest(inner))),
    })
}

async fn carry_out(
    app: Arc<App>,
    tenant: TenantId,
    key: String,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let begun = app.repeats.begin(tenant, key);
    let under_way = begun.map_err(|IsUnderWay| {
        Problem::conflict("a request with this Idempotency-Key is under way; wait for its answer")
    })?;
    let under_way = Arc::new(under_way);
    let known = repeats::known(&app, &under_way).await?;
    let begun = begin_hash(request.method(), request.uri());
    let hash = RequestHash::new(begun, boundary(request.headers()).as_deref());
    let request_bytes = app.config.files.max_document_bytes + app.config.http.max_body_bytes as u64;
    if let Some(known) = &known {
        match &known.response {
            KeptResponse::Made => {}
            KeptResponse::Lost => {
                let detail = "a request with this Idempotency-Key was carried out, but the host stopped before its answer was kept; read the resource to see what came of it";
                return Err(Problem::conflict(detail));
            }
            KeptResponse::Whole {
                status,
                headers,
                body,
            } => {
                drop(hash.of(request.into_body()));
                return match hash.finish(request_bytes).await {
                    Some(request) if request == known.request => replay(*status, headers, body),
                    _ => Err(RepeatError::OtherRequest.into()),
                };
            }
        }
    }
    let mark = repeats::mark(&app, &under_way);
    let keyed = Keyed::new(known, mark.clone());
    request.extensions_mut().insert(keyed.clone());
    let request = request.map(|body| hash.of(body));
    let response = Mark::scope(mark.clone(), next.run(request)).await;
    let is_kept = !mark.is_durable() || keyed.has_answer();
    if is_kept || response.status().is_server_error() {
        return Ok(response);
    }
    let Some(request) = hash.finish(request_bytes).await else {
        return Ok(response);
    };
    keep(&app, &mark, request, response).await
}

/// Keeps a response, and gives it.
async fn keep(
    app: &App,
    mark: &Mark,
    request: [u8; 32],
    response: Response,
) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_RESPONSE_BYTES).await else {
        tracing::error!("the response to a request with an Idempotency-Key is too long to be kept");
        return Err(Problem::internal());
    };
    if let Ok(text) = std::str::from_utf8(&body) {
        let header = |name: &HeaderName| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        };
        let answered = Answered {
            at: app.services.clock.now().as_micros(),
            request,
            answer: JsonValue::Null,
            response: KeptResponse::Whole {
                status: parts.status.as_u16(),
                headers: KEPT_HEADERS.iter().filter_map(header).collect(),
                body: without_secrets(text),
            },
        };
        repeats::keep(app, mark, &answered).await;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(status: u16, headers: &[(String, String)], body: &str) -> Result<Response, Problem> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| Problem::internal())?;
    let given = response.headers_mut();
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            continue;
        };
        given.insert(name, value);
    }
    given.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The boundary of a form.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (essence, parameters) = media_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';').filter_map(|one| one.split_once('='));
    let (_, boundary) =
        parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    Some(boundary.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_key_and_an_empty_one_is_none() {
        let check = |value: &[u8], expect: Option<&str>| {
            let value = HeaderValue::from_bytes(value).expect("a value");
            assert_eq!(key(&value).as_deref(), expect, "{value:?}");
        };
        check(b"\"8e03978e\"", Some("8e03978e"));
        check(b"8e03978e", Some("8e03978e"));
        check(b" \"\" ", None);
        check(b"", None);
        for odd in [
            b"\"open".as_slice(),
            b"two words",
            &[b'k'; 201],
            b"\xff\xfe",
            b"a\tb",
        ] {
            let value = HeaderValue::from_bytes(odd).expect("a value");
            let hashed = key(&value).expect("a key");
            assert!(
                hashed.starts_with("sha256 ") && hashed.len() == 71,
                "{hashed}"
            );
        }
    }

    #[test]
    fn the_boundary_of_a_form_is_found() {
        let check = |media_type: &'static str, expect: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            assert_eq!(boundary(&headers).as_deref(), expect, "{media_type}");
        };
        check("multipart/form-data; boundary=edge", Some("edge"));
        check(
            "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"",
            Some("a b"),
        );
        check("application/json; boundary=edge", None);
        check("multipart/form-data", None);
    }
}
