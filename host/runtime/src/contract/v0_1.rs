//! Version 0.1.0 of `/wit`. One world holds both kinds of plugin, since they
//! share types; each kind binds the one interface that it needs.

#[allow(missing_docs, unreachable_pub)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package host:contract;
            world plugin {
                import vervet:plugin/log@0.1.0;
                export vervet:plugin/rule@0.1.0;
                export vervet:plugin/formatter@0.1.0;
            }
        ",
        world: "host:contract/plugin",
        // Columns are lent to the plugin, not copied for each rule.
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}

pub(crate) use bindings::exports::vervet::plugin::{formatter, rule};
pub(crate) use bindings::vervet::plugin::{log, types};
