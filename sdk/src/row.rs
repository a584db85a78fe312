//! One transaction's inputs, read out of the columns that a batch comes in.

use std::ops::Range;

use crate::Timestamp;
use crate::plan::{Field, FieldType};

/// The inputs of one transaction, in the plan's order.
///
/// `#[derive(Inputs)]` reads it for you; by hand it is read with [`get`](Row::get):
///
/// ```
/// use vervet_sdk::{Finding, Row};
///
/// fn judge(row: Row<'_>) -> Result<Vec<Finding>, String> {
///     let amount: f64 = row.get(0, "amount")?;
///     let country: &str = row.get(1, "country")?;
///     Ok(if amount > 1e6 && country == "XX" {
///         vec![Finding::new("Much to nowhere")]
///     } else {
///         vec![]
///     })
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    inputs: &'a [Values<'a>],
    index: usize,
}

/// One input, for all transactions of a batch.
#[doc(hidden)]
#[derive(Debug)]
pub enum Values<'a> {
    Texts(TextColumn<'a>),
    Floats(&'a [f64]),
    Integers(&'a [i64]),
    Booleans(&'a [bool]),
    Times(&'a [i64]),
    Rows {
        ends: &'a [u32],
        columns: Vec<Values<'a>>,
    },
}

/// Texts laid end to end, checked to be UTF-8 once for the whole column.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TextColumn<'a> {
    text: &'a str,
    ends: &'a [u32],
}

impl<'a> TextColumn<'a> {
    pub fn new(bytes: &'a [u8], ends: &'a [u32]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "a text is not UTF-8".to_owned())?;
        Ok(Self { text, ends })
    }

    /// "" where the ends do not fit the texts, which the host never sends.
    pub fn get(&self, index: usize) -> &'a str {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        self.text
            .get(start..self.ends[index] as usize)
            .unwrap_or_default()
    }

    /// Whether one of these texts is this one.
    pub fn any_is(&self, texts: Range<usize>, sought: &str) -> bool {
        let (bytes, sought) = (self.text.as_bytes(), sought.as_bytes());
        let mut start = match texts.start.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        self.ends[texts].iter().any(|&end| {
            let text = bytes.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            is_same(text, sought)
        })
    }
}

/// Accounts and names begin alike more often than they end alike, and eight bytes are compared in one step.
#[inline]
fn is_same(text: &[u8], sought: &[u8]) -> bool {
    let end = |of: &[u8]| of.last_chunk().map(|end| u64::from_le_bytes(*end));
    text.len() == sought.len() && end(text) == end(sought) && text == sought
}

impl<'a> Values<'a> {
    /// The rows of one transaction, and the columns that hold them; none if the input is no `recent` one.
    #[inline]
    pub(crate) fn rows(&self, of: usize) -> Option<(Range<usize>, &[Values<'a>])> {
        let Self::Rows { ends, columns } = self else {
            return None;
        };
        let start = match of.checked_sub(1) {
            Some(before) => ends[before] as usize,
            None => 0,
        };
        Some((start..ends[of] as usize, columns))
    }
}

impl Values<'_> {
    #[doc(hidden)]
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.ends.len(),
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Booleans(values) => values.len(),
            Self::Times(values) => values.len(),
            Self::Rows { ends, .. } => ends.len(),
        }
    }

    #[doc(hidden)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Texts(_) => "a string",
            Self::Floats(_) => "a float",
            Self::Integers(_) => "an integer",
            Self::Booleans(_) => "a boolean",
            Self::Times(_) => "a date_time",
            Self::Rows { .. } => "rows",
        }
    }
}

impl<'a> Row<'a> {
    #[doc(hidden)]
    pub fn new(inputs: &'a [Values<'a>], index: usize) -> Self {
        Self { inputs, index }
    }

    /// The value of input `index`, called `name`, as any type that reads inputs.
    ///
    /// # Errors
    /// A sentence, where the plan declares the input otherwise, or where the value cannot be
    /// a `T`: a number below 0 no `u64`, an unknown moment no [`Timestamp`].
    pub fn get<T: FromInput<'a>>(self, index: usize, name: &str) -> Result<T, String> {
        let values = self
            .inputs
            .get(index)
            .ok_or_else(|| format!("there is no input {index} ('{name}')"))?;
        T::read(values, self.index).ok_or_else(|| mismatch::<T>(name, values))
    }
}

/// Out of line, so that reading a row stays small.
#[cold]
fn mismatch<'a, T: FromInput<'a>>(name: &str, values: &Values<'_>) -> String {
    format!(
        "input '{name}' is {} here, and this rule reads it as {}",
        values.kind(),
        T::WANTED
    )
}

/// A type that an input can be read as.
///
/// | type | reads |
/// | --- | --- |
/// | `f64` | floats, and the integers of `count` and `distinct`; NaN where a window is empty |
/// | `Option<f64>` | the same, and `None` for NaN |
/// | `i64`, `u64` | integers; `u64` only those that are not negative, such as counts |
/// | `bool` | booleans, `in_list` |
/// | `&str`, `String` | strings; "" is unknown |
/// | [`Timestamp`] | moments that are always known, such as `date_time` |
/// | `Option<Timestamp>` | moments, and `None` where unknown |
/// | `Vec<T>` | rows of `recent`, where `T` is [`RecentRow`] |
/// | [`RecentTexts`](crate::RecentTexts) | rows of `recent` of one string field |
///
/// ```
/// use vervet_sdk::FromInput;
///
/// assert_eq!(<Option<f64> as FromInput>::WANTED, "a float");
/// ```
pub trait FromInput<'a>: Sized {
    /// What it reads, for messages.
    const WANTED: &'static str;

    #[doc(hidden)]
    fn read(values: &'a Values<'a>, row: usize) -> Option<Self>;
}

macro_rules! from_input {
    ($($type:ty, $wanted:literal, $($pattern:pat => $value:expr),+; $row:ident)*) => {$(
        impl<'a> FromInput<'a> for $type {
            const WANTED: &'static str = $wanted;

            #[inline]
            fn read(values: &'a Values<'a>, $row: usize) -> Option<Self> {
                match values {
                    $($pattern => $value,)+
                    _ => None,
                }
            }
        }
    )*};
}

from_input! {
    f64, "a float",
        Values::Floats(values) => Some(values[row]),
        Values::Integers(values) => Some(values[row] as f64); row
    Option<f64>, "a float",
        Values::Floats(values) => Some(Some(values[row]).filter(|value| !value.is_nan())),
        Values::Integers(values) => Some(Some(values[row] as f64)); row
    i64, "an integer", Values::Integers(values) => Some(values[row]); row
    u64, "a count", Values::Integers(values) => u64::try_from(values[row]).ok(); row
    bool, "a boolean", Values::Booleans(values) => Some(values[row]); row
    &'a str, "a string", Values::Texts(texts) => Some(texts.get(row)); row
    String, "a string", Values::Texts(texts) => Some(texts.get(row).to_owned()); row
    Timestamp, "a known date_time",
        Values::Times(values) => Timestamp::from_column(values[row]); row
    Option<Timestamp>, "a date_time",
        Values::Times(values) => Some(Timestamp::from_column(values[row])); row
}

/// A type that a field of a transaction can be read as, and the type that the team's
/// payload schema must then give the field.
///
/// | type | the field must be |
/// | --- | --- |
/// | `f64`, `Option<f64>` | `float` |
/// | `i64`, `u64` | `integer` |
/// | `&str`, `String` | `string` |
/// | `bool` | `boolean` |
/// | [`Timestamp`], `Option<Timestamp>` | `date_time` |
///
/// ```
/// use vervet_sdk::FromField;
/// use vervet_sdk::plan::FieldType;
///
/// assert_eq!(<f64 as FromField>::FIELD_TYPE, FieldType::Float);
/// ```
#[diagnostic::on_unimplemented(
    message = "no field of a transaction is read as `{Self}`",
    label = "f64, i64, u64, bool, &str, String, Timestamp, Option<f64> and Option<Timestamp> are"
)]
pub trait FromField<'a>: FromInput<'a> {
    /// The type that the field must have.
    const FIELD_TYPE: FieldType;
}

macro_rules! from_field {
    ($($type:ty => $field_type:ident),* $(,)?) => {$(
        impl<'a> FromField<'a> for $type {
            const FIELD_TYPE: FieldType = FieldType::$field_type;
        }
    )*};
}

from_field! {
    f64 => Float,
    Option<f64> => Float,
    i64 => Integer,
    u64 => Integer,
    bool => Boolean,
    &'a str => Text,
    String => Text,
    Timestamp => Time,
    Option<Timestamp> => Time,
}

/// One row of a `recent` input: a struct under `#[derive(RecentRow)]`, or one value.
///
/// ```
/// use vervet_sdk::RecentRow;
/// use vervet_sdk::plan::{Field, FieldType};
///
/// #[derive(RecentRow)]
/// struct Payment<'a> {
///     counterparty: &'a str,
///     amount: f64,
/// }
///
/// let amount = Field::new("amount", FieldType::Float);
/// assert_eq!(Payment::fields(), [Field::new("counterparty", FieldType::Text), amount]);
/// ```
pub trait RecentRow<'a>: Sized {
    /// The fields that it reads; empty for a single value, whose field the input names.
    fn fields() -> Vec<Field>;

    #[doc(hidden)]
    fn read(row: Row<'a>) -> Result<Self, String>;
}

impl<'a, T: FromField<'a>> RecentRow<'a> for T {
    fn fields() -> Vec<Field> {
        Vec::new()
    }

    #[inline]
    fn read(row: Row<'a>) -> Result<Self, String> {
        row.get(0, "recent")
    }
}

impl<'a, T: RecentRow<'a>> FromInput<'a> for Vec<T> {
    const WANTED: &'static str = "rows of other fields or types";

    fn read(values: &'a Values<'a>, row: usize) -> Option<Self> {
        let (rows, columns) = values.rows(row)?;
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            read.push(T::read(Row::new(columns, row)).ok()?);
        }
        Some(read)
    }
}
