//! Lessons: what memory keeps of an incident.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::ids::PlanHash;
use crate::object::ObjectRef;
use crate::observation::Verdict;
use crate::plan::RemedyKind;
use crate::signal::Fingerprint;
use crate::text::Text;

/// What memory keeps of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// What the signals had in common.
    pub fingerprint: Fingerprint,
    /// The cause that was found.
    pub cause: Cause,
    /// The object at the root.
    pub object: ObjectRef,
    /// The root cause as it was told.
    pub root_cause: Text,
    /// The remedy that was tried last.
    pub remedy: RemedyKind,
    /// The plan it was.
    pub plan: PlanHash,
    /// Whether it helped.
    pub verdict: Verdict,
}
