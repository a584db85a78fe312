//! CPython says the same.

use std::io::Write;
use std::process::{Command, Stdio};

use super::WORLD;
use super::table::TABLE;

/// Evaluates each expression that it reads. Where a member is not called, it is looked up in a dict.
const PROGRAM: &str = r#"
import ast, json, sys

def member(of, name):
    return of.get(name) if isinstance(of, dict) else None

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

#[test]
fn python_says_the_same() {
    let compared: Vec<_> = TABLE
        .iter()
        .filter(|line| !line.1.starts_with('!'))
        .collect();
    let sources: Vec<&str> = compared.iter().map(|(source, _)| *source).collect();
    let mut python = Command::new("python3")
        .args(["-W", "ignore", "-c", PROGRAM])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there: tests/run says how to get it");
    let asked = format!("[{},{}]", array(&WORLD), array(&sources));
    let mut input = python.stdin.take().expect("a pipe");
    input.write_all(asked.as_bytes()).expect("python3 reads");
    drop(input);
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success(), "python3 failed");
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<&str> = answers.split('\0').collect();
    assert_eq!(answers.len(), compared.len());
    for ((source, ours), python) in compared.into_iter().zip(answers) {
        assert_eq!(
            comparable(python),
            comparable(ours),
            "{source}: Python says {python}"
        );
    }
}
