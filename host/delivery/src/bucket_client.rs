//! How buckets are called: by the client that looks at addresses, and with answers that have an end.
//!
//! What answers as a bucket is chosen by a tenant. It could promise a length
//! that no memory has, or go on for as long as it is listened to.

use std::future::Future;
use std::pin::Pin;

use futures::stream::StreamExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use reqwest::Client;

/// The longest answer to a call that writes: a few lines of XML.
const MAX_ANSWER_BYTES: usize = 256 << 10;

/// Gives buckets this client.
#[derive(Debug)]
pub(super) struct Connector(pub(super) Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Bounded(self.0.clone())))
    }
}

#[derive(Debug)]
struct Bounded(Client);

/// An answer to be waited for, as the trait of the service has it.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Bounded {
    fn call<'client, 'answer>(&'client self, request: HttpRequest) -> Answer<'answer>
    where
        'client: 'answer,
        Self: 'answer,
    {
        Box::pin(async move {
            let (head, body) = self.0.call(request).await?.into_parts();
            let mut pieces = body.bytes_stream();
            let mut bytes = Vec::new();
            while let Some(piece) = pieces.next().await {
                bytes.extend_from_slice(&piece?);
                if bytes.len() > MAX_ANSWER_BYTES {
                    let too_long = TooLong(head.status.as_u16());
                    return Err(HttpError::new(HttpErrorKind::Decode, too_long));
                }
            }
            Ok(HttpResponse::from_parts(
                head,
                HttpResponseBody::from(bytes),
            ))
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the bucket answered {0} and more than {MAX_ANSWER_BYTES} bytes; no bucket does")]
struct TooLong(u16);
