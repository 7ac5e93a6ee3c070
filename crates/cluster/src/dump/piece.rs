//! What one file of a recording gave, before the whole is put together.

use facts::{Course, CourseKey, LogKey, LogSeen, Object, Pool};
use model::Text;

use super::note::Note;
use super::transcript::Transcript;
use crate::record::Manifest;

/// A list of objects that was found in a file. What it says of absence is judged when all of the
/// recording is known.
#[derive(Debug, Default)]
pub(super) struct ListSeen {
    /// Its own kind: `PodList`, `List`, or nothing.
    pub(super) kind: String,
    /// Its resourceVersion; empty when kubectl put it together.
    pub(super) version: String,
    /// It says that there is more of it.
    pub(super) goes_on: bool,
    /// It was cut, or items of it could not be read.
    pub(super) broken: bool,
    /// The places of its objects among those of the piece: from, to.
    pub(super) objects: (usize, usize),
}

/// So many notes are kept of one file.
const NOTES: usize = 200;

/// What one file gave.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Its path in the recording.
    pub(super) path: String,
    /// Objects with kind and name.
    pub(super) objects: Vec<Object>,
    /// Lists that they came in.
    pub(super) lists: Vec<ListSeen>,
    /// Logs whose container is known.
    pub(super) logs: Vec<(LogKey, LogSeen)>,
    /// Courses of containers' memory.
    pub(super) courses: Vec<(CourseKey, Course)>,
    /// A log whose container has to be guessed from the path.
    pub(super) stray_log: Option<LogSeen>,
    /// What a person pasted.
    pub(super) transcript: Option<Transcript>,
    /// What `kintsugi record` says of a record.
    pub(super) manifest: Option<Manifest>,
    /// What could not be read.
    pub(super) notes: Vec<Note>,
    /// What its objects share, while it is read.
    pub(super) pool: Pool,
}

impl Piece {
    /// An empty one.
    pub(super) fn of(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    /// Notes something about a line of it, or about all of it (line 0).
    pub(super) fn note(&mut self, line: usize, problem: &Text) {
        let place = if line == 0 {
            self.path.clone()
        } else {
            format!("{}:{line}", self.path)
        };
        // A file of a million broken lines is said to be broken, not a million times.
        if self.notes.len() < NOTES {
            self.notes.push(Note::new(place, problem));
        }
    }

    /// Notes something about a place in its bytes. The line is counted only if the note is kept.
    pub(super) fn note_at(&mut self, bytes: &[u8], at: usize, problem: &Text) {
        if self.notes.len() < NOTES {
            self.note(super::scan::line_of(bytes, at), problem);
        }
    }
}
