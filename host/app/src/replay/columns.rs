//! Evidence, back in the columns in which a rule was given it.

use domain::column::{Cell, Column, Evidence, Rows, Texts, Values, time_to_column};
use domain::payload::FieldType;
use domain::rule::{Source, Statistic};
use domain::time::Timestamp;

use engine::alert::EvidenceValue;

/// In which form a rule is given an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One value for each transaction.
    Column(FieldType),
    /// Rows with values of these types.
    Rows(Vec<FieldType>),
}

impl Shape {
    pub(super) fn of(source: &Source) -> Self {
        match source {
            Source::Field(field) => Self::Column(field.field_type),
            Source::Membership(_) => Self::Column(FieldType::Boolean),
            Source::Aggregate(aggregate) => Self::Column(match aggregate.statistic {
                Statistic::Count | Statistic::Distinct => FieldType::Integer,
                _ => FieldType::Float,
            }),
            Source::Recent(recent) => {
                let types = recent.fields.iter().map(|field| field.field_type);
                Self::Rows(types.collect())
            }
        }
    }

    /// Reads a kept value; none if it is of another form.
    pub(super) fn read(&self, value: &EvidenceValue) -> Option<Evidence> {
        match (self, value) {
            (Self::Column(field_type), value) => cell(*field_type, value).map(Evidence::Cell),
            (Self::Rows(types), EvidenceValue::Rows(rows)) => {
                let row = |row: &Vec<EvidenceValue>| {
                    let cells = types.iter().zip(row);
                    let cells = cells.map(|(field_type, value)| cell(*field_type, value));
                    (row.len() == types.len()).then(|| cells.collect::<Option<Vec<Cell>>>())?
                };
                let rows: Option<Vec<Vec<Cell>>> = rows.iter().map(row).collect();
                rows.map(Evidence::Rows)
            }
            (Self::Rows(_), _) => None,
        }
    }

    /// The values of many transactions, all of which [`read`](Self::read) gave.
    pub(super) fn gather<'e>(&self, values: impl Iterator<Item = &'e Evidence>) -> Values {
        match self {
            Self::Column(field_type) => {
                let cells = values.filter_map(|value| match value {
                    Evidence::Cell(cell) => Some(cell),
                    Evidence::Rows(_) => None,
                });
                Values::Column(column(*field_type, cells))
            }
            Self::Rows(types) => {
                let mut all: Vec<&Vec<Cell>> = Vec::new();
                let mut ends = Vec::new();
                for value in values {
                    if let Evidence::Rows(rows) = value {
                        all.extend(rows);
                    }
                    ends.push(all.len() as u32);
                }
                let columns = types.iter().enumerate().map(|(index, field_type)| {
                    column(*field_type, all.iter().filter_map(|row| row.get(index)))
                });
                Values::Rows(Rows {
                    columns: columns.collect(),
                    ends,
                })
            }
        }
    }
}

fn cell(field_type: FieldType, value: &EvidenceValue) -> Option<Cell> {
    Some(match (field_type, value) {
        (FieldType::Text, EvidenceValue::Text(text)) => Cell::Text(text.clone()),
        (FieldType::Float, EvidenceValue::Float(number)) => Cell::Float(number.unwrap_or(f64::NAN)),
        (FieldType::Float, EvidenceValue::Integer(integer)) => Cell::Float(*integer as f64),
        (FieldType::Float, EvidenceValue::Text(text)) if text == "inf" => {
            Cell::Float(f64::INFINITY)
        }
        (FieldType::Float, EvidenceValue::Text(text)) if text == "-inf" => {
            Cell::Float(f64::NEG_INFINITY)
        }
        (FieldType::Integer, EvidenceValue::Integer(integer)) => Cell::Integer(*integer),
        (FieldType::Boolean, EvidenceValue::Boolean(truth)) => Cell::Boolean(*truth),
        (FieldType::DateTime, EvidenceValue::Text(text)) if text.is_empty() => Cell::Time(None),
        (FieldType::DateTime, EvidenceValue::Text(text)) => Cell::Time(Some(moment(text)?)),
        _ => return None,
    })
}

/// Reads what a moment is written as.
fn moment(text: &str) -> Option<Timestamp> {
    let micros = match text.strip_suffix(" µs") {
        Some(micros) => micros.parse().ok()?,
        None => text.parse::<jiff::Timestamp>().ok()?.as_microsecond(),
    };
    Some(Timestamp::from_micros(micros))
}

fn column<'c>(field_type: FieldType, cells: impl Iterator<Item = &'c Cell>) -> Column {
    match field_type {
        FieldType::Text => {
            let mut texts = Texts::default();
            for cell in cells {
                if let Cell::Text(text) = cell {
                    texts.push(text);
                }
            }
            Column::Texts(texts)
        }
        FieldType::Float => Column::Floats(of(cells, |cell| match cell {
            Cell::Float(number) => Some(*number),
            _ => None,
        })),
        FieldType::Integer => Column::Integers(of(cells, |cell| match cell {
            Cell::Integer(integer) => Some(*integer),
            _ => None,
        })),
        FieldType::Boolean => Column::Booleans(of(cells, |cell| match cell {
            Cell::Boolean(truth) => Some(*truth),
            _ => None,
        })),
        FieldType::DateTime => Column::Times(of(cells, |cell| match cell {
            Cell::Time(moment) => Some(time_to_column(*moment)),
            _ => None,
        })),
    }
}

fn of<'c, T>(
    cells: impl Iterator<Item = &'c Cell>,
    value: impl Fn(&'c Cell) -> Option<T>,
) -> Vec<T> {
    cells.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a rule was given, kept as an alert keeps it and read back, is bit for bit what it was given.
    #[test]
    fn what_was_kept_is_what_was_given() {
        let check = |shape: Shape, values: Values| {
            let kept = (0..values.len()).map(|row| {
                let value = EvidenceValue::from(values.evidence(row));
                let text = serde_json::to_string(&value).expect("evidence is JSON");
                let value: EvidenceValue = serde_json::from_str(&text).expect("evidence");
                shape.read(&value).unwrap_or_else(|| panic!("{text}"))
            });
            let kept: Vec<Evidence> = kept.collect();
            let back = shape.gather(kept.iter());
            match (&back, &values) {
                (Values::Column(Column::Floats(back)), Values::Column(Column::Floats(given))) => {
                    let bits = |numbers: &[f64]| -> Vec<u64> {
                        numbers.iter().map(|number| number.to_bits()).collect()
                    };
                    assert_eq!(bits(back), bits(given));
                }
                _ => assert_eq!(back, values),
            }
        };
        let mut texts = Texts::default();
        ["", "a", "2024-09-25T10:45:30Z", "null", "é\u{0}"]
            .iter()
            .for_each(|text| texts.push(text));
        check(
            Shape::Column(FieldType::Text),
            Values::Column(Column::Texts(texts.clone())),
        );
        let numbers = vec![
            0.1,
            -0.0,
            1.0,
            5e-324,
            f64::MAX,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.1 + 0.2,
            123_456_789.123_456_78,
            2.225_073_858_507_201e-308,
            9_007_199_254_740_993.0,
            0.000_000_123_456_789_012_345_67,
        ];
        check(
            Shape::Column(FieldType::Float),
            Values::Column(Column::Floats(numbers.clone())),
        );
        let integers = vec![0, -1, i64::MAX, i64::MIN];
        check(
            Shape::Column(FieldType::Integer),
            Values::Column(Column::Integers(integers)),
        );
        check(
            Shape::Column(FieldType::Boolean),
            Values::Column(Column::Booleans(vec![true, false])),
        );
        let moments = vec![
            i64::MIN,
            0,
            -1,
            1_700_000_000_123_456,
            i64::MAX,
            i64::MIN + 1,
        ];
        check(
            Shape::Column(FieldType::DateTime),
            Values::Column(Column::Times(moments)),
        );
        check(
            Shape::Rows(vec![FieldType::Text, FieldType::Integer]),
            Values::Rows(Rows {
                ends: vec![0, 3, 3, 5],
                columns: vec![Column::Texts(texts), Column::Integers(vec![1, 2, 3, 4, 5])],
            }),
        );
    }

    #[test]
    fn what_is_of_another_form_is_not_read() {
        let check = |shape: Shape, value: &str| {
            let value: EvidenceValue = serde_json::from_str(value).expect("evidence");
            assert_eq!(shape.read(&value), None, "{value:?}");
        };
        check(Shape::Column(FieldType::Integer), "1.5");
        check(Shape::Column(FieldType::Integer), "null");
        check(Shape::Column(FieldType::Text), "1");
        check(Shape::Column(FieldType::DateTime), "\"yesterday\"");
        check(Shape::Column(FieldType::Boolean), "[]");
        check(Shape::Rows(vec![FieldType::Text]), "\"a\"");
        check(Shape::Rows(vec![FieldType::Text]), "[[\"a\", \"b\"]]");
        check(Shape::Rows(vec![FieldType::Text]), "[[1]]");
    }
}
