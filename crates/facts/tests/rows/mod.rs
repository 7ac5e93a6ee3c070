//! Logs and what they tell: kind, and what is named. Written after the words of real runtimes.

mod files;
mod machine;
mod network;
mod settings;
mod whole;

pub(crate) use files::FILES;
pub(crate) use machine::MACHINE;
pub(crate) use network::{NETWORK, REFUSALS};
pub(crate) use settings::SETTINGS;
pub(crate) use whole::{CHOICES, HEALTHY};

/// A log, and its summary.
pub(crate) type Row = (&'static str, &'static str);
