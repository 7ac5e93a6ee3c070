//! The cluster in memory rolls Deployments out as a real one does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the functions that tests share fail as tests do"
)]

extern crate kintsugi_cluster as cluster;

mod rolling;
mod shop;
mod subjects;
mod writes;
