//! The skills that come with Kintsugi, compiled in from `skills/` at the root of the repository.

/// Each file's name and its text.
pub(crate) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
