//! Prose: every event as a sentence, in either language, from its structured fields.
//!
//! Only people's and models' own words are kept as text; everything else is told from the facts,
//! so that a story can be read again in the other language, and better later than it was written.

mod en;
pub mod words;
mod zh;

use serde_json::Value;

use crate::diagnosis::Diagnosis;
use crate::effect::Failure;
use crate::event::Event;
use crate::ids::IncidentId;
use crate::kind::Fact;
use crate::observation::Observation;
use crate::payload::{ToolCalled, ToolReturned};
use crate::text::{Lang, Text};
use crate::time::Timestamp;

/// How long a value may be that a sentence quotes.
const LONGEST_QUOTE: usize = 60;

/// The event as one sentence.
#[must_use]
pub fn sentence(event: &Event, lang: Lang) -> String {
    match lang {
        Lang::En => en::sentence(&event.fact),
        Lang::Zh => zh::sentence(&event.fact),
    }
}

/// A look as one sentence: what was asked and the first line of what was seen. `asked` is the call,
/// where it is at hand.
#[must_use]
pub fn look(asked: Option<&ToolCalled>, seen: &ToolReturned, lang: Lang) -> String {
    match lang {
        Lang::En => en::look(asked, seen),
        Lang::Zh => zh::look(asked, seen),
    }
}

/// What there is to tell of an event beyond its sentence: the rest of an excerpt, the troubles of
/// single pods, what a person can do next. A line each, of any length.
#[must_use]
pub fn details(event: &Event, lang: Lang) -> Vec<String> {
    match &event.fact {
        Fact::ToolReturned(fact) => fact.excerpt.lines().skip(1).map(str::to_owned).collect(),
        Fact::Observed(fact) => troubles(&fact.observation),
        Fact::SkillMatched(fact) => vec![fact.trigger.clone()],
        Fact::Diagnosed(fact) => diagnosed(&fact.diagnosis, lang),
        Fact::PlanChanged(fact) => changed(&fact.failure),
        Fact::EffectFailed(fact) => changed(&fact.failure),
        Fact::SignalSeen(_)
        | Fact::SignalCleared(_)
        | Fact::ToolCalled(_)
        | Fact::RemedyProposed(_)
        | Fact::Rehearsed(_)
        | Fact::GateDecided(_)
        | Fact::Approved(_)
        | Fact::Rejected(_)
        | Fact::Intended(_)
        | Fact::Applied(_)
        | Fact::RolledBack(_)
        | Fact::Verified(_)
        | Fact::Repaired(_)
        | Fact::StepFailed(_)
        | Fact::Escalated(_)
        | Fact::UndoRequested(_)
        | Fact::LessonKept(_)
        | Fact::Closed(_) => Vec::new(),
    }
}

fn troubles(seen: &Observation) -> Vec<String> {
    seen.pods
        .iter()
        .filter_map(|pod| Some(format!("{}: {}", pod.name, pod.trouble.as_ref()?)))
        .collect()
}

fn diagnosed(diagnosis: &Diagnosis, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    for next in &diagnosis.next_steps {
        let text = next.text.get(lang);
        lines.extend((!text.is_empty()).then(|| format!("→ {text}")));
        let command = next.command.as_ref().filter(|command| !command.is_empty());
        lines.extend(command.map(|command| format!("  $ {command}")));
    }
    lines
}

fn changed(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Changed { now } => now
            .iter()
            .map(|field| match (&field.value, &field.digest) {
                (Some(value), _) => format!("{} = {value}", field.path),
                (None, Some(digest)) => format!("{} = sha256 {}", field.path, digest.short()),
                (None, None) => format!("{} = -", field.path),
            })
            .collect(),
        Failure::Gone
        | Failure::Refused { .. }
        | Failure::Unreachable { .. }
        | Failure::Withdrawn
        | Failure::Undecidable { .. } => Vec::new(),
    }
}

/// Why it happened, as a short clause.
#[must_use]
pub fn reason(event: &Event, lang: Lang) -> String {
    match lang {
        Lang::En => en::reason(&event.why),
        Lang::Zh => zh::reason(&event.why),
    }
}

/// Why a write did not happen, as a clause in both languages.
#[must_use]
pub fn failure(failure: &Failure) -> Text {
    Text::new(en::failure(failure), zh::failure(failure))
}

/// The first line of what a source said.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The end of an id, which is its random part and so the shortest that tells two apart.
fn short(id: IncidentId) -> String {
    let id = id.to_string();
    id.get(id.len().saturating_sub(8)..)
        .unwrap_or(&id)
        .to_owned()
}

/// A moment of the day: a sentence is read soon after.
fn hour(at: Timestamp) -> String {
    let at = at.to_string();
    at.get(11..19).unwrap_or(&at).to_owned()
}

/// What ails pods, each ailment once: the reasons alone, without the sources' long words.
fn ailments(seen: &Observation) -> Vec<&str> {
    let mut reasons: Vec<&str> = Vec::new();
    for trouble in seen.pods.iter().filter_map(|pod| pod.trouble.as_deref()) {
        let reason = trouble.split(':').next().unwrap_or(trouble).trim();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

/// A value as a sentence can hold it; `None` if it is too long for one.
fn quoted(value: &Value) -> Option<String> {
    let text = value.to_string();
    (text.chars().count() <= LONGEST_QUOTE).then_some(text)
}

/// The parameters of a tool call, as a person would write them.
#[must_use]
pub fn params(params: &serde_json::Value) -> String {
    let Some(fields) = params.as_object() else {
        return params.to_string();
    };
    let parts: Vec<_> = fields
        .iter()
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        })
        .collect();
    parts.join(", ")
}
