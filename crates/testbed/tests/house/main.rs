//! The rules of the house, held against what is there: which room may use which, and which rooms
//! stay pure. They are read from the page where people read them, `ARCHITECTURE.md`, so that it
//! stays true. What crates from elsewhere may be used is for `cargo deny` to say.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a test ends the test"
)]

mod graph;
mod rooms;

use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn read(file: &str) -> String {
    let path = root().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("failed to read {path:?}: {e}"))
}
