//! What objects and logs say, as pure functions over a snapshot of the cluster.
//!
//! Nothing here does I/O or reads a clock. Three-valued answers (`present | absent | unknown`) are
//! kept apart: what was never asked for is unknown, never absent.

mod object;

pub use object::Object;
