//! The server: health and metrics over HTTP.
//!
//! Answers have one envelope, `{code, message, data}`; errors also carry the right HTTP status. What
//! is told is read from the ledger; nothing is decided here.

mod envelope;
mod health;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use healer::telemetry::Metrics;
use ledger::Ledger;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use health::Component;

/// How long requests in flight may take when the server ends.
const DRAIN: Duration = Duration::from_secs(5);

/// What requests are answered from.
pub(crate) struct State {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) components: Vec<Component>,
    pub(crate) started: Instant,
}

/// The server.
pub struct Server {
    state: Arc<State>,
}

impl Server {
    /// A server over a ledger, the figures of this process, and what else there is to tell.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>, metrics: Arc<Metrics>, components: Vec<Component>) -> Self {
        Self {
            state: Arc::new(State {
                ledger,
                metrics,
                components,
                started: Instant::now(),
            }),
        }
    }

    /// The routes.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/metrics", get(health::prometheus))
            .route("/api/v1/health", get(health::health))
            .route("/api/v1/health/components", get(health::components))
            .route("/api/v1/health/metrics", get(health::metrics))
            .route("/api/v1/health/ready", get(health::ready))
            .route("/api/v1/health/live", get(health::live))
            .fallback(envelope::not_found)
            .method_not_allowed_fallback(envelope::not_allowed)
            .with_state(Arc::clone(&self.state))
    }

    /// Serves until stopped; then requests in flight have a moment to end.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(
        self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<(), std::io::Error> {
        let stopped = stop.clone();
        let serving = axum::serve(listener, self.routes())
            .with_graceful_shutdown(async move { stopped.cancelled().await });
        let drained = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = serving => served,
            () = drained => {
                tracing::warn!("ended with requests in flight");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
