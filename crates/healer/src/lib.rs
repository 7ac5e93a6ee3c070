//! The healer: drives an incident to rest.
//!
//! `decide` says what comes next, from the story alone; `perform` does it, and appends what it does
//! as it goes; the driver goes round until the incident rests. Everything that is known is in the
//! ledger, so that the process may stop at any point and another one goes on.

pub mod context;
pub mod decide;
mod drive;
mod perform;
mod step;
mod story;
pub mod telemetry;
mod words;
mod worker;

pub use context::{Clock, Healer, Ids, Observer, Point, Quiet, SystemClock, SystemIds};
pub use decide::decide;
pub use drive::{Rested, holder};
pub use perform::PerformError;
pub use step::{Limits, Step, WakesOn};
pub use story::HealError;
pub use words::{Heard, WordError};
pub use worker::{Worker, WorkerOptions};
