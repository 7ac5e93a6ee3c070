//! The command line through its real binary: what a person or a script meets.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod api_server;
mod approvals;
mod configuration;
mod crashes;
mod demo;
mod errors;
mod hostile;
mod journeys;
mod ledgers;
mod machine;
mod pages;
mod scanning;
mod serving;
mod stories;
mod watching;
