//! The header `Range`, as RFC 9110 has it: a single range of bytes.

use std::ops::Range;

/// What a range asks for of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// All: it is no range of bytes, or several, which are not answered.
    All,
    /// These bytes.
    Part(Range<u64>),
    /// None that the file has.
    Nothing,
}

pub(super) fn asked_range(text: &str, length: u64) -> Asking {
    let Some(spec) = text.trim().strip_prefix("bytes=") else {
        return Asking::All;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Asking::All;
    };
    let range = match (number(first), number(last)) {
        // The last so many bytes.
        (Number::None, Number::Some(most)) => length.saturating_sub(most)..length,
        (Number::Some(first), Number::None) => first..length,
        (Number::Some(first), Number::Some(last)) if first <= last => {
            first..last.saturating_add(1).min(length)
        }
        _ => return Asking::All,
    };
    if range.is_empty() {
        Asking::Nothing
    } else {
        Asking::Part(range)
    }
}

enum Number {
    None,
    Some(u64),
    Wrong,
}

fn number(text: &str) -> Number {
    if text.is_empty() {
        return Number::None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Number::Wrong;
    }
    // What is beyond 64 bits is beyond any file.
    Number::Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_of_bytes_that_there_are() {
        let check = |text: &str, length: u64, expect: Asking| {
            assert_eq!(asked_range(text, length), expect, "{text} of {length}");
        };
        let part = |range| Asking::Part(range);
        check("bytes=0-0", 10, part(0..1));
        check("bytes=0-9", 10, part(0..10));
        check("bytes=2-5", 10, part(2..6));
        check("bytes=2-99", 10, part(2..10));
        check("bytes=2-", 10, part(2..10));
        check("bytes=-3", 10, part(7..10));
        check("bytes=-99", 10, part(0..10));
        check("bytes=0-99999999999999999999999", 10, part(0..10));
        check("bytes=10-", 10, Asking::Nothing);
        check("bytes=10-12", 10, Asking::Nothing);
        check("bytes=99999999999999999999999-", 10, Asking::Nothing);
        check("bytes=-0", 10, Asking::Nothing);
        check("bytes=0-", 0, Asking::Nothing);
        check("bytes=-5", 0, Asking::Nothing);
        check("bytes=5-2", 10, Asking::All);
        check("bytes=-", 10, Asking::All);
        check("bytes=", 10, Asking::All);
        check("bytes=a-b", 10, Asking::All);
        check("bytes=+1-2", 10, Asking::All);
        check("bytes=1 - 2", 10, Asking::All);
        check("bytes=0-1,3-4", 10, Asking::All);
        check("items=0-1", 10, Asking::All);
        check("", 10, Asking::All);
    }
}
