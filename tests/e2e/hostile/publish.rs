//! What happens to an upload.

use std::os::unix::fs::PermissionsExt;

use runtime::limits::Limits;
use runtime::publish::{CompileError, PluginKind, PublishError};
use runtime::registry::Registry;
use tests::guests::module;
use tests::program::vervet;

use super::{HOST, Host, RUNTIME, guest_that_describes, says};

/// A formatter and a rule that say this of themselves are refused so.
fn check(guest: &str, behaviour: &str, expect: &str) {
    match HOST.publish(guest_that_describes(guest, behaviour)) {
        Ok(_) => panic!("{guest} that {behaviour} was published"),
        Err(error) => says(&error, expect),
    }
}

#[test]
fn a_module_becomes_a_plugin() {
    let published = HOST.publish(module("hostile-rule")).unwrap();
    assert_eq!(published.plugin.kind(), PluginKind::Rule);
    assert_eq!(published.plugin.manifest().name.as_str(), "hostile");
    assert!(
        published
            .imports
            .iter()
            .any(|import| import == "vervet:plugin/log@0.1.0")
    );
    assert_eq!(published.checks[0], "the core module was made a component");

    let again = HOST.publish(published.component.clone()).unwrap();
    assert_eq!(again.digest, published.digest);
    assert_ne!(published.upload_digest, published.digest);
    assert_eq!(again.upload_digest, published.digest);
}

#[test]
fn describe_has_limits() {
    for guest in ["hostile-rule", "hostile-formatter"] {
        check(guest, "spins", "out of fuel after 50 000 000");
        check(guest, "copies", "out of fuel after 50 000 000");
        check(
            guest,
            "traps",
            "trapped: wasm `unreachable` instruction executed",
        );
        check(guest, "recurses", "trapped: ");
        check(guest, "grows", "out of memory after 67 108 864 bytes");
        check(guest, "not-utf8", "trapped: ");
    }
    check(
        "hostile-rule",
        "long-answer",
        "answered more than 1 048 576 bytes",
    );
    check("hostile-formatter", "wrong-length", "trapped: ");
    let floods = HOST.publish(guest_that_describes("hostile-rule", "floods"));
    assert!(
        floods.is_ok(),
        "a flood of the log is cut, and costs nothing else"
    );
}

#[test]
fn manifests_are_checked() {
    let check = |behaviour, expect| check("hostile-rule", behaviour, expect);
    check("huge-name", "the manifest's name is no name");
    check("bad-name", "the manifest's name is no name");
    check(
        "bad-version",
        "the manifest's version is no semantic version",
    );
    check("no-title", "the manifest's title has 1 to 200 characters");
    check(
        "bad-schema",
        "the manifest's config-schema is no JSON Schema",
    );
    check(
        "remote-schema",
        "the manifest's config-schema is no JSON Schema",
    );
    check(
        "schema-no-json",
        "the manifest's config-schema is no JSON object",
    );
    check("bad-alert-type", "the manifest's alert-type is no name");
}

#[test]
fn manifests_of_formatters_are_checked() {
    let check = |behaviour, expect| check("hostile-formatter", behaviour, expect);
    check(
        "bad-media-type",
        "the manifest's media-type is no media type",
    );
    check("bad-extension", "the manifest's file-extension has");
}

#[test]
fn what_is_no_plugin_is_refused() {
    let check = |upload: Vec<u8>, expect| match HOST.publish(upload) {
        Ok(_) => panic!("published, and not refused: {expect}"),
        Err(error) => says(&error, expect),
    };
    let module = module("thresholds");
    check(module[..module.len() / 2].to_vec(), "truncated");
    check(b"\x7fELF".repeat(100), "machine code");
    check(
        vec![0; (32 << 20) + 1],
        "the upload has 33 554 433 bytes, and may have 33 554 432",
    );
    let wat = r#"(component
        (import "wasi:http/outgoing-handler@0.2.0" (instance))
        (instance $i) (export "vervet:plugin/rule@0.1.0" (instance $i)))"#;
    let expect = "this plugin imports wasi:http/outgoing-handler, which no plugin may have";
    check(wat::parse_str(wat).unwrap(), expect);
    let wat = r#"(component (instance $i) (export "vervet:plugin/rule@0.1.0" (instance $i)))"#;
    check(
        wat::parse_str(wat).unwrap(),
        "the plugin does not fit its contract",
    );
    let threads = r#"(component (core module (memory 1 1 shared))
        (instance $i) (export "vervet:plugin/rule@0.1.0" (instance $i)))"#;
    check(
        wat::parse_str(threads).unwrap(),
        "no component that the host runs",
    );
}

#[test]
fn compiling_has_limits() {
    let compile_memory_bytes = 32 << 20;
    let small = Host::new(Limits {
        compile_memory_bytes,
        ..Limits::default()
    });
    match small.publish(module("hostile-rule")) {
        Err(PublishError::Compile(error @ CompileError::TooLarge(..))) => {
            says(
                &error,
                "too large to compile: the host gives it 60 seconds and 32 MiB",
            );
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a plugin was compiled in 32 MiB"),
    }
    let hasty = Host::new(Limits {
        compile_seconds: 0,
        ..Limits::default()
    });
    assert!(matches!(
        hasty.publish(module("hostile-rule")),
        Err(PublishError::Compile(CompileError::TooLarge(..)))
    ));
}

#[test]
fn the_same_bytes_are_compiled_once() {
    let data = tempfile::tempdir().unwrap();
    let open = |program| Registry::open(Limits::default(), program, data.path()).unwrap();
    let registry = open(vervet());
    let upload = bytes::Bytes::from(module("thresholds"));
    let (one, other) = RUNTIME.block_on(async {
        tokio::join!(
            registry.publish(upload.clone()),
            registry.publish(upload.clone())
        )
    });
    let (one, other) = (one.unwrap(), other.unwrap());
    let took = |checks: &[String]| {
        let mut compiled = checks.iter().filter(|check| check.starts_with("compiled "));
        compiled.next().expect("it was compiled").clone()
    };
    assert_eq!(
        took(&one.checks),
        took(&other.checks),
        "they waited for one"
    );
    RUNTIME.block_on(registry.keep(&one));
    RUNTIME.block_on(registry.keep(&other));
    drop((one.clone(), other));

    // A host that cannot compile, before and after a restart.
    let after_restart = open("no such program".into());
    for registry in [&registry, &after_restart] {
        let again = RUNTIME.block_on(registry.publish(upload.clone())).unwrap();
        assert!(
            took(&again.checks).starts_with("compiled before"),
            "{:?}",
            again.checks
        );
        assert_eq!(
            (again.digest, &again.component),
            (one.digest, &one.component)
        );
        assert_eq!(again.plugin.manifest(), one.plugin.manifest());
        assert_eq!(again.imports, one.imports);
    }
    // What was accepted with more memory is looked at again where there is less.
    let limits = Limits {
        memory_bytes: 32 << 20,
        large_memory_bytes: 32 << 20,
        ..Limits::default()
    };
    let smaller = Registry::open(limits, "no such program".into(), data.path()).unwrap();
    let refused = RUNTIME.block_on(smaller.publish(upload));
    assert!(matches!(
        refused.map(|_| ()),
        Err(PublishError::Compile(CompileError::Process(_)))
    ));
}

#[test]
fn compiled_code_is_kept_and_mended() {
    let data = tempfile::tempdir().unwrap();
    let open = || Registry::open(Limits::default(), vervet(), data.path()).unwrap();
    let registry = open();
    let published = RUNTIME
        .block_on(registry.publish(module("thresholds").into()))
        .unwrap();
    let digest = published.digest;
    assert!(registry.cached(&digest).is_none(), "it is not stored yet");
    RUNTIME.block_on(registry.keep(&published));
    assert!(
        open().cached(&digest).is_some(),
        "a restart finds compiled code"
    );

    let folder = data.path().join("compiled");
    let mode = folder.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let (of_code, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
        let kind = file.extension().and_then(|kind| kind.to_str());
        matches!(kind, Some("cwasm" | "sha256"))
    });
    let mut others: Vec<_> = others.iter().filter_map(|file| file.extension()).collect();
    others.sort_unstable();
    assert_eq!(others, ["component", "receipt"], "it was a module");
    let files = of_code;
    assert_eq!(
        files.len(),
        2,
        "the code and its digest, and nothing of the compiler: {files:?}"
    );
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        // Another file at the same path: the mapped one may be in use.
        std::fs::remove_file(file).unwrap();
        std::fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        let registry = open();
        assert!(registry.cached(&digest).is_none(), "damaged: {file:?}");
        let load = registry.load(digest, published.component.clone());
        let plugin = RUNTIME.block_on(load).unwrap();
        assert_eq!(plugin.manifest(), published.plugin.manifest());
        assert!(open().cached(&digest).is_some(), "mended: {file:?}");
    }
}
