//! From the errors of use cases to problems.

/// Says which problem each variant of an operation's error is: one that wraps a cause is the problem of its cause, and
/// the others are problems of a kind with the error's own words.
///
/// A variant without a problem does not compile.
macro_rules! problem_from {
    ($error:ident { $($cause:ident),* $(,)? $(; $kind:ident: $($variant:ident),+)* $(;)? }) => {
        impl From<$error> for $crate::http::Problem {
            fn from(error: $error) -> Self {
                match error {
                    $($error::$cause(cause) => cause.into(),)*
                    $($($error::$variant { .. } => {
                        Self::new($crate::http::ProblemKind::$kind, error.to_string())
                    })+)*
                }
            }
        }
    };
}

/// Says of which kind the problem of an error is that has but one.
macro_rules! problem_kind {
    ($($error:ident: $kind:ident),+ $(,)?) => {$(
        impl From<$error> for $crate::http::Problem {
            fn from(error: $error) -> Self {
                Self::new($crate::http::ProblemKind::$kind, error.to_string())
            }
        }
    )+};
}

pub(crate) use {problem_from, problem_kind};
