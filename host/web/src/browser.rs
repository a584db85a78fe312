//! Browsers: who is signed in, the cookie that says so, and which requests may change anything.

use std::net::IpAddr;
use std::sync::Arc;

use app::App;
use app::caller::Caller;
use app::users::sign_in;
use axum::extract::{FromRequest, FromRequestParts, Path, RawForm, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base::shares::Turn;
use config::Config;
use serde::de::DeserializeOwned;
use store::key::TenantId;
use tenant::credential::Credential;

use crate::failure::Failure;
use crate::text::EN;

/// What pages may load, and where they may send anything: this host alone, and nothing that stands within a page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Says from where a browser sends a request; scripts cannot set it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The user who is signed in in the browser that sends the request.
pub(crate) struct SignedIn {
    pub(crate) caller: Caller,
    /// Requests of one tenant are worked on a few at a time.
    _turn: Turn<TenantId>,
}

/// The cookie of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// People reach the host over HTTPS.
    Secure,
    /// The host is reached from its own machine alone.
    Loopback,
}

/// People reach the host over plain HTTP from other machines: anybody on the way could read what they type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotSafe;

impl Cookie {
    /// The cookie of a host that is configured so.
    pub(crate) fn of(config: &Config) -> Result<Self, NotSafe> {
        let url = config.url();
        if url.starts_with("https://") {
            return Ok(Self::Secure);
        }
        let host = url.trim_start_matches("http://");
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next(),
            None => host.split([':', '/']).next(),
        };
        let host = host.unwrap_or_default();
        let address = host.parse::<IpAddr>();
        match host == "localhost" || address.is_ok_and(|address| address.is_loopback()) {
            true => Ok(Self::Loopback),
            false => Err(NotSafe),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-vervet",
            Self::Loopback => "vervet",
        }
    }

    /// Sets it to a credential, or, where there is none, removes it.
    pub(crate) fn set(self, credential: Option<&Credential>) -> HeaderValue {
        let name = self.name();
        let value = credential.map_or("", Credential::expose);
        let secure = match self {
            Self::Secure => "; Secure",
            Self::Loopback => "",
        };
        let end = match credential {
            Some(_) => "",
            None => "; Max-Age=0",
        };
        let text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/{secure}{end}");
        // Letters, digits and punctuation of ASCII.
        HeaderValue::try_from(text).expect("a cookie is a header")
    }

    /// The credential in it.
    fn read(self, headers: &HeaderMap) -> Option<Credential> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.filter_map(|value| value.to_str().ok());
        let pairs = cookies
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let mut own = pairs.filter(|(name, _)| *name == self.name());
        own.find_map(|(_, value)| Credential::parse(value).ok())
    }
}

/// The user who is signed in, if one is.
pub(crate) fn signed_in(app: &App, headers: &HeaderMap) -> Option<Caller> {
    let cookie = Cookie::of(&app.config).ok()?;
    sign_in::caller(app, &cookie.read(headers)?)
}

/// The user who is signed in in the browser, where a page asks something by itself: the sign-in ends for idleness all the
/// same.
pub(crate) struct Absent {
    pub(crate) caller: Caller,
    /// Requests of one tenant are worked on a few at a time.
    _turn: Turn<TenantId>,
}

/// What was typed into a form of a page. What is no such form is answered by a page, too.
pub(crate) struct Typed<T>(pub(crate) T);

/// What was typed into a form of a page, which may be too long.
pub(crate) enum TypedOrCut<T> {
    Whole(T),
    /// Without what is too long.
    Cut(T),
}

/// Marks a form that was too long: what was longest in it is left out.
#[derive(Clone, Copy)]
pub(crate) struct IsCut;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Typed<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match TypedOrCut::from_request(request, state).await? {
            TypedOrCut::Whole(typed) => Ok(Self(typed)),
            TypedOrCut::Cut(_) => Err(too_long()),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for TypedOrCut<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let is_cut = request.extensions().get::<IsCut>().is_some();
        let form = RawForm::from_request(request, state).await;
        let RawForm(bytes) = form.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_long(),
            status => Failure::new(status, rejection.body_text()),
        })?;
        if has_nul(&bytes) {
            return Err(Failure::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                EN.failure.nul,
            ));
        }
        // What was sent is not what the page has in its fields, so nobody typed it.
        let typed = serde_html_form::from_bytes(&bytes).map_err(|fault| {
            tracing::debug!(%fault, "a form cannot be read");
            Failure::new(StatusCode::UNPROCESSABLE_ENTITY, EN.failure.no_form)
        })?;
        Ok(match is_cut {
            true => Self::Cut(typed),
            false => Self::Whole(typed),
        })
    }
}

fn too_long() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, EN.failure.too_long)
}

/// Whether the character U+0000 is in a form or an address, written out or escaped.
fn has_nul(encoded: &[u8]) -> bool {
    encoded.contains(&0) || encoded.windows(3).any(|bytes| bytes == b"%00")
}

/// Refuses addresses with the character U+0000: what they name is sought, and views that are saved keep it.
pub(crate) async fn readable_address(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    match has_nul(uri.path().as_bytes()) || has_nul(query.as_bytes()) {
        true => Failure::new(StatusCode::BAD_REQUEST, EN.failure.nul_address).into_response(),
        false => next.run(request).await,
    }
}

/// What a path of a page names. What cannot be named is not there.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(_) => Err(Failure::new(StatusCode::NOT_FOUND, EN.failure.no_page)),
        }
    }
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Some(caller) = signed_in(app, &parts.headers) else {
            // What was to be sent cannot be sent again by itself; one is led back to the page with its form.
            let wanted = match parts.method {
                Method::GET => parts.uri.path_and_query().map(|path| path.as_str()),
                _ => page_before(&app.config.url(), &parts.headers),
            };
            return Err(Redirect::to(&crate::sign_in::address(wanted)).into_response());
        };
        let _turn = turn(app, &caller).await?;
        Ok(Self { caller, _turn })
    }
}

impl FromRequestParts<Arc<App>> for Absent {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let cookie = Cookie::of(&app.config).ok();
        let credential = cookie.and_then(|cookie| cookie.read(&parts.headers));
        let caller = credential.and_then(|credential| sign_in::absent_caller(app, &credential));
        let caller = caller.ok_or_else(|| StatusCode::NO_CONTENT.into_response())?;
        let _turn = turn(app, &caller).await?;
        Ok(Self { caller, _turn })
    }
}

/// Waits until it is the tenant's turn.
async fn turn(app: &App, caller: &Caller) -> Result<Turn<TenantId>, Response> {
    let turn = app.requests.turn(caller.tenant).await;
    turn.map_err(|waiting| {
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, waiting.to_string()).into_response()
    })
}

/// The page of this host, which is reached at `url`, from which a request comes.
fn page_before<'h>(url: &str, headers: &'h HeaderMap) -> Option<&'h str> {
    let before = headers.get(header::REFERER)?.to_str().ok()?;
    before.strip_prefix(origin(url))
}

/// The origin of a URL: without its path.
fn origin(url: &str) -> &str {
    let begins = url.find("://").map_or(0, |at| at + "://".len());
    let path = url[begins..].find('/');
    path.map_or(url, |at| &url[..begins + at])
}

/// Refuses requests that change something and do not come from a page of this host.
pub(crate) async fn same_origin(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let is_own = comes_from(&app.config.url(), request.headers());
    match is_own {
        true => next.run(request).await,
        false => Failure::new(StatusCode::FORBIDDEN, EN.failure.another_origin).into_response(),
    }
}

/// Whether a browser sends a request from a page of this host, which is reached at `url`.
fn comes_from(url: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    match (text(SEC_FETCH_SITE), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from == origin(url),
        (None, None) => false,
    }
}

/// Sets the headers of pages.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    set_headers(response.headers_mut());
    response
}

/// Sets the headers of a page.
pub(crate) fn set_headers(headers: &mut HeaderMap) {
    // What is no page may have a stricter one.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(POLICY);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // With the usual `no-referrer` browsers would not say from where a form comes.
    let referrer = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, referrer);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, public_url: &str) -> Config {
        Config {
            listen: listen.to_owned(),
            public_url: public_url.to_owned(),
            ..Config::default()
        }
    }

    #[test]
    fn nobody_signs_in_over_a_network_that_others_read() {
        let check = |listen: &str, url: &str, expect: Result<Cookie, NotSafe>| {
            assert_eq!(Cookie::of(&config(listen, url)), expect, "{listen} {url}");
        };
        check("127.0.0.1:8080", "", Ok(Cookie::Loopback));
        check("[::1]:8080", "", Ok(Cookie::Loopback));
        check(
            "127.0.0.1:8080",
            "http://localhost:8080",
            Ok(Cookie::Loopback),
        );
        check("0.0.0.0:8080", "https://vervet.example", Ok(Cookie::Secure));
        check("0.0.0.0:8080", "", Err(NotSafe));
        check("127.0.0.1:1", "http://vervet.example", Err(NotSafe));
        check("127.0.0.1:1", "http://localhost.example", Err(NotSafe));
    }

    #[test]
    fn an_origin_is_a_url_without_its_path() {
        assert_eq!(origin("https://a.example/x/y"), "https://a.example");
        assert_eq!(origin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
    }

    #[test]
    fn the_cookie_is_read_as_it_was_set() {
        use tenant::credential::CredentialKind;
        let credential = Credential::generate(CredentialKind::SignIn);
        for cookie in [Cookie::Secure, Cookie::Loopback] {
            let set = cookie.set(Some(&credential));
            let text = set.to_str().expect("ASCII");
            assert!(text.contains("HttpOnly; SameSite=Lax; Path=/"), "{text}");
            assert_eq!(text.contains("Secure"), cookie == Cookie::Secure);
            let pair = text.split(';').next().expect("a pair");
            let mut headers = HeaderMap::new();
            let name = cookie.name();
            let both =
                HeaderValue::try_from(format!("a=b; {name}=junk; {pair}")).expect("a header");
            headers.insert(header::COOKIE, both);
            let read = cookie.read(&headers).expect("it is there");
            assert_eq!(read.expose(), credential.expose());
        }
    }
}
