//! Skills: what an experienced person knows of one kind of fault, as data.
//!
//! A skill file says which alerts and states it is for, how to look (a decision tree whose
//! conditions and texts are CEL), what it may conclude and which remedy fits. This room reads such
//! files, refuses what is wrong in them with its place, works out what they inherit, and says which
//! fits what was seen. It calls no tool and concludes nothing: that is done by the reasoners.

mod builtin;
pub mod cel;
mod compile;
mod error;
mod format;
mod inherit;
mod matching;
mod read;
mod schema;
mod set;
mod shelf;
mod skill;
mod template;
pub mod tool_names;
mod tree;

pub use cel::{Bindings, Expression, Scope, Truth};
pub use error::{EvalError, SkillError, SkillErrors};
pub use matching::{Match, Matches, bind_subject, signal_data, subject_data};
pub use set::{BASE, SkillSet};
pub use shelf::Shelf;
pub use skill::{MemoryPolicy, Skill, Trigger};
pub use template::{Failed, Template};
pub use tree::{Bilingual, Branch, Leaf, Named, Next, Node, NodeRef, Param};

#[cfg(test)]
mod tests;
