//! From the errors of use cases to problems.

/// Says which problem each variant of an operation's error is: one that wraps a cause is the problem of its cause, and
/// the others are problems of a kind with the error's own words, and, after an arrow, with the way out over the API.
///
/// A variant without a problem does not compile.
macro_rules! problem_from {
    ($error:ident { $($cause:ident),* $(,)? $(; $kind:ident: $($variant:ident $(=> $way_out:literal)?),+)* $(;)? }) => {
        impl From<$error> for $crate::http::Problem {
            fn from(error: $error) -> Self {
                match error {
                    $($error::$cause(cause) => cause.into(),)*
                    $($($error::$variant { .. } => {
                        let detail = error.to_string();
                        $(let detail = $crate::problem_from::with_way_out(&detail, $way_out);)?
                        Self::new($crate::http::ProblemKind::$kind, detail)
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

/// What is wrong, in words that pages say, too, and what a client of the API does about it.
pub(crate) fn with_way_out(detail: &str, way_out: &str) -> String {
    format!("{detail}; {way_out}")
}

pub(crate) use {problem_from, problem_kind};
