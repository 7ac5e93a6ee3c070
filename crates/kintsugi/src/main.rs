//! `kintsugi`: takes a software fault from its first symptom to a verified fix.
//!
//! This crate is the command line: it parses, reads the configuration, wires the rooms together and
//! runs. What the rooms do is not known here.

mod cli;
mod command;
mod config;
mod failure;
mod output;
mod stop;
mod wire;

use std::process::ExitCode;

/// A cluster is millions of small pieces, made and freed by several threads: this allocator is faster
/// at that than the system's, and keeps less of it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    command::run()
}
