//! Driving real incidents on a cluster in memory that misbehaves: lost answers, other people's
//! edits, two drivers at once, words that do not count.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "this is a test"
)]

extern crate kintsugi_healer as healer;

mod drivers;
mod secrets;
mod shop;
#[path = "../wiring/mod.rs"]
mod wiring;
mod words;
mod writes;
