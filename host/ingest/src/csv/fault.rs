//! What is wrong with a row.

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The line where it begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: CsvFault,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvFault {
    /// The file has no row at all.
    #[error("the file is empty, without a header")]
    Empty,
    /// The file begins with the byte order mark of UTF-16.
    #[error("the file is UTF-16; save it as UTF-8")]
    Utf16,
    /// Bytes that are no UTF-8.
    #[error("the row is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// A NUL.
    #[error("the row contains a NUL character")]
    Nul,
    /// The header names a column twice.
    #[error("the header has the column '{name}' more than once")]
    DuplicateColumn {
        /// Which.
        name: String,
    },
    /// Another number of cells than the header has.
    #[error("the row has {cells} cells, but the header has {columns}")]
    CellCount {
        /// How many the row has.
        cells: usize,
        /// How many the header has.
        columns: usize,
    },
    /// More cells than are read.
    #[error("the row has more than {max_cells} cells")]
    TooManyCells {
        /// The most cells of a row.
        max_cells: usize,
    },
    /// More bytes than are read.
    #[error("the row is longer than {max_bytes} bytes")]
    TooLong {
        /// The longest row.
        max_bytes: usize,
    },
    /// A quote within a cell that does not begin with one.
    #[error(
        "a quote is within a cell that does not begin with one; enclose the cell in quotes, and double the quote"
    )]
    QuoteInCell,
    /// Text between the quote that ends a cell and the next delimiter.
    #[error("text follows the closing quote of a cell; double the quotes within a cell")]
    TextAfterQuote,
    /// The same, of a cell that spans lines.
    #[error(
        "text follows the closing quote, on line {closed}, of a cell that begins on line {opened}; a quote before it may not be closed, and nothing after the row's beginning was read"
    )]
    TextAfterSpanningQuote {
        /// The line of the opening quote.
        opened: u64,
        /// The line of the closing quote.
        closed: u64,
    },
    /// A quoted cell that does not end.
    #[error(
        "a quote opens a cell and is never closed; the cell begins on line {opened}, and nothing after the row's beginning was read"
    )]
    UnclosedQuote {
        /// The line of the quote.
        opened: u64,
    },
}
