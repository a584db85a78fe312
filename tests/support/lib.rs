//! What the end-to-end tests stand on: a whole host in this process, on a port
//! of its own, and a client for it.
//!
//! ```no_run
//! # async fn test() {
//! use tests::{TestHost, field};
//!
//! let host = TestHost::start("vervet").await;
//! let athora = host.tenant("athora").await;
//! let aml = athora.team("aml", &[field("amount", "float")]).await;
//! let posted = aml.get("/v1/me").await.expect(200);
//! assert_eq!(posted["team"], "aml");
//! host.stop().await;
//! # }
//! ```

mod client;
mod host;
mod tenant;

pub use client::{Answer, Client};
pub use host::{TestHost, TestHostBuilder};
pub use tenant::{TestTenant, field};
