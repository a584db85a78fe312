//! How a user likes the pages to be.

use serde::{Deserialize, Serialize};

/// How a user likes the pages to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// The time zone in which moments are shown: an IANA name; none: the tenant's.
    pub timezone: Option<String>,
    /// Which colours the pages have.
    pub theme: Theme,
    /// How many rows a page of a list has.
    pub rows: Rows,
    /// Whether single keys do something.
    pub shortcuts: bool,
}

/// Which colours pages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the user's system is set.
    #[default]
    System,
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// How many rows a page of a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Rows {
    /// 25.
    Few,
    /// 50.
    #[default]
    Usual,
    /// 100.
    Many,
}

/// A page cannot have so many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page has 25, 50 or 100 rows, not {0}")]
pub struct NoSuchRows(u16);

impl Default for Preferences {
    fn default() -> Self {
        Self {
            timezone: None,
            theme: Theme::default(),
            rows: Rows::default(),
            shortcuts: true,
        }
    }
}

impl Preferences {
    /// Whether the user has set nothing.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is written: `system`, `light`, `dark`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Rows {
    /// All of them, the fewest first.
    pub const ALL: [Self; 3] = [Self::Few, Self::Usual, Self::Many];

    /// How many that is.
    pub fn count(self) -> u16 {
        match self {
            Self::Few => 25,
            Self::Usual => 50,
            Self::Many => 100,
        }
    }
}

impl From<Rows> for u16 {
    fn from(rows: Rows) -> Self {
        rows.count()
    }
}

impl TryFrom<u16> for Rows {
    type Error = NoSuchRows;

    fn try_from(count: u16) -> Result<Self, NoSuchRows> {
        let mut all = Self::ALL.into_iter();
        all.find(|rows| rows.count() == count)
            .ok_or(NoSuchRows(count))
    }
}
