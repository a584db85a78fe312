//! Alerts with texts that readers of files trip over.

use domain::alert::{Alert, AlertContent, AlertOutcome, Closed, GuardedContent};
use domain::rule::{Label, Level};
use domain::time::Timestamp;
use engine::lane::{Actor, Change};
use serde_json::json;
use uuid::Uuid;

use super::Exports;

/// Texts that readers of files trip over.
pub(super) fn texts() -> Vec<String> {
    let long = "é\",\n".repeat(15_000);
    let texts = [
        "plain",
        " spaces at both ends ",
        "\"",
        "\"\"",
        "\"quoted\"",
        "an \"inner\" quote",
        "a,b",
        ",",
        ";",
        "a;b|c\td",
        "\t",
        "line\nfeed",
        "carriage\rreturn",
        "both\r\nof them",
        "\n",
        "\r",
        "\r\n",
        "ends with\n",
        "\nbegins with",
        "\"\n\"",
        "a\",\"b\n\"c\"\r\n,",
        "\\",
        "\\.",
        "a\n\\.\nb",
        "\\N",
        "\\n",
        "back\\slash\\",
        "NULL",
        "null",
        "NaN",
        "N/A",
        "#N/A",
        "nan",
        "None",
        "true",
        "0",
        "007",
        "1e5",
        "=1+1",
        "+32 2 123 45 67",
        "-5",
        "@SUM(A1)",
        "=cmd|'/C calc'!A0",
        "'apostrophe",
        "#comment",
        "--comment",
        "😀👩‍👩‍👧‍👦🇧🇪",
        "e\u{301}a\u{308}\u{323} combining",
        "עברית and العربية",
        "\u{202e}right to left\u{202c}",
        "zero\u{200b}width\u{feff}",
        "\u{feff}mark",
        "中文字符 ﷽",
        "\u{1}\u{7f}\u{85}\u{2028}\u{2029}",
        "{\"json\": [1, \"two\"]}",
        "<script>alert(1)</script>",
        "$1 ${HOME} `id` %s %n",
        "Robert'); DROP TABLE alerts;--",
        &long,
    ];
    texts.map(str::to_owned).into()
}

/// Puts an alert for each text into the tenant, with that text wherever a text can stand. No
/// client could make all of them: what a formatter writes must be right all the same.
pub(super) async fn put(exports: &Exports) {
    let app = exports.payments.host.app();
    let tenant = app.tenant_named("athora").expect("the tenant");
    let lane = app.lane(tenant).expect("its lane");
    for (number, text) in texts().into_iter().enumerate() {
        let put = move |change: &mut Change<'_>| {
            let alert = alert(number, &text, change.at());
            change.audit(&Actor::Host, "alert.create", alert.id.to_string());
            change.put_alert(alert);
            Ok::<_, std::convert::Infallible>(())
        };
        lane.change(put).await.expect("a change");
    }
}

fn alert(number: usize, text: &str, at: Timestamp) -> Alert {
    let scores = [
        None,
        Some(0.0),
        Some(-0.5),
        Some(0.1 + 0.2),
        Some(1e-7),
        Some(123_456_789.123_456_79),
        Some(1e300),
        Some(-1e-300),
        Some(1e15),
    ];
    let labels = [text, "a,b", "\"quoted\"", "=1+1", "😀😀"];
    let mut distinct: Vec<Label> = Vec::new();
    for label in labels.iter().filter_map(|label| Label::new(label).ok()) {
        if !distinct.contains(&label) {
            distinct.push(label);
        }
    }
    let is_odd = number % 2 == 1;
    let some = |text: &str| Some(text.to_owned()).filter(|_| is_odd);
    let info = json!({
        "text": text, text: number, "empty": "", "none": null, "list": [text, [], {}],
        "small": 0.1, "great": 12_345_678_901_u64, "yes": true,
    });
    let later = |micros: i64| Timestamp::from_micros(at.as_micros() + micros);
    Alert {
        id: Uuid::now_v7(),
        team: "payments".to_owned(),
        dprofile_id: Some(text.to_owned()).filter(|_| !is_odd),
        user_id: some(text),
        content: GuardedContent::open(AlertContent {
            title: if number == 7 {
                String::new()
            } else {
                text.to_owned()
            },
            labels: if number.is_multiple_of(5) {
                Vec::new()
            } else {
                distinct
            },
            info: info.to_string(),
            score: scores[number % scores.len()],
        }),
        incident_type: "trx_aml_alert".to_owned(),
        state: "open".to_owned(),
        severity: [Level::Low, Level::Medium, Level::High][number % 3],
        priority: [Level::High, Level::Low][number % 2],
        due_date: Some(later(1)).filter(|_| is_odd),
        txn_ids: vec![format!("{number}"), text.to_owned(), String::new()],
        rule: some("large-amount"),
        install: None,
        findings: 0,
        created_at: at,
        updated_at: later(1_000_000),
        closed: Some(Closed {
            at: later(1_000_001),
            outcome: [Some(AlertOutcome::FalsePositive), None][number / 2 % 2],
        })
        .filter(|_| !is_odd),
        version: number as u64 + 1,
        merged: 0,
        merged_into: None,
        own: None,
    }
}
