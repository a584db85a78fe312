//! How a file is written.

use crate::formatter::Texts;

/// When a field stands in quotes.
///
/// ```
/// assert_eq!(vervet_sdk::csv::Quoting::default(), vervet_sdk::csv::Quoting::Minimal);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quoting {
    /// Where it must.
    #[default]
    Minimal,
    /// Always, but for absent values.
    All,
}

/// How a row ends.
///
/// ```
/// assert_eq!(vervet_sdk::csv::LineEnd::CrLf.as_str(), "\r\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// A line feed.
    #[default]
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

impl LineEnd {
    /// Its characters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// How a file is written.
///
/// ```
/// use vervet_sdk::csv::Dialect;
///
/// let semicolons = Dialect { delimiter: b';', ..Dialect::default() };
/// assert!(!semicolons.defuse_formulas);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// One ASCII character between fields.
    pub delimiter: u8,
    /// When a field stands in quotes.
    pub quoting: Quoting,
    /// How a row ends.
    pub line_end: LineEnd,
    /// Whether texts that a spreadsheet would run as a formula get a `'` before them.
    pub defuse_formulas: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quoting: Quoting::Minimal,
            line_end: LineEnd::Lf,
            defuse_formulas: false,
        }
    }
}

impl Dialect {
    /// Whether no text of a whole column needs a look: none has to be quoted or defused, in rows of
    /// more than one field.
    ///
    /// Ids, names and states hardly ever do, and one pass over all of them is quicker
    /// than one for each.
    pub fn is_plain(&self, texts: &Texts) -> bool {
        self.quoting == Quoting::Minimal
            && !self.defuse_formulas
            && !self.must_quote(texts.all().as_bytes())
    }

    /// By sixteen bytes at a time, in a form that compilers turn into vector instructions.
    pub(super) fn must_quote(&self, bytes: &[u8]) -> bool {
        let special = |byte: u8| {
            (byte == b'"') | (byte == self.delimiter) | (byte == b'\n') | (byte == b'\r')
        };
        let (chunks, rest) = bytes.as_chunks::<16>();
        let in_chunk =
            |chunk: &[u8; 16]| chunk.iter().fold(false, |any, &byte| any | special(byte));
        chunks.iter().any(in_chunk) || rest.iter().any(|&byte| special(byte))
    }
}
