//! The version of a resource that a change is meant for.

use sha2::{Digest, Sha256};

/// A version of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// Of a resource that counts its changes.
    Number(u64),
    /// Of such a resource, while the version is not in force yet.
    Pending(u64),
    /// Of a resource that counts nothing: the beginning of the SHA-256 of what tells its versions apart.
    Content([u8; 12]),
}

/// What a change expects the resource to be at its turn. The default expects nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The resource is one of these.
    pub one_of: Option<Versions>,
    /// The resource is none of these.
    pub none_of: Option<Versions>,
}

/// Versions that somebody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// Every version.
    Any,
    /// These. Versions that never were are left out.
    These(Vec<Version>),
}

/// The resource is not as the change expects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    /// It is another version, or is not there.
    #[error("the resource has changed since its ETag was read; read it again")]
    Changed,
    /// It should not be there.
    #[error("the resource is there already")]
    Exists,
}

impl Version {
    /// The version with this content.
    pub fn of_content(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        Self::Content(std::array::from_fn(|at| digest[at]))
    }
}

impl Expected {
    /// Exactly this version.
    pub fn version(number: u64) -> Self {
        Self {
            one_of: Some(Versions::These(vec![Version::Number(number)])),
            none_of: None,
        }
    }

    /// No version at all: the resource is not there.
    pub fn absent() -> Self {
        Self {
            one_of: None,
            none_of: Some(Versions::Any),
        }
    }

    /// Checks what the resource is at the turn of the change; none if it is not there.
    ///
    /// # Errors
    /// Where it is not what was expected.
    pub fn check(&self, current: Option<Version>) -> Result<(), Stale> {
        let holds = |versions: &Versions| versions.contain(current);
        if self.one_of.as_ref().is_some_and(|known| !holds(known)) {
            return Err(Stale::Changed);
        }
        if self.none_of.as_ref().is_some_and(holds) {
            return Err(Stale::Exists);
        }
        Ok(())
    }
}

impl Versions {
    fn contain(&self, current: Option<Version>) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::These(versions), Some(current)) => versions.contains(&current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_of_the_version_that_it_is_meant_for() {
        let these = |numbers: &[u64]| {
            let versions = numbers.iter().copied().map(Version::Number);
            Some(Versions::These(versions.collect()))
        };
        let check = |one_of, none_of, current: Option<u64>, expect: Result<(), Stale>| {
            let expected = Expected { one_of, none_of };
            let current = current.map(Version::Number);
            assert_eq!(expected.check(current), expect, "{expected:?} {current:?}");
        };
        check(None, None, Some(7), Ok(()));
        check(these(&[6, 7]), None, Some(7), Ok(()));
        check(these(&[6]), None, Some(7), Err(Stale::Changed));
        check(these(&[]), None, Some(7), Err(Stale::Changed));
        check(Some(Versions::Any), None, Some(7), Ok(()));
        check(Some(Versions::Any), None, None, Err(Stale::Changed));
        check(None, Some(Versions::Any), Some(7), Err(Stale::Exists));
        check(None, Some(Versions::Any), None, Ok(()));
        check(None, these(&[6]), Some(7), Ok(()));
        let pending = Expected::version(7).check(Some(Version::Pending(7)));
        assert_eq!(pending, Err(Stale::Changed));
    }
}
