//! Reads a component as the instructions that instantiate it.

use std::rc::Rc;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Encoding,
    Instance, Parser, Payload, TableType,
};

use super::Footprint;
use crate::publish::inspect::{Refusal, malformed};

/// How deep components may be nested.
const MAX_DEPTH: usize = 32;

/// The instructions of one component, in order. Index spaces fill as they are followed.
#[derive(Debug, Default)]
pub(super) struct Code(pub(super) Vec<Step>);

/// What can be passed around between components, and matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Module,
    Component,
    Instance,
}

/// A named thing: an argument, or an export.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) sort: Sort,
    pub(super) index: u32,
}

/// One instruction.
#[derive(Debug)]
pub(super) enum Step {
    /// Defines a module.
    Module(Rc<Footprint>),
    /// Defines a component.
    Component(Rc<Code>),
    /// Takes an argument.
    Import { name: String, sort: Sort },
    /// Instantiates a module.
    InstantiateModule(u32),
    /// Instantiates a component.
    Instantiate { component: u32, args: Vec<Named> },
    /// Makes an instance of what there is.
    Bundle(Vec<Named>),
    /// Takes an export of an instance.
    AliasExport {
        instance: u32,
        name: String,
        sort: Sort,
    },
    /// Takes something of an enclosing component.
    AliasOuter { count: u32, index: u32, sort: Sort },
    /// Exports something, which gives it another index, too.
    Export(Named),
}

/// What is open while the file is read.
enum Open {
    Module(Footprint),
    Component(Code),
}

/// Reads a component.
pub(super) fn read(component: &[u8]) -> Result<Code, Refusal> {
    let mut open: Vec<Open> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|error| malformed(&error))? {
            Payload::Version { encoding, .. } => {
                if open.len() == MAX_DEPTH {
                    return Err(Refusal(format!(
                        "the components of this plugin are nested {MAX_DEPTH} deep or deeper; make them fewer"
                    )));
                }
                open.push(match encoding {
                    Encoding::Module => Open::Module(Footprint {
                        instances: 1,
                        ..Footprint::default()
                    }),
                    Encoding::Component => Open::Component(Code::default()),
                });
            }
            Payload::End(_) => match (open.pop(), open.last_mut()) {
                (Some(Open::Module(module)), Some(Open::Component(code))) => {
                    code.0.push(Step::Module(Rc::new(module)));
                }
                (Some(Open::Component(inner)), Some(Open::Component(code))) => {
                    code.0.push(Step::Component(Rc::new(inner)));
                }
                (Some(Open::Component(whole)), None) => return Ok(whole),
                _ => return Err(unfinished()),
            },
            payload => match open.last_mut() {
                Some(Open::Module(module)) => read_module(module, &payload)?,
                Some(Open::Component(code)) => read_component(code, payload)?,
                None => return Err(unfinished()),
            },
        }
    }
    Err(unfinished())
}

fn unfinished() -> Refusal {
    Refusal("this is not valid WebAssembly: it is no whole component".to_owned())
}

/// The engine's own records, on a 64-bit machine.
const FUNCTION_BYTES: usize = 32;
const IMPORT_BYTES: usize = 32;
const GLOBAL_BYTES: usize = 16;
const TABLE_BYTES: usize = 64;
const MEMORY_BYTES: usize = 64;

fn read_module(module: &mut Footprint, payload: &Payload<'_>) -> Result<(), Refusal> {
    let mut context = |count: u32, bytes: usize| {
        let bytes = (count as usize).saturating_mul(bytes);
        module.context_bytes = module.context_bytes.saturating_add(bytes);
    };
    match payload {
        Payload::ImportSection(section) => context(section.count(), IMPORT_BYTES),
        Payload::FunctionSection(section) => context(section.count(), FUNCTION_BYTES),
        Payload::GlobalSection(section) => context(section.count(), GLOBAL_BYTES),
        Payload::TableSection(section) => {
            context(section.count(), TABLE_BYTES);
            for table in section.clone() {
                let TableType { initial, .. } = table.map_err(|error| malformed(&error))?.ty;
                let elements = usize::try_from(initial).unwrap_or(usize::MAX);
                module.tables += 1;
                module.table_elements = module.table_elements.saturating_add(elements);
                module.largest_table = module.largest_table.max(elements);
            }
        }
        Payload::MemorySection(section) => {
            context(section.count(), MEMORY_BYTES);
            for memory in section.clone() {
                let memory = memory.map_err(|error| malformed(&error))?;
                let page = 1_usize
                    .checked_shl(memory.page_size_log2.unwrap_or(16))
                    .unwrap_or(usize::MAX);
                let pages = usize::try_from(memory.initial).unwrap_or(usize::MAX);
                module.memories += 1;
                module.memory_bytes = module
                    .memory_bytes
                    .saturating_add(pages.saturating_mul(page));
            }
        }
        _ => {}
    }
    Ok(())
}

fn read_component(code: &mut Code, payload: Payload<'_>) -> Result<(), Refusal> {
    let bad = |error: wasmparser::BinaryReaderError| malformed(&error);
    match payload {
        Payload::InstanceSection(section) => {
            for instance in section {
                if let Instance::Instantiate { module_index, .. } = instance.map_err(bad)? {
                    code.0.push(Step::InstantiateModule(module_index));
                }
            }
        }
        Payload::ComponentInstanceSection(section) => {
            for instance in section {
                code.0.push(match instance.map_err(bad)? {
                    ComponentInstance::Instantiate {
                        component_index,
                        args,
                    } => Step::Instantiate {
                        component: component_index,
                        args: args
                            .iter()
                            .filter_map(|arg| named(arg.name, arg.kind, arg.index))
                            .collect(),
                    },
                    ComponentInstance::FromExports(exports) => Step::Bundle(
                        exports
                            .iter()
                            .filter_map(|export| named(export.name.name, export.kind, export.index))
                            .collect(),
                    ),
                });
            }
        }
        Payload::ComponentAliasSection(section) => {
            for alias in section {
                code.0.extend(read_alias(alias.map_err(bad)?));
            }
        }
        Payload::ComponentImportSection(section) => {
            for import in section {
                let import = import.map_err(bad)?;
                code.0
                    .extend(sort(import.ty.kind()).map(|sort| Step::Import {
                        name: import.name.name.to_owned(),
                        sort,
                    }));
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section {
                let export = export.map_err(bad)?;
                let named = named(export.name.name, export.kind, export.index);
                code.0.extend(named.map(Step::Export));
            }
        }
        _ => {}
    }
    Ok(())
}

fn read_alias(alias: ComponentAlias<'_>) -> Option<Step> {
    match alias {
        ComponentAlias::InstanceExport {
            kind,
            instance_index,
            name,
        } => Some(Step::AliasExport {
            instance: instance_index,
            name: name.to_owned(),
            sort: sort(kind)?,
        }),
        ComponentAlias::Outer { kind, count, index } => Some(Step::AliasOuter {
            count,
            index,
            sort: match kind {
                ComponentOuterAliasKind::CoreModule => Sort::Module,
                ComponentOuterAliasKind::Component => Sort::Component,
                ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => return None,
            },
        }),
        ComponentAlias::CoreInstanceExport { .. } => None,
    }
}

fn named(name: &str, kind: ComponentExternalKind, index: u32) -> Option<Named> {
    Some(Named {
        name: name.to_owned(),
        sort: sort(kind)?,
        index,
    })
}

fn sort(kind: ComponentExternalKind) -> Option<Sort> {
    match kind {
        ComponentExternalKind::Module => Some(Sort::Module),
        ComponentExternalKind::Component => Some(Sort::Component),
        ComponentExternalKind::Instance => Some(Sort::Instance),
        ComponentExternalKind::Func
        | ComponentExternalKind::Value
        | ComponentExternalKind::Type => None,
    }
}
