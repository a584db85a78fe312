//! The generated bindings of the interfaces in `wit/`.

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod generated {
    wasmtime::component::bindgen!({
        path: "src/stand_ins/wit",
        world: "host:stand-ins/stand-ins",
        imports: { default: trappable },
    });
}

pub(super) use generated::{StandIns, wasi};
