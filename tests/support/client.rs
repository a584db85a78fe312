//! A client of the REST API.

use json::JsonValue;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::conformance;

/// Calls a host with one credential, or none.
#[derive(Clone)]
pub struct Client {
    base: String,
    credential: Option<String>,
    /// Sent as `api-clientId`.
    client_id: Option<String>,
    http: reqwest::Client,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// Method and path, for messages.
    request: String,
}

impl Client {
    /// A client without credential; `base` is the URL of a host.
    pub fn new(base: impl Into<String>) -> Self {
        // Another client of this process may have installed it; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            base: base.into(),
            credential: None,
            client_id: None,
            http: reqwest::Client::new(),
        }
    }

    /// The same with a credential.
    pub fn with(&self, credential: impl Into<String>) -> Self {
        Self {
            credential: Some(credential.into()),
            ..self.clone()
        }
    }

    /// The same with the header `api-clientId`.
    pub fn under(&self, client_id: impl Into<String>) -> Self {
        Self {
            client_id: Some(client_id.into()),
            ..self.clone()
        }
    }

    /// The same for a host at another URL.
    pub fn at(&self, base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            ..self.clone()
        }
    }

    /// The URL of the host.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The credential.
    ///
    /// # Panics
    /// Where there is none.
    pub fn credential(&self) -> &str {
        self.credential.as_deref().expect("a credential")
    }

    /// A request, to be given headers and a body, and sent by [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(client_id) = &self.client_id {
            request = request.header("api-clientId", client_id);
        }
        match &self.credential {
            Some(credential) => request.bearer_auth(credential),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Panics
    /// Where there is no answer, or it is none that the host's OpenAPI document has.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let method = request.method().clone();
        let path = request.url().path().to_owned();
        let name = format!("{method} {path}");
        let response = self.http.execute(request).await;
        let response = response.unwrap_or_else(|error| panic!("{name}: no answer: {error:?}"));
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("the whole body").to_vec(),
            request: name,
        };
        conformance::check(method.as_str(), &path, &answer);
        answer
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// All items of a list, page after page.
    ///
    /// # Panics
    /// Where a page is refused.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let first = format!("{path}{separator}limit=500");
        let (mut items, mut next) = (Vec::new(), first.clone());
        loop {
            let mut page = self.get(&next).await.expect(200);
            if let Value::Array(of_page) = page["items"].take() {
                items.extend(of_page);
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{first}&cursor={cursor}"),
                None => return items,
            }
        }
    }

    /// POST of a body of any media type.
    pub async fn post_as(
        &self,
        path: &str,
        media_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let request = self.request(Method::POST, path);
        self.send(request.header("content-type", media_type).body(body))
            .await
    }

    /// GET as a media type.
    pub async fn get_as(&self, path: &str, media_type: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request.header("accept", media_type)).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// PATCH with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    /// DELETE with JSON.
    pub async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::DELETE, path).json(&body))
            .await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

impl Answer {
    /// The body as JSON, after a check of the status; null where there is no body.
    ///
    /// # Panics
    /// Where the status is another, which is shown with the body.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        if self.body.is_empty() {
            return Value::Null;
        }
        let value = JsonValue::read_stored(&self.text());
        let value =
            value.unwrap_or_else(|fault| panic!("{}: {fault}: {}", self.request, self.text()));
        value.to_value()
    }

    /// The `detail` of a problem, after a check of the status.
    ///
    /// # Panics
    /// Where the status is another, or the answer is no problem.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status, "{problem}");
        let detail = problem["detail"].as_str().expect("a detail");
        detail.to_owned()
    }

    /// Whether the status says that it was done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("ASCII"))
    }
}
