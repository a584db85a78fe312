//! How fast each caller may call.
//!
//! A token bucket for each key: `burst` requests at once, and `per_second`
//! more each second. Buckets that are full again are forgotten.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::problem::{Problem, ProblemKind};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// After so many requests the buckets that are full again are forgotten.
const REQUESTS_BETWEEN_SWEEPS: u64 = 4096;

/// The rate of each caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once, after a pause.
    pub burst: NonZeroU32,
}

/// The buckets of all callers, by a key such as the id of the caller's credential.
pub struct RateLimits<K: Clone + Eq + Hash> {
    rate: Rate,
    buckets: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    requests: AtomicU64,
}

/// How a request stands to its caller's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests that may still be made at once.
    pub remaining: u32,
    /// Seconds until the next request may be made; 0 where this one may.
    pub retry_after_seconds: u64,
}

impl<K: Clone + Eq + Hash> RateLimits<K> {
    /// Empty: every caller begins with a full bucket.
    pub fn new(rate: Rate) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let buckets = RateLimiter::dashmap(quota).with_middleware();
        Self {
            rate,
            buckets,
            requests: AtomicU64::new(0),
        }
    }

    /// Takes a token of this caller's.
    pub fn take(&self, caller: &K) -> Allowance {
        if self
            .requests
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(REQUESTS_BETWEEN_SWEEPS)
        {
            self.buckets.retain_recent();
        }
        match self.buckets.check_key(caller) {
            Ok(state) => Allowance {
                remaining: state.remaining_burst_capacity(),
                retry_after_seconds: 0,
            },
            Err(not_until) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                Allowance {
                    remaining: 0,
                    retry_after_seconds: wait.as_secs() + 1,
                }
            }
        }
    }

    /// The headers `RateLimit-Policy` and `RateLimit`, in seconds.
    fn headers(&self, allowance: Allowance) -> [(HeaderName, HeaderValue); 2] {
        let (burst, per_second) = (self.rate.burst.get(), self.rate.per_second.get());
        let window = burst.div_ceil(per_second);
        let full_in = (burst - allowance.remaining.min(burst)).div_ceil(per_second);
        let policy = format!("\"default\";q={burst};w={window}");
        let state = format!("\"default\";r={};t={full_in}", allowance.remaining);
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)].map(|(name, value)| {
            // Digits and ASCII punctuation alone.
            (
                name,
                HeaderValue::try_from(value).expect("the header is ASCII"),
            )
        })
    }
}

/// The key of a request's caller; `None` is not limited here.
pub type CallerOf<K> = fn(&Request) -> Option<K>;

/// Refuses requests of callers that are too fast with 429, and tells all others how they stand.
///
/// Lay it with `axum::middleware::from_fn_with_state((limits, caller_of), limit)`, inside of what finds out who is calling.
pub async fn limit<K: Clone + Eq + Hash + Send + Sync + 'static>(
    State((limits, caller_of)): State<(Arc<RateLimits<K>>, CallerOf<K>)>,
    request: Request,
    next: Next,
) -> Response {
    let Some(caller) = caller_of(&request) else {
        return next.run(request).await;
    };
    let allowance = limits.take(&caller);
    let mut response = if allowance.retry_after_seconds == 0 {
        next.run(request).await
    } else {
        Problem::new(
            ProblemKind::TooManyRequests,
            "too many requests; wait as Retry-After says",
        )
        .retry_after(allowance.retry_after_seconds)
        .into_response()
    };
    response.headers_mut().extend(limits.headers(allowance));
    response
}
