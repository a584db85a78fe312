//! A stream of bytes, compressed on the way; and whether that is wanted.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{Stream, StreamExt, stream::BoxStream};

/// A stream, compressed.
pub(super) struct Gzip {
    bytes: BoxStream<'static, io::Result<Bytes>>,
    /// None at the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Gzip {
    pub(super) fn new(bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self {
            bytes: bytes.boxed(),
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }
}

impl Stream for Gzip {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(mut encoder) = self.encoder.take() {
            let Poll::Ready(next) = self.bytes.poll_next_unpin(context) else {
                self.encoder = Some(encoder);
                return Poll::Pending;
            };
            match next {
                Some(Ok(bytes)) => {
                    if let Err(error) = encoder.write_all(&bytes) {
                        return Poll::Ready(Some(Err(error)));
                    }
                    let out = std::mem::take(encoder.get_mut());
                    self.encoder = Some(encoder);
                    if !out.is_empty() {
                        return Poll::Ready(Some(Ok(out.into())));
                    }
                }
                // Without its end nobody takes the file for whole.
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(Some(encoder.finish().map(Bytes::from))),
            }
        }
        Poll::Ready(None)
    }
}

/// Whether the header `Accept-Encoding` takes gzip.
pub(super) fn is_accepted(header: &str) -> bool {
    let mut any = false;
    for coding in header.split(',') {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_wanted = !parts.any(|parameter| {
            let value = parameter.strip_prefix("q=").map(str::parse::<f32>);
            value.is_some_and(|quality| quality.is_ok_and(|quality| quality <= 0.0))
        });
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return is_wanted;
        }
        any |= name == "*" && is_wanted;
    }
    any
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_accept_it() {
        let check = |header: &str, expect| assert_eq!(is_accepted(header), expect, "{header}");
        check("", false);
        check("identity", false);
        check("gzip", true);
        check("GZIP", true);
        check("br, gzip;q=0.5", true);
        check("gzip;q=0", false);
        check("gzip; q=0.000", false);
        check("*", true);
        check("*;q=0", false);
        check("*, gzip;q=0", false);
        check("deflate, br", false);
    }

    #[tokio::test]
    async fn what_was_compressed_is_read_again() {
        let pieces: Vec<io::Result<Bytes>> = (0..300)
            .map(|piece| Ok(Bytes::from(format!("{piece},").repeat(500))))
            .collect();
        let plain: String = (0..300)
            .map(|piece| format!("{piece},").repeat(500))
            .collect();
        let sent: Vec<_> = Gzip::new(futures::stream::iter(pieces)).collect().await;
        let sent: Vec<u8> = sent.into_iter().flat_map(|piece| piece.unwrap()).collect();
        let mut read = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&*sent);
        decoder.read_to_string(&mut read).unwrap();
        assert!(read == plain);
        assert!(sent.len() < plain.len() / 5);
    }

    #[tokio::test]
    async fn what_breaks_off_has_no_end() {
        let pieces = vec![
            Ok(Bytes::from_static(b"half")),
            Err(io::Error::other("gone")),
        ];
        let sent: Vec<_> = Gzip::new(futures::stream::iter(pieces)).collect().await;
        assert!(sent.last().is_some_and(Result::is_err));
    }
}
