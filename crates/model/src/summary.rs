//! The head of an incident's state: what a list shows. It folds on its own, one event at a time, so
//! that a store can keep it up to date without reading the story again.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::event::Event;
use crate::ids::{ClusterId, IncidentId};
use crate::kind::Fact;
use crate::object::ObjectRef;
use crate::observation::Verdict;
use crate::payload::{Ruling, SignalSeen};
use crate::signal::{Fingerprint, Severity};
use crate::status::{Outcome, Status};
use crate::time::Timestamp;

/// The version of this fold. A store whose projections are of another version rebuilds them.
pub const PROJECTION_VERSION: u32 = 1;

/// What a list shows of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Its id.
    pub id: IncidentId,
    /// Where it stands.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// The source's own words.
    pub title: String,
    /// The cause, once found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What its signals have in common.
    pub fingerprint: Fingerprint,
    /// The object it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The cluster it is about.
    pub cluster: ClusterId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it came to rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Whether the last remedy helped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The incident of the same fault that was closed before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<IncidentId>,
}

impl Summary {
    /// The summary of an incident that has just been opened.
    #[must_use]
    pub fn opened(id: IncidentId, at: Timestamp, opening: &SignalSeen) -> Self {
        Self {
            id,
            status: Status::Open,
            severity: opening.signal.severity,
            title: opening.signal.title.clone(),
            cause: None,
            fingerprint: opening.fingerprint.clone(),
            object: opening.signal.object.clone(),
            cluster: opening.cluster.clone(),
            opened_at: at,
            closed_at: None,
            verdict: None,
            outcome: None,
            previous: opening.previous,
        }
    }

    /// Takes one more event into account.
    pub fn apply(&mut self, event: &Event) {
        match &event.fact {
            Fact::SkillMatched(_) | Fact::ToolCalled(_) | Fact::ToolReturned(_) => {
                self.status = Status::Diagnosing;
            }
            Fact::Diagnosed(fact) => {
                self.status = Status::Diagnosing;
                self.cause = Some(fact.diagnosis.cause);
                self.severity = fact.diagnosis.severity.unwrap_or(self.severity);
            }
            Fact::RemedyProposed(_) | Fact::PlanChanged(_) | Fact::Repaired(_) => {
                self.status = Status::Diagnosing;
            }
            Fact::GateDecided(fact) => {
                self.status = match fact.ruling {
                    Ruling::Ask => Status::WaitingApproval,
                    Ruling::Allow => Status::Mending,
                    Ruling::Refuse => Status::Diagnosing,
                };
            }
            Fact::Approved(_) | Fact::Intended(_) | Fact::RolledBack(_) => {
                self.status = Status::Mending;
            }
            Fact::UndoRequested(_) => {
                self.status = Status::Mending;
                self.closed_at = None;
                self.outcome = None;
            }
            Fact::Applied(_) => self.status = Status::Verifying,
            Fact::Verified(fact) => self.verdict = Some(fact.verdict),
            Fact::Escalated(_) => self.status = Status::Escalated,
            Fact::Closed(fact) => {
                self.status = Status::Closed;
                self.outcome = Some(fact.outcome);
                self.closed_at = Some(event.at);
            }
            Fact::SignalSeen(_)
            | Fact::SignalCleared(_)
            | Fact::Rejected(_)
            | Fact::Rehearsed(_)
            | Fact::Observed(_)
            | Fact::EffectFailed(_)
            | Fact::StepFailed(_)
            | Fact::LessonKept(_) => {}
        }
    }
}
