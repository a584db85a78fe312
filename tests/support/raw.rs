//! HTTP/1.1 by hand, for clients that misbehave.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Client;

/// A connection to a host.
pub struct RawConnection(TcpStream);

impl RawConnection {
    /// Connects to the host of a client.
    ///
    /// # Panics
    /// Where it cannot connect.
    pub async fn open(client: &Client) -> Self {
        let address = client.base().trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("an open connection");
        Self(stream)
    }

    /// Sends the head of a POST with the client's credential. Without a length the body comes in
    /// chunks.
    pub async fn post(
        client: &Client,
        path: &str,
        media_type: &str,
        length: Option<usize>,
    ) -> Self {
        let mut connection = Self::open(client).await;
        let framing = match length {
            Some(length) => format!("Content-Length: {length}"),
            None => "Transfer-Encoding: chunked".to_owned(),
        };
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {media_type}\r\n{framing}\r\n\r\n",
            client.credential()
        );
        connection.write(head.as_bytes()).await;
        connection
    }

    /// Sends bytes as they are. That the host has closed the connection is no fault here: the
    /// answer says why.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// Sends a chunk of a body that comes in chunks; an empty one ends the body.
    pub async fn chunk(&mut self, bytes: &[u8]) {
        let head = format!("{:x}\r\n", bytes.len());
        self.write(&[head.as_bytes(), bytes, b"\r\n"].concat())
            .await;
    }

    /// Reads until what came has this text.
    ///
    /// # Panics
    /// Where the connection ends without it.
    pub async fn read_until(&mut self, text: &str) -> String {
        let mut answer = String::new();
        let mut buffer = [0; 4096];
        while !answer.contains(text) {
            let read = self.0.read(&mut buffer).await.unwrap_or(0);
            assert!(read > 0, "the connection ended before '{text}': {answer}");
            answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        answer
    }

    /// Reads until the host closes the connection.
    pub async fn read_to_end(&mut self) -> String {
        let mut answer = Vec::new();
        // A reset after the answer is an end, too.
        let _ = self.0.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}
