//! What people see of a rich text.

/// The text without its tags, each character as it is shown. `html` must have been made harmless: any
/// `<` in it begins a tag, and `&` stands for itself only as `&amp;`.
pub fn plain(html: &str) -> String {
    let mut seen = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        seen.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = match rest.strip_prefix('<') {
            Some(tag) => {
                if is_break(tag) && !seen.ends_with('\n') && !seen.is_empty() {
                    seen.push('\n');
                }
                &tag[end_of_tag(tag)..]
            }
            None => match entity(rest) {
                Some((letter, behind)) => {
                    seen.push(letter);
                    behind
                }
                None => {
                    seen.push('&');
                    &rest[1..]
                }
            },
        };
    }
    seen.push_str(rest);
    seen
}

/// Where a tag ends, behind its `>`. A `>` within quotes does not end it.
fn end_of_tag(tag: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

/// Whether what follows a tag stands on another line.
fn is_break(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    let name = name.split(['>', ' ']).next().unwrap_or_default();
    matches!(
        name,
        "p" | "br" | "ul" | "ol" | "li" | "blockquote" | "pre" | "h3" | "h4"
    )
}

/// The character that an entity stands for, and what is behind it.
fn entity(text: &str) -> Option<(char, &str)> {
    const ENTITIES: [(&str, char); 5] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&nbsp;", '\u{A0}'),
    ];
    let stands = |(name, letter): (&str, char)| text.strip_prefix(name).map(|rest| (letter, rest));
    ENTITIES.into_iter().find_map(stands)
}
