//! What is told of a backtest beside a rule of the team.

use serde_json::Value;

use console::print::grouped;

/// The lines of a comparison as the host answers it: what it is, and what there is to say.
pub(super) fn lines(comparison: &Value) -> Vec<(String, String)> {
    let with = comparison["with"].as_str().unwrap_or("?");
    let stretches = comparison["sequences"].as_array().into_iter().flatten();
    let judged = stretches.filter_map(|stretch| {
        let (first, last) = (stretch[0].as_u64()?, stretch[1].as_u64()?);
        Some((last + 1).saturating_sub(first))
    });
    let mut judged = match judged.sum() {
        0 => "no transaction that both judged".to_owned(),
        count => format!("{} transactions that both judged", grouped(count)),
    };
    if comparison["is_cut"] == true {
        judged.push_str(", as far as what was found is kept");
    }
    let mut lines = vec![(format!("beside {with}"), judged)];
    let changed = &comparison["changed"];
    for (what, severities) in [
        ("only this one".to_owned(), &comparison["only_one"]),
        (format!("only {with}"), &comparison["only_other"]),
        ("both the same".to_owned(), &comparison["both"]),
        ("both, changed".to_owned(), &changed["one"]),
    ] {
        lines.push((what, by_severity(severities)));
    }
    let failed = |side: &str| comparison["failed"][side].as_u64().unwrap_or(0);
    if let (one, other) = (failed("one"), failed("other"))
        && one + other > 0
    {
        let told = format!("{} by this one, {} by {with}", grouped(one), grouped(other));
        lines.push(("not judged".to_owned(), told));
    }
    lines
}

/// A number of transactions, and which severities they have.
fn by_severity(severities: &Value) -> String {
    let number = |name: &str| severities[name].as_u64().unwrap_or(0);
    let some = ["high", "medium", "low"].map(|severity| (severity, number(severity)));
    let some = some.iter().filter(|(_, count)| *count > 0);
    let some: Vec<String> = some
        .map(|(severity, count)| format!("{} {severity}", grouped(*count)))
        .collect();
    match some.is_empty() {
        true => "0".to_owned(),
        false => format!("{}: {}", grouped(number("count")), some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_sides_are_told() {
        let of = |high: u64, low: u64| json!({ "count": high + low, "high": high, "medium": 0, "low": low });
        let comparison = json!({
            "with": "cash-limit", "sequences": [[1, 1_000], [2_001, 2_500]], "is_cut": false,
            "only_one": of(0, 0), "only_other": of(1, 2), "both": of(0, 1_200),
            "changed": { "count": 3, "one": of(3, 0), "other": of(0, 3) },
            "failed": { "one": 0, "other": 4 },
        });
        let lines = lines(&comparison);
        let lines: Vec<(&str, &str)> = lines.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            lines,
            [
                ("beside cash-limit", "1 500 transactions that both judged"),
                ("only this one", "0"),
                ("only cash-limit", "3: 1 high, 2 low"),
                ("both the same", "1 200: 1 200 low"),
                ("both, changed", "3: 3 high"),
                ("not judged", "0 by this one, 4 by cash-limit"),
            ]
        );
    }
}
