//! Findings: what a scan shows. A finding is a diagnosis of one subject in a snapshot, hung on the
//! object at its root, with everything that it explains.

use serde::Serialize;

use crate::cause::Cause;
use crate::diagnosis::{Confidence, NextStep};
use crate::object::ObjectRef;
use crate::plan::RemedyKind;
use crate::signal::{Fingerprint, Severity};
use crate::text::Text;
use crate::time::Timestamp;

/// One thing that is wrong, at its root.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is called in this scan: `F1`, `F2` …, the worst first.
    pub id: String,
    /// The same for the same fault of the same object in every scan.
    pub fingerprint: Fingerprint,
    /// The skill whose tree concluded.
    pub skill: String,
    /// The node that did.
    pub node: String,
    /// What is wrong.
    pub cause: Cause,
    /// How bad it is.
    pub severity: Severity,
    /// The object at the root.
    pub object: ObjectRef,
    /// The container, if the fault is in one.
    pub container: Option<String>,
    /// Everything that shows it: the pods of a workload.
    pub affected: Vec<ObjectRef>,
    /// The whole sentence.
    pub root_cause: Text,
    /// How sure.
    pub confidence: Confidence,
    /// What was seen.
    pub evidence: Vec<Clue>,
    /// What a person can do next.
    pub next_steps: Vec<NextStep>,
    /// The remedies worth proposing, best first.
    pub remedies: Vec<RemedyKind>,
    /// What is wrong elsewhere because of it.
    pub explains: Vec<Explained>,
}

/// One piece of evidence of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clue {
    /// What it is called in its finding: `E1`, `E2` …
    pub id: String,
    /// The tool that showed it.
    pub tool: String,
    /// What was looked at.
    pub object: ObjectRef,
    /// The part that matters.
    pub excerpt: Text,
    /// When it was so, if it tells.
    pub at: Option<Timestamp>,
}

/// Something that a finding explains: a symptom, or a fault further along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Where it shows.
    pub object: ObjectRef,
    /// What it would be called on its own.
    pub cause: Cause,
    /// What it is.
    pub text: Text,
}
