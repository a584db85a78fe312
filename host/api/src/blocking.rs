//! Work off the runtime's threads that panicked.

use crate::http::Problem;
use app::blocking::Panicked;

pub(super) use app::blocking::blocking;

impl From<Panicked> for Problem {
    fn from(_: Panicked) -> Self {
        Self::internal()
    }
}
