//! What the end-to-end tests stand on: a whole host in this process, on a port
//! of its own, a client for it, and the plugins that it is given.
//!
//! ```no_run
//! # async fn test() {
//! use tests::{TestHost, field};
//!
//! let host = TestHost::start().await;
//! let athora = host.tenant("athora").await;
//! let aml = athora.team("aml", &[field("amount", "float")]).await;
//! let posted = aml.get("/v1/me").await.expect(200);
//! assert_eq!(posted["team"], "aml");
//! host.stop().await;
//! # }
//! ```

mod accessibility;
mod browser;
mod chromium;
mod client;
mod conformance;
pub mod guests;
mod host;
mod plugins;
mod process;
pub mod program;
mod proxy;
pub mod rabbitmq;
mod raw;
pub mod readers;
mod stored_release;
mod tenant;
pub mod wasm;

pub use browser::{Browser, Page};
pub use chromium::{Chromium, Scripts};
pub use client::{Answer, Client};
pub use host::{TestHost, TestHostBuilder};
pub use plugins::TestPlugin;
pub use process::HostProcess;
pub use proxy::{Proxy, Way};
pub use rabbitmq::{Consumer, VirtualHost};
pub use raw::RawConnection;
pub use stored_release::StoredRelease;
pub use tenant::{TestTenant, field};
