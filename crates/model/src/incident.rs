//! An incident: the fold of its events.
//!
//! The fold takes events as they are and judges nothing: what comes next is for the decider to say.
//! It is total: a story that our own decider would never write still folds, since a ledger is read
//! by versions other than the one that wrote it.

use serde_json::Value;
use thiserror::Error;

use crate::actor::Actor;
use crate::diagnosis::Diagnosis;
use crate::event::Event;
use crate::ids::{CallId, IncidentId};
use crate::kind::Fact;
use crate::payload::{Escalation, SignalSeen, SkillMatched, StepFailed, ToolReturned};
use crate::plan::Plan;
use crate::signal::Signal;
use crate::standing::{Effect, EffectState, Standing};
use crate::status::{Outcome, Status};
use crate::summary::Summary;
use crate::time::{Millis, Timestamp};

/// The longest time between two events that counts as work: longer than any step waits.
const LONGEST_SILENCE: Millis = Millis::secs(15 * 60);

/// Why a list of events is no story.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    /// There are no events.
    #[error("the incident has no events")]
    Empty,
    /// The first event does not open an incident.
    #[error("the story begins with `{0}` instead of `signal_seen`")]
    NotAnOpening(crate::kind::Kind),
    /// An event is out of place.
    #[error("event {found} stands where event {expected} should")]
    OutOfPlace {
        /// The place.
        expected: u64,
        /// The sequence number found there.
        found: u64,
    },
}

/// One tool call of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its id.
    pub call: CallId,
    /// The tool.
    pub tool: String,
    /// Its parameters.
    pub params: Value,
    /// What it returned, if it has.
    pub returned: Option<ToolReturned>,
}

/// What a person asked for after the incident was closed.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoRequest {
    /// Who.
    pub actor: Actor,
    /// At which place of the story.
    pub seq: u64,
    /// How the incident had ended before.
    pub ended: Option<Outcome>,
}

/// The state of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// What a list shows of it.
    pub summary: Summary,
    /// The place of its last event.
    pub seq: u64,
    /// The time of its last event.
    pub last_at: Timestamp,
    /// The signal that opened it.
    pub signal: Signal,
    /// Whether the source said that the fault is gone.
    pub cleared: bool,
    /// The skill that was chosen.
    pub skill: Option<SkillMatched>,
    /// The tool calls, in order.
    pub calls: Vec<Call>,
    /// The diagnosis.
    pub diagnosis: Option<Diagnosis>,
    /// Which attempt at a remedy it is, from 1.
    pub attempt: u32,
    /// The plan that stands.
    pub standing: Option<Standing>,
    /// Plans that were tried, did not help and were given up.
    pub given_up: Vec<Plan>,
    /// How often a plan had to be made anew because what it rests on had changed.
    pub changed_plans: u32,
    /// Why a person has to take over, if so.
    pub escalation: Option<Escalation>,
    /// Whether a person ended it where no plan stood.
    pub dismissed: bool,
    /// The step that failed last, if nothing has succeeded since.
    pub trouble: Option<StepFailed>,
    /// What a person asked for after closing.
    pub undo: Option<UndoRequest>,
    /// How much time it took so far, without the time in which a person was awaited.
    pub active: Millis,
}

impl Incident {
    /// Folds a whole story.
    ///
    /// # Errors
    /// When the events are no story: none, no opening at first, or out of order.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, FoldError> {
        let mut events = events.into_iter();
        let first = events.next().ok_or(FoldError::Empty)?;
        let mut incident = Self::open(first)?;
        for event in events {
            incident.apply(event)?;
        }
        Ok(incident)
    }

    /// The state after the first event.
    ///
    /// # Errors
    /// When that event does not open an incident.
    pub fn open(first: &Event) -> Result<Self, FoldError> {
        let Fact::SignalSeen(opening) = &first.fact else {
            return Err(FoldError::NotAnOpening(first.kind()));
        };
        if first.seq != 1 {
            return Err(FoldError::OutOfPlace {
                expected: 1,
                found: first.seq,
            });
        }
        Ok(Self::opened(first.incident, first.at, opening))
    }

    fn opened(id: IncidentId, at: Timestamp, opening: &SignalSeen) -> Self {
        Self {
            summary: Summary::opened(id, at, opening),
            seq: 1,
            last_at: at,
            signal: opening.signal.clone(),
            cleared: false,
            skill: None,
            calls: Vec::new(),
            diagnosis: None,
            attempt: 1,
            standing: None,
            given_up: Vec::new(),
            changed_plans: 0,
            escalation: None,
            dismissed: false,
            trouble: None,
            undo: None,
            active: Millis(0),
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> IncidentId {
        self.summary.id
    }

    /// Whether it is closed and nobody asked for anything since.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.summary.status == Status::Closed
    }

    /// Whether a person is awaited, so that its limit of time does not run.
    #[must_use]
    pub fn person_awaited(&self) -> bool {
        matches!(
            self.summary.status,
            Status::WaitingApproval | Status::Escalated | Status::Closed
        )
    }

    /// How much time it took by `now`, without the time in which a person was awaited.
    #[must_use]
    pub fn active_by(&self, now: Timestamp) -> Millis {
        let running = if self.person_awaited() {
            Millis(0)
        } else {
            // A longer silence means that nobody was at work.
            now.since(self.last_at).min(LONGEST_SILENCE)
        };
        Millis(self.active.0.saturating_add(running.0))
    }

    /// The effect that was intended and not settled.
    #[must_use]
    pub fn pending(&self) -> Option<&Effect> {
        self.standing.as_ref().and_then(|s| {
            s.effects
                .iter()
                .rev()
                .find(|e| e.state == EffectState::Pending)
        })
    }

    /// Takes one more event into account.
    ///
    /// # Errors
    /// When the event does not follow the last one.
    pub fn apply(&mut self, event: &Event) -> Result<(), FoldError> {
        if event.seq != self.seq + 1 {
            return Err(FoldError::OutOfPlace {
                expected: self.seq + 1,
                found: event.seq,
            });
        }
        self.active = self.active_by(event.at);
        self.seq = event.seq;
        self.last_at = event.at;
        let ended = self.summary.outcome;
        self.summary.apply(event);
        if let Fact::StepFailed(failed) = &event.fact {
            self.trouble = Some(failed.clone());
            return Ok(());
        }
        self.trouble = None;
        self.apply_fact(event, ended);
        Ok(())
    }

    fn apply_fact(&mut self, event: &Event, ended: Option<Outcome>) {
        match &event.fact {
            Fact::SignalSeen(_) => self.cleared = false,
            Fact::SignalCleared(_) => self.cleared = true,
            Fact::SkillMatched(fact) => self.skill = Some(fact.clone()),
            Fact::ToolCalled(fact) => self.calls.push(Call {
                call: fact.call,
                tool: fact.tool.clone(),
                params: fact.params.clone(),
                returned: None,
            }),
            Fact::ToolReturned(fact) => {
                if let Some(call) = self.calls.iter_mut().find(|call| call.call == fact.call) {
                    call.returned = Some(fact.clone());
                }
            }
            Fact::Diagnosed(fact) => self.diagnosis = Some(fact.diagnosis.clone()),
            Fact::RemedyProposed(fact) => {
                self.standing = Some(Standing::new(fact.hash, fact.plan.clone()));
            }
            Fact::PlanChanged(_) => {
                self.standing = None;
                self.changed_plans += 1;
            }
            Fact::Repaired(fact) => {
                self.given_up
                    .extend(self.standing.take().map(|standing| standing.plan));
                self.attempt = fact.attempt;
            }
            Fact::Escalated(fact) => self.escalation = Some(fact.reason),
            Fact::UndoRequested(_) => {
                self.escalation = None;
                self.undo = Some(UndoRequest {
                    actor: event.actor.clone(),
                    seq: event.seq,
                    ended,
                });
            }
            Fact::Closed(_) => {
                self.undo = None;
                self.dismissed = false;
            }
            Fact::Rejected(fact) if fact.plan.is_none() => self.dismissed = true,
            Fact::Rehearsed(_)
            | Fact::GateDecided(_)
            | Fact::Approved(_)
            | Fact::Rejected(_)
            | Fact::Observed(_)
            | Fact::Intended(_)
            | Fact::Applied(_)
            | Fact::RolledBack(_)
            | Fact::EffectFailed(_)
            | Fact::Verified(_)
            | Fact::LessonKept(_) => {
                if let Some(standing) = &mut self.standing {
                    standing.apply(event);
                }
            }
            Fact::StepFailed(_) => {}
        }
    }
}
