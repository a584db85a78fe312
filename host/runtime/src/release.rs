//! What runs plugins, as it is kept with what they said: fuel is comparable only where it is the same.

/// The release of wasmtime that this host is built with.
pub const WASMTIME: &str = "48.0.8";

/// The version of the table of what each instruction costs in fuel: it rises with each change of the engine's prices.
pub const FUEL_COSTS: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_the_one_that_is_built() {
        let lock = include_str!("../../../Cargo.lock");
        let expect = format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n");
        assert!(lock.contains(&expect), "WASMTIME is not what is built");
    }
}
