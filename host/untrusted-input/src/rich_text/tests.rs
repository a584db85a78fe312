//! That nothing can be executed, and that what is harmless stays.

#[path = "vectors.rs"]
mod vectors;

use proptest::prelude::*;

use super::*;
use vectors::VECTORS;

/// Panics where HTML has anything but what is allowed. Reads it as a serializer writes it: all that is
/// `<` begins a tag, and all that is quoted is in double quotes.
fn assert_harmless(html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let name = tag.trim_start_matches('/');
        let name_end = name
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .expect("a tag ends");
        let (name, mut attributes) = name.split_at(name_end);
        assert!(TAGS.contains(&name), "<{name}> in {html}");
        loop {
            if let Some(behind) = attributes.strip_prefix('>') {
                rest = behind;
                break;
            }
            let attribute = attributes.strip_prefix(' ').expect("an attribute");
            let (key, value) = attribute.split_once("=\"").expect("a value");
            let (value, behind) = value.split_once('"').expect("an end of the value");
            let good = match (name, key) {
                ("a", "href") => SCHEMES.iter().any(|scheme| {
                    value
                        .to_ascii_lowercase()
                        .starts_with(&format!("{scheme}:"))
                }),
                ("a", "rel") => value == LINK_REL,
                _ => false,
            };
            assert!(good, "{key}={value:?} in {html}");
            attributes = behind;
        }
    }
    assert!(!html.contains(|letter: char| letter.is_control() && !"\n\t".contains(letter)));
}

#[test]
fn nothing_executable_is_left_and_what_is_innocent_stays() {
    let mut others = Vec::new();
    for &(html, expect) in VECTORS {
        let left = RichText::new(html);
        let left = left.as_ref().map(RichText::as_str);
        if left.ok() != expect {
            others.push(format!("{html}: {left:?}, not {expect:?}"));
        }
        if let Ok(left) = left {
            assert_harmless(left);
            assert!(plain(left).contains("innocent"), "{html}: {left}");
            assert_eq!(RichText::new(left).as_ref().map(RichText::as_str), Ok(left));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn what_says_too_much_or_nothing_is_not_taken() {
    let check = |html: &str, expect: RichTextError| {
        let refused = RichText::new(html).expect_err("it is refused");
        assert_eq!(refused, expect, "{:.80}", html);
    };
    for nothing in [
        "",
        " \n\t",
        "<p></p>",
        "<p>&nbsp;<br></p>",
        "<img src=x>",
        "<script>x</script>",
        "\u{200B}\u{200D}\u{FEFF}",
        "&#8203;&zwj;",
        "<!-- x -->",
    ] {
        check(nothing, RichTextError::Empty);
    }
    check(
        &"x".repeat(MAX_BYTES + 1),
        RichTextError::TooLong(MAX_BYTES + 1),
    );
    check(
        &"é".repeat(MAX_VISIBLE + 1),
        RichTextError::TooManyCharacters(MAX_VISIBLE + 1),
    );
    assert!(RichText::new(&"é".repeat(MAX_VISIBLE)).is_ok());
    let tags = "<b>x".repeat(MAX_TAGS);
    assert!(RichText::new(&tags).is_ok());
    check(&format!("{tags}<"), RichTextError::TooManyTags);
}

#[test]
fn what_an_html_parser_repeats_is_bounded() {
    // Each paragraph repeats what was not closed before it; different attributes make each different.
    for open in [100, MAX_TAGS / 2, MAX_TAGS - 100] {
        let mut html = "<p>".to_owned();
        html.extend((0..open).map(|number| format!("<b x={number}>")));
        html.push_str(&"<p>i".repeat(MAX_TAGS - open - 1));
        if let Ok(left) = RichText::new(&html) {
            assert_harmless(left.as_str());
        }
    }
    let deep = "<blockquote>".repeat(MAX_TAGS) + "x";
    assert_harmless(RichText::new(&deep).expect("it is deep").as_str());
}

#[test]
fn people_see_the_text_alone() {
    let check = |html: &str, expect: &str| assert_eq!(plain(html), expect, "{html}");
    check("a &amp; b &lt;c&gt;", "a & b <c>");
    check("&amp;lt;", "&lt;");
    check("<p>a</p><p>b</p>", "a\nb\n");
    check("<ul><li>a</li><li>b</li></ul>", "a\nb\n");
    check("<a href=\"https://x/?a>b\" rel=\"x\">l</a>!", "l!");
    check("a<br>b", "a\nb");
    check("<strong>a</strong>b", "ab");
}

/// Pieces of HTML of every kind that parsers are known to trip over.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href=\"https://x\">",
        "<a href='javascript:x'>",
        "</a>",
        "<ul>",
        "<li>",
        "</ul>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "\n",
        "<h3>",
        "</h3>",
        "<h4>",
        "<code>",
        "<svg>",
        "</svg>",
        "<math>",
        "</math>",
        "<mtext>",
        "<mglyph>",
        "<style>",
        "</style>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "</template>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<select>",
        "<option>",
        "</select>",
        "<textarea>",
        "</textarea>",
        "<title>",
        "</title>",
        "<xmp>",
        "</xmp>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<form>",
        "</form>",
        "<foreignObject>",
        "<annotation-xml encoding=text/html>",
        "<desc>",
        "<img src=x onerror=x>",
        "<plaintext>",
        "<br>",
        "&lt;",
        "&amp;",
        "&#60;",
        "\"",
        "'",
        ">",
        "<",
        "=",
        " ",
        "/",
        "x",
        "é",
        "\u{202E}",
        "\0",
        "\r\n",
        "<nobr>",
        "<font x=1>",
        "<del>",
        "<s>",
        "<frameset>",
        "<body>",
        "<html>",
        "<head>",
        "<iframe>",
        "</iframe>",
        "<p ",
        "<a ",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn made_harmless_twice_is_made_harmless_once(html in prop_oneof![soup(), ".{0,40}"]) {
        match RichText::new(&html) {
            Ok(left) => {
                assert_harmless(left.as_str());
                prop_assert_eq!(RichText::new(left.as_str()), Ok(left));
            }
            Err(error) => prop_assert_eq!(error, RichTextError::Empty),
        }
    }
}

#[test]
fn text_that_only_looks_like_html_stays() {
    let check = |html: &str, expect: &str, seen: &str| {
        let kept = RichText::new(html).expect(html);
        assert_eq!(kept.as_str(), expect, "{html}");
        assert_eq!(plain(kept.as_str()), seen, "{html}");
        assert_harmless(kept.as_str());
        assert_eq!(RichText::new(kept.as_str()).as_ref(), Ok(&kept), "{html}");
    };
    check(
        "Ann <ann@example.org> wrote",
        "Ann &lt;ann@example.org&gt; wrote",
        "Ann <ann@example.org> wrote",
    );
    check("a<b", "a&lt;b", "a<b");
    check(
        "if a<b and c>d, <b>stop</b>",
        "if a&lt;b and c&gt;d, <b>stop</b>",
        "if a<b and c>d, stop",
    );
    check(
        "see <https://example.org/x>",
        "see &lt;https://example.org/x&gt;",
        "see <https://example.org/x>",
    );
    check("<3 <- x", "&lt;3 &lt;- x", "<3 <- x");
    check("<p>a <!-- b</p>", "<p>a &lt;!-- b</p>", "a <!-- b\n");
}
