//! Records of CSV, read as the load scripts have them read.

use super::form::CsvForm;

/// A field: its text, and whether it stood in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldText {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

/// The records of a text; none if a quote is not closed, or something stands behind a closed one.
pub(super) fn records(form: &CsvForm, text: &str) -> Option<Vec<Vec<FieldText>>> {
    let mut records = Vec::new();
    let mut letters = text.chars().peekable();
    while letters.peek().is_some() {
        let mut record = Vec::new();
        loop {
            let mut field = FieldText {
                text: String::new(),
                is_quoted: false,
            };
            if form.quote.is_some() && letters.peek() == form.quote.as_ref() {
                letters.next();
                field.is_quoted = true;
                loop {
                    let letter = letters.next()?;
                    if Some(letter) != form.quote {
                        field.text.push(letter);
                    } else if letters.peek() == Some(&letter) {
                        letters.next();
                        field.text.push(letter);
                    } else {
                        break;
                    }
                }
            } else {
                let more = |letter: &char| *letter != form.delimiter && *letter != '\n';
                while let Some(letter) = letters.next_if(more) {
                    field.text.push(letter);
                }
            }
            letters.next_if_eq(&'\r');
            if !field.is_quoted && field.text.ends_with('\r') && letters.peek() == Some(&'\n') {
                field.text.pop();
            }
            record.push(field);
            match letters.next() {
                Some(letter) if letter == form.delimiter => {}
                None | Some('\n') => break,
                Some(_) => return None,
            }
        }
        records.push(record);
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_parted_as_rfc_4180_has_it() {
        let check = |text: &str, expect: Option<&[&[&str]]>| {
            let read = records(&CsvForm::default(), text);
            let read = read.map(|records| {
                let texts = |record: Vec<FieldText>| {
                    record
                        .into_iter()
                        .map(|field| field.text)
                        .collect::<Vec<_>>()
                };
                records.into_iter().map(texts).collect::<Vec<_>>()
            });
            let expect = expect.map(|records| {
                let texts = |record: &&[&str]| record.iter().map(ToString::to_string).collect();
                records.iter().map(texts).collect::<Vec<Vec<String>>>()
            });
            assert_eq!(read, expect, "{text:?}");
        };
        check("", Some(&[]));
        check("a,b\n", Some(&[&["a", "b"]]));
        check(
            "a,\r\n\"x \"\"y\"\"\nz\",\r\n",
            Some(&[&["a", ""], &["x \"y\"\nz", ""]]),
        );
        check("a,b", Some(&[&["a", "b"]]));
        check("a,", Some(&[&["a", ""]]));
        check("\"a", None);
        check("\"a\"b", None);
    }
}
