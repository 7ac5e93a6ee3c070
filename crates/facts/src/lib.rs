//! What objects and logs say, as pure functions over a snapshot of the cluster.
//!
//! Nothing here does I/O or reads a clock. Three-valued answers (`present | absent | unknown`) are
//! kept apart: what was never asked for is unknown, never absent.

pub mod admission;
mod asked_log;
pub mod certificate;
pub mod container;
pub mod course;
pub mod diff;
pub mod event;
pub mod helm;
pub mod image;
pub mod json;
pub mod kinds;
pub mod log;
pub mod nearest;
pub mod netpol;
mod object;
pub mod owner;
pub mod placement;
pub mod ports;
mod presence;
pub mod quantity;
pub mod rbac;
pub mod redact;
pub mod references;
pub mod revision;
pub mod rollout;
mod selector;
mod shortage;
pub mod slim;
mod snapshot;
mod span;
pub mod subject;
pub mod timing;
pub mod triage;
pub mod wiring;
pub mod workload;

pub use asked_log::{LogKey, LogSeen};
pub use certificate::{CERTIFICATE_HOSTS, NOT_AFTER};
pub use course::{Course, CourseKey, CourseSeen};
pub use diff::{FieldDiff, template_diff};
pub use image::{ImageRef, PullFailure, PullFailureKind};
pub use json::{Fields, FieldsIter, Json, Pool};
pub use nearest::nearest;
pub use object::{GUESSED, LAST_APPLIED, Object, SOME_LABELS};
pub use owner::{Manager, ManagerTool, managed_by};
pub use presence::Presence;
pub use redact::{redact_text, redact_value, redacted};
pub use revision::{Revision, last_good, revisions};
pub use rollout::observe;
pub use selector::selects;
pub use snapshot::{Complete, Snapshot};
pub use span::span;
pub use subject::{Resource, Subject, subject, subjects};
pub use timing::second_look_after;
pub use triage::{Candidate, candidates};
pub use workload::{home_of, next_pod, owner_of, pods_of, replica_sets_of};
