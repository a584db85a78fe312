//! `/metrics`, for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

/// How long requests took, by method, route and status; its count is the count of requests.
pub const REQUEST_SECONDS: &str = "vervet_http_request_seconds";

/// The bounds of every histogram of times, in seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];

/// How often what histograms gathered is summed up, so that it does not grow while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of this process, to which all of the host's metrics go; made when it is first asked for.
pub fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(make).clone()
}

fn make() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
    // The bounds are constant and there are some.
    let recorder = builder.expect("a histogram has bounds").build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("this process has another recorder of metrics; /metrics stays empty");
    }
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        metrics::Unit::Seconds,
        "How long requests took."
    );
    handle
}

/// Keeps the recorder small until `stop`.
pub async fn keep_up(metrics: PrometheusHandle, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(UPKEEP))
        .await
        .is_some()
    {
        metrics.run_upkeep();
    }
}

/// The route `/metrics`. It asks for no credential: it names tenants, their teams and rules, and
/// whoever can reach the address that the host listens on may read it.
pub fn routes<S: Clone + Send + Sync + 'static>(metrics: PrometheusHandle) -> Router<S> {
    let render = async move || {
        let content_type = [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )];
        (content_type, metrics.render())
    };
    Router::new().route("/metrics", get(render))
}
