//! The steps that the decider can say, and the limits within which it decides.

use model::effect::Direction;
use model::payload::Escalation;
use model::status::Outcome;
use model::{EffectKey, Look, Millis, PlanHash, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// The limits within which an incident lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Remedies tried at most, one after the other.
    pub remedies: u32,
    /// Times a plan is made anew because what it rests on changed.
    pub changed_plans: u32,
    /// Times a step is tried that fails for a reason outside.
    pub step_attempts: u32,
    /// Times a write is tried that the cluster could not be reached for.
    pub write_attempts: u32,
    /// How long an incident may take until something is changed; the time in which a person is
    /// awaited does not count.
    pub active: Millis,
    /// How long to wait after the first failure of a step; doubled with each further one.
    pub back_off: Millis,
    /// How often a rollout is looked at.
    pub watch_every: Millis,
    /// How often an incident that awaits a person is looked at, in case it resolves by itself.
    pub look_again_every: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            remedies: 3,
            changed_plans: 3,
            step_attempts: 6,
            write_attempts: 4,
            active: Millis::secs(30 * 60),
            back_off: Millis(1_000),
            watch_every: Millis(1_000),
            look_again_every: Millis::secs(15),
        }
    }
}

impl Limits {
    /// How long to wait after the `attempt`-th failure in a row.
    #[must_use]
    pub fn back_off_after(&self, attempt: u32) -> Millis {
        let factor = 1_u64 << attempt.saturating_sub(1).min(8);
        Millis(self.back_off.0.saturating_mul(factor))
    }
}

/// What wakes an incident at rest, beside the time it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WakesOn {
    /// Nothing but time.
    Time,
    /// A person's word, or the fault going away.
    Person,
    /// A person asking to take the remedy back.
    Undo,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Choose the skill that fits.
    Match,
    /// Find the root cause.
    Investigate,
    /// Make a plan.
    Propose {
        /// Which attempt at a remedy.
        attempt: u32,
    },
    /// Rehearse the plan by a dry run.
    Rehearse {
        /// Which.
        plan: PlanHash,
    },
    /// Take a short look at the workload.
    Observe {
        /// For which plan.
        plan: PlanHash,
        /// Which look.
        look: Look,
    },
    /// Ask policy.
    Gate {
        /// About which plan.
        plan: PlanHash,
        /// Made or taken back.
        direction: Direction,
    },
    /// Make or take back one change of the plan.
    Effect {
        /// Of which plan.
        plan: PlanHash,
        /// Made or taken back.
        direction: Direction,
        /// Which change.
        change: u32,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// Find out what became of a write.
    Settle {
        /// Which.
        key: EffectKey,
    },
    /// Give up a plan that no longer holds.
    DropPlan {
        /// Which.
        plan: PlanHash,
    },
    /// Say whether the plan helped.
    Judge {
        /// Which.
        plan: PlanHash,
        /// The verdict.
        verdict: Verdict,
    },
    /// Keep what was learned.
    KeepLesson {
        /// From which plan.
        plan: PlanHash,
    },
    /// Look for another remedy.
    Repair {
        /// The plan that is given up.
        plan: PlanHash,
        /// The attempt that comes next.
        attempt: u32,
    },
    /// Call a person.
    Escalate {
        /// Why.
        reason: Escalation,
    },
    /// Come to rest for good.
    Close {
        /// How it ended.
        outcome: Outcome,
    },
    /// Wait.
    Rest {
        /// Until when at the latest.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// What wakes it before.
        wakes_on: WakesOn,
    },
}

impl Step {
    /// The word used in logs, in metrics and in `step_failed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Investigate => "investigate",
            Self::Propose { .. } => "propose",
            Self::Rehearse { .. } => "rehearse",
            Self::Observe { .. } => "observe",
            Self::Gate { .. } => "gate",
            Self::Effect { .. } => "effect",
            Self::Settle { .. } => "settle",
            Self::DropPlan { .. } => "drop_plan",
            Self::Judge { .. } => "judge",
            Self::KeepLesson { .. } => "keep_lesson",
            Self::Repair { .. } => "repair",
            Self::Escalate { .. } => "escalate",
            Self::Close { .. } => "close",
            Self::Rest { .. } => "rest",
        }
    }
}
