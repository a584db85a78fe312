//! The whole API as it is served: resources, their document, and what stands around them.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;

use crate::http::docs::{self, About, Documented};
use crate::http::layers::{RequestLimits, around};
use crate::http::rate_limit::{CallerOf, Rate, RateLimits, limit};
use crate::http::serve::ConnectionLimits;
use crate::http::{authorization, metrics};
use app::App;
use config::Config;

/// All that a client can reach: the resources, `/openapi.json`, `/docs`, `/metrics`, and pages for people.
pub fn router(app: Arc<App>, pages: Router<Arc<App>>) -> Router {
    let http = &app.config.http;
    let limits = RequestLimits {
        body_bytes: http.max_body_bytes,
        body_pause: Duration::from_secs(http.idle_body_seconds),
    };
    let rate = NonZeroU32::new(http.requests_per_second);
    let documented = documented(&app.config);
    let mut router = documented
        .router
        .merge(metrics::routes(metrics::recorder()));
    router = router
        .layer(from_fn_with_state(app.clone(), crate::honour))
        .layer(from_fn_with_state(app.clone(), crate::in_turn));
    if let Some(per_second) = rate {
        let burst = per_second;
        let limits = Arc::new(RateLimits::new(Rate { per_second, burst }));
        let caller_of: CallerOf<[u8; 32]> = credential_digest;
        router = router.layer(from_fn_with_state((limits, caller_of), limit));
    }
    // Pages take turns and honour repeats in their own ways: a request never waits for two turns.
    around(router.merge(pages).with_state(app), limits)
}

/// The document of the API, as `/openapi.json` has it.
pub fn openapi(config: &Config) -> serde_json::Value {
    documented(config).openapi
}

fn documented(config: &Config) -> Documented<Arc<App>> {
    let about = About {
        title: "Vervet",
        version: env!("CARGO_PKG_VERSION"),
        description: include_str!("introduction.md"),
        examples: crate::examples(),
    };
    docs::finish(crate::routes(config), about)
}

/// What connections may be, as the host is configured.
pub fn connection_limits(config: &Config) -> ConnectionLimits {
    ConnectionLimits {
        connections: config.http.connections,
        connections_per_peer: config.http.connections_per_peer,
        head: Duration::from_secs(config.http.header_seconds),
        idle: Duration::from_secs(config.http.idle_connection_seconds.max(1)),
        stalled_answer: Duration::from_secs(config.http.stalled_answer_seconds.max(1)),
        stop: Duration::from_secs(config.http.stop_seconds),
    }
}

/// Each credential has a rate of its own; who presents none is refused by the resource.
fn credential_digest(request: &Request) -> Option<[u8; 32]> {
    let credential = authorization::presented(request.headers()).ok()?;
    Some(*credential.digest().as_bytes())
}
