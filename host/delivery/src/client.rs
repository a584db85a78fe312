//! The client for calls to places that tenants name.
//!
//! It resolves a name itself for each connection, refuses addresses that are
//! not public, and connects to those that it looked at and to no others: what a
//! name leads to cannot change between the look and the connection. It follows
//! no redirects and knows no proxies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use super::addresses::refusal;
use super::places::{PlaceRules, private};
use crate::config::DeliveriesConfig;

/// A client of its own rules.
///
/// # Errors
/// Where this machine's certificates cannot be read.
pub(super) fn new(
    config: &DeliveriesConfig,
    rules: &PlaceRules,
) -> reqwest::Result<reqwest::Client> {
    // Another client of this process may have chosen already; there is one choice.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("vervet/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(Policy::none())
        .https_only(!rules.allows_http())
        .connect_timeout(Duration::from_secs(config.connect_seconds))
        // A connection that is kept would be to an address that was looked at long ago.
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(CheckedNames {
            allow_private: rules.allows_private(),
            look_up: Arc::new(look_up),
        }))
        .build()
}

/// An error of the client with its causes, which say what happened, and without the URL.
pub(super) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let sentence = error.to_string();
        if !text.ends_with(&sentence) {
            text = format!("{text}: {sentence}");
        }
        cause = error.source();
    }
    text
}

type Found = std::io::Result<Vec<SocketAddr>>;
type LookUp = dyn Fn(String) -> BoxFuture<'static, Found> + Send + Sync;

/// Resolves names to public addresses.
struct CheckedNames {
    allow_private: bool,
    look_up: Arc<LookUp>,
}

fn look_up(name: String) -> BoxFuture<'static, Found> {
    Box::pin(async move {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.collect())
    })
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.look_up)(name.as_str().to_owned());
        let (allow_private, name) = (self.allow_private, name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            if found.is_empty() {
                return Err(format!("the name {name} has no address").into());
            }
            // One that is private among others is as bad: which one is called is luck.
            for address in &found {
                if let Some(why) = refusal(address.ip())
                    && !allow_private
                {
                    return Err(format!("{name} {}", private(address.ip(), why)).into());
                }
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn names(answers: &'static [&'static [&'static str]]) -> (CheckedNames, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let look_up = move |_: String| -> BoxFuture<'static, Found> {
            let answer = answers[count.fetch_add(1, Ordering::Relaxed) % answers.len()];
            let addresses = answer
                .iter()
                .map(|address| SocketAddr::new(address.parse().expect("an address"), 0));
            let addresses = addresses.collect();
            Box::pin(async move { Ok(addresses) })
        };
        let names = CheckedNames {
            allow_private: false,
            look_up: Arc::new(look_up),
        };
        (names, asked)
    }

    async fn check(answers: &'static [&'static [&'static str]], expect: Result<usize, &str>) {
        let (names, _) = names(answers);
        let resolved = names.resolve("a.example".parse().expect("a name")).await;
        match (resolved, expect) {
            (Ok(found), expect) => assert_eq!(Ok(found.count()), expect),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
            }
            (Err(error), expect) => panic!("{error}, not {expect:?}"),
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_one_private_address_is_refused() {
        check(&[&["93.184.216.34", "1.1.1.1"]], Ok(2)).await;
        check(
            &[&["93.184.216.34", "10.0.0.1"]],
            Err("10.0.0.1, which is private"),
        )
        .await;
        check(&[&["::ffff:127.0.0.1"]], Err("loopback")).await;
        check(&[&[]], Err("no address")).await;
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_for_each_connection() {
        // The second answer would lead inside: it is never asked for within one connection.
        let (names, asked) = names(&[&["192.0.2.1"], &["127.0.0.1"]]);
        let names = CheckedNames {
            allow_private: true,
            ..names
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_millis(200))
            .dns_resolver(Arc::new(names))
            .build()
            .expect("a client");
        let error = client
            .get("http://a.example:9/")
            .send()
            .await
            .expect_err("nobody is there");
        assert!(error.is_connect() || error.is_timeout(), "{error:?}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
