//! CPython says the same.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::any_text::expressions;
use super::table::TABLE;
use super::{Guard, WORLD, evaluated};

/// How many random conditions are compared.
const RANDOM_CONDITIONS: usize = 2_000;

/// Evaluates each expression that it reads. Where a member is not called, it is looked up in a dict.
const PROGRAM: &str = r#"
import ast, json, sys

def member(of, name):
    return of.get(name) if isinstance(of, dict) else None

def newest_sum(items, start=0):
    # What CPython 3.14 does: 3.12 and 3.13 do not keep what is lost by adding whole numbers to floats, and
    # earlier releases keep nothing.
    if isinstance(start, str):
        raise TypeError("sum() can't sum strings")
    lost = 0.0
    for item in items:
        if type(start) is float and type(item) in (float, int, bool):
            item = float(item)
            total = start + item
            larger, smaller = (start, item) if abs(start) >= abs(item) else (item, start)
            lost += (larger - total) + smaller
            start = total
        else:
            start = start + item
    if type(start) is float and lost and abs(lost) < float("inf"):
        start += lost
    return start

class Dots(ast.NodeTransformer):
    def visit_Call(self, call):
        if isinstance(call.func, ast.Attribute):
            call.func.value = self.visit(call.func.value)
        call.args = [self.visit(argument) for argument in call.args]
        for keyword in call.keywords:
            keyword.value = self.visit(keyword.value)
        return call

    def visit_Attribute(self, attribute):
        name = ast.Constant(attribute.attr)
        of = self.visit(attribute.value)
        return ast.Call(ast.Name("member", ast.Load()), [of, name], [])

world, sources = json.load(sys.stdin)
alert, security = map(ast.literal_eval, world)
names = {"alert": alert, "security": security, "member": member}
if sys.version_info < (3, 14):
    names["sum"] = newest_sum
answers = []
for source in sources:
    tree = ast.fix_missing_locations(Dots().visit(ast.parse(source.strip(), mode="eval")))
    try:
        answers.append(repr(eval(compile(tree, "condition", "eval"), dict(names))))
    except Exception as fault:
        answers.append(f"fault {type(fault).__name__}: {fault}")
sys.stdout.write("\0".join(answers))
"#;

/// A JSON text.
fn quoted(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        letter if letter < ' ' => format!("\\u{:04x}", u32::from(letter)),
        letter => letter.to_string(),
    });
    format!("\"{}\"", letters.collect::<String>())
}

fn array(texts: &[&str]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(","))
}

/// Python's words for a fault differ from release to release; its kind does not.
fn comparable(said: &str) -> &str {
    match said.strip_prefix("fault ") {
        Some(fault) => fault.split(':').next().unwrap_or(fault),
        None => said,
    }
}

/// The newest CPython that is there, or the one in `VERVET_TEST_CPYTHON`: the newer it is, the less is left to the program.
fn python() -> String {
    if let Ok(named) = std::env::var("VERVET_TEST_CPYTHON") {
        return named;
    }
    let newest_first = ["python3.15", "python3.14", "python3.13", "python3.12"];
    let runs = |name: &&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    let found = newest_first.into_iter().find(runs);
    found.unwrap_or("python3").to_owned()
}

/// What CPython says of each condition.
fn ask(sources: &[&str]) -> Vec<String> {
    let mut python = Command::new(python())
        .args(["-W", "ignore", "-c", PROGRAM])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there: tests/run says how to get it");
    let asked = format!("[{},{}]", array(&WORLD), array(sources));
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all(asked.as_bytes()).expect("python3 reads");
    drop(input);
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "python3 failed");
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<String> = answers.split('\0').map(str::to_owned).collect();
    assert_eq!(answers.len(), sources.len());
    answers
}

#[test]
fn python_says_the_same() {
    let compared = TABLE.iter().filter(|line| !line.1.starts_with('!'));
    let (sources, ours): (Vec<&str>, Vec<&str>) = compared.copied().unzip();
    for ((source, ours), python) in sources.iter().zip(ours).zip(ask(&sources)) {
        let same = comparable(&python) == comparable(ours);
        assert!(same, "{source}: {ours}; Python says {python}");
    }
}

/// Faults that Python has not: see the lines with `!` in the table, and what the guards' module says.
const OUR_OWN: [&str; 7] = [
    "BudgetError",
    "OverflowError: the number is too large",
    "ValueError: complex numbers",
    "TypeError: texts are not formatted",
    "'dict_keys'",
    "'dict_values'",
    "'dict_items'",
];

#[test]
fn python_says_the_same_of_random_conditions() {
    let mut runner = TestRunner::deterministic();
    let strategy = expressions();
    let mut any = || {
        let tree = strategy.new_tree(&mut runner).expect("a condition");
        tree.current()
    };
    let sources: Vec<String> = (0..RANDOM_CONDITIONS).map(|_| any()).collect();
    let (mut asked, mut ours) = (Vec::new(), Vec::new());
    for source in &sources {
        // What is too deep is refused.
        let Ok(guard) = Guard::new(source) else {
            continue;
        };
        let said = evaluated(&guard);
        if !OUR_OWN
            .iter()
            .any(|own| said.starts_with("fault ") && said.contains(own))
        {
            asked.push(&**source);
            ours.push(said);
        }
    }
    assert!(asked.len() > RANDOM_CONDITIONS / 2, "most have an answer");
    for ((source, ours), python) in asked.iter().zip(&ours).zip(ask(&asked)) {
        let same = comparable(&python) == comparable(ours);
        assert!(same, "{source}: {ours}; Python says {python}");
    }
}
