//! What a tenant configures of a file.

use super::{Dialect, LineEnd, Quoting, Writer};

/// How a tenant configures a file: [`Dialect`] and what stands before the first row.
///
/// ```
/// use vervet_sdk::csv::Options;
///
/// let options: Options = vervet_sdk::read_config(r#"{"delimiter": ";", "bom": true}"#).unwrap();
/// assert_eq!(options.dialect().unwrap().delimiter, b';');
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// One ASCII character between fields; a comma unless set. No letter, digit, line end, or any of `"`, `\\`, `-`, `+`, `.`,
    /// `:`, `[` and `]`, of which values are made that stand without quotes.
    pub delimiter: String,
    /// When a field stands in quotes: `minimal` or `all`.
    pub quoting: Quoting,
    /// How a row ends: `lf` or `crlf`.
    pub line_end: LineEnd,
    /// Whether the file begins with a byte order mark, by which old spreadsheets know UTF-8. Only with `header`: a load
    /// would take the mark for a part of the first value.
    pub bom: bool,
    /// Whether the first row holds the names of the columns.
    pub header: bool,
    /// Whether texts that a spreadsheet would run as a formula get a `'` before them. Set it for files that people open
    /// in a spreadsheet, since customers and banks choose some of the texts. Leave it out for files that are loaded
    /// into a database or Power BI: it changes the texts.
    pub defuse_formulas: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            delimiter: ",".to_owned(),
            quoting: Quoting::default(),
            line_end: LineEnd::default(),
            bom: false,
            header: true,
            defuse_formulas: false,
        }
    }
}

impl Options {
    /// Checks the options.
    ///
    /// # Errors
    /// A sentence, where the delimiter is no single character that can separate fields, or a byte order mark would
    /// become a part of the first value.
    pub fn dialect(&self) -> Result<Dialect, String> {
        if self.bom && !self.header {
            return Err(
                "bom needs header: without a row of names, the mark would be read as part of the first value"
                    .to_owned(),
            );
        }
        match *self.delimiter.as_bytes() {
            [delimiter]
                if delimiter.is_ascii()
                    && !delimiter.is_ascii_alphanumeric()
                    && !b"\"\n\r\0\\-+.:[]".contains(&delimiter) =>
            {
                Ok(Dialect {
                    delimiter,
                    quoting: self.quoting,
                    line_end: self.line_end,
                    defuse_formulas: self.defuse_formulas,
                })
            }
            _ => Err(format!(
                "the delimiter is one ASCII character that no value is made of, such as ',' or ';'; {:?} is not",
                self.delimiter
            )),
        }
    }

    /// Writes what stands before the first alert, and answers how to write the alerts.
    ///
    /// # Errors
    /// As [`dialect`](Self::dialect).
    pub fn begin<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        out: &mut Vec<u8>,
    ) -> Result<Dialect, String> {
        let dialect = self.dialect()?;
        if self.bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        if self.header {
            Writer::new(dialect, out).header(names);
        }
        Ok(dialect)
    }
}
