//! The vocabulary of Kintsugi and the life of one incident as events.
//!
//! This room holds words, not deeds: ids, signals, evidence, diagnoses, plans, verdicts and
//! lessons; the versioned events that tell an incident's story; the fold that gives its state; and
//! the two languages in which each event can be read. Nothing here reads a clock, a file or a
//! network, and nothing is async.

pub mod actor;
pub mod cause;
pub mod chain;
pub mod codec;
pub mod diagnosis;
pub mod effect;
pub mod event;
mod finding;
pub mod ids;
pub mod incident;
pub mod json;
pub mod kind;
pub mod lesson;
pub mod object;
pub mod observation;
pub mod payload;
pub mod plan;
pub mod render;
pub mod said;
pub mod signal;
pub mod standing;
pub mod status;
pub mod summary;
pub mod text;
pub mod time;

pub use actor::{Actor, ActorKind};
pub use cause::Cause;
pub use codec::DecodeError;
pub use diagnosis::{Confidence, Diagnosis, NextStep, Rung};
pub use effect::{Direction, Failure, Intent, Settlement};
pub use event::{Draft, Event, Why};
pub use finding::{Clue, Explained, Finding};
pub use ids::{CallId, ClusterId, Digest, EffectKey, EventId, EvidenceId, IncidentId, PlanHash};
pub use incident::Incident;
pub use kind::{Fact, Kind};
pub use lesson::Lesson;
pub use object::ObjectRef;
pub use observation::{Look, Observation, PodSeen, Progress, Verdict};
pub use plan::{Change, Field, PatchOp, Plan, RemedyKind, Tier, Verification};
pub use signal::{Fingerprint, Severity, Signal, Source};
pub use status::{Outcome, Status};
pub use summary::Summary;
pub use text::{Lang, Text};
pub use time::{Millis, Timestamp};
