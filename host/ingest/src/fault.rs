//! The sentences of faults.

use domain::payload::{Fault, FieldType, Reason};

/// The longest name that a fault repeats, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// A fault of a member that the schema names.
pub(super) fn of_field(field: &str, kind: FieldType, reason: Reason) -> Fault {
    let unknown = match kind {
        FieldType::Float | FieldType::Integer => "0",
        FieldType::DateTime | FieldType::Text => "\"\"",
        FieldType::Boolean => "false",
    };
    let detail = match reason {
        Reason::Missing => format!("must be sent; where the value is unknown, send {unknown}"),
        Reason::Null => format!("must not be null; where the value is unknown, send {unknown}"),
        Reason::WrongType => wants(kind).to_owned(),
        Reason::InvalidDateTime => {
            "must have a date, a time of day from 00:00 to 23:59:59, and an offset, such as \"2024-09-25T10:45:30Z\"".to_owned()
        }
        Reason::Empty => format!("must not be empty; where the value is unknown, send {unknown}"),
        Reason::OutOfRange => match kind {
            FieldType::Integer => "must be from -9223372036854775808 to 9223372036854775807",
            FieldType::DateTime => {
                "must be from -009999-01-02T01:59:59Z to 9999-12-30T22:00:00Z, the times that can be kept"
            }
            _ => "must be a number that 64 bits of floating point can hold",
        }
        .to_owned(),
        Reason::InvalidCharacter => "must not contain the character NUL".to_owned(),
        Reason::DuplicateField => "must be sent once only".to_owned(),
        Reason::TooLong | Reason::Malformed | Reason::UnknownField => "is not accepted".to_owned(),
    };
    Fault {
        field: field.to_owned(),
        reason,
        detail,
    }
}

fn wants(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Float => "must be a number",
        FieldType::Integer => "must be a number without fraction and exponent",
        FieldType::DateTime => "must be a string with an ISO 8601 time",
        FieldType::Text => "must be a string",
        FieldType::Boolean => "must be true or false",
    }
}

/// A fault of `txn_id`, `customer_id` or `date_time`, which have no value for "unknown".
pub(super) fn of_mandatory(field: &str, kind: FieldType, reason: Reason) -> Fault {
    let detail = match reason {
        Reason::Missing => "must be sent".to_owned(),
        Reason::Null => "must not be null".to_owned(),
        Reason::Empty => "must not be empty".to_owned(),
        Reason::TooLong => "must have at most 200 characters".to_owned(),
        _ => return of_field(field, kind, reason),
    };
    Fault {
        field: field.to_owned(),
        reason,
        detail,
    }
}

/// A member that the schema does not name, and does not accept.
pub(super) fn unknown_field(name: &str) -> Fault {
    Fault {
        field: shortened(name),
        reason: Reason::UnknownField,
        detail: "is not in the payload schema".to_owned(),
    }
}

/// A member that the schema does not name and that has a key twice, or is there twice.
pub(super) fn duplicate(name: &str, detail: &str) -> Fault {
    Fault {
        field: shortened(name),
        reason: Reason::DuplicateField,
        detail: detail.to_owned(),
    }
}

/// A member that the schema does not name and in which the character U+0000 is.
pub(super) fn nul(name: &str) -> Fault {
    Fault {
        field: shortened(name),
        reason: Reason::InvalidCharacter,
        detail: "must not contain the character NUL".to_owned(),
    }
}

/// A payload that is no text of its format.
pub(super) fn malformed(detail: String) -> Fault {
    Fault {
        field: String::new(),
        reason: Reason::Malformed,
        detail,
    }
}

/// A payload that is longer than what is read.
pub(super) fn too_long(max_bytes: usize) -> Fault {
    Fault {
        field: String::new(),
        reason: Reason::TooLong,
        detail: format!("the payload is longer than {max_bytes} bytes"),
    }
}

/// A row of CSV with more cells than are read.
pub(super) fn too_many_cells(detail: String) -> Fault {
    Fault {
        field: String::new(),
        reason: Reason::TooLong,
        detail,
    }
}

/// What is malformed, and where; line and column (in bytes) begin at 1.
pub(super) fn malformed_at(text: &[u8], offset: usize, what: &str) -> Fault {
    let before = &text[..offset];
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let column = offset - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
    malformed(format!("{what} at line {line} column {column}"))
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        name.to_owned()
    } else {
        format!("{}…", &name[..name.floor_char_boundary(MAX_NAME_BYTES)])
    }
}
