//! Kubernetes I/O behind one trait.
//!
//! Whatever the cluster is, it speaks the API server's own objects. This room reads and writes what
//! it is told to; whether a write may happen is not decided here.

mod contract;
pub mod dump;
mod live;
mod matrix;
mod measured;
pub mod memory;
mod none;
mod reading;
pub mod record;
mod recorded;
pub mod scenes;

pub use contract::{Among, Cluster, ClusterError, LogQuery, WriteError, WriteMode};
pub use live::{
    ConnectError, Connection, Current, Limits, LiveCluster, NO_SECRETS, Prometheus,
    PrometheusAddress, Watch,
};
pub use measured::{CourseQuery, MeasureError, Measured};
pub use memory::MemoryCluster;
pub use none::NoCluster;
pub use reading::{BlindSpot, Namespaces, Reading, Scope};
pub use recorded::Recorded;
