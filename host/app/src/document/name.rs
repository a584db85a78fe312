//! What a document is called.

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// What a document is called whose name says nothing.
const NAMELESS: &str = "document";

/// A name for people, made of what the client says: the last segment of a path, without what shows it
/// otherwise than it is, or means something to a file system. It is never used as a path.
pub fn file_name(said: &str) -> String {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().filter(|letter| !is_trick(*letter));
    let harmless = kept.map(|letter| match letter {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        other if other.is_whitespace() => ' ',
        other => other,
    });
    let name: String = harmless.collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    shortened(name)
}

/// The file's name in a header `Content-Disposition`: `filename*` (RFC 8187) where it is there and can be read, else
/// `filename`.
pub fn name_in_disposition(header: &[u8]) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    let parameters: Vec<(String, String)> = parameters(&header);
    let find = |name: &str| {
        let mut found = parameters.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value)
    };
    let extended = find("filename*").and_then(|value| decoded(value));
    extended.or_else(|| {
        // Browsers escape these three characters alone.
        let plain = find("filename")?;
        Some(
            plain
                .replace("%22", "\"")
                .replace("%0D", "")
                .replace("%0A", ""),
        )
    })
}

/// The parameters of a header, behind its first word, with names in lower case and values without quotes.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = header.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, behind)) = rest.split_once('=') {
        let name = name.trim().to_ascii_lowercase();
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, behind) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim().to_owned(), behind)
            }
        };
        found.push((name, value));
        rest = behind.trim_start().trim_start_matches(';');
    }
    found
}

/// A quoted value and what follows it. A backslash escapes a quote or a backslash alone, since names of Windows have
/// others.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => match letters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    (value, "")
}

/// A value of RFC 8187: character set, language, and percent-encoded bytes.
fn decoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        bytes.push(match byte {
            b'%' => (digit(rest.next()?)? * 16 + digit(rest.next()?)?) as u8,
            plain => plain,
        });
    }
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// Characters that are not seen, or turn the direction of what follows.
fn is_trick(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// Cuts the name before what it ends in, so that it still says what the file is.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.chars().count() <= 16 => {
            let room = MAX_NAME - extension.chars().count() - 1;
            format!(
                "{}.{extension}",
                cut(stem, room).trim_end_matches([' ', '.'])
            )
        }
        _ => cut(name, MAX_NAME),
    }
}

/// The header `Content-Disposition` that has a browser keep a file under this name, and never show it:
/// in ASCII for old ones, and as RFC 8187 has it.
pub fn disposition(name: &str) -> String {
    let plain = |letter: char| match letter {
        '"' | '\\' | '%' => '_',
        ' '..='~' => letter,
        _ => '_',
    };
    let ascii: String = name.chars().map(plain).collect();
    let encoded: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_no_trick() {
        let check = |said: &str, expect: &str| assert_eq!(file_name(said), expect, "{said:?}");
        check("contract.pdf", "contract.pdf");
        check("été 2026.pdf", "été 2026.pdf");
        check("../../etc/passwd", "passwd");
        check("C:\\Users\\anna\\contract.pdf", "contract.pdf");
        check("..", "document");
        check("../", "document");
        check("", "document");
        check(" . ", "document");
        check(".htaccess", "htaccess");
        check("a\0b\r\nc.pdf", "abc.pdf");
        check("contract\u{202E}fdp.exe", "contractfdp.exe");
        check("a\u{200B}b", "ab");
        check("a<b>:\"|?*.pdf", "a_b______.pdf");
        check("a\u{A0}b\tc", "a bc");
        check(&"x".repeat(300), &"x".repeat(200));
        let long = format!("{}.pdf", "é".repeat(300));
        check(&long, &format!("{}.pdf", "é".repeat(196)));
        check(
            &format!("x.{}", "y".repeat(300)),
            &format!("x.{}", "y".repeat(198)),
        );
    }

    #[test]
    fn a_name_is_read_in_both_forms() {
        let check = |header: &str, expect: Option<&str>| {
            let found = name_in_disposition(header.as_bytes());
            assert_eq!(found.as_deref(), expect, "{header}");
        };
        check("form-data; name=\"file\"", None);
        check("form-data; name=file; filename=a.pdf", Some("a.pdf"));
        check(
            "form-data; filename=\"a;b=c.pdf\"; name=\"file\"",
            Some("a;b=c.pdf"),
        );
        check("form-data; filename=\"a\\\"b\\\\c\\d\"", Some("a\"b\\c\\d"));
        check(
            "form-data; filename=\"a%22b 100%.pdf\"",
            Some("a\"b 100%.pdf"),
        );
        check("form-data; filename=\"été.pdf\"", Some("été.pdf"));
        check(
            "form-data; filename*=UTF-8''%C3%A9t%C3%A9%20%22.pdf",
            Some("été \".pdf"),
        );
        check(
            "form-data; FileName*=utf-8'en'%e2%82%ac.pdf; name=file",
            Some("€.pdf"),
        );
        check(
            "form-data; filename*=iso-8859-1''caf%E9.pdf",
            Some("café.pdf"),
        );
        check(
            "form-data; filename=\"x.pdf\"; filename*=UTF-8''y.pdf",
            Some("y.pdf"),
        );
        check(
            "form-data; filename*=UTF-8''y.pdf; filename=\"x.pdf\"",
            Some("y.pdf"),
        );
        // What cannot be read is passed over.
        check(
            "form-data; filename=x.pdf; filename*=UTF-8''%FF",
            Some("x.pdf"),
        );
        check(
            "form-data; filename=x.pdf; filename*=koi8-r''%C1",
            Some("x.pdf"),
        );
        check("form-data; filename*=UTF-8''%4", None);
        check("form-data; filename*=nonsense", None);
        check(&disposition("é\".pdf"), Some("é\".pdf"));
    }

    #[test]
    fn a_download_has_its_name_in_both_forms() {
        let check = |name: &str, expect: &str| assert_eq!(disposition(name), expect);
        check(
            "a b.pdf",
            "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf",
        );
        check(
            "été\";x=y%.pdf",
            "attachment; filename=\"_t__;x=y_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%22%3Bx%3Dy%25.pdf",
        );
    }
}
