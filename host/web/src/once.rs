//! Forms that change things once, however often they are sent.
//!
//! A form's address carries a key of its own, which is new whenever the form is shown. The first request with a key is
//! carried out; one that comes again with the same fields, from a second click or a reload, is led to where the first one
//! led. Who goes back and types something else sends another form. A form with a file is known by what is in it, too: its
//! handler reads it as it comes, and [begins](begin) when all of it is there.

use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::request::repeats::{self, Answered, KeptResponse, UnderWay};
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
use crate::browser::{IsCut, signed_in};
use crate::failure::Failure;
use crate::text::EN;

/// The parameter of the address that carries the key.
const PARAMETER: &str = "once";

/// The address of a form that is carried out once.
pub(crate) fn once(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}{PARAMETER}={}", Uuid::new_v4().simple())
}

/// The longest form that is read, in bytes: of one that is too long, what can be shown again is kept.
const READ_BYTES: usize = 8 << 20;

/// The key of a form with a file, for its handler.
#[derive(Clone, Copy)]
pub(crate) struct FormKey(Uuid);

/// A form with a key.
pub(crate) enum Begun {
    /// It was carried out before: the answer leads to where that led.
    Before(Response),
    /// It is carried out now.
    Now(Turn),
}

/// A form that is carried out while this is held, and by nobody else.
pub(crate) struct Turn {
    app: Arc<App>,
    under_way: Arc<UnderWay>,
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
    if !is_plain(request.headers()) {
        request.extensions_mut().insert(FormKey(key));
        return next.run(request).await;
    }
    // Others are led to the sign-in.
    let Some(caller) = signed_in(&app, request.headers()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, READ_BYTES).await else {
        return Failure::new(StatusCode::PAYLOAD_TOO_LARGE, EN.failure.too_long).into_response();
    };
    if body.len() > FORM_BYTES {
        let mut request = Request::from_parts(parts, Body::from(shortened(&body)));
        request.headers_mut().remove(header::CONTENT_LENGTH);
        request.extensions_mut().insert(IsCut);
        return next.run(request).await;
    }
    let fields = Sha256::digest(&body);
    let request = Request::from_parts(parts, Body::from(body));
    match begin(&app, &caller, &uri, FormKey(key), &fields).await {
        Ok(Begun::Before(response)) => response,
        Ok(Begun::Now(turn)) => turn.carry_out(next.run(request)).await,
        Err(failure) => failure.into_response(),
    }
}

/// Waits until no form of this key is being carried out whose fields have this hash, and finds out whether one was.
///
/// # Errors
/// Where what was carried out cannot be read.
pub(crate) async fn begin(
    app: &Arc<App>,
    caller: &Caller,
    uri: &Uri,
    FormKey(key): FormKey,
    fields: &[u8],
) -> Result<Begun, Failure> {
    let fields = hex::encode(fields);
    let key = format!("{}/form{}/{}/{fields}", caller.id, uri.path(), key.simple());
    let under_way = Arc::new(app.repeats.begin_in_turn(caller.tenant, key).await);
    Ok(match repeats::known(app, &under_way).await? {
        Some(known) => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let to = led_to(&known).unwrap_or_else(|| path.to_owned());
            Begun::Before(Redirect::to(&to).into_response())
        }
        None => Begun::Now(Turn {
            app: app.clone(),
            under_way,
        }),
    })
}

impl Turn {
    /// Carries out the form, to its end even if the browser does not wait, and keeps where its answer leads.
    pub(crate) async fn carry_out(
        self,
        form: impl Future<Output = Response> + Send + 'static,
    ) -> Response {
        let carried_out = async move {
            let mark = repeats::mark(&self.app, &self.under_way);
            let response = Mark::scope(mark.clone(), form).await;
            let location = response.headers().get(header::LOCATION);
            if let Some(location) = location.and_then(|value| value.to_str().ok())
                && mark.is_durable()
            {
                let answered = Answered {
                    at: self.app.services.clock.now().as_micros(),
                    request: [0; 32],
                    answer: JsonValue::Null,
                    response: KeptResponse::Whole {
                        status: response.status().as_u16(),
                        headers: vec![(header::LOCATION.to_string(), location.to_owned())],
                        body: String::new(),
                    },
                };
                repeats::keep(&self.app, &mark, &answered).await;
            }
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
}

/// The fields of a form that is too long, without the longest of them: what is left can be shown again. Nothing, if it is
/// many fields that are too long together.
fn shortened(form: &[u8]) -> String {
    let mut fields: Vec<(String, String)> = serde_html_form::from_bytes(form).unwrap_or_default();
    let longest = fields.iter_mut().max_by_key(|(_, value)| value.len());
    if let Some((_, value)) = longest {
        value.clear();
    }
    let left = serde_html_form::to_string(&fields).unwrap_or_default();
    Some(left)
        .filter(|left| left.len() <= FORM_BYTES)
        .unwrap_or_default()
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
    fn of_a_form_that_is_too_long_the_short_fields_are_kept() {
        let long = "x".repeat(FORM_BYTES);
        let form = format!("note=a+b&add={long}&name=%C3%A9");
        assert_eq!(shortened(form.as_bytes()), "note=a+b&add=&name=%C3%A9");
        let many = "a=1&".repeat(FORM_BYTES);
        assert_eq!(shortened(many.as_bytes()), "");
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
