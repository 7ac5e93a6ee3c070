//! The choice of a skill: the best match over all families and subjects.

use facts::Resource;
use model::payload::SkillMatched;
use model::{Digest, ObjectRef, Signal};
use skills::{EvalError, Match, SkillSet};

use crate::Survey;

/// The skill to go on with, and the subject it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The skill.
    pub skill: String,
    /// Its family.
    pub family: String,
    /// The trigger that chose it, in words.
    pub trigger: String,
    /// The digest of the skill.
    pub digest: Digest,
    /// The object in whose state the fault shows.
    pub subject: ObjectRef,
    /// The container, or another part of it, if the fault shows in one.
    pub container: Option<String>,
    /// What sort of subject that is.
    pub resource: Resource,
}

impl Chosen {
    /// A match, made the skill to go on with.
    #[must_use]
    pub fn of(skills: &SkillSet, found: Match) -> Option<Self> {
        let digest = skills.get(&found.skill)?.digest;
        Some(Self {
            skill: found.skill,
            family: found.family,
            trigger: found.trigger,
            digest,
            resource: found.subject.resource,
            subject: found.subject.object,
            container: found.subject.part,
        })
    }

    /// As the event tells it.
    #[must_use]
    pub fn matched(&self) -> SkillMatched {
        SkillMatched {
            skill: self.skill.clone(),
            family: self.family.clone(),
            trigger: self.trigger.clone(),
            digest: self.digest,
            subject: self.subject.clone(),
            container: self.container.clone(),
        }
    }

    /// As the event told it: to go on after an interruption.
    #[must_use]
    pub fn from_matched(matched: &SkillMatched) -> Self {
        let part = matched.container.as_deref();
        Self {
            resource: Resource::of(&matched.subject.kind, part).unwrap_or(Resource::Workload),
            skill: matched.skill.clone(),
            family: matched.family.clone(),
            trigger: matched.trigger.clone(),
            digest: matched.digest,
            subject: matched.subject.clone(),
            container: matched.container.clone(),
        }
    }
}

/// What was chosen, and what could not be asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// The best match, if any skill fits.
    pub chosen: Option<Chosen>,
    /// Triggers that failed. They chose nothing, and whoever wrote them should know.
    pub broken: Vec<EvalError>,
}

/// Chooses a skill: the highest priority, then the most specific trigger, then the skill's name,
/// then the subjects' order.
#[must_use]
pub fn choose(skills: &SkillSet, signal: &Signal, survey: &Survey) -> Choice {
    let matches = skills.matches(signal, survey.subjects());
    // A negative priority is advice: worth a line in a scan, and no explanation of an incident.
    let best = matches.found.into_iter().find(|found| found.priority >= 0);
    let chosen = best.and_then(|best| Chosen::of(skills, best));
    Choice {
        chosen,
        broken: matches.broken,
    }
}
