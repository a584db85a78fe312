//! What the files of a configuration look like.

use std::collections::HashSet;

/// The columns of a file, for the loads that the host writes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Changes whenever a column is added; columns are only ever appended.
    pub version: u32,
    /// In the order of the file; names are distinct.
    pub columns: Vec<LayoutColumn>,
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutColumn {
    /// 1 to 127 bytes.
    pub name: String,
    /// What is in it.
    pub column_type: ColumnType,
    /// The most bytes that a text may have, where there is a limit.
    pub max_bytes: Option<u32>,
}

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ColumnType {
    Text,
    Integer,
    Decimal,
    Boolean,
    Timestamp,
    Date,
    Json,
}

/// Why no database loads a layout, in the author's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum LayoutError {
    #[error("the layout has {0} columns, and may have {most}", most = Layout::MAX_COLUMNS)]
    ManyColumns(usize),
    #[error("column {0} of the layout needs a name of 1 to {most} bytes without control characters", most = Layout::MAX_NAME_BYTES)]
    Name(usize),
    #[error("the layout has two columns '{0}'")]
    SameName(String),
}

impl Layout {
    /// What a table in Redshift may have.
    pub const MAX_COLUMNS: usize = 1_600;
    /// What a column's name in Redshift may have, in bytes.
    pub const MAX_NAME_BYTES: usize = 127;

    /// Checks that a table may have these columns. Names differ by more than case.
    pub(crate) fn checked(self) -> Result<Self, LayoutError> {
        if self.columns.len() > Self::MAX_COLUMNS {
            return Err(LayoutError::ManyColumns(self.columns.len()));
        }
        let mut names = HashSet::new();
        for (index, column) in self.columns.iter().enumerate() {
            let name = &column.name;
            let fits = (1..=Self::MAX_NAME_BYTES).contains(&name.len());
            if !fits || name.chars().any(char::is_control) {
                return Err(LayoutError::Name(index + 1));
            }
            if !names.insert(name.to_lowercase()) {
                return Err(LayoutError::SameName(name.clone()));
            }
        }
        Ok(self)
    }
}
