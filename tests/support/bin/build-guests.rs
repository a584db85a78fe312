//! Builds every plugin that the tests need, so that no test waits for a compiler.

fn main() {
    tests::guests::build();
}
