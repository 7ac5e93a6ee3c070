//! What each kind of event carries: structured facts, from which the prose is rendered when read.
//!
//! The shape of a payload is for ever: a change of meaning or of required fields is a new version
//! of its kind (`kind.rs`) with an upcast (`codec.rs`) and a fixture of the old one.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnosis::Diagnosis;
use crate::effect::{Direction, Failure, Intent, Settlement};
use crate::ids::{CallId, ClusterId, Digest, EffectKey, EvidenceId, IncidentId, PlanHash};
use crate::lesson::Lesson;
use crate::object::ObjectRef;
use crate::observation::{Observation, Verdict};
use crate::plan::{Plan, Tier};
use crate::signal::{Fingerprint, Signal};
use crate::status::Outcome;
use crate::text::Text;
use crate::time::Timestamp;

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }
        )*
    };
}

payloads! {
    /// A signal opened the incident.
    SignalSeen {
        /// The signal.
        signal: Signal,
        /// What it has in common with others of the same fault.
        fingerprint: Fingerprint,
        /// The cluster it is about.
        cluster: ClusterId,
        /// The incident of the same fault that was closed before, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<IncidentId>,
    }
    /// The source says that the fault is gone.
    SignalCleared {
        /// What was seen: the source's own words.
        seen: String,
    }
    /// A skill was chosen.
    SkillMatched {
        /// Its name.
        skill: String,
        /// Its family.
        family: String,
        /// The trigger that chose it.
        trigger: String,
        /// The digest of the skill as it was.
        digest: Digest,
        /// The object in whose state the fault shows: a pod, a workload.
        subject: ObjectRef,
        /// The container, if the fault shows in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<String>,
    }
    /// A read-only tool was called.
    ToolCalled {
        /// The call.
        call: CallId,
        /// The tool.
        tool: String,
        /// Its parameters.
        params: Value,
    }
    /// A tool call gave its result, which is evidence from then on.
    ToolReturned {
        /// The call.
        call: CallId,
        /// The evidence.
        evidence: EvidenceId,
        /// How it went.
        result: ToolResult,
        /// The digest of the whole result, which is kept beside the events and can be erased.
        body: Digest,
        /// How long the whole result is, in bytes.
        bytes: u64,
        /// The part of it that matters.
        excerpt: String,
    }
    /// The root cause was found.
    Diagnosed {
        /// The diagnosis.
        diagnosis: Diagnosis,
    }
    /// A plan was proposed.
    RemedyProposed {
        /// Its hash.
        hash: PlanHash,
        /// The plan.
        plan: Plan,
    }
    /// The plan was rehearsed by a dry run.
    Rehearsed {
        /// The plan.
        plan: PlanHash,
        /// Why the cluster would refuse it, if it would.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    }
    /// Policy said whether the plan may be carried out.
    GateDecided {
        /// The plan.
        plan: PlanHash,
        /// Made or taken back.
        direction: Direction,
        /// Its tier.
        tier: Tier,
        /// What policy said.
        ruling: Ruling,
        /// Why, as the names of the rules that decided.
        rules: Vec<String>,
        /// The digest of the policy that decided.
        policy: Digest,
    }
    /// A person agreed to exactly this plan.
    Approved {
        /// The plan.
        plan: PlanHash,
        /// Their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    }
    /// A person refused the plan, or, where no plan stands, ended the incident.
    Rejected {
        /// The plan, if one stood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<PlanHash>,
        /// Their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    }
    /// What the plan rests on has changed: it is no longer valid, and neither is its approval.
    PlanChanged {
        /// The plan that no longer holds.
        plan: PlanHash,
        /// What differs.
        failure: Failure,
    }
    /// The workload was looked at, and looked different from the last time.
    Observed {
        /// The plan it is about.
        plan: PlanHash,
        /// What was seen.
        observation: Observation,
    }
    /// A write is about to happen.
    Intended {
        /// All that is needed to settle it after an interruption.
        intent: Intent,
    }
    /// A change of the plan was made.
    Applied {
        /// The effect.
        key: EffectKey,
        /// How it was settled.
        settlement: Settlement,
    }
    /// A change of the plan was taken back.
    RolledBack {
        /// The effect.
        key: EffectKey,
        /// How it was settled.
        settlement: Settlement,
    }
    /// A write did not happen.
    EffectFailed {
        /// The effect.
        key: EffectKey,
        /// Why not.
        failure: Failure,
    }
    /// It was judged whether the plan helped.
    Verified {
        /// The plan.
        plan: PlanHash,
        /// The verdict.
        verdict: Verdict,
        /// Pods ready before.
        ready_before: u32,
        /// Pods ready now.
        ready_now: u32,
        /// Pods wanted.
        desired: u32,
    }
    /// The failed plan is given up for another one.
    Repaired {
        /// The plan that is given up.
        plan: PlanHash,
        /// Which attempt at a remedy comes next, from 2.
        attempt: u32,
    }
    /// A step could not be taken for a reason outside, and is tried again later.
    StepFailed {
        /// The step.
        step: String,
        /// What failed, on what, and why.
        problem: String,
        /// How many times in a row now.
        attempt: u32,
        /// When it is tried again.
        retry_at: Timestamp,
    }
    /// A person has to take over.
    Escalated {
        /// Why.
        reason: Escalation,
        /// What a person should know beside it.
        detail: Text,
    }
    /// A person wants a closed incident's plan taken back.
    UndoRequested {
        /// The plan.
        plan: PlanHash,
        /// Their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    }
    /// Memory kept what was learned.
    LessonKept {
        /// The lesson.
        lesson: Lesson,
    }
    /// The incident came to rest.
    Closed {
        /// How it ended.
        outcome: Outcome,
    }
}

/// How a tool call went. Failure, an empty result and a tool that is not there are three things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolResult {
    /// It gave a result.
    Found,
    /// It gave a result, and there was nothing in it.
    Empty,
    /// It failed; the excerpt says why.
    Failed,
    /// It has not been configured.
    NotConfigured,
}

/// What policy says of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It may be carried out.
    Allow,
    /// A person must agree first.
    Ask,
    /// It may not be carried out.
    Refuse,
}

impl Ruling {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Refuse => "refuse",
        }
    }
}

/// Why a person has to take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// No skill knows this kind of fault.
    NoSkill,
    /// No mind was sure enough of a cause.
    NoDiagnosis,
    /// No remedy is known, or none that is safe.
    NoRemedy,
    /// Policy refuses the plan.
    PolicyRefuses,
    /// The target is owned elsewhere: the source is to be changed.
    OwnedElsewhere,
    /// The remedies that were tried did not help, and were taken back.
    RemedyDidNotHelp,
    /// What was done could not be taken back.
    UndoFailed,
    /// It cannot be told whether a write happened.
    Undecidable,
    /// The cluster refused the write.
    WriteRefused,
    /// A limit of time or of attempts was reached.
    LimitReached,
}

impl Escalation {
    /// The word used in JSON and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoSkill => "no_skill",
            Self::NoDiagnosis => "no_diagnosis",
            Self::NoRemedy => "no_remedy",
            Self::PolicyRefuses => "policy_refuses",
            Self::OwnedElsewhere => "owned_elsewhere",
            Self::RemedyDidNotHelp => "remedy_did_not_help",
            Self::UndoFailed => "undo_failed",
            Self::Undecidable => "undecidable",
            Self::WriteRefused => "write_refused",
            Self::LimitReached => "limit_reached",
        }
    }
}

impl fmt::Display for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
