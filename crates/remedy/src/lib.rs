//! Remedies: from a diagnosis to a plan, and from a plan to one settled write.
//!
//! This is the only room that changes a cluster. It does not decide whether it may (`policy`) or
//! when (`healer`); it makes plans that can be read, hashed, rehearsed and undone, and it writes
//! each change so that the truth can be told afterwards, whatever interrupts it.

mod defaults;
mod propose;
mod rehearse;
mod restore;
mod sight;
mod write;

pub use defaults::Defaults;
pub use propose::{ProposeError, propose};
pub use rehearse::{RehearseError, rehearse};
pub use sight::{Sight, sight};
pub use write::{Now, Performed, WriteLimits, intend, perform, settle};
