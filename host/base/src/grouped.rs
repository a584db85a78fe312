//! Numbers as people read them.

/// A number as people read it: `5 000 000`.
pub fn grouped(number: u64) -> String {
    grouped_by(number, ' ')
}

/// A number with this between thousands.
pub fn grouped_by(number: u64, between: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(between);
        }
        text.push(digit);
    }
    text
}
