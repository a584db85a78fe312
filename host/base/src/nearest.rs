//! The known word that an unknown one was probably meant to be.

/// How much alike two words must be, from 0 to 1, for one to be proposed for the other.
const LIKENESS: f64 = 0.7;

/// The known word that is most like a word, if any is.
pub fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let alike = known.map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    // Of two that are as much alike, the first by name, so that the proposal does not change.
    let best = alike.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(one.1)));
    let (likeness, candidate) = best?;
    (likeness > LIKENESS).then(|| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_alike_is_proposed() {
        let check = |word: &str, expect: Option<&str>| {
            let known = ["open", "in_review", "closed"].into_iter();
            assert_eq!(nearest(word, known).as_deref(), expect, "{word}");
        };
        check("Open", Some("open"));
        check("close", Some("closed"));
        check("in-review", Some("in_review"));
        check("zzz", None);
    }
}
