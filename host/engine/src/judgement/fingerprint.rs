//! Whether two findings say the same, without their texts.

use std::hash::Hasher;

use domain::rule::{Finding, Level};
use siphasher::sip::SipHasher24;

/// A number that is the same for findings that say the same: title, levels, score, labels and info, as
/// the rule said them. It is kept, so what it is made from never changes.
pub fn fingerprint(finding: &Finding) -> u64 {
    let mut hasher = SipHasher24::new();
    let mut text = |text: &str| {
        hasher.write(&(text.len() as u64).to_le_bytes());
        hasher.write(text.as_bytes());
    };
    text(&finding.title);
    for level in [finding.severity, finding.priority] {
        text(level.map_or("", Level::as_str));
    }
    text(
        &finding
            .score
            .map_or_else(String::new, |score| score.to_string()),
    );
    for label in &finding.labels {
        text(label.as_str());
    }
    text(&finding.info);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use domain::rule::Label;

    use super::*;

    #[test]
    fn findings_that_say_the_same_have_the_same_number() {
        let finding = Finding {
            title: "Much".into(),
            severity: Some(Level::High),
            priority: None,
            score: Some(0.5),
            labels: vec![Label::new("cash").unwrap()],
            info: "{}".into(),
        };
        assert_eq!(fingerprint(&finding), fingerprint(&finding.clone()));
        let changes: [fn(&mut Finding); 7] = [
            |finding| finding.title.push('!'),
            |finding| finding.severity = Some(Level::Low),
            |finding| {
                finding.severity = None;
                finding.priority = Some(Level::High);
            },
            |finding| finding.score = None,
            |finding| finding.score = Some(0.25),
            |finding| finding.labels.clear(),
            |finding| finding.info = r#"{"a":1}"#.into(),
        ];
        for change in changes {
            let mut other = finding.clone();
            change(&mut other);
            assert_ne!(fingerprint(&finding), fingerprint(&other), "{other:?}");
        }
    }
}
