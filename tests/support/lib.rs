//! What the end-to-end tests and the benchmarks share: a whole host in this
//! process, on a port of its own, a client for it, and what was built before.
//!
//! ```no_run
//! # async fn test() {
//! use tests::{TestHost, field};
//!
//! let host = TestHost::start().await;
//! let athora = host.tenant("athora").await;
//! let aml = athora.team("aml", &[field("amount", "float")]).await;
//! let me = aml.get("/v1/me").await.expect(200);
//! assert_eq!(me["team"], "aml");
//! host.stop().await;
//! # }
//! ```

mod client;
mod host;
pub mod program;
mod tenant;

pub use client::{Answer, Client};
pub use host::{TestHost, TestHostBuilder};
pub use tenant::{TestTenant, field};
