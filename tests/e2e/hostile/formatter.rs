//! Formatters that misbehave in `layout-of`, `open`, `write` and `close`.

use domain::column::{TextLists, Texts};
use domain::rule::Level;
use domain::time::Timestamp;
use runtime::formatter::{AlertColumns, Context, FormatError, FormatterPlugin};
use runtime::registry::Plugin;

use super::{HOST, guest_that_describes, hostile_formatter, says};

fn alerts(ids: &[&str]) -> AlertColumns {
    let texts = |text: &str| {
        let mut texts = Texts::default();
        ids.iter().for_each(|_| texts.push(text));
        texts
    };
    let lists = || {
        let mut lists = TextLists::default();
        ids.iter().for_each(|_| lists.push(["a", "b"]));
        lists
    };
    let mut id = Texts::default();
    ids.iter().for_each(|text| id.push(text));
    AlertColumns {
        id,
        team: texts("aml"),
        dprofile_id: texts("1"),
        user_id: texts(""),
        title: texts("Café"),
        incident_type: texts("trx_aml_alert"),
        state: texts("open"),
        severity: vec![Level::High; ids.len()],
        priority: vec![Level::Low; ids.len()],
        due_date: vec![i64::MIN; ids.len()],
        labels: lists(),
        rule: texts("structuring"),
        score: vec![f64::NAN; ids.len()],
        txn_ids: lists(),
        info: texts("{}"),
        findings: lists(),
        comments: lists(),
        created_at: vec![0; ids.len()],
        updated_at: vec![0; ids.len()],
        closed_at: vec![i64::MIN; ids.len()],
        more: vec![("extra".into(), texts("1"))],
    }
}

/// Two batches of two alerts each.
fn file(formatter: &FormatterPlugin, config: &str) -> Result<Vec<u8>, FormatError> {
    let context = Context {
        tenant: "athora".into(),
        timezone: "Europe/Brussels".into(),
        snapshot_at: Timestamp::from_micros(0),
    };
    let (mut run, mut file) = formatter.open(config, &context)?;
    file.extend(run.write(&alerts(&["a1", "a2"]))?);
    file.extend(run.write(&alerts(&["a3", "a4"]))?);
    file.extend(run.close()?);
    Ok(file)
}

fn check(step: &str, behaviour: &str, expect: &str) {
    let config = format!(r#"{{"{step}": "{behaviour}"}}"#);
    match file(&hostile_formatter(), &config) {
        Ok(_) => panic!("{step} that {behaviour} wrote a file"),
        Err(error) => says(&error, expect),
    }
}

#[test]
fn one_instance_writes_a_whole_file() {
    let file = file(&hostile_formatter(), "{}").unwrap();
    let expect = "# athora Europe/Brussels\na1 Café\na2 Café\na3 Café\na4 Café\n# end\n";
    assert_eq!(String::from_utf8(file).unwrap(), expect);
}

#[test]
fn a_failure_says_where() {
    check(
        "open",
        "refuses",
        "the formatter failed at the beginning of the file: cannot",
    );
    check(
        "write",
        "refuses",
        "the formatter failed at alerts a1 to a2, after 0 others: cannot",
    );
    check(
        "close",
        "refuses",
        "the formatter failed at the end of the file: cannot",
    );
}

#[test]
fn every_step_has_limits() {
    for (step, fuel) in [
        ("open", "50 000 000"),
        ("write", "10 000 000"),
        ("close", "50 000 000"),
    ] {
        check(step, "spins", &format!("out of fuel after {fuel}"));
        check(step, "copies", &format!("out of fuel after {fuel}"));
        check(step, "grows", "out of memory after 67 108 864 bytes");
        check(step, "recurses", "trapped: ");
        check(
            step,
            "traps",
            "trapped: wasm `unreachable` instruction executed",
        );
        check(step, "long-answer", "answered more than ");
        check(step, "not-utf8", "not UTF-8");
    }
    let floods = r#"{"open": "floods", "write": "floods", "close": "floods"}"#;
    assert!(file(&hostile_formatter(), floods).is_ok());
}

#[test]
fn a_character_may_lie_across_two_answers() {
    let halves = file(&hostile_formatter(), r#"{"write": "half"}"#).unwrap();
    let expect = "# athora Europe/Brussels\né# end\n";
    assert_eq!(String::from_utf8(halves).unwrap(), expect);
    check(
        "close",
        "half",
        "at the end of the file: its answer is not UTF-8",
    );
}

#[test]
fn only_texts_must_be_utf8() {
    let binary = HOST.publish(guest_that_describes("hostile-formatter", "binary"));
    let Plugin::Formatter(formatter) = binary.unwrap().plugin else {
        panic!("hostile-formatter is a formatter");
    };
    let file = file(&formatter, r#"{"write": "not-utf8"}"#).unwrap();
    assert!(file.windows(3).any(|bytes| bytes == b"a\xffb"));
}

#[test]
fn layouts_are_checked() {
    let check = |behaviour, expect| {
        let config = format!(r#"{{"layout": "{behaviour}"}}"#);
        says(&hostile_formatter().layout(&config).unwrap_err(), expect);
    };
    check("refuses", "unknown column 'colour'");
    check("same-columns", "the layout has two columns 'id'");
    check(
        "many-columns",
        "the layout has 5000 columns, and may have 1600",
    );
    check("spins", "out of fuel after 50 000 000");
    check("grows", "out of memory after 67 108 864 bytes");
    check("recurses", "trapped: ");
    check("traps", "trapped: ");
    let layout = hostile_formatter().layout("{}").unwrap();
    let names: Vec<_> = layout.columns.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["id", "title"]);
}
