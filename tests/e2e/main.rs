//! What the software promises, asked of a whole host over HTTP.

mod api_keys;
mod audit;
mod health;
mod lists;
mod payload_schemas;
mod tenants;
mod tokens;
mod users;

use tests::{TestHost, TestHostBuilder};

/// No test here uploads a plugin, so nothing compiles any.
const NO_COMPILER: &str = "no-compiler";

async fn start() -> TestHost {
    builder().start().await
}

fn builder() -> TestHostBuilder {
    TestHost::builder(NO_COMPILER).in_memory()
}
