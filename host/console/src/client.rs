//! A client of a host's API, for commands.

use std::fmt;

use anyhow::{Context, bail};
use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A host, and who is calling.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    /// The client of account aggregation on whose behalf it calls.
    client_id: Option<String>,
}

/// What a host answered that is no error.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// The path or URL of what was made, where the answer names it.
    pub location: Option<String>,
    /// Its body.
    pub body: Bytes,
}

impl Client {
    /// # Errors
    /// Where this machine's certificates cannot be read.
    pub fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        // Another client of this process may have chosen already; there is one choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("vervet/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("no client for HTTP can be made")?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            client_id: None,
        })
    }

    /// The same host, with another credential.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// The same caller on behalf of a client of account aggregation.
    pub fn on_behalf_of(&self, client_id: &str) -> Self {
        Self {
            client_id: Some(client_id.to_owned()),
            ..self.clone()
        }
    }

    /// The same caller at another host.
    pub fn at(&self, other: &Self) -> Self {
        Self {
            token: self.token.clone(),
            ..other.clone()
        }
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// Where the host cannot be reached, or refuses.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::GET, path)).await?.json()
    }

    /// As [`get`](Self::get); none if there is no such thing.
    pub async fn find(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let sent = self.send(self.request(Method::GET, path)).await;
        match sent {
            Ok(answer) => answer.json().map(Some),
            Err(error) if status_of(&error) == Some(StatusCode::NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes of a file.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<Bytes> {
        let request = self.request(Method::GET, path).header(ACCEPT, "*/*");
        Ok(self.send(request).await?.body)
    }

    /// Puts a resource, and answers what it is then.
    ///
    /// # Errors
    /// Where the host cannot be reached, or refuses.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.request(Method::PUT, path).json(body);
        self.send(request).await?.json()
    }

    /// Changes a resource, and answers what it is then.
    ///
    /// # Errors
    /// Where the host cannot be reached, or refuses.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.request(Method::PATCH, path).json(body);
        self.send(request).await?.json()
    }

    /// Posts a body.
    ///
    /// # Errors
    /// Where the host cannot be reached, or refuses.
    pub async fn post<B: Serialize>(&self, path: &str, body: &B) -> anyhow::Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Posts bytes of a media type, and asks for JSON.
    pub async fn upload(
        &self,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, media_type)
            .header(ACCEPT, "application/json")
            .body(body);
        self.send(request).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            path.to_owned()
        };
        let request = self.http.request(method, url).bearer_auth(&self.token);
        match &self.client_id {
            Some(client_id) => request.header("api-clientId", client_id),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                bail!(
                    "there is no host at {}; start it with 'vervet serve', or give its URL with --url",
                    self.url
                )
            }
            Err(error) => return Err(error).context("the host did not answer"),
        };
        let status = response.status();
        let header = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let location = header(LOCATION);
        let body = response.bytes().await.context("the answer broke off")?;
        if !status.is_success() {
            return Err(Refused::new(status, &body).into());
        }
        Ok(Answer {
            status,
            location,
            body,
        })
    }
}

impl Answer {
    /// Its body as JSON.
    ///
    /// # Errors
    /// Where it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body)
            .context("the host's answer is no JSON; is this a Vervet host?")
    }
}

/// The status with which a host refused, where that is why it failed.
pub fn status_of(error: &anyhow::Error) -> Option<StatusCode> {
    error
        .downcast_ref::<Refused>()
        .map(|refused| refused.status)
}

/// The error for a problem that is not the answer itself, but told in it.
pub fn refused(problem: Value) -> anyhow::Error {
    let status = problem["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    Refused {
        status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        problem: serde_json::from_value(problem).unwrap_or_default(),
    }
    .into()
}

/// A problem that a host answered.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    problem: Problem,
}

/// The members of a problem that are shown.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<ProblemError>,
}

#[derive(Debug, Deserialize)]
struct ProblemError {
    #[serde(default)]
    field: String,
    #[serde(default)]
    detail: String,
}

impl Refused {
    fn new(status: StatusCode, body: &[u8]) -> Self {
        let problem = serde_json::from_slice(body).unwrap_or_default();
        Self { status, problem }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            title,
            detail,
            errors,
        } = &self.problem;
        write!(out, "the host answered {}", self.status.as_u16())?;
        let said = if detail.is_empty() { title } else { detail };
        if !said.is_empty() {
            write!(out, ": {said}")?;
        }
        for (index, error) in errors.iter().enumerate() {
            let separator = if index == 0 { " (" } else { "; " };
            write!(out, "{separator}{}: {}", error.field, error.detail)?;
        }
        if !errors.is_empty() {
            out.write_str(")")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}
