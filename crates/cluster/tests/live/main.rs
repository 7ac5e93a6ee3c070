//! The live client against an API server that is sound, slow, forbidding, broken or silent.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

extern crate kintsugi_cluster as cluster;

mod connecting;
mod failing;
mod fake;
mod measuring;
mod reading;
mod shop;
mod single;
mod watching;
