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
        "[lanes]\nworkers = 'three'",
        &[],
        "vervet.toml: 'lanes.workers' must be a whole number",
    );
    refused(
        "",
        &[("VERVET_LISTN", "x")],
        "environment: there is no key 'VERVET_LISTN'; did you mean 'VERVET_LISTEN'?",
    );
    refused(
        "",
        &[("VERVET_STORE_CACHE_MIB", "much")],
        "environment: 'VERVET_STORE_CACHE_MIB' must be a whole number",
    );
    refused(
        "[sessions]\nhistory_months = 0",
        &[],
        "'sessions.history_months' must be from 1 to 600",
    );
    refused(
        "[rabbitmq]\nurl = 'amqp://hub:secret@node1'",
        &[],
        "vervet.toml: 'rabbitmq.url' holds a password; set the variable VERVET_RABBITMQ_URL instead",
    );
    refused(
        "[sessions]\nclient_id = 'santander'",
        &[("VERVET_RABBITMQ_URL", "amqp://hub:secret@node1")],
        "'sessions.context' must be set where rabbitmq.url is: it says whose sessions make events",
    );
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
    let printed = [config.to_toml(), format!("{config:?}")].concat();
    assert!(!printed.contains("secret"), "{printed}");
    assert!(printed.contains("amqp://hub:***@node1"), "{printed}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    let printed = Config::default().to_toml();
    let config = check(&printed, &[], &[]).expect("it prints only known keys");
    assert_eq!(config.to_toml(), printed);
}
