//! HTML of Markdown.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::escaped;

/// The HTML of what somebody typed.
pub(in crate::alerts) fn html_of(typed: &str) -> String {
    let source = without_definitions(&typed.replace("\r\n", "\n"));
    let parser = Parser::new_ext(&source, Options::ENABLE_STRIKETHROUGH);
    let mut html = Html::default();
    for (event, range) in parser.into_offset_iter() {
        html.add(event, &source, range);
    }
    html.out
}

/// `[1]: annex` at the beginning of a line defines a link in Markdown, and would not be shown.
fn without_definitions(source: &str) -> String {
    let lines = source.split('\n').map(|line| {
        let text = line.trim_start();
        let label = text
            .strip_prefix('[')
            .and_then(|label| label.split_once(']'));
        match label.is_some_and(|(_, behind)| behind.starts_with(':')) {
            true => format!("{}\\{text}", &line[..line.len() - text.len()]),
            false => line.to_owned(),
        }
    });
    lines.collect::<Vec<String>>().join("\n")
}

#[derive(Default)]
struct Html {
    out: String,
    /// Of each list that is open, the number of its next entry where it does not begin with 1: browsers would count otherwise
    /// than was typed, so its entries are paragraphs.
    lists: Vec<Option<u64>>,
    /// Whether the heading that is open is a line with dashes below it.
    is_underlined: bool,
}

impl Html {
    fn add(&mut self, event: Event<'_>, source: &str, range: Range<usize>) {
        let typed = &source[range];
        match event {
            Event::Start(tag) => self.start(tag, typed),
            Event::End(tag) => self.end(tag, typed),
            Event::Text(_) if typed.starts_with('&') => self.text(typed),
            Event::Text(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Html(text) => self.out.push_str(&escaped(&text).replace('\n', "<br>")),
            Event::Code(code) => {
                self.out.push_str("<code>");
                self.out.push_str(&escaped(&code));
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => {
                self.out.push_str("<p>");
                self.text(typed.trim());
                self.out.push_str("</p>");
            }
            Event::TaskListMarker(_)
            | Event::FootnoteReference(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => self.text(typed),
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&escaped(text));
    }

    fn start(&mut self, tag: Tag<'_>, typed: &str) {
        match tag {
            Tag::Heading { .. } if !typed.starts_with('#') => {
                self.is_underlined = true;
                self.out.push_str("<p>");
            }
            Tag::Heading { level, .. } => {
                let tag = heading(level);
                self.out.push_str(&format!("<{tag}>"));
            }
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.out.push_str("<pre><code>");
            }
            // Its lines are text.
            Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::List(Some(first)) if first != 1 => self.lists.push(Some(first)),
            Tag::List(first) => {
                self.lists.push(None);
                let tag = if first.is_some() { "<ol>" } else { "<ul>" };
                self.out.push_str(tag);
            }
            Tag::Item => match self.lists.last_mut() {
                Some(Some(number)) => {
                    self.out.push_str(&format!("<p>{number}. "));
                    *number += 1;
                }
                Some(None) | None => self.out.push_str("<li>"),
            },
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => {
                let scheme = match link_type {
                    LinkType::Email => "mailto:",
                    _ => "",
                };
                let to = escaped(&dest_url);
                self.out.push_str(&format!("<a href=\"{scheme}{to}\">"));
            }
            // Nothing is loaded from elsewhere: an image is a link to it.
            Tag::Image { dest_url, .. } => {
                let to = escaped(&dest_url);
                self.out.push_str(&format!("<a href=\"{to}\">"));
            }
            _ => self.out.push_str("<p>"),
        }
    }

    fn end(&mut self, tag: TagEnd, typed: &str) {
        let end = match tag {
            TagEnd::Heading(_) if std::mem::take(&mut self.is_underlined) => {
                let dashes = typed.trim_end().rsplit('\n').next().unwrap_or_default();
                self.out.push_str("<br>");
                self.text(dashes.trim());
                "</p>"
            }
            TagEnd::Heading(level) => match heading(level) {
                "h3" => "</h3>",
                _ => "</h4>",
            },
            TagEnd::BlockQuote(_) => "</blockquote>",
            TagEnd::CodeBlock => "</code></pre>",
            TagEnd::List(is_ordered) => match (self.lists.pop(), is_ordered) {
                (Some(Some(_)), _) => "",
                (_, true) => "</ol>",
                (_, false) => "</ul>",
            },
            TagEnd::Item => match self.lists.last() {
                Some(Some(_)) => "</p>",
                Some(None) | None => "</li>",
            },
            TagEnd::Emphasis => "</em>",
            TagEnd::Strong => "</strong>",
            TagEnd::Strikethrough => "</del>",
            TagEnd::Link | TagEnd::Image => "</a>",
            TagEnd::HtmlBlock => {
                let lines = self.out.trim_end_matches("<br>").len();
                self.out.truncate(lines);
                "</p>"
            }
            _ => "</p>",
        };
        self.out.push_str(end);
    }
}

/// Comments stand below headings of the page.
fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 | HeadingLevel::H3 => "h3",
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => "h4",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expect: &str) {
        assert_eq!(html_of(typed), expect, "{typed:?}");
    }

    #[test]
    fn a_text_is_shown_as_it_was_typed() {
        check("a", "<p>a</p>");
        check("a\r\nb\r\n\r\n\r\nc\n", "<p>a<br>b</p><p>c</p>");
        check("1 < 2 && <b>", "<p>1 &lt; 2 &amp;&amp; &lt;b&gt;</p>");
        check("&lt;b&gt;", "<p>&amp;lt;b&amp;gt;</p>");
        check(
            "<div>\nx\n</div>",
            "<p>&lt;div&gt;<br>x<br>&lt;/div&gt;</p>",
        );
        check("snake_case, 5 * 3 * 2", "<p>snake_case, 5 * 3 * 2</p>");
        check("[1]: annex", "<p>[1]: annex</p>");
        check("2. see above\n3. and", "<p>2. see above</p><p>3. and</p>");
        check("Total\n---", "<p>Total<br>---</p>");
        check("---", "<p>---</p>");
        check(" \n\n ", "");
    }

    #[test]
    fn markdown_is_made_into_html() {
        check(
            "**bold** and *lean*",
            "<p><strong>bold</strong> and <em>lean</em></p>",
        );
        check("- a\n- b", "<ul><li>a</li><li>b</li></ul>");
        check("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>");
        check("> said", "<blockquote><p>said</p></blockquote>");
        check("# One\n#### Four", "<h3>One</h3><h4>Four</h4>");
        check("`<b>`", "<p><code>&lt;b&gt;</code></p>");
        check("```\na < b\n```", "<pre><code>a &lt; b\n</code></pre>");
        check(
            "[it](https://bank.example/?a=1&b=2)",
            "<p><a href=\"https://bank.example/?a=1&amp;b=2\">it</a></p>",
        );
        check(
            "<an@bank.example>",
            "<p><a href=\"mailto:an@bank.example\">an@bank.example</a></p>",
        );
        check(
            "![cat](https://x.example/c)",
            "<p><a href=\"https://x.example/c\">cat</a></p>",
        );
    }
}
