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
