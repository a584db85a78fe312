//! Those who read our files elsewhere: PostgreSQL and pandas, as processes of their own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Where PostgreSQL is, unless `VERVET_TEST_POSTGRES` says otherwise.
const POSTGRES: &str = "postgresql://postgres@127.0.0.1:5432/test";

/// A file that other users of the machine may read, which a database server is.
pub struct SharedFile {
    file: tempfile::NamedTempFile,
}

impl SharedFile {
    /// With these bytes.
    ///
    /// # Panics
    /// Where the operating system refuses.
    pub fn new(bytes: &[u8]) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("it is written");
        let all_may_read = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(file.path(), all_may_read).expect("it is shared");
        Self { file }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// What `COPY … CSV` of PostgreSQL makes of a file, row by row: `columns` is what stands in the
/// parentheses of `CREATE TABLE`.
///
/// # Panics
/// Where there is no PostgreSQL, or it refuses the file.
pub fn postgres_rows(file: &SharedFile, columns: &str, delimiter: &str) -> Vec<Value> {
    let url = std::env::var("VERVET_TEST_POSTGRES").unwrap_or_else(|_| POSTGRES.to_owned());
    let path = file.path().display();
    let script = format!(
        "SET TIME ZONE 'UTC';\n\
         CREATE TEMP TABLE loaded ({columns});\n\
         COPY loaded FROM '{path}' WITH (FORMAT csv, HEADER true, DELIMITER '{delimiter}', ENCODING 'UTF8');\n\
         SELECT coalesce(json_agg(loaded), '[]') FROM loaded;\n"
    );
    let mut psql = Command::new("psql");
    psql.args([
        "--no-psqlrc",
        "-qAt",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        "-",
        &url,
    ]);
    let rows = answer(psql, &script, "PostgreSQL; tests/run brings it");
    serde_json::from_str(&rows).expect("rows in JSON")
}

/// What `read_csv` of pandas makes of a file, row by row: each value a text, or null where it is empty.
///
/// # Panics
/// Where there is no pandas, or it refuses the file.
pub fn pandas_rows(file: &SharedFile, delimiter: &str) -> Vec<Value> {
    const SCRIPT: &str = "\
import json, sys, pandas
table = pandas.read_csv(sys.argv[1], sep=sys.argv[2], dtype=str, keep_default_na=False, na_values=[''], encoding='utf-8')
json.dump(table.astype(object).where(table.notna(), None).to_dict('records'), sys.stdout)
";
    let python = std::env::var_os("VERVET_TEST_PYTHON").map_or_else(
        || crate::program::target().join("readers/bin/python"),
        PathBuf::from,
    );
    let mut pandas = Command::new(python);
    pandas.arg("-c").arg(SCRIPT).arg(file.path()).arg(delimiter);
    let rows = answer(pandas, "", "pandas; tests/run brings it");
    serde_json::from_str(&rows).expect("rows in JSON")
}

fn answer(mut program: Command, input: &str, what: &str) -> String {
    let piped = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped
        .spawn()
        .unwrap_or_else(|error| panic!("this test needs {what}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "this test needs {what}: {fault}");
    String::from_utf8(output.stdout).expect("its answer is UTF-8")
}
