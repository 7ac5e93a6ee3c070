//! Tools: named, described, tiered ways to look at the outside.
//!
//! A tool has a name, typed parameters and a tier, and is mutating unless it says that it is
//! `read_only`. Tools never write: a mutating tool proposes, and the gate decides. What a tool has
//! read is bounded and redacted before it leaves this room.

mod bound;
mod contract;
mod events;
mod helm;
mod logs;
mod memory;
mod names;
mod params;
mod pods;
mod registry;
mod related;
mod rollout;
mod tell;
mod view;
mod workload;

pub use contract::{Tool, ToolError, ToolOutput, ToolSpec};
pub use memory::course_of;
pub use names::{KNOWN, takes};
pub use registry::{Limits, Registry};

#[cfg(test)]
mod tests;
