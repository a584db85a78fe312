//! What a page is to people who do not see it: an outline of roles and names.

use std::collections::HashMap;

use serde_json::Value;

/// Roles of nodes that say nothing themselves, whose children stand in their place.
const PASSED_OVER: [&str; 4] = ["generic", "none", "paragraph", "MenuListPopup"];

/// Roles of texts, which are in the names of what they belong to.
const TEXTS: [&str; 4] = ["StaticText", "InlineTextBox", "LineBreak", "ListMarker"];

/// Roles whose names repeat the names of their children.
const REPEATING: [&str; 2] = ["row", "LabelText"];

/// Units of numbers that differ from run to run.
const UNITS: [&str; 9] = ["d", "h", "min", "s", "ms", "µs", "bytes", "KiB", "MiB"];

/// The outline of an accessibility tree, as Chromium's `Accessibility.getFullAXTree` answers it: a line for each node that has
/// something to say. What differs from run to run, such as times and ids, is masked.
///
/// # Panics
/// Where it is no such tree.
pub(crate) fn outline(tree: &Value) -> String {
    let nodes = tree["nodes"].as_array().expect("the nodes of the tree");
    let by_id: HashMap<&str, &Value> = nodes
        .iter()
        .filter_map(|node| Some((node["nodeId"].as_str()?, node)))
        .collect();
    let root = nodes.first().expect("a root");
    let mut lines = Vec::new();
    write(root, &by_id, 0, &mut lines);
    lines.join("\n")
}

/// Writes a node and what is below it.
fn write(node: &Value, by_id: &HashMap<&str, &Value>, depth: usize, lines: &mut Vec<String>) {
    let role = node["role"]["value"].as_str().unwrap_or_default();
    if TEXTS.contains(&role) {
        return;
    }
    let name = node["name"]["value"].as_str().unwrap_or_default().trim();
    let name = if REPEATING.contains(&role) { "" } else { name };
    let is_passed_over =
        node["ignored"] == true || (PASSED_OVER.contains(&role) && name.is_empty());
    let place = lines.len();
    let below = if is_passed_over { depth } else { depth + 1 };
    for id in node["childIds"].as_array().into_iter().flatten() {
        if let Some(child) = id.as_str().and_then(|id| by_id.get(id)) {
            write(child, by_id, below, lines);
        }
    }
    let is_empty = name.is_empty() && lines.len() == place;
    if !is_passed_over && !is_empty {
        let level = if role == "heading" {
            level(node)
        } else {
            String::new()
        };
        let mut line = format!("{}{role}{level}", "  ".repeat(depth));
        if !name.is_empty() {
            line.push_str(&format!(" \"{}\"", masked(name)));
        }
        lines.insert(place, line);
    }
}

/// The level of a heading.
fn level(node: &Value) -> String {
    let mut properties = node["properties"].as_array().into_iter().flatten();
    let level = properties.find(|property| property["name"] == "level");
    let level = level.and_then(|property| property["value"]["value"].as_u64());
    level.map(|level| format!(" {level}")).unwrap_or_default()
}

/// A text with words in place of what differs from run to run.
fn masked(text: &str) -> String {
    let is_of_word = |letter: char| letter.is_alphanumeric() || "_-:.\u{202f}".contains(letter);
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match is_of_word(first) {
            true => rest.find(|letter| !is_of_word(letter)),
            false => Some(first.len_utf8()),
        };
        let (word, behind) = rest.split_at(length.unwrap_or(rest.len()));
        let core = word.trim_end_matches([':', '.', '-']);
        let unit = behind
            .trim_start()
            .split(|letter| !is_of_word(letter))
            .next();
        let is_zone = masked.ends_with("TIME ") && matches!(core, "UTC" | "CET" | "CEST");
        match word_for(core, unit.unwrap_or_default()) {
            Some(other) => masked.push_str(other),
            None if is_zone => masked.push_str("ZONE"),
            None => masked.push_str(core),
        }
        masked.push_str(&word[core.len()..]);
        rest = behind;
    }
    masked
}

/// What stands in place of a word, which a unit may follow; none if the word stays.
fn word_for(word: &str, unit: &str) -> Option<&'static str> {
    let shape: String = word.chars().map(shape).collect();
    let is_hex = |text: &str| text.chars().all(|letter| letter.is_ascii_hexdigit());
    let is_number = !shape.is_empty() && shape.chars().all(|letter| "0.".contains(letter));
    if shape == "0000-00-00" {
        Some("DATE")
    } else if shape.starts_with("0000-00-00a00:00") {
        Some("MOMENT")
    } else if shape == "00:00" || shape.starts_with("00:00:00") {
        Some("TIME")
    } else if word.len() == 36 && is_hex(&word.replace('-', "")) {
        Some("ID")
    } else if word.len() >= 12 && is_hex(word) {
        Some("DIGEST")
    } else if word.len() > 4 && word.starts_with("vv") && word.as_bytes()[3] == b'_' {
        Some("CREDENTIAL")
    } else if is_number && UNITS.contains(&unit.trim_end_matches('.')) {
        Some("NUMBER")
    } else {
        None
    }
}

/// A digit as 0, a letter as a; thousands are not parted.
fn shape(letter: char) -> char {
    match letter {
        letter if letter.is_ascii_digit() => '0',
        letter if letter.is_alphabetic() => 'a',
        '\u{202f}' => '0',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_differs_from_run_to_run_is_masked() {
        let check = |text: &str, expect: &str| assert_eq!(masked(text), expect);
        check("2026-11-23 06:40 CET", "DATE TIME ZONE");
        check("2026-11-23: 2", "DATE: 2");
        check("at 2026-11-23T05:40:06.045202Z.", "at MOMENT.");
        check("Alert 01890000-0000-7000-8000-000000000000", "Alert ID");
        check("3 d late, in 14 h", "NUMBER d late, in NUMBER h");
        check("203\u{202f}929 bytes, 3.4 KiB", "NUMBER bytes, NUMBER KiB");
        check("3225659c0638…", "DIGEST…");
        check("vvt_a1b2c3 · EUR 20,000.00", "CREDENTIAL · EUR 20,000.00");
        check(
            "large-amount 1.1.0 for Anna: CET",
            "large-amount 1.1.0 for Anna: CET",
        );
    }

    #[test]
    fn an_outline_has_what_says_something() {
        let node = |id: &str, role: &str, name: &str, children: &[&str]| {
            json!({
                "nodeId": id, "role": { "value": role }, "name": { "value": name },
                "childIds": children, "ignored": role == "none",
            })
        };
        let mut heading = node("3", "heading", "Alerts", &["4"]);
        heading["properties"] = json!([{ "name": "level", "value": { "value": 1 } }]);
        let tree = json!({ "nodes": [
            node("1", "RootWebArea", "Alerts", &["2", "5", "6"]),
            node("2", "none", "", &["3"]),
            heading,
            node("4", "StaticText", "Alerts", &[]),
            node("5", "paragraph", "", &[]),
            node("6", "list", "", &["7"]),
            node("7", "listitem", "", &[]),
        ] });
        let expect = "RootWebArea \"Alerts\"\n  heading 1 \"Alerts\"";
        assert_eq!(outline(&tree), expect);
    }
}
