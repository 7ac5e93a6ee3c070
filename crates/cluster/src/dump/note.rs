//! What is said about a recording besides its objects: what could not be read, and what was guessed.

use model::{Lang, Text};

/// The longest note, in letters: there may be others' words in it.
const LONGEST: usize = 400;

/// Something that a reader of the result should know about how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file, with the line where one is meant (`pods.json:17`); empty for the whole recording.
    pub place: String,
    /// What is wrong there, or what was assumed.
    pub problem: Text,
    /// Whether every ordinary recording brings it: only who wants to know more is told.
    pub usual: bool,
}

impl Note {
    /// A note about a place.
    pub(super) fn new(place: impl Into<String>, problem: &Text) -> Self {
        Self {
            place: place.into(),
            problem: problem.map(|words| bounded(words, LONGEST)),
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

    /// The place and what is said of it.
    #[must_use]
    pub fn text(&self) -> Text {
        let (place, Text { en, zh }) = (&self.place, &self.problem);
        if place.is_empty() {
            self.problem.clone()
        } else {
            Text::new(format!("{place}: {en}"), format!("{place}：{zh}"))
        }
    }

    /// The same in one language.
    #[must_use]
    pub fn told(&self, lang: Lang) -> String {
        let Text { en, zh } = self.text();
        match lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}

/// Keeps the first notes and counts the others: a million broken files are one sentence.
pub(super) fn keep(mut notes: Vec<Note>, most: usize) -> Vec<Note> {
    let mut seen = std::collections::BTreeSet::new();
    notes.retain(|note| seen.insert((note.place.clone(), note.problem.en.clone())));
    let more = notes.len().saturating_sub(most);
    if more > 0 {
        notes.truncate(most);
        let words = Text::new(
            format!("and {more} more notes"),
            format!("另有 {more} 条提示"),
        );
        notes.push(Note::new("", &words));
    }
    notes
}

/// That something cannot be read, and why.
pub(super) fn unreadable(why: &Text) -> Text {
    Text::new(
        format!("it cannot be read: {}", why.en),
        format!("无法读取：{}", why.zh),
    )
}

/// A text cut to a number of characters.
pub(super) fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
