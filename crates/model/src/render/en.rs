//! The story in English.

use crate::effect::{Direction, Failure};
use crate::event::Why;
use crate::kind::Fact;
use crate::observation::{Look, Observation, Progress, Verdict};
use crate::payload::{Escalation, GateDecided, Ruling, ToolCalled, ToolResult, ToolReturned};
use crate::render::words;
use crate::text::Lang;

pub(super) fn sentence(fact: &Fact) -> String {
    match fact {
        Fact::SignalSeen(f) => match (&f.signal.object, f.previous) {
            (Some(object), None) => {
                format!("Signal {}: {} — {object}", f.signal.name, f.signal.title)
            }
            (None, None) => format!("Signal {}: {}", f.signal.name, f.signal.title),
            (_, Some(previous)) => format!(
                "Signal {}: {} (the same fault as incident {})",
                f.signal.name,
                f.signal.title,
                super::short(previous)
            ),
        },
        Fact::SignalCleared(f) => format!("The fault is gone: {}", f.seen),
        Fact::SkillMatched(f) => match &f.container {
            Some(container) => format!(
                "Skill {} fits: container {container} of {}",
                f.skill, f.subject
            ),
            None => format!("Skill {} fits: {}", f.skill, f.subject),
        },
        Fact::ToolCalled(f) => format!("Looking: {}({})", f.tool, super::params(&f.params)),
        Fact::ToolReturned(f) => look(None, f),
        Fact::Diagnosed(f) => format!(
            "Root cause ({}, {} sure): {}",
            f.diagnosis.cause.title(Lang::En),
            f.diagnosis.confidence,
            f.diagnosis.root_cause.en
        ),
        Fact::RemedyProposed(f) => {
            format!(
                "Proposed, {}: {} (plan {})",
                words::tier(f.plan.tier, Lang::En),
                f.plan.summary.en,
                f.hash.short()
            )
        }
        Fact::Rehearsed(f) => match &f.refused {
            None => "Rehearsed: the cluster would accept it".to_owned(),
            Some(message) => format!("Rehearsed: the cluster would refuse it: {message}"),
        },
        Fact::GateDecided(f) => gate(f),
        Fact::Approved(f) => match &f.comment {
            Some(comment) => format!("Approved plan {}: “{comment}”", f.plan.short()),
            None => format!("Approved plan {}", f.plan.short()),
        },
        Fact::Rejected(f) => {
            let what = match f.plan {
                Some(plan) => format!("Refused plan {}", plan.short()),
                None => "Ended the incident".to_owned(),
            };
            match &f.comment {
                Some(comment) => format!("{what}: “{comment}”"),
                None => what,
            }
        }
        Fact::PlanChanged(f) => {
            format!(
                "Plan {} no longer holds: {}",
                f.plan.short(),
                failure(&f.failure)
            )
        }
        Fact::Observed(f) => observed(&f.observation),
        Fact::Intended(f) => match f.intent.direction {
            Direction::Apply => format!("About to change {}", f.intent.target),
            Direction::Undo => format!("About to take back the change of {}", f.intent.target),
        },
        Fact::Applied(f) if f.settlement.found_standing => format!(
            "The change had been made before the interruption (generation {})",
            f.settlement.generation
        ),
        Fact::Applied(f) => format!("Changed (generation {})", f.settlement.generation),
        Fact::RolledBack(f) if f.settlement.found_standing => format!(
            "The change had been taken back before the interruption (generation {})",
            f.settlement.generation
        ),
        Fact::RolledBack(f) => format!("Taken back (generation {})", f.settlement.generation),
        Fact::EffectFailed(f) => format!("Nothing was changed: {}", failure(&f.failure)),
        Fact::Verified(f) => {
            let verdict = match f.verdict {
                Verdict::Healed => "Healed",
                Verdict::NoBetter => "No better",
                Verdict::Worse => "Worse",
            };
            format!(
                "{verdict}: {} of {} pods ready, {} before",
                f.ready_now, f.desired, f.ready_before
            )
        }
        Fact::Repaired(f) => format!(
            "Plan {} is given up; looking for another remedy (attempt {})",
            f.plan.short(),
            f.attempt
        ),
        Fact::StepFailed(f) => format!(
            "Failed to {} (time {}): {}; trying again at {}",
            words::step(&f.step, Lang::En),
            f.attempt,
            f.problem,
            super::hour(f.retry_at)
        ),
        Fact::Escalated(f) => {
            let reason = escalation(f.reason);
            if f.detail.en.is_empty() {
                format!("A person has to take over: {reason}")
            } else {
                format!("A person has to take over: {reason} ({})", f.detail.en)
            }
        }
        Fact::UndoRequested(f) => match &f.comment {
            Some(comment) => format!("Asked to take back plan {}: “{comment}”", f.plan.short()),
            None => format!("Asked to take back plan {}", f.plan.short()),
        },
        Fact::LessonKept(f) => format!(
            "Lesson kept: {} on {}, {} — {}",
            f.lesson.cause.title(Lang::En),
            f.lesson.object,
            words::remedy(f.lesson.remedy, Lang::En),
            words::verdict(f.lesson.verdict, Lang::En)
        ),
        Fact::Closed(f) => format!("Closed: {}", words::outcome(f.outcome, Lang::En)),
    }
}

fn gate(f: &GateDecided) -> String {
    let what = match f.direction {
        Direction::Apply => "plan",
        Direction::Undo => "undoing plan",
    };
    let rules: Vec<_> = f
        .rules
        .iter()
        .map(|rule| words::rule(rule, Lang::En))
        .collect();
    let rules = rules.join("; ");
    let plan = f.plan.short();
    match f.ruling {
        Ruling::Allow => format!("The gate lets {what} {plan} pass: {rules}"),
        Ruling::Ask => format!("The gate asks for a person's word on {what} {plan}: {rules}"),
        Ruling::Refuse => format!("The gate refuses {what} {plan}: {rules}"),
    }
}

pub(super) fn look(asked: Option<&ToolCalled>, seen: &ToolReturned) -> String {
    let what = asked.map_or("Seen", |asked| &asked.tool);
    let first = super::first_line(&seen.excerpt);
    match seen.result {
        ToolResult::Found => format!("{what}: {first}"),
        ToolResult::Empty => format!("{what}: nothing there"),
        ToolResult::Failed => format!("{what}: could not look: {first}"),
        ToolResult::NotConfigured => format!("{what}: not set up: {first}"),
    }
}

pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Gone => "the object is gone".to_owned(),
        Failure::Changed { now } => {
            let fields: Vec<_> = now
                .iter()
                .map(|field| {
                    let value = field.value.as_ref().map(super::quoted);
                    match (value, &field.digest) {
                        (Some(Some(value)), _) => format!("{} is now {value}", field.path),
                        (Some(None), _) | (None, Some(_)) => format!("{} differs", field.path),
                        (None, None) => format!("{} is gone", field.path),
                    }
                })
                .collect();
            format!("changed since: {}", fields.join(", "))
        }
        Failure::Refused { message } => format!("refused: {message}"),
        Failure::Unreachable { message } => format!("unreachable: {message}"),
        Failure::Withdrawn => "withdrawn, because policy does not allow it any more".to_owned(),
        Failure::Undecidable { message } => format!("undecidable: {message}"),
    }
}

fn observed(o: &Observation) -> String {
    let when = match o.look {
        Look::Before => "Before",
        Look::Rollout => "Rollout",
        Look::Last => "Time is up",
        Look::Second => "Second look",
    };
    let progress = match o.progress {
        Progress::Underway => "under way",
        Progress::Complete => "complete",
        Progress::Stalled => "stalled",
    };
    let mut told = format!(
        "{when}: {} of {} pods ready, {} updated, {progress}",
        o.ready, o.desired, o.updated
    );
    let ailments = super::ailments(o);
    if !ailments.is_empty() {
        told.push_str(&format!("; {}", ailments.join(", ")));
    }
    told
}

const fn escalation(reason: Escalation) -> &'static str {
    match reason {
        Escalation::NoSkill => "no skill knows this kind of fault",
        Escalation::NoDiagnosis => "the cause could not be found",
        Escalation::NoRemedy => "no safe remedy is known",
        Escalation::PolicyRefuses => "policy refuses the plan",
        Escalation::OwnedElsewhere => {
            "the target is owned elsewhere, and its source is to be changed"
        }
        Escalation::RemedyDidNotHelp => "what was tried did not help and was taken back",
        Escalation::UndoFailed => "what was done could not be taken back",
        Escalation::Undecidable => "it cannot be told whether the change was made",
        Escalation::WriteRefused => "the cluster refuses the change",
        Escalation::LimitReached => "a limit of time or of attempts was reached",
    }
}

pub(super) fn reason(why: &Why) -> String {
    match why {
        Why::Reported => "reported from outside".to_owned(),
        Why::TriggerFitted { skill } => format!("a trigger of {skill} fits"),
        Why::NodeAsked { skill, node } => format!("{skill}, node {node}, asks for it"),
        Why::Evidence { evidence } => match evidence.len() {
            1 => "one piece of evidence says so".to_owned(),
            n => format!("{n} pieces of evidence say so"),
        },
        Why::Diagnosis => "the diagnosis calls for it".to_owned(),
        Why::Plan { plan } => format!("plan {} says so", plan.short()),
        Why::Policy => "policy says so".to_owned(),
        Why::PersonDecided => "a person decided it".to_owned(),
        Why::ClusterAnswered => "the cluster answered so".to_owned(),
        Why::Interrupted => "looked up after an interruption".to_owned(),
        Why::Verdict { verdict } => {
            format!("the verdict is {}", words::verdict(*verdict, Lang::En))
        }
        Why::Limit => "a limit was reached".to_owned(),
        Why::NextStep => "the next step".to_owned(),
    }
}
