//! What tests need that is real: servers to talk to, started for a test and gone after it.

mod cache;
pub mod crowd;
pub mod kubernetes;
pub mod postgres;
pub mod prometheus;
pub mod scenario;

pub use crowd::Crowd;
pub use kubernetes::{ControlPlane, Kubectl, Node, Unavailable};
pub use postgres::{Postgres, PostgresError, PostgresVersion};
pub use prometheus::{Prometheus, PrometheusError};
pub use scenario::Scenario;
