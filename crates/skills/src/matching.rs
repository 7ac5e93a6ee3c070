//! Which skills fit a signal and the subjects seen: deterministic, one winner per family and
//! subject, families side by side.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use facts::Subject;
use model::Signal;
use serde_json::{Map, Value, json};

use crate::cel::{Bindings, Truth};
use crate::error::EvalError;
use crate::set::{BASE, SkillSet};
use crate::skill::{Skill, Trigger};

/// A skill that fits a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The skill.
    pub skill: String,
    /// Its family.
    pub family: String,
    /// The trigger that chose it, in words.
    pub trigger: String,
    /// The trigger's priority.
    pub priority: i32,
    /// How specific the trigger is.
    pub specificity: usize,
    /// The subject.
    pub subject: Subject,
}

/// What fits, and which triggers could not be asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matches {
    /// What fits, best first: by priority, specificity, the skill's name and the subjects' order.
    pub found: Vec<Match>,
    /// Triggers whose condition failed: they chose nothing, and somebody should know.
    pub broken: Vec<EvalError>,
}

impl SkillSet {
    /// The skills that fit a signal and the subjects it is about.
    #[must_use]
    pub fn matches(&self, signal: &Signal, subjects: &[Subject]) -> Matches {
        self.fitting(Some(signal), subjects)
    }

    /// The skills that fit a subject nobody has complained about: by its state alone.
    #[must_use]
    pub fn triggered(&self, subject: &Subject) -> Matches {
        self.fitting(None, std::slice::from_ref(subject))
    }

    fn fitting(&self, signal: Option<&Signal>, subjects: &[Subject]) -> Matches {
        let mut broken = Vec::new();
        let mut winners: BTreeMap<(&str, usize), (Rank<'_>, Match)> = BTreeMap::new();
        let heard = signal.map_or(Value::Null, signal_data);
        let short: Vec<Value> = subjects
            .iter()
            .map(|subject| Value::Object(short_names(&subject.data)))
            .collect();
        let known: Vec<Bindings<'_>> = std::iter::zip(subjects, &short)
            .map(|(subject, short)| {
                let mut bindings = Bindings::new();
                bind_subject(&mut bindings, &subject.data);
                bind_subject(&mut bindings, short);
                bindings.bind("signal", &heard);
                bindings
            })
            .collect();
        // An alert that says nothing of its subject is about the first sick one.
        let sickest = subjects.iter().position(is_sick).unwrap_or(0);
        for skill in self.iter().filter(|skill| skill.name != BASE) {
            for trigger in &skill.triggers {
                if !hears(trigger, signal) {
                    continue;
                }
                for (place, (subject, known)) in subjects.iter().zip(&known).enumerate() {
                    let open = trigger.when.is_empty() && trigger.resource.is_none();
                    if open && place != sickest {
                        continue;
                    }
                    match fits(skill, trigger, subject, known) {
                        Ok(true) => {}
                        Ok(false) => continue,
                        Err(error) => {
                            if !broken.contains(&error) {
                                broken.push(error);
                            }
                            continue;
                        }
                    }
                    let rank = (
                        Reverse(trigger.priority),
                        Reverse(trigger.specificity()),
                        skill.name.as_str(),
                    );
                    let key = (skill.family.as_str(), place);
                    if winners.get(&key).is_none_or(|(best, _)| rank < *best) {
                        let found = Match {
                            skill: skill.name.clone(),
                            family: skill.family.clone(),
                            trigger: trigger.describe(),
                            priority: trigger.priority,
                            specificity: trigger.specificity(),
                            subject: subject.clone(),
                        };
                        winners.insert(key, (rank, found));
                    }
                }
            }
        }
        let mut found: Vec<_> = winners
            .into_iter()
            .map(|((_, place), (rank, found))| (rank, place, found))
            .collect();
        found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        Matches {
            found: found.into_iter().map(|(_, _, found)| found).collect(),
            broken,
        }
    }
}

type Rank<'s> = (Reverse<i32>, Reverse<usize>, &'s str);

fn hears(trigger: &Trigger, signal: Option<&Signal>) -> bool {
    let Some(signal) = signal else {
        return trigger.alert_name.is_none()
            && trigger.labels.is_empty()
            && trigger.resource.is_some();
    };
    trigger
        .alert_name
        .as_ref()
        .is_none_or(|name| *name == signal.name)
        && trigger
            .labels
            .iter()
            .all(|(label, value)| signal.labels.get(label) == Some(value))
}

fn fits(
    skill: &Skill,
    trigger: &Trigger,
    subject: &Subject,
    known: &Bindings<'_>,
) -> Result<bool, EvalError> {
    let right_kind = trigger
        .resource
        .is_none_or(|resource| resource == subject.resource);
    if !right_kind || trigger.when.is_empty() {
        return Ok(right_kind);
    }
    for when in &trigger.when {
        let truth = when.truth(known).map_err(|problem| EvalError {
            skill: skill.name.clone(),
            node: "trigger".to_owned(),
            expression: when.source().to_owned(),
            problem,
        })?;
        if truth != Truth::True {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_sick(subject: &Subject) -> bool {
    subject.resource == facts::Resource::Container
        && subject.data.pointer("/container/ready") == Some(&Value::Bool(false))
}

/// A subject's data with the short names that alerts and older skills use.
#[must_use]
pub fn subject_data(data: &Value) -> Value {
    let mut out = data.as_object().cloned().unwrap_or_default();
    out.extend(short_names(data));
    Value::Object(out)
}

fn short_names(data: &Value) -> Map<String, Value> {
    let at = |path: &str| {
        let value = data.pointer(path).filter(|value| **value != "");
        value.cloned().unwrap_or_default()
    };
    let of_workload = Some(at("/workload/namespace")).filter(|space| !space.is_null());
    let namespace = of_workload.unwrap_or_else(|| at("/namespace"));
    [
        ("pod_name", at("/pod/name")),
        ("namespace", namespace),
        ("container_name", at("/container/name")),
        ("node_name", at("/pod/node")),
        ("workload_name", at("/workload/name")),
        ("workload_kind", at("/workload/kind")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Makes a subject's data known to expressions, by the names it has.
pub fn bind_subject<'a>(bindings: &mut Bindings<'a>, data: &'a Value) {
    for (name, value) in data.as_object().into_iter().flatten() {
        bindings.bind(name, value);
    }
}

/// What expressions know of a signal.
#[must_use]
pub fn signal_data(signal: &Signal) -> Value {
    json!({
        "source": signal.source,
        "name": signal.name,
        "severity": signal.severity,
        "title": signal.title,
        "labels": signal.labels,
        "object": signal.object.as_ref().map(|object| json!({
            "kind": object.kind,
            "namespace": object.namespace,
            "name": object.name,
        })),
    })
}
