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

fn main() -> ExitCode {
    command::run()
}
