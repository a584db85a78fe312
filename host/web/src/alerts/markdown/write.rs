//! Markdown of HTML, for editing what was written.

use untrusted_input::rich_text::RichText;

use super::html_of;

/// The Markdown that makes a comment's HTML again, as far as Markdown can: what was underlined is plain.
pub(in crate::alerts) fn markdown_of(html: &str) -> String {
    let plain = Writer::new(false).write(html);
    // Most texts need no backslashes.
    match is_same(&plain, html) {
        true => plain,
        false => Writer::new(true).write(html),
    }
}

fn is_same(markdown: &str, html: &str) -> bool {
    let again = RichText::new(&html_of(markdown));
    again.is_ok_and(|again| again.as_str() == html)
}

struct Writer {
    out: String,
    /// Whether what Markdown would read otherwise gets a backslash.
    escapes: bool,
    /// What stands before each line: of quotes and of entries of lists.
    prefixes: Vec<&'static str>,
    /// Of each list that is open: whether it is ordered.
    lists: Vec<bool>,
    links: Vec<String>,
    /// Whether what follows is code: on lines of its own, or within a line.
    is_code: bool,
    is_span: bool,
}

impl Writer {
    fn new(escapes: bool) -> Self {
        Self {
            out: String::new(),
            escapes,
            prefixes: Vec::new(),
            lists: Vec::new(),
            links: Vec::new(),
            is_code: false,
            is_span: false,
        }
    }

    fn write(mut self, html: &str) -> String {
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.text(&rest[..at]);
            let Some((tag, behind)) = rest[at + 1..].split_once('>') else {
                break;
            };
            self.tag(tag);
            rest = behind;
        }
        self.text(rest);
        let lines = self.out.trim().lines().map(str::trim_end);
        lines.collect::<Vec<&str>>().join("\n")
    }

    fn tag(&mut self, tag: &str) {
        let name = tag.split(' ').next().unwrap_or_default();
        match name {
            "p" | "h3" | "h4" | "blockquote" | "pre" | "ul" | "ol" => self.begin_block(name),
            "/p" | "/h3" | "/h4" => {}
            "/blockquote" => {
                self.prefixes.pop();
            }
            "/pre" => {
                self.is_code = false;
                let is_at_start = self.out.ends_with('\n');
                if !is_at_start {
                    self.line();
                }
                self.out.push_str("```");
            }
            "/ul" | "/ol" => {
                self.lists.pop();
            }
            "li" => {
                self.line();
                let (marker, indent) = match self.lists.last() {
                    Some(true) => ("1. ", "   "),
                    Some(false) | None => ("- ", "  "),
                };
                self.out.push_str(marker);
                self.prefixes.push(indent);
            }
            "/li" => {
                self.prefixes.pop();
            }
            "br" => self.line(),
            "strong" | "b" | "/strong" | "/b" => self.out.push_str("**"),
            "em" | "i" | "/em" | "/i" => self.out.push('*'),
            "s" | "del" | "/s" | "/del" => self.out.push_str("~~"),
            "code" | "/code" if !self.is_code => {
                self.is_span = name == "code";
                self.out.push('`');
            }
            "a" => {
                let to = tag
                    .split_once("href=\"")
                    .and_then(|(_, to)| to.split_once('"'));
                self.links.push(unescaped(to.map_or("", |(to, _)| to)));
                self.out.push('[');
            }
            "/a" => {
                let to = self.links.pop().unwrap_or_default();
                self.out.push_str(&format!("]({to})"));
            }
            _ => {}
        }
    }

    fn begin_block(&mut self, name: &str) {
        let is_at_marker = ["- ", "1. ", "> "]
            .iter()
            .any(|marker| self.out.ends_with(marker));
        let is_list = matches!(name, "ul" | "ol");
        let is_inner_list = is_list && !self.lists.is_empty();
        if !self.out.is_empty() && !is_at_marker && !is_inner_list {
            self.line();
            // The entries of a list begin lines of their own.
            if !is_list {
                self.line();
            }
        }
        match name {
            "h3" => self.out.push_str("### "),
            "h4" => self.out.push_str("#### "),
            "blockquote" => {
                self.prefixes.push("> ");
                self.out.push_str("> ");
            }
            "pre" => {
                self.is_code = true;
                self.out.push_str("```");
                self.line();
            }
            "ul" | "ol" => self.lists.push(name == "ol"),
            _ => {}
        }
    }

    /// Begins a line.
    fn line(&mut self) {
        self.out.push('\n');
        for prefix in &self.prefixes {
            self.out.push_str(prefix);
        }
    }

    fn text(&mut self, html: &str) {
        let text = unescaped(html);
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 && self.is_code {
                self.line();
            } else if at > 0 && !line.is_empty() {
                self.out.push('\n');
            }
            for letter in line.chars() {
                let is_special = "\\*_`[]~#><&-+.)".contains(letter);
                if self.escapes && is_special && !self.is_code && !self.is_span {
                    self.out.push('\\');
                }
                self.out.push(letter);
            }
        }
    }
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_edited_as_it_was_typed() {
        for typed in [
            "a",
            "a\nb\n\nc",
            "1 < 2 && <b>",
            "snake_case, 5 * 3 * 2",
            "**bold** and *lean*",
            "- a\n- b",
            "1. a\n1. b",
            "> said\n> twice",
            "### Title\n\ntext",
            "see [it](https://bank.example/?a=1&b=2)",
            "```\na < b\n```",
            "seen `code` there",
        ] {
            let html = RichText::new(&html_of(typed)).expect("a comment");
            assert_eq!(markdown_of(html.as_str()), typed);
        }
    }

    #[test]
    fn what_looks_like_markdown_stays_text() {
        for html in [
            "<p>*not lean*</p>",
            "<p># no title</p>",
            "<p>- no list</p>",
            "<p>&amp;lt;</p>",
        ] {
            let markdown = markdown_of(html);
            assert!(is_same(&markdown, html), "{markdown}");
        }
    }
}
