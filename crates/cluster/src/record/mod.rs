//! Records: a reading of a cluster and the logs of its sick containers as files, masked, to be looked
//! at elsewhere and later.

mod manifest;

pub use manifest::{
    CompleteKind, FILE, FORMAT, LogFile, MAX_BYTES, Manifest, ManifestError, ObjectFile,
};
