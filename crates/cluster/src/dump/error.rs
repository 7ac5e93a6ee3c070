//! Why a recording could not be read at all.

use std::path::PathBuf;

use thiserror::Error;

/// Why a recording could not be read at all. What is wrong with a part of it is a note instead.
#[derive(Debug, Error)]
pub enum DumpError {
    /// It could not be opened or read.
    #[error("failed to read the recording {}: {problem}", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        problem: String,
    },
    /// It holds nothing that Kintsugi can read.
    #[error("the recording {place} holds no objects, logs or transcripts{problem}")]
    Nothing {
        /// Where it was looked for.
        place: String,
        /// The first thing that was wrong, if anything was.
        problem: String,
    },
}
