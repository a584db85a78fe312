//! What of a text is markup, and what only looks like it: `a<b`, `<ann@example.org>`.
//!
//! An HTML parser takes `<ann@example.org>` for an element that nobody knows, and everything behind an open `<b` for its
//! attributes; sanitising drops both. People type such texts. So a `<` that begins no tag is escaped before anything is parsed.
//! This decides only what is shown: whatever is left as markup is sanitised all the same.

/// The text with each `<` escaped that begins no markup.
pub(super) fn keep_text(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(place) = rest.find('<') {
        kept.push_str(&rest[..place]);
        let from = &rest[place..];
        match markup(from) {
            Some(end) => {
                kept.push_str(&from[..end]);
                rest = &from[end..];
            }
            None => {
                kept.push_str("&lt;");
                rest = &from[1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// The length of the markup with which a text begins, which begins with `<`.
fn markup(text: &str) -> Option<usize> {
    let behind = &text[1..];
    if let Some(comment) = behind.strip_prefix("!--") {
        return comment.find("-->").map(|end| end + "<!---->".len());
    }
    let declaration = behind.get(..8).unwrap_or_default();
    if declaration.eq_ignore_ascii_case("!doctype")
        || behind.starts_with("![")
        || behind.starts_with("?xml")
    {
        return behind.find('>').map(|end| end + 2);
    }
    let (is_end, named) = match behind.strip_prefix('/') {
        Some(named) => (true, named),
        None => (false, behind),
    };
    let name_end =
        named.find(|letter: char| letter.is_ascii_whitespace() || "/>".contains(letter))?;
    let name = named[..name_end].to_ascii_lowercase();
    if !is_element(&name) {
        return None;
    }
    let inside = &named[name_end..];
    let length = tag_end(inside)?;
    let has_attributes = inside[..length].contains('=');
    let is_bare = inside[..length - 1]
        .trim_matches([' ', '\t', '\n', '\r', '\u{c}', '/'])
        .is_empty();
    // `a<b and c>d`: names of one letter stand between variables, too, and no editor writes attributes without values to them.
    if !is_end && name.len() == 1 && !is_bare && !has_attributes {
        return None;
    }
    Some(text.len() - inside.len() + length)
}

/// The length up to the end of a tag, of which the name was read. None if it does not end, or another tag begins first.
fn tag_end(inside: &str) -> Option<usize> {
    let mut letters = inside.char_indices();
    let mut is_value = false;
    while let Some((place, letter)) = letters.next() {
        match letter {
            '>' => return Some(place + 1),
            '<' => return None,
            '=' => is_value = true,
            '"' | '\'' if is_value => {
                letters.find(|(_, other)| *other == letter)?;
                is_value = false;
            }
            blank if blank.is_ascii_whitespace() => {}
            _ => is_value = false,
        }
    }
    None
}

fn is_element(name: &str) -> bool {
    // What word processors leave in what is pasted: `<o:p>`.
    let is_office = name.split_once(':').is_some_and(|(prefix, _)| {
        ["o", "w", "v", "m", "x", "st1", "svg", "xml"].contains(&prefix)
    });
    is_office || ELEMENTS.binary_search(&name).is_ok()
}

/// The elements of HTML, also of former versions, of SVG and of MathML, in lower case and in order.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "animate",
    "animatecolor",
    "animatemotion",
    "animatetransform",
    "annotation",
    "annotation-xml",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "circle",
    "cite",
    "clippath",
    "code",
    "col",
    "colgroup",
    "command",
    "content",
    "data",
    "datalist",
    "dd",
    "defs",
    "del",
    "desc",
    "details",
    "dfn",
    "dialog",
    "dir",
    "discard",
    "div",
    "dl",
    "dt",
    "element",
    "ellipse",
    "em",
    "embed",
    "feblend",
    "fecolormatrix",
    "fecomponenttransfer",
    "fecomposite",
    "feconvolvematrix",
    "fediffuselighting",
    "fedisplacementmap",
    "fedistantlight",
    "fedropshadow",
    "feflood",
    "fefunca",
    "fefuncb",
    "fefuncg",
    "fefuncr",
    "fegaussianblur",
    "feimage",
    "femerge",
    "femergenode",
    "femorphology",
    "feoffset",
    "fepointlight",
    "fespecularlighting",
    "fespotlight",
    "fetile",
    "feturbulence",
    "fieldset",
    "figcaption",
    "figure",
    "filter",
    "font",
    "font-face",
    "footer",
    "foreignobject",
    "form",
    "frame",
    "frameset",
    "g",
    "glyph",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "ilayer",
    "image",
    "img",
    "input",
    "ins",
    "isindex",
    "kbd",
    "keygen",
    "label",
    "layer",
    "legend",
    "li",
    "line",
    "lineargradient",
    "link",
    "listing",
    "maction",
    "main",
    "maligngroup",
    "malignmark",
    "map",
    "mark",
    "marker",
    "marquee",
    "mask",
    "math",
    "menclose",
    "menu",
    "menuitem",
    "merror",
    "meta",
    "metadata",
    "meter",
    "mfenced",
    "mfrac",
    "mglyph",
    "mi",
    "mlabeledtr",
    "mlongdiv",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mpath",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "ms",
    "mscarries",
    "mscarry",
    "msgroup",
    "msline",
    "mspace",
    "msqrt",
    "msrow",
    "mstack",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "multicol",
    "munder",
    "munderover",
    "nav",
    "nextid",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "path",
    "pattern",
    "picture",
    "plaintext",
    "polygon",
    "polyline",
    "pre",
    "progress",
    "q",
    "radialgradient",
    "rb",
    "rbc",
    "rect",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "semantics",
    "set",
    "shadow",
    "slot",
    "small",
    "solidcolor",
    "source",
    "spacer",
    "span",
    "stop",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "switch",
    "symbol",
    "table",
    "tbody",
    "td",
    "template",
    "text",
    "textarea",
    "textpath",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tref",
    "tspan",
    "tt",
    "u",
    "ul",
    "use",
    "var",
    "video",
    "view",
    "vkern",
    "wbr",
    "xml",
    "xmp",
    "xss",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_in_order() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn only_markup_is_left_as_markup() {
        let check = |text: &str, expect: &str| assert_eq!(keep_text(text), expect, "{text}");
        for markup in [
            "",
            "plain & simple",
            "<p>a <b>b</b><br/></p>",
            "<A HREF=\"x>y\" title='a<b'>a</A>",
            "<!-- a < b -->c",
            "<img src=x onerror=alert(1)>",
            "<o:p></o:p>",
            "<p class=MsoNormal>x</p>",
            "<i title=\"<\">",
        ] {
            check(markup, markup);
        }
        check("a<b", "a&lt;b");
        check("a<b and c", "a&lt;b and c");
        check("a<b and c>d", "a&lt;b and c>d");
        check("1 < 2 > 0", "1 &lt; 2 > 0");
        check(
            "Ann <ann@example.org>, Bob",
            "Ann &lt;ann@example.org>, Bob",
        );
        check("<https://example.org/>", "&lt;https://example.org/>");
        check("if x <y then", "if x &lt;y then");
        check("a <b <i>c</i>", "a &lt;b <i>c</i>");
        check(
            "<- back, <3, <!, </, <?",
            "&lt;- back, &lt;3, &lt;!, &lt;/, &lt;?",
        );
        check("<!-- never closed", "&lt;!-- never closed");
        check("<a title=\"never closed>", "&lt;a title=\"never closed>");
        check(
            "<customer> said </customer>",
            "&lt;customer> said &lt;/customer>",
        );
        check("<é>", "&lt;é>");
    }
}
