//! What `kintsugi record` says of its record: what was asked and what was answered. It is believed as
//! far as the files bear it out.

use std::collections::BTreeMap;

use facts::{Complete, CourseKey, CourseSeen, LogKey, LogSeen};
use model::{Text, Timestamp};

use super::note::Note;
use super::piece::Piece;
use crate::BlindSpot;

/// What a record says of itself.
#[derive(Debug, Default)]
pub(super) struct Promised {
    /// What was read completely.
    pub(super) complete: Complete,
    /// What could not be read.
    pub(super) blind_spots: Vec<BlindSpot>,
    /// Logs that were asked for and are not there.
    pub(super) logs: Vec<(LogKey, LogSeen)>,
    /// Courses that were asked for and are not there.
    pub(super) courses: Vec<(CourseKey, CourseSeen)>,
    /// Which cluster it was, if all the records are of one.
    pub(super) cluster: Option<String>,
    /// When it was taken.
    pub(super) taken_at: Option<Timestamp>,
}

/// What the manifests among the pieces say; nothing if there is none.
pub(super) fn of(pieces: &mut [Piece], notes: &mut Vec<Note>) -> Option<Promised> {
    let sizes: BTreeMap<String, usize> = pieces
        .iter()
        .map(|piece| (piece.path.clone(), piece.objects.len()))
        .collect();
    let mut promised: Option<Promised> = None;
    for piece in pieces {
        let Some(manifest) = piece.manifest.take() else {
            continue;
        };
        let folder = piece
            .path
            .rsplit_once('/')
            .map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let first = promised.is_none();
        let into = promised.get_or_insert_default();
        into.cluster = match into.cluster.take() {
            None if first => Some(manifest.cluster.clone()),
            known => known.filter(|known| *known == manifest.cluster),
        };
        let mut broken: Vec<(&str, &str)> = Vec::new();
        for file in &manifest.files {
            let path = format!("{folder}{}", file.path);
            let found = sizes.get(&path).copied().unwrap_or(0);
            let should = file.objects;
            if found < should {
                notes.push(Note::new(
                    path,
                    &Text::new(
                        format!("the record should have {should} objects here; {found} are found"),
                        format!("记录在此应有 {should} 个对象，实际找到 {found} 个"),
                    ),
                ));
                broken.push((&file.kind, &file.namespace));
            }
        }
        for kind in manifest.complete {
            let missing = broken.iter().any(|(of, space)| {
                *of == kind.kind
                    && kind
                        .namespace
                        .as_deref()
                        .is_none_or(|within| within == *space)
            });
            if !missing {
                into.complete.insert((kind.kind, kind.namespace));
            }
        }
        into.blind_spots.extend(manifest.blind_spots);
        into.taken_at = into.taken_at.max(manifest.taken_at);
        for log in manifest.logs {
            if let Some(why) = log.absent {
                let key = LogKey {
                    namespace: log.namespace,
                    pod: log.pod,
                    container: log.container,
                    previous: log.previous,
                };
                into.logs.push((key, LogSeen::Absent(why.0)));
            }
        }
        for course in manifest.courses {
            if let Some(why) = course.absent {
                let key = CourseKey::new(&course.namespace, &course.pod, &course.container);
                into.courses.push((key, CourseSeen::Absent(why.0)));
            }
        }
    }
    promised
}
