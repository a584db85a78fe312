//! Whether what comes in pieces is UTF-8.

/// Reads pieces of a text; a character may lie across two of them.
#[derive(Default)]
pub(crate) struct Utf8Check {
    /// The beginning of a character: up to three bytes.
    pending: Vec<u8>,
}

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotUtf8;

impl Utf8Check {
    /// Reads the next piece.
    pub(crate) fn next(&mut self, mut piece: &[u8]) -> Result<(), NotUtf8> {
        while let (false, [first, rest @ ..]) = (self.pending.is_empty(), piece) {
            self.pending.push(*first);
            piece = rest;
            match std::str::from_utf8(&self.pending) {
                Ok(_) => self.pending.clear(),
                Err(error) if error.error_len().is_some() => return Err(NotUtf8),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(piece) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(NotUtf8),
            Err(error) => {
                self.pending
                    .extend_from_slice(&piece[error.valid_up_to()..]);
                Ok(())
            }
        }
    }

    /// Says that there are no more pieces.
    pub(crate) fn end(&self) -> Result<(), NotUtf8> {
        if self.pending.is_empty() {
            Ok(())
        } else {
            Err(NotUtf8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], good: bool) {
        for size in 1..=text.len().max(1) {
            let mut utf8 = Utf8Check::default();
            let read = text.chunks(size).try_for_each(|piece| utf8.next(piece));
            let read = read.and_then(|()| utf8.end());
            assert_eq!(read.is_ok(), good, "{text:?} in pieces of {size}");
        }
    }

    #[test]
    fn characters_may_lie_across_pieces() {
        check(b"", true);
        check("aé€😀z".as_bytes(), true);
        check(b"a\xffb", false);
        check(b"\xc3", false);
        check(b"\xc3a", false);
        check(b"\xe2\x82", false);
        check(b"\xed\xa0\x80", false);
    }
}
