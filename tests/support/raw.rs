//! HTTP/1.1 by hand, for clients that misbehave.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Client;

/// A connection to a host.
pub struct RawConnection {
    stream: TcpStream,
    /// Everything that has come, as it came.
    received: Vec<u8>,
}

impl RawConnection {
    /// Connects to the host of a client.
    ///
    /// # Panics
    /// Where it cannot connect.
    pub async fn open(client: &Client) -> Self {
        let address = client.base().trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("an open connection");
        Self {
            stream,
            received: Vec::new(),
        }
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

    /// Sends a GET with the client's credential, after which the connection ends.
    pub async fn get(client: &Client, path: &str) -> Self {
        let mut connection = Self::open(client).await;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
            client.credential()
        );
        connection.write(head.as_bytes()).await;
        connection
    }

    /// Sends bytes as they are. That the host has closed the connection is no fault here: the
    /// answer says why.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends bytes as they are; says whether the connection took them.
    pub async fn try_write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Sends a chunk of a body that comes in chunks; an empty one ends the body.
    pub async fn chunk(&mut self, bytes: &[u8]) {
        let head = format!("{:x}\r\n", bytes.len());
        self.write(&[head.as_bytes(), bytes, b"\r\n"].concat())
            .await;
    }

    /// Reads until the answer, decoded, has this text; answers what has come of it so far.
    ///
    /// # Panics
    /// Where the connection ends without it.
    pub async fn read_until(&mut self, text: &str) -> String {
        loop {
            let answer = self.decoded();
            if answer.contains(text) {
                return answer;
            }
            let has_more = self.read().await;
            assert!(has_more, "the connection ended before '{text}': {answer}");
        }
    }

    /// Reads until the host closes the connection; answers the head and the decoded body.
    pub async fn read_to_end(&mut self) -> String {
        while self.read().await {}
        self.decoded()
    }

    /// Reads what has come; false where the connection has ended. A reset after the answer is an end, too.
    async fn read(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend_from_slice(&buffer[..read]);
        read > 0
    }

    fn decoded(&self) -> String {
        String::from_utf8_lossy(&decode(&self.received)).into_owned()
    }
}

/// Decodes an answer as far as it has come: its head, and its body without the framing of chunks, which may end
/// anywhere within what a test looks for.
fn decode(received: &[u8]) -> Vec<u8> {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|at| at == what);
    let Some(head) = find(received, b"\r\n\r\n") else {
        return received.to_vec();
    };
    let (head, mut body) = received.split_at(head + 4);
    let mut decoded = head.to_vec();
    let is_chunked = String::from_utf8_lossy(head)
        .lines()
        .any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked"));
    if !is_chunked {
        decoded.extend_from_slice(body);
        return decoded;
    }
    while let Some(end) = find(body, b"\r\n") {
        let length = std::str::from_utf8(&body[..end]).expect("the length of a chunk");
        let length = length.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(length, 16).expect("the length of a chunk");
        let data = &body[end + 2..];
        decoded.extend_from_slice(&data[..length.min(data.len())]);
        if length == 0 || data.len() < length + 2 {
            break;
        }
        body = &data[length + 2..];
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_wherever_they_end() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let whole = format!("{head}8\r\n{{\"status\r\n6;x=y\r\n\":201}}\r\n0\r\n\r\n");
        let decoded = format!("{head}{{\"status\":201}}");
        assert_eq!(decode(whole.as_bytes()), decoded.as_bytes());
        for cut in 0..whole.len() {
            let part = decode(&whole.as_bytes()[..cut]);
            assert!(decoded.as_bytes().starts_with(&part), "cut at {cut}");
        }
    }

    #[test]
    fn a_body_without_chunks_is_as_it_came() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n3\r\nab";
        assert_eq!(decode(answer), answer);
    }
}
