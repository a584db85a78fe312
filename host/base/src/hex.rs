//! Bytes as hexadecimal digits, and back.

/// Two small digits for each byte.
pub fn encode(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that twice as many digits stand for; none if the text is anything else.
pub fn decode<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * BYTES {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let bytes: [u8; 32] = std::array::from_fn(|at| (at * 9) as u8);
        let text = encode(&bytes);
        assert!(text.starts_with("000912"), "{text}");
        assert_eq!(decode(&text), Some(bytes));
        assert_eq!(decode(&text.to_uppercase()), Some(bytes));
        for wrong in [
            "",
            "00",
            &text[1..],
            &text.replacen('0', "g", 1),
            &text.replacen("00", "é", 1),
        ] {
            assert_eq!(decode::<32>(wrong), None, "{wrong}");
        }
    }
}
