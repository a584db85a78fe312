//! What a configuration may say, and what is said of the rest.

use super::*;

fn check(file: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, String> {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        owned.collect()
    };
    let file = Some((PathBuf::from("vervet.toml"), file.to_owned()));
    read(file, pairs(variables), pairs(flags)).map_err(|error| error.to_string())
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let file = "listen = '0.0.0.0:1'\n[lanes]\nworkers = 3\nlateness_days = 2";
    let config = check(
        file,
        &[
            ("VERVET_LANES_WORKERS", "4"),
            ("VERVET_LISTEN", "0.0.0.0:2"),
            ("PATH", "x"),
        ],
        &[("listen", "0.0.0.0:3")],
    )
    .expect("all keys are known");
    assert_eq!(config.listen, "0.0.0.0:3");
    assert_eq!(config.lanes.workers, 4);
    assert_eq!(config.lanes.lateness_days, 2);
    assert_eq!(config.store.cache_mib, StoreConfig::default().cache_mib);
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |file, variables, expect: &str| {
        assert_eq!(check(file, variables, &[]).unwrap_err(), expect);
    };
    refused(
        "[lanes]\nworker = 3",
        &[],
        "vervet.toml: there is no key 'lanes.worker'; did you mean 'lanes.workers'?",
    );
    refused(
        "",
        &[("VERVET_LISTN", "x")],
        "environment: there is no key 'VERVET_LISTN'; did you mean 'VERVET_LISTEN'?",
    );
    refused(
        "[rabbitmq]\nurl = 'amqp://hub:secret@node1'",
        &[],
        "vervet.toml: 'rabbitmq.url' holds a password; set the variable VERVET_RABBITMQ_URL instead",
    );
}

#[test]
fn the_source_of_a_value_that_is_not_allowed_is_named() {
    let file = check("[http]\nmax_body_bytes = 0", &[], &[]);
    assert_eq!(
        file.unwrap_err(),
        "vervet.toml: 'http.max_body_bytes' is 0, but must be between 1024 and 1073741824 bytes"
    );
    let variable = check("", &[("VERVET_STORE_CACHE_MIB", "much")], &[]);
    assert_eq!(
        variable.unwrap_err(),
        "VERVET_STORE_CACHE_MIB: 'store.cache_mib' is 'much', but must be a whole number between 4 and 1048576 MiB"
    );
    let flag = check("", &[], &[("listen", "80")]);
    assert_eq!(
        flag.unwrap_err(),
        "--listen: 'listen' is '80', but must be an address and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080"
    );
    // A good value of a higher source does not excuse a bad one of a lower.
    let overridden = check("listen = '80'", &[], &[("listen", "127.0.0.1:80")]);
    assert!(overridden.is_err());
}

/// Values of a file that are not allowed: the key, its value as TOML, and what is said of them after the key.
#[test]
fn values_that_cannot_work_are_refused() {
    const CASES: [(&str, &str, &str); 29] = [
        (
            "data",
            "''",
            "is '', but must be a text without control characters that is not empty",
        ),
        ("data", "'a\tb'", r"is 'a\u{9}b', but must be a text"),
        ("data", "3", "is 3, but must be a text"),
        (
            "listen",
            "':80'",
            "is ':80', but must be an address and a port",
        ),
        (
            "public_url",
            "'nonsense'",
            "is 'nonsense', but must be an absolute http or https URL",
        ),
        (
            "http.max_body_bytes",
            "-1",
            "is -1, but must be between 1024 and 1073741824 bytes",
        ),
        (
            "http.max_body_bytes",
            "1.5",
            "is 1.5, but must be a whole number between 1024",
        ),
        (
            "http.max_body_bytes",
            "'8 MiB'",
            "is '8 MiB', but must be a whole number between 1024",
        ),
        (
            "http.max_body_bytes",
            "[1]",
            "is [1], but must be a whole number between 1024",
        ),
        (
            "http.connections",
            "0",
            "is 0, but must be between 1 and 1000000",
        ),
        (
            "http.connections",
            "true",
            "is true, but must be a whole number between 1 and 1000000",
        ),
        (
            "http.header_seconds",
            "86400",
            "is 86400, but must be between 1 and 3600 seconds",
        ),
        (
            "http.batch_spool_mib",
            "134217728",
            "is 134217728, but must be between 1 and 1048576 MiB",
        ),
        (
            "files.kind",
            "'ftp'",
            "is 'ftp', but must be 'local' or 's3'",
        ),
        (
            "files.endpoint",
            "'s3.example.com'",
            "is 's3.example.com', but must be an absolute http",
        ),
        (
            "files.allow_http",
            "'yes'",
            "is 'yes', but must be true or false",
        ),
        (
            "lanes.workers",
            "-2",
            "is -2, but must be between 0 and 1024",
        ),
        (
            "lanes.max_plan_price",
            "0",
            "is 0, but must be between 100 and 1000000",
        ),
        (
            "sessions.history_months",
            "0",
            "is 0, but must be between 1 and 600",
        ),
        (
            "rabbitmq.url",
            "'http://node1'",
            "is 'http://node1', but must be amqp://host:port/vhost",
        ),
        (
            "rabbitmq.queue",
            "''",
            "is '', but must be a text of 1 to 255 bytes",
        ),
        (
            "rabbitmq.source_address",
            "'vervet'",
            "is 'vervet', but must be an absolute URI",
        ),
        (
            "plugins.row_fuel",
            "1",
            "is 1, but must be between 200000 and 1000000000000 units of fuel",
        ),
        (
            "plugins.memory_bytes",
            "65536",
            "is 65536, but must be between 4194304 and 4294967296 bytes",
        ),
        (
            "plugins.call_milliseconds",
            "2",
            "is 2, but must be between 100 and 600000 milliseconds",
        ),
        (
            "deliveries.answer_seconds",
            "0",
            "is 0, but must be between 1 and 3600 seconds",
        ),
        (
            "log.level",
            "'verbose'",
            "is 'verbose', but must be off, error, warn, info, debug or trace, or",
        ),
        (
            "log.level",
            "'info,host=loud'",
            "is 'info,host=loud', but must be off, error",
        ),
        (
            "log.format",
            "'xml'",
            "is 'xml', but must be 'text' or 'json'",
        ),
    ];
    for (key, value, expect) in CASES {
        let said = check(&format!("{key} = {value}"), &[], &[]).unwrap_err();
        let expect = format!("vervet.toml: '{key}' {expect}");
        assert!(said.starts_with(&expect), "{said}\nis not\n{expect}");
    }
}

#[test]
fn the_ends_of_a_range_are_allowed() {
    for (key, allowed) in allowed::ALLOWED {
        let allowed::Allowed::Number { min, max, .. } = allowed else {
            continue;
        };
        for number in [min, max] {
            check(&format!("{key} = {number}"), &[], &[])
                .unwrap_or_else(|error| panic!("{key} may be {number}: {error}"));
        }
        for number in [min - 1, max + 1] {
            assert!(
                check(&format!("{key} = {number}"), &[], &[]).is_err(),
                "{key} = {number}"
            );
        }
    }
}

#[test]
fn keys_that_contradict_each_other_are_refused() {
    let refused = |file: &str, variables: &[(&str, &str)], expect: &str| {
        assert_eq!(check(file, variables, &[]).unwrap_err(), expect);
    };
    refused(
        "[sessions]\nclient_id = 'santander'",
        &[("VERVET_RABBITMQ_URL", "amqp://hub:secret@node1")],
        "'sessions.context' is '', but must be set when 'rabbitmq.url' is: it says whose sessions make events",
    );
    refused(
        "files.kind = 's3'",
        &[],
        "'files.bucket' is '', but must be the name of a bucket when 'files.kind' is 's3'",
    );
    refused(
        "[files]\nkind = 's3'\nbucket = 'b'\nendpoint = 'http://x:9000'",
        &[],
        "'files.endpoint' is 'http://x:9000', but must be an https URL unless 'files.allow_http' is true",
    );
}

#[test]
fn every_key_says_what_it_may_be_and_its_default_is_allowed() {
    let defaults = known_keys();
    let mut listed: Vec<&str> = allowed::ALLOWED.iter().map(|(key, _)| *key).collect();
    listed.sort_unstable();
    assert!(listed.iter().eq(defaults.keys()), "{listed:?}");
    for (key, allowed) in allowed::ALLOWED {
        let default = &defaults[key];
        assert!(allowed.allows(default), "{key} = {default}");
    }
}

#[test]
fn secrets_of_the_environment_are_not_printed() {
    let config = check(
        "[sessions]\nclient_id = 'santander'\ncontext = 'MWD'",
        &[
            ("VERVET_RABBITMQ_URL", "amqp://hub:secret@node1"),
            ("VERVET_RABBITMQ_PASSWORD", "secret"),
        ],
        &[],
    )
    .expect("a good configuration");
    assert_eq!(config.rabbitmq.password.expose(), "secret");
    let wrong = check(
        "",
        &[("VERVET_RABBITMQ_URL", "http://hub:secret@node1")],
        &[],
    );
    let printed = [config.to_toml(), format!("{config:?}"), wrong.unwrap_err()].concat();
    assert!(!printed.contains("secret"), "{printed}");
    assert!(printed.contains("amqp://hub:***@node1"), "{printed}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    let printed = Config::default().to_toml();
    let config = check(&printed, &[], &[]).expect("it prints only known keys");
    assert_eq!(config.to_toml(), printed);
    assert!(
        printed
            .contains("# Must be between 1024 and 1073741824 bytes.\nmax_body_bytes = 8388608\n"),
        "{printed}"
    );
}
