//! Records: a reading of a cluster and the logs of its sick containers as files, masked, to be looked
//! at elsewhere and later.
//!
//! A record knows what it holds completely, so that a scan of it can tell "not there" from "not read"
//! as well as a scan of the cluster could. What other programs recorded is read elsewhere.

mod manifest;
mod path;
mod read;
mod spots;
mod write;

pub use manifest::{
    CompleteKind, FILE, FORMAT, LogFile, MAX_BYTES, Manifest, ManifestError, ObjectFile,
};
pub use read::{ReadRecordError, Record, read};
pub use write::{About, WriteRecordError, write};

#[cfg(test)]
mod tests;
