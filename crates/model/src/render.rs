//! Prose: every event as a sentence, in either language, from its structured fields.
//!
//! Only people's and models' own words are kept as text; everything else is told from the facts,
//! so that a story can be read again in the other language, and better later than it was written.

mod en;
mod zh;

use crate::event::Event;
use crate::text::Lang;

/// The event as one sentence.
#[must_use]
pub fn sentence(event: &Event, lang: Lang) -> String {
    match lang {
        Lang::En => en::sentence(&event.fact),
        Lang::Zh => zh::sentence(&event.fact),
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

/// Joins short things for reading.
fn list<T: ToString>(items: &[T], separator: &str) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(separator)
}

/// The parameters of a tool call, as a person would write them.
fn params(params: &serde_json::Value) -> String {
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
