//! What the program promises whoever calls it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tests::Client;
use tests::guests::component;
use tests::program::vervet;

/// The program, without the settings of whoever runs the tests.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(vervet());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VERVET_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program runs")
}

/// The program fails with this code and says this in one line, no more.
fn check_refused(arguments: &[&str], code: i32, expect: &str) {
    let done = run(arguments);
    let said = String::from_utf8(done.stderr).expect("UTF-8");
    assert_eq!(done.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(expect), "{said} does not say: {expect}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(done.stdout.is_empty());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A host in a process of its own.
struct Served {
    process: Child,
    /// Its standard output until it served.
    said: Vec<String>,
    url: String,
}

impl Served {
    fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program runs");
        let out = process.stdout.as_mut().expect("a pipe");
        let mut said = Vec::new();
        for line in BufReader::new(out).lines() {
            let line = line.expect("UTF-8");
            if let Some(url) = line.strip_prefix("Vervet listens on ") {
                let url = url.to_owned();
                return Self { process, said, url };
            }
            said.push(line);
        }
        let mut cause = String::new();
        let errors = process.stderr.as_mut().expect("a pipe");
        errors.read_to_string(&mut cause).expect("UTF-8");
        let status = process.wait().expect("it ends");
        panic!("it does not serve, {status}: {cause}");
    }

    /// The token that it showed, where it showed one.
    fn token(&self) -> Option<String> {
        let shown = self
            .said
            .iter()
            .find_map(|line| line.strip_prefix("The administrator token, shown this once: "));
        shown.map(str::to_owned)
    }

    fn stop(mut self) {
        let process = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &process]).status();
        assert!(told.expect("kill runs").success());
        let status = self.process.wait().expect("it ends");
        assert_eq!(status.code(), Some(0));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already but where a test fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(data: &Path) -> Command {
    program(&["serve", "--listen", "127.0.0.1:0", "--data", text(data)])
}

async fn may_administer(host: &Served, token: &str) -> bool {
    let answer = Client::new(&host.url).with(token).get("/v1/tenants").await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text());
    answer.status == 200
}

#[tokio::test]
async fn the_administrator_token_is_shown_once_and_outlives_the_host() {
    let data = tempfile::tempdir().expect("a directory");
    let host = Served::start(serve(data.path()));
    let token = host.token().expect("shown");
    assert!(may_administer(&host, &token).await);
    host.stop();

    let again = Served::start(serve(data.path()));
    assert_eq!(again.token(), None);
    assert!(may_administer(&again, &token).await);
    again.stop();
}

#[tokio::test]
async fn the_operators_token_is_the_token_while_it_is_set() {
    let data = tempfile::tempdir().expect("a directory");
    let made = run(&["token", "new"]);
    let operators = String::from_utf8(made.stdout).expect("UTF-8");
    let operators = operators.trim();
    let mut command = serve(data.path());
    command.env("VERVET_ADMIN_TOKEN", operators);
    let host = Served::start(command);
    assert_eq!(host.token(), None);
    assert!(may_administer(&host, operators).await);
    host.stop();

    let without = Served::start(serve(data.path()));
    let own = without.token().expect("shown");
    assert!(!may_administer(&without, operators).await);
    assert!(may_administer(&without, &own).await);
    without.stop();
}

#[tokio::test]
async fn one_address_and_one_directory_have_one_host() {
    let data = tempfile::tempdir().expect("a directory");
    let host = Served::start(serve(data.path()));
    let taken = host.url.strip_prefix("http://").expect("a URL");
    let other = data.path().join("other");
    check_refused(
        &["serve", "--listen", taken, "--data", text(&other)],
        1,
        "is in use by another program; stop it, or choose another address with --listen",
    );
    assert!(!other.exists());
    check_refused(
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
            text(data.path()),
        ],
        1,
        "stop that process, or choose another directory",
    );
    host.stop();
}

#[test]
fn a_configuration_that_is_wrong_is_named() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("vervet.toml");
    std::fs::write(&file, "listn = '127.0.0.1:1'").expect("is written");
    let expect = "there is no key 'listn'; did you mean 'listen'?";
    check_refused(&["serve", "--config", text(&file)], 1, expect);
    let missing = folder.path().join("missing.toml");
    check_refused(&["serve", "--config", text(&missing)], 1, "cannot be read");
    let listen = "--listen takes an address of this machine and a port";
    check_refused(&["serve", "--listen", "nowhere.invalid:80"], 1, listen);
}

#[test]
fn a_configuration_that_cannot_work_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("vervet.toml");
    let data = folder.path().join("data");
    for (key, value, expect) in [
        (
            "log.level",
            "'verbose'",
            "'verbose', but must be off, error, warn",
        ),
        ("http.max_body_bytes", "0", "0, but must be between 1024"),
        ("plugins.row_fuel", "1", "1, but must be between 200000"),
        (
            "public_url",
            "'nonsense'",
            "'nonsense', but must be an absolute http",
        ),
        (
            "listen",
            "'80'",
            "'80', but must be an address and a port, such as",
        ),
    ] {
        std::fs::write(&file, format!("{key} = {value}")).expect("is written");
        let expect = format!("{}: '{key}' is {expect}", file.display());
        let serve = ["serve", "--config", text(&file), "--data", text(&data)];
        check_refused(&serve, 1, &expect);
        check_refused(&[&serve[..], &["--print-config"]].concat(), 1, &expect);
    }
    assert!(!data.exists(), "nothing was started");
    let listen = "--listen: 'listen' is 'nowhere', but must be an address and a port";
    check_refused(&["serve", "--listen", "nowhere"], 1, listen);
    let variable = program(&["serve", "--print-config"])
        .env("VERVET_LOG_LEVEL", "verbose")
        .output()
        .expect("the program runs");
    let said = String::from_utf8(variable.stderr).expect("UTF-8");
    assert!(
        said.contains("VERVET_LOG_LEVEL: 'log.level' is 'verbose', but must be"),
        "{said}"
    );
}

#[test]
fn the_configuration_in_force_is_printed() {
    let folder = tempfile::tempdir().expect("a directory");
    let mut command = program(&["serve", "--print-config", "--listen", "127.0.0.1:3"]);
    command
        .current_dir(folder.path())
        .env("VERVET_LANES_WORKERS", "5");
    std::fs::write(
        folder.path().join("vervet.toml"),
        "[lanes]\nlateness_days = 3",
    )
    .expect("is written");
    let done = command.output().expect("the program runs");
    let printed = String::from_utf8(done.stdout).expect("UTF-8");
    for expect in [
        "listen = \"127.0.0.1:3\"",
        "# Must be between 0 and 1024.\nworkers = 5",
        "lateness_days = 3",
    ] {
        assert!(printed.contains(expect), "{printed} lacks {expect}");
    }
}

#[test]
fn a_file_that_is_no_plugin_is_refused() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("rule.wasm");
    let check = ["plugin", "check", text(&file)];
    check_refused(
        &check,
        1,
        "'vervet plugin build' prints where it leaves the component",
    );
    std::fs::write(&file, "fn main() {}").expect("is written");
    check_refused(&check, 1, "would not be published: this is not WebAssembly");
}

#[test]
fn without_a_host_nothing_is_pushed() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("rule.wasm");
    std::fs::write(&file, "").expect("is written");
    // Nobody listens where somebody just did.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let push = [
        "plugin",
        "push",
        text(&file),
        "--url",
        &url,
        "--token",
        "vva_x",
    ];
    check_refused(&push, 1, &format!("there is no host at {url}"));
}

const SCHEMA: &str = r#"{"fields": [
    {"name": "amount", "type": "float"},
    {"name": "currency", "type": "string"}
]}"#;

const TRANSACTIONS: &str = "txn_id,customer_id,date_time,amount,currency
t1,anna,2024-03-01T10:00:00Z,9500,EUR
t2,anna,2024-03-02T10:00:00Z,9000,EUR
t3,anna,2024-03-02T11:00:00Z,much,EUR
t4,anna,2024-03-03T10:00:00Z,9999,EUR
";

#[test]
fn a_rule_is_tried_on_a_file_of_transactions() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("is written");
        text(&path).to_owned()
    };
    let rule = file("structuring.wasm", &component("structuring"));
    let schema = file("schema.json", SCHEMA.as_bytes());
    let transactions = file("march.csv", TRANSACTIONS.as_bytes());
    let test = [
        "plugin",
        "test",
        &rule,
        "--schema",
        &schema,
        "--transactions",
        &transactions,
    ];
    let done = run(&[&test[..], &["--json"]].concat());
    let complaints = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{complaints}");
    assert!(complaints.contains("refused 1 transaction"), "{complaints}");
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(
        (&report["transactions"], &report["exit_code"]),
        (&3.into(), &3.into())
    );
    assert_eq!(report["refused"][0]["line"], 4);
    let found = report["found"].as_array().expect("an array");
    assert_eq!(found.len(), 1, "{report:#}");
    assert_eq!(found[0]["txn_id"], "t4");
    assert_eq!(found[0]["evidence"]["near_before"], 2);
    assert_eq!(found[0]["evidence"]["near_before_sum"], 18_500.0);
    assert!(found[0]["fuel"].as_u64().is_some_and(|fuel| fuel > 0));

    let said = run(&test);
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    assert!(said.contains("near_before_sum = 18500.0"), "{said}");
    assert!(
        said.ends_with(" fuel\n") && said.contains("judged 3, refused 1"),
        "{said}"
    );

    let config = file("config.json", br#"{"count": 1}"#);
    let expect = "structuring cannot be installed so: config.count: at least 2 transactions make a structure";
    check_refused(&[&test[..], &["--config", &config]].concat(), 1, expect);
}

/// How `vervet plugin test` ends with this rule and configuration on these rows of the schema above.
fn trial(rule: &str, config: &str, rows: &str) -> Output {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("is written");
        text(&path).to_owned()
    };
    let rows = format!("txn_id,customer_id,date_time,amount,currency\n{rows}");
    run(&[
        "plugin",
        "test",
        &file("rule.wasm", &component(rule)),
        "--schema",
        &file("schema.json", SCHEMA.as_bytes()),
        "--transactions",
        &file("march.csv", rows.as_bytes()),
        "--config",
        &file("config.json", config.as_bytes()),
    ])
}

#[test]
fn the_exit_code_says_whether_every_transaction_was_judged() {
    let check = |config: &str, rows: &str, code: i32, expect: &str| {
        let done = trial("hostile-rule", config, rows);
        let said = String::from_utf8(done.stderr).expect("UTF-8");
        assert_eq!(done.status.code(), Some(code), "{said}");
        assert!(said.contains(expect), "'{said}' does not say '{expect}'");
    };
    let row = |id: &str, amount: &str| format!("{id},anna,2024-03-01T10:00:00Z,{amount},EUR\n");
    let honest = r#"{"evaluate": "honest"}"#;
    check(honest, &row("t1", "1"), 0, "");
    check(
        honest,
        &row("t1", "much"),
        3,
        "the payload schema refused 1 transaction",
    );
    let reports = r#"{"evaluate": "reports"}"#;
    check(
        reports,
        &row("t1", "13"),
        4,
        "the rule could not judge 1 transaction",
    );
    let both = row("t1", "13") + &row("t2", "13") + &row("t3", "much");
    check(reports, &both, 4, "the rule could not judge 2 transactions");
    check(honest, "", 5, "there was no transaction to judge");
}

#[test]
fn a_schema_is_taken_as_the_host_answers_it() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("is written");
        text(&path).to_owned()
    };
    let answered = r#"{
        "version": 3, "created_at": "2026-11-01T10:00:00Z", "additional_fields": "keep", "default_timezone": null,
        "fields": [
            {"name": "amount", "type": "float", "description": "", "sensitive": "mask"},
            {"name": "currency", "type": "string", "description": "ISO 4217"}
        ]
    }"#;
    let rows = "txn_id,customer_id,date_time,amount,currency\nt1,anna,2024-03-01T10:00:00Z,1,EUR\n";
    let rule = file("rule.wasm", &component("structuring"));
    let schema = file("schema.json", answered.as_bytes());
    let rows = file("rows.csv", rows.as_bytes());
    let test = [
        "plugin",
        "test",
        &rule,
        "--schema",
        &schema,
        "--transactions",
        &rows,
    ];
    let done = run(&test);
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let unknown = answered.replace("default_timezone", "timezone");
    file("schema.json", unknown.as_bytes());
    check_refused(&test, 1, "unknown field `timezone`");
}

#[test]
fn check_says_what_installing_would() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("is written");
        text(&path).to_owned()
    };
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let done = run(&[&["plugin", "check"], arguments].concat());
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{said}");
        assert!(said.contains(expect), "'{said}' does not say '{expect}'");
    };
    let structuring = file("structuring.wasm", &component("structuring"));
    let config = file("config.json", br#"{"count": 3}"#);
    let schema = file("schema.json", SCHEMA.as_bytes());
    let good = [&*structuring, "--config", &config, "--schema", &schema];
    check(
        &good,
        0,
        "4 inputs, which cost 6 units for a transaction, and may cost 5 000",
    );
    check(&good, 0, "It would be published, and could be used so.");
    file(
        "schema.json",
        br#"{"fields": [{"name": "amount", "type": "string"}]}"#,
    );
    check(
        &good,
        1,
        "it could not be installed so: it needs field 'amount' as float",
    );
    file("config.json", br#"{"count": 1}"#);
    check(
        &good[..3],
        1,
        "it could not be installed so: config.count: at least 2 transactions",
    );
    file("config.json", br#"{"counts": 1}"#);
    check(
        &good[..3],
        1,
        "the plugin's config_schema refuses the configuration: config/counts is not allowed",
    );

    let costly = file("costly.wasm", &component("costly-plan"));
    check(
        &[&costly],
        1,
        "it has inputs that cost 44832 units for a transaction",
    );
    let formatter = file("ndjson.wasm", &component("ndjson"));
    check(
        &[&formatter],
        0,
        "It would be published, and could be used so.",
    );
}
