//! The plan that stands, and how far it is: the part of an incident's fold that is about one plan.

use crate::actor::Actor;
use crate::effect::{Direction, Failure, Intent, Settlement};
use crate::event::Event;
use crate::ids::{EffectKey, PlanHash};
use crate::kind::Fact;
use crate::observation::{Look, Observation, Verdict};
use crate::payload::{GateDecided, Rehearsed};
use crate::plan::Plan;
use crate::time::Timestamp;

/// A person's word on a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Who.
    pub actor: Actor,
    /// At which place of the story.
    pub seq: u64,
}

/// How an effect stands.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectState {
    /// Intended, and not known to have happened or not.
    Pending,
    /// It happened.
    Done(Settlement),
    /// It did not happen.
    Failed(Failure),
}

/// One effect: an intent and how it was settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What was intended.
    pub intent: Intent,
    /// How it stands.
    pub state: EffectState,
    /// When that was written.
    pub at: Timestamp,
    /// At which place of the story it was intended.
    pub seq: u64,
}

/// What policy said last, and where in the story.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// What it said.
    pub decided: GateDecided,
    /// At which place of the story.
    pub seq: u64,
}

/// The plan that stands, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its hash.
    pub hash: PlanHash,
    /// The plan.
    pub plan: Plan,
    /// The rehearsal, once done.
    pub rehearsal: Option<Rehearsed>,
    /// The gate before it is applied.
    pub gate: Option<Gate>,
    /// The gate before it is taken back after closing.
    pub undo_gate: Option<Gate>,
    /// The latest approval of exactly this plan.
    pub approval: Option<Word>,
    /// Its rejection.
    pub rejection: Option<Word>,
    /// The sight before anything was changed.
    pub before: Option<Observation>,
    /// The latest sight of the rollout.
    pub rollout: Option<Observation>,
    /// The last look, when the rollout's time was up.
    pub last: Option<Observation>,
    /// When the rollout was first seen to be good, if the latest sight still says so.
    pub good_since: Option<Timestamp>,
    /// Since when the rollout is watched, if a second look left it open.
    pub watched_since: Option<Timestamp>,
    /// How many second looks left it open.
    pub left_open: u32,
    /// The second look that settled it.
    pub second: Option<Observation>,
    /// The effects, in order.
    pub effects: Vec<Effect>,
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// Whether memory kept what this plan taught.
    pub lesson_kept: bool,
}

impl Standing {
    pub(crate) fn new(hash: PlanHash, plan: Plan) -> Self {
        Self {
            hash,
            plan,
            rehearsal: None,
            gate: None,
            undo_gate: None,
            approval: None,
            rejection: None,
            before: None,
            rollout: None,
            last: None,
            good_since: None,
            watched_since: None,
            left_open: 0,
            second: None,
            effects: Vec::new(),
            verdict: None,
            lesson_kept: false,
        }
    }

    /// The last effect on one change.
    #[must_use]
    pub fn last_effect(&self, change: u32) -> Option<&Effect> {
        self.effects
            .iter()
            .rev()
            .find(|effect| effect.intent.change == change)
    }

    /// Whether a change of the plan stands in the outside world, as far as we know.
    #[must_use]
    pub fn change_stands(&self, change: u32) -> bool {
        self.effects
            .iter()
            .rev()
            .find(|e| e.intent.change == change && matches!(e.state, EffectState::Done(_)))
            .is_some_and(|effect| effect.intent.direction == Direction::Apply)
    }

    /// How many changes the plan has.
    #[must_use]
    pub fn changes(&self) -> u32 {
        u32::try_from(self.plan.changes.len()).unwrap_or(u32::MAX)
    }

    /// The first change that does not stand yet.
    #[must_use]
    pub fn next_to_apply(&self) -> Option<u32> {
        (0..self.changes()).find(|change| !self.change_stands(*change))
    }

    /// The last change that stands: what is undone first.
    #[must_use]
    pub fn next_to_undo(&self) -> Option<u32> {
        (0..self.changes())
            .rev()
            .find(|change| self.change_stands(*change))
    }

    /// How often a change was attempted in one direction.
    #[must_use]
    pub fn attempts(&self, change: u32, direction: Direction) -> u32 {
        let tried = self
            .effects
            .iter()
            .filter(|e| e.intent.change == change && e.intent.direction == direction)
            .count();
        u32::try_from(tried).unwrap_or(u32::MAX)
    }

    /// When the last of the changes was made.
    #[must_use]
    pub fn applied_at(&self) -> Option<Timestamp> {
        self.effects
            .iter()
            .filter(|e| {
                e.intent.direction == Direction::Apply && matches!(e.state, EffectState::Done(_))
            })
            .map(|effect| effect.at)
            .max()
    }
}

impl Standing {
    /// Takes an event about a plan into account, if it is about this plan.
    pub(crate) fn apply(&mut self, event: &Event) {
        let word = || Word {
            actor: event.actor.clone(),
            seq: event.seq,
        };
        match &event.fact {
            Fact::Rehearsed(fact) if fact.plan == self.hash => {
                self.rehearsal = Some(fact.clone());
            }
            Fact::GateDecided(fact) if fact.plan == self.hash => {
                let gate = Some(Gate {
                    decided: fact.clone(),
                    seq: event.seq,
                });
                match fact.direction {
                    Direction::Apply => self.gate = gate,
                    Direction::Undo => self.undo_gate = gate,
                }
            }
            Fact::Approved(fact) if fact.plan == self.hash => self.approval = Some(word()),
            Fact::Rejected(fact) if fact.plan == Some(self.hash) => {
                self.rejection = Some(word());
            }
            Fact::Observed(fact) if fact.plan == self.hash => {
                self.observe(&fact.observation, event.at);
            }
            Fact::Intended(fact) if fact.intent.plan == self.hash => self.effects.push(Effect {
                intent: fact.intent.clone(),
                state: EffectState::Pending,
                at: event.at,
                seq: event.seq,
            }),
            Fact::Applied(fact) => {
                self.settle(
                    fact.key,
                    EffectState::Done(fact.settlement.clone()),
                    event.at,
                );
            }
            Fact::RolledBack(fact) => {
                self.settle(
                    fact.key,
                    EffectState::Done(fact.settlement.clone()),
                    event.at,
                );
            }
            Fact::EffectFailed(fact) => {
                self.settle(
                    fact.key,
                    EffectState::Failed(fact.failure.clone()),
                    event.at,
                );
            }
            Fact::Verified(fact) if fact.plan == self.hash => self.verdict = Some(fact.verdict),
            Fact::LessonKept(fact) if fact.lesson.plan == self.hash => self.lesson_kept = true,
            Fact::Rehearsed(_)
            | Fact::GateDecided(_)
            | Fact::Approved(_)
            | Fact::Rejected(_)
            | Fact::Observed(_)
            | Fact::Intended(_)
            | Fact::Verified(_)
            | Fact::LessonKept(_)
            | Fact::SignalSeen(_)
            | Fact::SignalCleared(_)
            | Fact::SkillMatched(_)
            | Fact::ToolCalled(_)
            | Fact::ToolReturned(_)
            | Fact::Diagnosed(_)
            | Fact::RemedyProposed(_)
            | Fact::PlanChanged(_)
            | Fact::Repaired(_)
            | Fact::StepFailed(_)
            | Fact::Escalated(_)
            | Fact::UndoRequested(_)
            | Fact::Closed(_) => {}
        }
    }

    fn observe(&mut self, seen: &Observation, at: Timestamp) {
        match seen.look {
            Look::Before => self.before = Some(seen.clone()),
            Look::Rollout | Look::Last => {
                if seen.look == Look::Last {
                    self.last = Some(seen.clone());
                }
                self.good_since = match (seen.healthy(), self.good_since) {
                    (false, _) => None,
                    (true, Some(since)) => Some(since),
                    (true, None) => Some(at),
                };
                self.rollout = Some(seen.clone());
            }
            Look::Second => {
                let open = |first: &Observation| seen.leaves_open(first);
                if self.rollout.as_ref().is_some_and(open) {
                    self.left_open += 1;
                    self.watched_since = Some(at);
                    self.good_since = seen.healthy().then_some(at);
                    self.rollout = Some(seen.clone());
                } else {
                    self.second = Some(seen.clone());
                }
            }
        }
    }

    fn settle(&mut self, key: EffectKey, state: EffectState, at: Timestamp) {
        let effect = self
            .effects
            .iter_mut()
            .rev()
            .find(|effect| effect.intent.key == key);
        // A driver that was held up may tell of a write after another one has settled it. That it
        // happened is never taken back: whoever says that it did not has only not seen it.
        if let Some(effect) = effect
            && !matches!(effect.state, EffectState::Done(_))
        {
            effect.state = state;
            effect.at = at;
        }
    }
}
