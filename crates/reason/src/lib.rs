//! The reasoners of the ladder of minds, cheapest first.
//!
//! A reasoner looks at the outside through a port alone, so that everything it sees is evidence and
//! nothing is paid for twice.

mod port;

pub use port::{Port, Seen, Stopped};
