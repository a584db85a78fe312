//! Dates by a pattern: `DD/MM/YYYY HH:mm`.

use std::fmt::Write;

use vervet_sdk::Timestamp;

/// How a moment is written, in UTC.
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Copy)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millis,
    Micros,
    Other(char),
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // What begins alike comes longest first.
        let known: [(&str, Part); 8] = [
            ("YYYY", Part::Year),
            ("MM", Part::Month),
            ("DD", Part::Day),
            ("HH", Part::Hour),
            ("mm", Part::Minute),
            ("ss", Part::Second),
            ("ffffff", Part::Micros),
            ("fff", Part::Millis),
        ];
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((token, part)) = known.iter().find(|(token, _)| rest.starts_with(token)) {
                parts.push(*part);
                rest = &rest[token.len()..];
            } else if first.is_ascii_alphabetic() && !matches!(first, 'T' | 'Z') {
                return Err(format!(
                    "'{rest}' begins with none of YYYY, MM, DD, HH, mm, ss, fff and ffffff"
                ));
            } else {
                parts.push(Part::Other(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        Ok(Self(parts))
    }

    pub(crate) fn write(&self, moment: Timestamp) -> String {
        let at = moment.civil();
        let mut text = String::with_capacity(32);
        for part in &self.0 {
            // Writing to a String cannot fail.
            let _ = match part {
                Part::Year => write!(text, "{:04}", at.year),
                Part::Month => write!(text, "{:02}", at.month),
                Part::Day => write!(text, "{:02}", at.day),
                Part::Hour => write!(text, "{:02}", at.hour),
                Part::Minute => write!(text, "{:02}", at.minute),
                Part::Second => write!(text, "{:02}", at.second),
                Part::Millis => write!(text, "{:03}", at.microsecond / 1000),
                Part::Micros => write!(text, "{:06}", at.microsecond),
                Part::Other(other) => text.write_char(*other),
            };
        }
        text
    }
}
