//! What is wrong with a value, told without repeating the value.

use serde_json::Value;

/// What is wrong with a value, at one place of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFault {
    /// A JSON pointer; "" for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// The most faults that are told.
pub const MAX_FAULTS: usize = 100;
/// The most bytes that all faults together take; those that follow are not told.
pub(crate) const MAX_FAULTS_BYTES: usize = 64 << 10;
/// A name or a list of names is cut after so many characters.
const MAX_NAME: usize = 100;

/// The way from the whole value to a part of it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) within: Option<&'p Place<'p>>,
    pub(crate) step: Step<'p>,
}

/// One step of the way.
#[derive(Clone, Copy)]
pub(crate) enum Step<'p> {
    Root,
    Member(&'p str),
    Item(usize),
}

impl Place<'_> {
    pub(crate) const ROOT: Self = Place {
        within: None,
        step: Step::Root,
    };

    /// A JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(at) = place {
            steps.push(at.step);
            place = at.within;
        }
        let mut pointer = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Root => {}
                Step::Member(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Step::Item(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
            }
        }
        pointer
    }
}

/// A name in quotes, cut where it is long.
pub(crate) fn quoted(name: &str) -> String {
    format!("'{}'", cut(name))
}

/// Values of a schema, cut where they are long.
pub(crate) fn listed(values: &[Value]) -> String {
    let mut list = String::new();
    for value in values {
        if list.len() > MAX_NAME {
            list.push_str(", …");
            break;
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&cut(&value.to_string()));
    }
    list
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
