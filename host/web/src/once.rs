//! Forms that change things once, however often they are sent.
//!
//! A form's address carries a key of its own, which is new whenever the form is shown. The first request with a key is
//! carried out; one that comes again with the same fields, from a second click or a reload, is led to where the first one
//! led. Who goes back and types something else sends another form, and an upload is sent as often as it is sent.

use std::sync::Arc;

use app::App;
use app::request::repeats::{self, Answered, KeptResponse};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base::hex;
use engine::lane::Mark;
use json::JsonValue;
use sha2::{Digest, Sha256};
use tracing::Instrument;
use uuid::Uuid;

use crate::FORM_BYTES;
use crate::browser::signed_in;
use crate::failure::Failure;
use crate::text::EN;

/// The parameter of the address that carries the key.
const PARAMETER: &str = "once";

/// The address of a form that is carried out once.
pub(crate) fn once(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{PARAMETER}={}", Uuid::new_v4().simple())
}

/// Carries out a form with a key unless it was carried out before. Handlers see the address without the key.
pub(crate) async fn honour(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (key, uri) = without_key(request.uri());
    let Some(key) = key.filter(|_| request.method() == Method::POST) else {
        return next.run(request).await;
    };
    *request.uri_mut() = uri.clone();
    // Others are led to the sign-in.
    let Some(caller) = signed_in(&app, request.headers()).filter(|_| is_plain(request.headers()))
    else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, FORM_BYTES).await else {
        return Failure::new(StatusCode::PAYLOAD_TOO_LARGE, EN.failure.too_long).into_response();
    };
    let fields = hex::encode(&Sha256::digest(&body));
    let request = Request::from_parts(parts, Body::from(body));
    let key = format!("{}/form{}/{}/{fields}", caller.id, uri.path(), key.simple());
    let under_way = Arc::new(app.repeats.begin_in_turn(caller.tenant, key).await);
    let known = match repeats::known(&app, &under_way).await {
        Ok(known) => known,
        Err(error) => return Failure::from(error).into_response(),
    };
    if let Some(known) = known {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        return Redirect::to(&led_to(&known).unwrap_or_else(|| path.to_owned())).into_response();
    }
    // It is carried out to its end, even if the browser does not wait.
    let carried_out = async move {
        let mark = repeats::mark(&app, &under_way);
        let response = Mark::scope(mark.clone(), next.run(request)).await;
        let location = response.headers().get(header::LOCATION);
        if let Some(location) = location.and_then(|value| value.to_str().ok())
            && mark.is_durable()
        {
            let answered = Answered {
                at: app.services.clock.now().as_micros(),
                request: [0; 32],
                answer: JsonValue::Null,
                response: KeptResponse::Whole {
                    status: response.status().as_u16(),
                    headers: vec![(header::LOCATION.to_string(), location.to_owned())],
                    body: String::new(),
                },
            };
            repeats::keep(&app, &mark, &answered).await;
        }
        drop(under_way);
        response
    };
    match tokio::spawn(carried_out.in_current_span()).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a form was not carried out to its end");
            Failure::from(app::blocking::Panicked).into_response()
        }
    }
}

/// Whether a form is sent as fields, without files.
fn is_plain(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value == "application/x-www-form-urlencoded")
}

/// Where the first request with the key led; none if it answered a page of its own, whose address leads on.
fn led_to(known: &Answered) -> Option<String> {
    let KeptResponse::Whole { headers, .. } = &known.response else {
        return None;
    };
    let mut locations = headers.iter().filter(|(name, _)| name == "location");
    locations.next().map(|(_, location)| location.clone())
}

/// The key of an address, and the address without it.
fn without_key(uri: &Uri) -> (Option<Uuid>, Uri) {
    let parameters = uri.query().unwrap_or_default().split('&');
    let (keys, others): (Vec<&str>, Vec<&str>) =
        parameters.partition(|one| one.split('=').next() == Some(PARAMETER));
    let key = keys.first().and_then(|one| one.split_once('='));
    let key = key.and_then(|(_, key)| Uuid::try_parse(key).ok());
    let query = others.join("&");
    let address = match query.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{query}", uri.path()),
    };
    (key, address.parse().unwrap_or_else(|_| uri.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_behind_whatever_the_address_says() {
        let check = |path: &str| {
            let uri: Uri = once(path).parse().expect("an address");
            let (key, without) = without_key(&uri);
            assert!(key.is_some(), "{uri}");
            assert_eq!(without.to_string(), path);
        };
        check("/alerts/new");
        check("/alerts/take-next?view=open&q=a%26b");
    }

    #[test]
    fn what_is_no_key_is_left_out() {
        let uri: Uri = "/x?once=7&view=all".parse().expect("an address");
        assert_eq!(
            without_key(&uri),
            (None, "/x?view=all".parse().expect("an address"))
        );
    }
}
