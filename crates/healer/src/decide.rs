//! What comes next in the life of an incident: a pure function of its state and the time.
//!
//! It reads events alone. Policy, the cluster and the skills are asked when a step is performed, and
//! what they say becomes events too. Whoever waits is told until when, and what would wake it.

use model::effect::{Direction, Failure};
use model::payload::{Escalation, Ruling};
use model::standing::{EffectState, Gate, Standing};
use model::status::{Outcome, Status};
use model::{Incident, Look, Timestamp, Verdict};

use crate::step::{Limits, Step, WakesOn};

/// How many second looks may leave open whether the plan helped, because pods came and went.
const MOST_LEFT_OPEN: u32 = 3;

/// Decides the next step.
#[must_use]
pub fn decide(incident: &Incident, now: Timestamp, limits: &Limits) -> Step {
    if incident.closed() {
        return Step::Rest {
            until: None,
            wakes_on: WakesOn::Undo,
        };
    }
    if let Some(rest) = after_trouble(incident, now, limits) {
        return rest;
    }
    // What may or may not have happened outside is settled before anything else is thought of.
    if let Some(effect) = incident.pending() {
        return Step::Settle {
            key: effect.intent.key,
        };
    }
    if incident.undo.is_some() {
        return undo_after_closing(incident, now, limits);
    }
    if incident.escalation.is_some() {
        return escalated(incident, now, limits);
    }
    match &incident.standing {
        None => without_plan(incident, now, limits),
        Some(standing) => with_plan(incident, standing, now, limits),
    }
}

/// Waits after a step failed for a reason outside; calls a person when it has failed too often.
fn after_trouble(incident: &Incident, now: Timestamp, limits: &Limits) -> Option<Step> {
    let trouble = incident.trouble.as_ref()?;
    if trouble.attempt >= limits.step_attempts && incident.escalation.is_none() {
        // A write whose fate is unknown is looked up for as long as it takes; everything else is
        // worth a person's time by now.
        if incident.pending().is_none() {
            return Some(Step::Escalate {
                reason: Escalation::LimitReached,
            });
        }
    }
    (now < trouble.retry_at).then_some(Step::Rest {
        until: Some(trouble.retry_at),
        wakes_on: WakesOn::Time,
    })
}

/// The way back after a person asked for it.
fn undo_after_closing(incident: &Incident, now: Timestamp, limits: &Limits) -> Step {
    let ended = incident
        .undo
        .as_ref()
        .and_then(|undo| undo.ended)
        .unwrap_or(Outcome::NotMended);
    if incident.escalation.is_some() {
        return if incident.dismissed {
            Step::Close { outcome: ended }
        } else {
            await_person(now, limits)
        };
    }
    let Some(standing) = &incident.standing else {
        return Step::Close { outcome: ended };
    };
    let Some(change) = standing.next_to_undo() else {
        return Step::Close {
            outcome: Outcome::Undone,
        };
    };
    let asked = incident.undo.as_ref().map_or(0, |undo| undo.seq);
    match standing.undo_gate.as_ref().filter(|gate| gate.seq > asked) {
        None => Step::Gate {
            plan: standing.hash,
            direction: Direction::Undo,
        },
        Some(Gate { decided, .. }) => match decided.ruling {
            Ruling::Allow => undo_change(standing, change, asked, now, limits),
            Ruling::Ask | Ruling::Refuse => Step::Escalate {
                reason: Escalation::PolicyRefuses,
            },
        },
    }
}

/// A person has been called: their word or the fault going away ends it.
fn escalated(incident: &Incident, now: Timestamp, limits: &Limits) -> Step {
    if incident.dismissed {
        Step::Close {
            outcome: Outcome::NotMended,
        }
    } else if incident.cleared {
        Step::Close {
            outcome: Outcome::ResolvedByItself,
        }
    } else {
        await_person(now, limits)
    }
}

fn await_person(now: Timestamp, limits: &Limits) -> Step {
    Step::Rest {
        until: Some(now.plus(limits.look_again_every)),
        wakes_on: WakesOn::Person,
    }
}

/// From the first signal to a plan.
fn without_plan(incident: &Incident, now: Timestamp, limits: &Limits) -> Step {
    if incident.cleared {
        Step::Close {
            outcome: Outcome::ResolvedByItself,
        }
    } else if incident.dismissed {
        Step::Close {
            outcome: Outcome::NotMended,
        }
    } else if out_of_time(incident, now, limits) || incident.changed_plans > limits.changed_plans {
        Step::Escalate {
            reason: Escalation::LimitReached,
        }
    } else if incident.diagnosis.is_some() {
        Step::Propose {
            attempt: incident.attempt,
        }
    } else if incident.skill.is_some() {
        Step::Investigate
    } else {
        Step::Match
    }
}

fn out_of_time(incident: &Incident, now: Timestamp, limits: &Limits) -> bool {
    incident.active_by(now) > limits.active
}

/// From a plan to a verdict, and from a verdict to rest.
fn with_plan(incident: &Incident, standing: &Standing, now: Timestamp, limits: &Limits) -> Step {
    match standing.verdict {
        Some(verdict) => after_verdict(incident, standing, verdict, now, limits),
        None if standing.next_to_apply().is_none() => verify(standing, now),
        None if standing.next_to_undo().is_some() => half_applied(standing, now, limits),
        None => before_apply(incident, standing, now, limits),
    }
}

/// Nothing of the plan stands outside yet.
fn before_apply(incident: &Incident, standing: &Standing, now: Timestamp, limits: &Limits) -> Step {
    let plan = standing.hash;
    if let Some(step) = after_failure(standing, 0, now, limits) {
        return step;
    }
    if standing.rejection.is_some() {
        return Step::Close {
            outcome: Outcome::Rejected,
        };
    }
    if incident.cleared {
        return Step::Close {
            outcome: Outcome::ResolvedByItself,
        };
    }
    if out_of_time(incident, now, limits) {
        return Step::Escalate {
            reason: Escalation::LimitReached,
        };
    }
    if standing.before.is_none() {
        return Step::Observe {
            plan,
            look: Look::Before,
        };
    }
    if standing.plan.owner.is_none() {
        match &standing.rehearsal {
            None => return Step::Rehearse { plan },
            Some(rehearsal) if rehearsal.refused.is_some() => {
                return Step::Escalate {
                    reason: Escalation::WriteRefused,
                };
            }
            Some(_) => {}
        }
    }
    match gate_of(standing) {
        None => Step::Gate {
            plan,
            direction: Direction::Apply,
        },
        Some(Ruling::Allow) => apply_change(standing, 0),
        Some(Ruling::Ask) => await_person(now, limits),
        Some(Ruling::Refuse) if standing.plan.owner.is_some() => Step::Escalate {
            reason: Escalation::OwnedElsewhere,
        },
        Some(Ruling::Refuse) => Step::Escalate {
            reason: Escalation::PolicyRefuses,
        },
    }
}

/// What policy said of the plan, unless a person has spoken since.
fn gate_of(standing: &Standing) -> Option<Ruling> {
    let gate = standing.gate.as_ref()?;
    let spoken = standing
        .approval
        .as_ref()
        .is_some_and(|approval| approval.seq > gate.seq);
    (!spoken).then_some(gate.decided.ruling)
}

fn apply_change(standing: &Standing, change: u32) -> Step {
    Step::Effect {
        plan: standing.hash,
        direction: Direction::Apply,
        change,
        attempt: standing.attempts(change, Direction::Apply) + 1,
    }
}

/// Some changes of the plan stand and others do not yet.
fn half_applied(standing: &Standing, now: Timestamp, limits: &Limits) -> Step {
    let Some(change) = standing.next_to_apply() else {
        return verify(standing, now);
    };
    let failed = standing.last_effect(change).is_some_and(|effect| {
        matches!(&effect.state, EffectState::Failed(f) if !matches!(f, Failure::Unreachable { .. }))
    });
    if failed {
        // Half a plan is no plan: what stands is taken back.
        return Step::Judge {
            plan: standing.hash,
            verdict: Verdict::NoBetter,
        };
    }
    after_failure(standing, change, now, limits).unwrap_or_else(|| apply_change(standing, change))
}

/// What follows from the last failure to make a change, if it failed.
fn after_failure(
    standing: &Standing,
    change: u32,
    now: Timestamp,
    limits: &Limits,
) -> Option<Step> {
    let effect = standing.last_effect(change)?;
    let EffectState::Failed(failure) = &effect.state else {
        return None;
    };
    Some(match failure {
        Failure::Gone | Failure::Changed { .. } => Step::DropPlan {
            plan: standing.hash,
        },
        Failure::Refused { .. } => Step::Escalate {
            reason: Escalation::WriteRefused,
        },
        Failure::Undecidable { .. } => Step::Escalate {
            reason: Escalation::Undecidable,
        },
        // Policy is asked again before the next attempt.
        Failure::Withdrawn => return None,
        Failure::Unreachable { .. } => {
            let attempts = standing.attempts(change, effect.intent.direction);
            let retry_at = effect.at.plus(limits.back_off_after(attempts));
            if attempts >= limits.write_attempts {
                Step::Escalate {
                    reason: Escalation::LimitReached,
                }
            } else if now < retry_at {
                Step::Rest {
                    until: Some(retry_at),
                    wakes_on: WakesOn::Time,
                }
            } else {
                return None;
            }
        }
    })
}

/// All changes stand: watch, look again, and judge.
fn verify(standing: &Standing, now: Timestamp) -> Step {
    let plan = standing.hash;
    let verification = &standing.plan.verification;
    let unhealed = || Step::Judge {
        plan,
        verdict: Verdict::unhealed(standing.before.as_ref(), standing.rollout.as_ref()),
    };
    if let Some(second) = &standing.second {
        let healed = standing
            .rollout
            .as_ref()
            .is_some_and(|first| second.confirms(first));
        return if healed {
            Step::Judge {
                plan,
                verdict: Verdict::Healed,
            }
        } else {
            Step::Judge {
                plan,
                verdict: Verdict::unhealed(standing.before.as_ref(), Some(second)),
            }
        };
    }
    // Pods that never stay long enough to be seen twice are not healed.
    if standing.left_open > MOST_LEFT_OPEN {
        return unhealed();
    }
    if let Some(since) = standing.good_since {
        let second_look = since.plus(verification.second_look_after);
        return if now < second_look {
            Step::Rest {
                until: Some(second_look),
                wakes_on: WakesOn::Time,
            }
        } else {
            Step::Observe {
                plan,
                look: Look::Second,
            }
        };
    }
    let deadline = standing
        .watched_since
        .or_else(|| standing.applied_at())
        .unwrap_or(now)
        .plus(verification.rollout_within);
    if now < deadline || standing.rollout.is_none() {
        Step::Observe {
            plan,
            look: Look::Rollout,
        }
    } else if standing.last.is_none() {
        Step::Observe {
            plan,
            look: Look::Last,
        }
    } else {
        unhealed()
    }
}

/// The plan has been judged.
fn after_verdict(
    incident: &Incident,
    standing: &Standing,
    verdict: Verdict,
    now: Timestamp,
    limits: &Limits,
) -> Step {
    let plan = standing.hash;
    match (verdict, standing.next_to_undo()) {
        (Verdict::Healed, _) if standing.lesson_kept => Step::Close {
            outcome: Outcome::Healed,
        },
        (Verdict::Healed, _) => Step::KeepLesson { plan },
        (Verdict::NoBetter | Verdict::Worse, Some(change)) => {
            undo_change(standing, change, 0, now, limits)
        }
        (Verdict::NoBetter | Verdict::Worse, None) if !standing.lesson_kept => {
            Step::KeepLesson { plan }
        }
        (Verdict::NoBetter | Verdict::Worse, None) => {
            if incident.attempt < limits.remedies && !incident.cleared {
                Step::Repair {
                    plan,
                    attempt: incident.attempt + 1,
                }
            } else if incident.cleared {
                Step::Close {
                    outcome: Outcome::ResolvedByItself,
                }
            } else {
                Step::Escalate {
                    reason: Escalation::RemedyDidNotHelp,
                }
            }
        }
    }
}

/// Takes one change back, or says why that cannot be done. What failed before the place `since` of
/// the story does not count: it was asked for anew after that.
fn undo_change(
    standing: &Standing,
    change: u32,
    since: u64,
    now: Timestamp,
    limits: &Limits,
) -> Step {
    let attempts = standing.attempts(change, Direction::Undo);
    let undo = Step::Effect {
        plan: standing.hash,
        direction: Direction::Undo,
        change,
        attempt: attempts + 1,
    };
    let Some(effect) = standing
        .last_effect(change)
        .filter(|effect| effect.seq > since)
    else {
        return undo;
    };
    match (&effect.state, effect.intent.direction) {
        (EffectState::Failed(Failure::Unreachable { .. }), Direction::Undo) => {
            let retry_at = effect.at.plus(limits.back_off_after(attempts));
            if attempts >= limits.write_attempts {
                Step::Escalate {
                    reason: Escalation::UndoFailed,
                }
            } else if now < retry_at {
                Step::Rest {
                    until: Some(retry_at),
                    wakes_on: WakesOn::Time,
                }
            } else {
                undo
            }
        }
        (EffectState::Failed(_), Direction::Undo) => Step::Escalate {
            reason: Escalation::UndoFailed,
        },
        (
            EffectState::Pending | EffectState::Done(_) | EffectState::Failed(_),
            Direction::Apply | Direction::Undo,
        ) => undo,
    }
}

/// Whether an incident of this status can come to rest only by a person or by itself.
#[must_use]
pub const fn awaits_person(status: Status) -> bool {
    matches!(status, Status::WaitingApproval | Status::Escalated)
}
