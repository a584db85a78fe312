//! A receiver of webhooks that answers as a test wants.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::PATIENCE;

/// What a receiver does with a request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Answers with a status, once it has the whole body.
    Status(u16),
    /// Answers with a header, too.
    With(u16, &'static str, String),
    /// Answers with a head, and then with bytes for as long as anyone reads.
    Flood(&'static str),
    /// Reads all, and never answers.
    Hang,
    /// Ends the connection after so many bytes of the body.
    BreakOff(usize),
    /// Answers when it is told to.
    Wait(Arc<Notify>, u16),
}

/// A request, as far as it came.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// The body has the length that was announced.
    pub(super) whole: bool,
    /// The status that it is answered with.
    pub(super) answered: Option<u16>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("ASCII"))
    }
}

type Script = dyn Fn(usize, &Received) -> Reply + Send + Sync;

/// Listens on a port of its own until it is dropped.
pub(super) struct Receiver {
    url: String,
    seen: Arc<Seen>,
    listening: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Received>>,
    changed: Notify,
}

impl Receiver {
    /// `script` says what to do with the request of this number, from 0.
    pub(super) async fn start(
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(None, script).await
    }

    /// One that speaks TLS and always does the same.
    pub(super) async fn behind(tls: TlsAcceptor, reply: Reply) -> Self {
        Self::listen(Some(tls), move |_, _| reply.clone()).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        // TLS is tried under another of this machine's addresses, too.
        let any = if tls.is_some() {
            "0.0.0.0:0"
        } else {
            "127.0.0.1:0"
        };
        let listener = TcpListener::bind(any).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Seen::default());
        let script: Arc<Script> = Arc::new(script);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = seen.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, script) = (requests.clone(), script.clone());
                match tls.clone() {
                    None => drop(tokio::spawn(serve(stream, requests, script))),
                    Some(tls) => drop(tokio::spawn(async move {
                        // Whoever does not trust the certificate ends it here.
                        if let Ok(stream) = tls.accept(stream).await {
                            serve(stream, requests, script).await;
                        }
                    })),
                }
            }
        });
        Self {
            url: format!("{scheme}://127.0.0.1:{port}/in"),
            seen,
            listening,
        }
    }

    /// One that always does the same.
    pub(super) async fn that(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// All requests so far.
    pub(super) fn received(&self) -> Vec<Received> {
        self.seen.requests.lock().expect("no panic").clone()
    }

    /// Waits for so many requests.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<Received> {
        let waiting = async {
            loop {
                let changed = self.seen.changed.notified();
                let received = self.received();
                if received.len() >= count {
                    return received;
                }
                changed.await;
            }
        };
        let received = tokio::time::timeout(PATIENCE, waiting).await;
        received.unwrap_or_else(|_| panic!("{count} requests, not {}", self.received().len()))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: Arc<Seen>,
    script: Arc<Script>,
) {
    let Some((mut received, length)) = head(&mut stream).await else {
        return;
    };
    // The script may want the body; what breaks off is told by the head alone.
    let number = seen.requests.lock().expect("no panic").len();
    let reply = script(number, &received);
    let until = match &reply {
        Reply::BreakOff(bytes) => (*bytes).min(length),
        _ => length,
    };
    let mut buffer = [0; 64 << 10];
    while received.body.len() < until {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => received.body.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    received.whole = received.body.len() == length && !matches!(reply, Reply::BreakOff(_));
    received.answered = match &reply {
        Reply::Status(status) | Reply::With(status, ..) | Reply::Wait(_, status) => Some(*status),
        Reply::Hang | Reply::BreakOff(_) | Reply::Flood(_) => None,
    };
    seen.requests.lock().expect("no panic").push(received);
    seen.changed.notify_waiters();
    let answer = match reply {
        Reply::Status(status) => format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok"),
        Reply::With(status, name, value) => {
            format!("HTTP/1.1 {status} X\r\n{name}: {value}\r\ncontent-length: 0\r\n\r\n")
        }
        Reply::Flood(head) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&buffer).await.is_ok() {}
            return;
        }
        Reply::Hang => {
            // Until the host gives up.
            while let Ok(1..) = stream.read(&mut buffer).await {}
            return;
        }
        Reply::BreakOff(_) => return,
        Reply::Wait(told, status) => {
            told.notified().await;
            format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")
        }
    };
    // The host may have given up.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    while let Ok(1..) = stream.read(&mut buffer).await {}
}

/// Reads the head of a request, and what came of the body with it.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<(Received, usize)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    };
    let text = String::from_utf8(bytes[..end].to_vec()).expect("ASCII");
    let mut lines = text.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let pairs: HashMap<&str, &str> = lines.filter_map(|line| line.split_once(": ")).collect();
    let headers: HeaderMap = pairs
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect();
    let length = headers.get("content-length").expect("a length");
    let length = length.to_str().expect("ASCII").parse().expect("a number");
    let received = Received {
        path,
        headers,
        body: bytes[end + 4..].to_vec(),
        whole: false,
        answered: None,
    };
    Some((received, length))
}
