//! The checks that an upload passes before it is a plugin, in their order.

use super::publish::PublishPluginError;
use runtime::manifest::DescribeError;
use runtime::publish::{CompileError, PublishError};

/// A check of publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// It has at most as many bytes as an upload may have.
    Size,
    /// It is a component, or a core module that becomes one, without forbidden imports, and it compiles.
    Compile,
    /// Its imports and exports are those of a contract.
    Contract,
    /// It describes itself within its limits.
    Describe,
    /// What it says of itself is well-formed.
    Manifest,
    /// Its name and version are not published with other bytes.
    Version,
    /// The tenant may publish one more plugin, and has room for its schema.
    Room,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// An earlier check failed, so that it was not made.
    NotReached,
}

impl Check {
    /// All checks, in their order.
    pub const ALL: [Self; 7] = [
        Self::Size,
        Self::Compile,
        Self::Contract,
        Self::Describe,
        Self::Manifest,
        Self::Version,
        Self::Room,
    ];

    /// The check that an upload failed; none if it was refused for another reason, such as a busy host.
    pub fn failed(error: &PublishPluginError) -> Option<Self> {
        match error {
            PublishPluginError::Publish(error) => match error {
                PublishError::TooLarge(..) => Some(Self::Size),
                PublishError::Compile(CompileError::Refused(_) | CompileError::TooLarge(..)) => {
                    Some(Self::Compile)
                }
                PublishError::Describe(DescribeError::Contract(_)) => Some(Self::Contract),
                PublishError::Describe(DescribeError::Call(_)) => Some(Self::Describe),
                PublishError::Describe(DescribeError::Manifest(_)) => Some(Self::Manifest),
                PublishError::Compile(CompileError::Process(_)) | PublishError::Store(_) => None,
            },
            PublishPluginError::OtherBytes { .. } => Some(Self::Version),
            PublishPluginError::TooMany(_) | PublishPluginError::SchemasTooLarge(_) => {
                Some(Self::Room)
            }
            PublishPluginError::Forbidden(_)
            | PublishPluginError::Busy(_)
            | PublishPluginError::Lane(_)
            | PublishPluginError::Lost => None,
        }
    }

    /// What it came to, where `failed` is the check that the upload failed, if it failed one.
    pub fn result(self, failed: Option<Self>) -> CheckResult {
        match failed {
            Some(failed) if self == failed => CheckResult::Failed,
            Some(failed) if self > failed => CheckResult::NotReached,
            _ => CheckResult::Passed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_failed_check_is_not_reached() {
        let error = PublishError::Describe(DescribeError::Contract("no export".to_owned()));
        let failed = Check::failed(&error.into());
        let results = Check::ALL.map(|check| check.result(failed));
        use CheckResult::{Failed, NotReached, Passed};
        let rest = [NotReached; 4];
        assert_eq!(results[..3], [Passed, Passed, Failed]);
        assert_eq!(results[3..], rest);
        assert_eq!(Check::Room.result(None), Passed);
    }

    #[test]
    fn a_busy_host_is_no_failed_check() {
        assert_eq!(Check::failed(&PublishPluginError::Lost), None);
        let many = Check::failed(&PublishPluginError::TooMany(7));
        assert_eq!(many, Some(Check::Room));
    }
}
