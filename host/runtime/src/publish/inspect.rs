//! Reads an upload: what it is, what it imports and exports, and whether a plugin may.
//!
//! Runs in the process that compiles: nothing else reads what a stranger sent.

use semver::Version;
use serde::{Deserialize, Serialize};
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;

use super::{PluginKind, footprint};
use crate::stand_ins::{INTERFACES, StandIns, WASI};

/// What the host lends, and what the lent things are made of.
static LENT: [(&str, Version); 2] = [
    ("vervet:plugin/log", Version::new(0, 1, 0)),
    ("vervet:plugin/types", Version::new(0, 1, 0)),
];

/// What a plugin exports, one of these.
static KINDS: [(&str, Version, PluginKind); 2] = [
    (
        "vervet:plugin/rule",
        Version::new(0, 1, 0),
        PluginKind::Rule,
    ),
    (
        "vervet:plugin/formatter",
        Version::new(0, 1, 0),
        PluginKind::Formatter,
    ),
];

/// An upload that may become a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    pub(crate) kind: PluginKind,
    /// As the component names them.
    pub(crate) imports: Vec<String>,
    /// Which stand-ins meet the imports of WASI, where there are any.
    pub(crate) stand_ins: Option<StandIns>,
    /// Beyond the contract: tolerated, and never called.
    pub(crate) other_exports: Vec<String>,
    /// Whether the upload was a core module.
    pub(crate) from_module: bool,
}

/// Why an upload is no plugin: a sentence for its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Checks an upload, and answers it as a component. One of its instances may start with `instance_bytes` of memories and
/// tables; none if it was published before, by a host that may have allowed more.
pub fn inspect(
    upload: &[u8],
    instance_bytes: Option<usize>,
) -> Result<(Inspected, Vec<u8>), Refusal> {
    let (component, from_module) = match form(upload)? {
        Form::Component => (upload.to_vec(), false),
        Form::Module => (componentize(upload)?, true),
    };
    let Interface { imports, exports } = interface(&component)?;
    let mut stand_ins = None;
    for import in &imports {
        if check_import(import)? == Met::StoodIn {
            stand_ins = Some(StandIns::V1);
        }
    }
    let (kind, other_exports) = check_exports(exports)?;
    if let Some(bytes) = instance_bytes {
        footprint::check(&component, bytes)?;
    }
    let inspected = Inspected {
        kind,
        imports,
        stand_ins,
        other_exports,
        from_module,
    };
    Ok((inspected, component))
}

enum Form {
    Component,
    Module,
}

fn form(upload: &[u8]) -> Result<Form, Refusal> {
    if Engine::detect_precompiled(upload).is_some() || upload.starts_with(b"\x7fELF") {
        return Err(refusal(
            "this is machine code, which the host compiles itself: upload the component",
        ));
    }
    match upload.split_first_chunk::<8>() {
        Some((b"\0asm\x01\0\0\0", _)) => Ok(Form::Module),
        Some((b"\0asm\x0d\0\x01\0", _)) => Ok(Form::Component),
        Some((header, _)) if header.starts_with(b"\0asm") => Err(refusal(
            "this is of another version of WebAssembly: the host reads modules of version 1 and components of version 13",
        )),
        _ => Err(refusal(
            "this is not WebAssembly: upload the .wasm file that `vervet plugin build` makes",
        )),
    }
}

/// Makes a component of a core module that carries its component type.
fn componentize(module: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut typed = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::CustomSection(section) => {
                typed |= section.name().starts_with("component-type");
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    check_module_import(import.map_err(|error| malformed(&error))?.module)?;
                }
            }
            _ => {}
        }
    }
    if !typed {
        return Err(refusal(
            "this is a core module that does not say which interface it has: build it with the SDK or with \
             wit-bindgen, which write a section `component-type`, or upload what `wasm-tools component new` makes of it",
        ));
    }
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| Refusal(format!("this module cannot be made a component: {error:#}")))
}

/// Imports of modules are those of components, and names that the encoder itself gives.
fn check_module_import(module: &str) -> Result<(), Refusal> {
    let own = module.starts_with('[') || module == "$root";
    if own {
        Ok(())
    } else {
        check_import(module).map(|_| ())
    }
}

struct Interface {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// The names of a component's own imports and exports, not of those inside it.
fn interface(component: &[u8]) -> Result<Interface, Refusal> {
    let mut interface = Interface {
        imports: Vec::new(),
        exports: Vec::new(),
    };
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::Version { encoding, .. } if depth == 0 && encoding != Encoding::Component => {
                return Err(refusal("this is a module inside no component"));
            }
            Payload::UnknownSection { id, .. } => {
                return Err(Refusal(format!(
                    "this is not valid WebAssembly: no section is of type {id}"
                )));
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let import = import.map_err(|error| malformed(&error))?;
                    interface.imports.push(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let export = export.map_err(|error| malformed(&error))?;
                    interface.exports.push(export.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(interface)
}

/// What meets an import.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Lent,
    StoodIn,
}

fn check_import(import: &str) -> Result<Met, Refusal> {
    let (name, version) = split(import);
    let lent = LENT.iter().find(|(lent, _)| *lent == name);
    let (ours, met) = match lent {
        Some((_, ours)) => (ours, Met::Lent),
        None if INTERFACES.contains(&name) => (&WASI, Met::StoodIn),
        None => {
            let way_out = if name.starts_with("wasi:") {
                "; if the rule itself does not use it, build with the option of your tool that stubs WASI, such as --stub-wasi"
            } else {
                ""
            };
            return Err(Refusal(format!(
                "this plugin imports {name}, which no plugin may have{way_out}"
            )));
        }
    };
    match version {
        Some(theirs) if fits(&theirs, ours) => Ok(met),
        _ => Err(Refusal(format!(
            "this plugin needs {import}; this host has {ours}"
        ))),
    }
}

fn check_exports(exports: Vec<String>) -> Result<(PluginKind, Vec<String>), Refusal> {
    let mut kinds = Vec::new();
    let mut others = Vec::new();
    for export in exports {
        let (name, version) = split(&export);
        match KINDS.iter().find(|(known, ..)| *known == name) {
            None => others.push(export),
            Some((_, ours, kind)) => match version {
                Some(theirs) if fits(&theirs, ours) => kinds.push(*kind),
                _ => {
                    return Err(Refusal(format!(
                        "this plugin exports {export}; this host has {ours}"
                    )));
                }
            },
        }
    }
    match kinds.as_slice() {
        [kind] => Ok((*kind, others)),
        [] => Err(refusal(
            "this plugin exports neither vervet:plugin/rule nor vervet:plugin/formatter, of which it must export one",
        )),
        _ => Err(refusal(
            "this plugin exports both vervet:plugin/rule and vervet:plugin/formatter: make two plugins of it",
        )),
    }
}

/// `wasi:http/types@0.2.0` is an interface and its version.
fn split(name: &str) -> (&str, Option<Version>) {
    match name.split_once('@') {
        Some((name, version)) => (name, Version::parse(version).ok()),
        None => (name, None),
    }
}

/// A plugin may have been built against this version or an earlier compatible one.
fn fits(theirs: &Version, ours: &Version) -> bool {
    (theirs.major, theirs.minor) == (ours.major, ours.minor)
        && theirs.patch <= ours.patch
        && theirs.pre.is_empty()
}

pub(super) fn malformed(error: &wasmparser::BinaryReaderError) -> Refusal {
    if error.message().starts_with("unexpected end") {
        Refusal(format!("this file is truncated: {error}"))
    } else {
        Refusal(format!("this is not valid WebAssembly: {error}"))
    }
}

fn refusal(text: &str) -> Refusal {
    Refusal(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wat: &str, expect: Result<PluginKind, &str>) {
        check_bytes(&wat::parse_str(wat).unwrap(), expect);
    }

    fn check_bytes(upload: &[u8], expect: Result<PluginKind, &str>) {
        match (inspect(upload, Some(64 << 20)), expect) {
            (Ok((inspected, _)), Ok(kind)) => assert_eq!(inspected.kind, kind),
            (Err(refusal), Err(part)) => {
                assert!(refusal.0.contains(part), "{refusal} does not say: {part}");
            }
            (got, expect) => panic!("{got:?} is not {expect:?}"),
        }
    }

    const RULE: &str = r#"(instance $i) (export "vervet:plugin/rule@0.1.0" (instance $i))"#;

    #[test]
    fn a_plugin_exports_one_kind() {
        check(&format!("(component {RULE})"), Ok(PluginKind::Rule));
        let more = format!(r#"(component {RULE} (instance $j) (export "init" (instance $j)))"#);
        check(&more, Ok(PluginKind::Rule));
        check("(component)", Err("exports neither vervet:plugin/rule nor"));
        let both = r#"(instance $j) (export "vervet:plugin/formatter@0.1.0" (instance $j))"#;
        check(&format!("(component {RULE} {both})"), Err("exports both"));
        let inside = format!("(component (component {RULE}))");
        check(&inside, Err("exports neither"));
    }

    #[test]
    fn another_version_of_the_contract_is_named() {
        let rule = RULE.replace("0.1.0", "0.2.0");
        let expect = "this plugin exports vervet:plugin/rule@0.2.0; this host has 0.1.0";
        check(&format!("(component {rule})"), Err(expect));
        let log = r#"(import "vervet:plugin/log@0.2.0" (instance))"#;
        let expect = "this plugin needs vervet:plugin/log@0.2.0; this host has 0.1.0";
        check(&format!("(component {log} {RULE})"), Err(expect));
    }

    #[test]
    fn only_the_log_is_lent() {
        let log = r#"(import "vervet:plugin/log@0.1.0" (instance))"#;
        check(&format!("(component {log} {RULE})"), Ok(PluginKind::Rule));
        let http = r#"(import "wasi:http/outgoing-handler@0.2.0" (instance))"#;
        let expect = "this plugin imports wasi:http/outgoing-handler, which no plugin may have";
        check(&format!("(component {http} {RULE})"), Err(expect));
        let function = r#"(import "now" (func))"#;
        check(
            &format!("(component {function} {RULE})"),
            Err("imports now,"),
        );
        let module = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#;
        check(
            module,
            Err("imports wasi_snapshot_preview1, which no plugin may have"),
        );
    }

    #[test]
    fn parts_of_wasi_are_stood_in_for() {
        let check = |imports: &[&str], expect: Result<_, &str>| {
            let imports: String = imports
                .iter()
                .map(|name| format!(r#"(import "{name}" (instance))"#))
                .collect();
            let component = wat::parse_str(format!("(component {imports} {RULE})")).unwrap();
            match inspect(&component, None) {
                Ok((inspected, _)) => assert_eq!(Ok(inspected.stand_ins), expect),
                Err(refusal) => assert_eq!(Err(&*refusal.0), expect),
            }
        };
        check(&["vervet:plugin/log@0.1.0"], Ok(None));
        let clocks = ["wasi:clocks/wall-clock@0.2.0", "wasi:io/poll@0.2.12"];
        check(&clocks, Ok(Some(StandIns::V1)));
        let newer = Err("this plugin needs wasi:io/poll@0.2.13; this host has 0.2.12");
        check(&["wasi:io/poll@0.2.13"], newer);
        let third = Err("this plugin needs wasi:io/poll@0.3.0; this host has 0.2.12");
        check(&["wasi:io/poll@0.3.0"], third);
        for refused in [
            "wasi:sockets/network",
            "wasi:http/outgoing-handler",
            "wasi:clocks/timezone",
            "wasi:cli/run",
            "wasi:keyvalue/store",
        ] {
            let expect = format!(
                "this plugin imports {refused}, which no plugin may have; if the rule itself does not use it, \
                 build with the option of your tool that stubs WASI, such as --stub-wasi"
            );
            check(&[&format!("{refused}@0.2.0")], Err(&*expect));
        }
    }

    #[test]
    fn what_is_no_component_is_named() {
        check_bytes(b"", Err("not WebAssembly"));
        check_bytes(b"PK\x03\x04 a zip file", Err("not WebAssembly"));
        check_bytes(b"\x7fELF\x02\x01\x01 and so on", Err("machine code"));
        check_bytes(b"\0asm\x0a\0\x01\0", Err("another version of WebAssembly"));
        check("(module)", Err("does not say which interface it has"));
        let component = wat::parse_str(format!("(component {RULE})")).unwrap();
        check_bytes(&component[..component.len() - 3], Err("truncated"));
        let mut torn = component;
        torn[8] = 0x7f;
        check_bytes(&torn, Err("not valid WebAssembly"));
    }

    #[test]
    fn precompiled_code_is_refused() {
        let engine = crate::engine::compiling_engine().unwrap();
        let component = wat::parse_str(format!("(component {RULE})")).unwrap();
        let compiled = engine.precompile_component(&component).unwrap();
        check_bytes(&compiled, Err("machine code"));
    }
}
