//! What is shown instead of a page.

use app::blocking::{Panicked, ReadError};
use app::caller::Forbidden;
use app::request::Stale;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::frame;
use crate::text::EN;

/// Why there is no page, or why what was asked was not done.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    detail: String,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: for_people(detail.into()),
        }
    }

    /// A form chooses what there is not: its page does not offer `value` under `title`.
    pub(crate) fn no_choice(title: &str, value: &str) -> Self {
        let detail = (EN.failure.no_choice)(title, value);
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong, and what to do.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::FORBIDDEN => EN.failure.forbidden,
            StatusCode::NOT_FOUND => EN.failure.not_found,
            StatusCode::SERVICE_UNAVAILABLE => EN.failure.unavailable,
            _ => EN.failure.failed,
        }
    }
}

impl From<Forbidden> for Failure {
    fn from(error: Forbidden) -> Self {
        Self::new(StatusCode::FORBIDDEN, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = frame::bare(
            self.title(),
            &html! {
                h1 { (self.title()) }
                p role="alert" { (self.detail) }
                p { a href="/" { (EN.failure.to_the_start) } }
                @if self.status == StatusCode::FORBIDDEN {
                    form action="/sign-out" method="post" {
                        button type="submit" { (EN.frame.sign_out) }
                    }
                }
            },
        );
        (self.status, page).into_response()
    }
}

/// What use cases say of versions in the words of the API, as people read it.
fn for_people(detail: String) -> String {
    match () {
        () if detail == Stale::Changed.to_string() => EN.elements.changed.to_owned(),
        () if detail == Stale::Exists.to_string() => EN.failure.exists.to_owned(),
        () => in_words(&detail),
    }
}

/// A sentence of a use case, with what it calls values in the words of the pages.
pub(crate) fn in_words(detail: &str) -> String {
    // The others are words that people say, too, and may be the name of something.
    let is_of_api = |member: &str| member.contains(['_', '.']);
    let members = EN.failure.members.iter();
    let members = members.filter(|(member, _)| is_of_api(member));
    members.fold(detail.to_owned(), |detail, (member, title)| {
        detail.replace(&format!("'{member}'"), &format!("'{title}'"))
    })
}

/// What pages call a value of which a use case finds a fault.
pub(crate) fn title_of(member: &str) -> Option<&'static str> {
    let mut members = EN.failure.members.iter();
    let known = members.find(|(known, _)| *known == member);
    known.map(|(_, title)| *title)
}

/// Says with which status each variant of a use case's error is shown, in the error's own words. A variant without a
/// status does not compile.
macro_rules! failures {
    ($($error:ident { $($status:ident: $($variant:ident)+),+ $(,)? })+) => {$(
        impl From<$error> for $crate::failure::Failure {
            fn from(error: $error) -> Self {
                let status = match &error {
                    $($($error::$variant { .. } => axum::http::StatusCode::$status,)+)+
                };
                Self::new(status, error.to_string())
            }
        }
    )+};
}

pub(crate) use failures;

failures! {
    ReadError {
        SERVICE_UNAVAILABLE: Lane Panicked,
    }
}

impl From<Panicked> for Failure {
    fn from(error: Panicked) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_in_the_words_of_pages() {
        let check = |detail: &str, expect: &str| {
            let failure = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
            assert_eq!(failure.detail(), expect);
        };
        check(
            "'schedule.cron' never comes: '30 2 30 2 *' is on no day of the calendar",
            "'By a cron expression' never comes: '30 2 30 2 *' is on no day of the calendar",
        );
        check(
            "'user_id' is no user of the tenant",
            "'Assignee' is no user of the tenant",
        );
        check("there is no team 'lists'", "there is no team 'lists'");
        check(&Stale::Changed.to_string(), EN.elements.changed);
    }
}
