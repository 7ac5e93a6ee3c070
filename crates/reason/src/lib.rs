//! The reasoners of the ladder of minds, cheapest first.
//!
//! A reasoner looks at the outside through a port alone, so that everything it sees is evidence and
//! nothing is paid for twice. It diagnoses and names remedies; it plans and changes nothing.

pub mod beside;
pub mod cases;
mod choose;
pub mod dimensions;
mod port;
pub mod scan;
mod survey;
pub mod tree;

pub use choose::{Choice, Chosen, choose};
pub use port::{Port, Seen, Stopped};
pub use survey::{Survey, survey};
pub use tree::{Answer, ReasonError};

#[cfg(test)]
mod tests;
