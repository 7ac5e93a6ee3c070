//! What is said about a recording besides its objects: what could not be read, and what was guessed.

use std::fmt;

/// Something that a reader of the result should know about how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file, with the line where one is meant (`pods.json:17`); empty for the whole recording.
    pub place: String,
    /// What is wrong there, or what was assumed.
    pub problem: String,
    /// Whether every ordinary recording brings it: only who wants to know more is told.
    pub usual: bool,
}

impl Note {
    /// A note about a place.
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: bounded(&problem.into(), 400),
            usual: false,
        }
    }

    /// The same note, which every ordinary recording brings.
    pub(super) fn usual(self) -> Self {
        Self {
            usual: true,
            ..self
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{}: {}", self.place, self.problem)
        }
    }
}

/// Keeps the first notes and counts the others: a million broken files are one sentence.
pub(super) fn keep(mut notes: Vec<Note>, most: usize) -> Vec<Note> {
    let mut seen = std::collections::BTreeSet::new();
    notes.retain(|note| seen.insert((note.place.clone(), note.problem.clone())));
    let more = notes.len().saturating_sub(most);
    if more > 0 {
        notes.truncate(most);
        notes.push(Note::new("", format!("and {more} more notes")));
    }
    notes
}

/// A text cut to a number of characters.
pub(super) fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
