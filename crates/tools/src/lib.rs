//! Tools: named, described, tiered ways to look at the outside.
//!
//! A tool has a name, typed parameters and a tier, and is mutating unless it says that it is
//! `read_only`. Tools never write: a mutating tool proposes, and the gate decides.

mod contract;

pub use contract::{Tool, ToolError, ToolOutput, ToolSpec};
