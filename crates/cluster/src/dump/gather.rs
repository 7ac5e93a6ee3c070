//! Puts together what the files of a recording gave.

use std::collections::BTreeSet;
use std::panic::resume_unwind;

use facts::{CourseSeen, LogKey, LogSeen, Object, Snapshot};
use model::{ClusterId, Text, Timestamp};

use super::crowd::Heap;
use super::limits::Limits;
use super::note::{self, Note};
use super::piece::Piece;
use super::{BlindSpot, Dump, DumpError, absence, kinds, object, promised, transcript};

/// Makes one recording of all pieces.
pub(super) fn dump(heap: Heap, place: &Text, limits: &Limits) -> Result<Dump, DumpError> {
    let Heap {
        mut pieces,
        mut notes,
        files,
        bytes,
    } = heap;
    for piece in &mut pieces {
        notes.append(&mut piece.notes);
    }
    let promised = promised::of(&mut pieces, &mut notes);
    let (mut complete, newest) = std::thread::scope(|scope| {
        // Both go through all objects.
        let lists: Vec<&[Object]> = pieces.iter().map(|piece| &*piece.objects).collect();
        let newest = scope.spawn(|| newest_time(lists));
        let complete = if let Some(promised) = &promised {
            // A record knows what it holds: nothing has to be concluded from its lists.
            promised.complete.clone()
        } else {
            let (complete, said) = absence::of(&pieces);
            notes.extend(said);
            complete
        };
        let newest = newest.join();
        (
            complete,
            newest.unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let transcripts: Vec<_> = pieces
        .iter_mut()
        .filter_map(|piece| piece.transcript.take())
        .collect();
    let mut objects = Vec::new();
    for piece in &mut pieces {
        objects.append(&mut piece.objects);
    }
    if objects.len() > limits.objects {
        let (most, all) = (limits.objects, objects.len());
        let words = Text::new(
            format!("only the first {most} of {all} objects are kept"),
            format!("只保留前 {most} 个对象，共 {all} 个"),
        );
        notes.push(Note::new("", &words));
        objects.truncate(limits.objects);
        // What is left out is not absent.
        complete.clear();
    }
    let told = !transcripts.is_empty();
    let settled = transcript::settle(transcripts, &objects, newest);
    let mut snapshot = Snapshot::new(Vec::new(), complete);
    snapshot.extend(objects);
    snapshot.extend(settled.objects);
    for (kind, space) in &settled.complete {
        snapshot.mark_complete(kind, space.as_deref());
    }
    for (kind, space, name) in &settled.absent {
        snapshot.mark_absent(kind, space, name);
    }
    for (key, seen) in settled.logs {
        snapshot.put_log(key, seen);
    }
    notes.extend(settled.notes);
    logs(&mut pieces, &mut snapshot, &mut notes);
    for (key, course) in pieces.iter_mut().flat_map(|piece| piece.courses.drain(..)) {
        snapshot.put_course(key, CourseSeen::Points(course));
    }
    let nothing = snapshot.objects().is_empty()
        && snapshot.logs().next().is_none()
        && snapshot.complete().is_empty()
        && settled.absent.is_empty();
    if nothing {
        return Err(DumpError::Nothing {
            place: place.clone(),
            problem: match (notes.first(), notes.len().saturating_sub(1)) {
                (None, _) => Text::default(),
                (Some(first), 0) => {
                    let first = first.text();
                    Text::new(format!(" ({})", first.en), format!("（{}）", first.zh))
                }
                (Some(first), more) => {
                    let first = first.text();
                    Text::new(
                        format!(" ({}; and {more} more could not be read)", first.en),
                        format!("（{}；另有 {more} 处无法读取）", first.zh),
                    )
                }
            },
        });
    }
    let recorded = promised.as_ref().and_then(|promised| promised.taken_at);
    if let Some(at) = recorded.or_else(|| settled.taken_at.max(newest)) {
        snapshot = snapshot.taken_at(at);
    }
    let cluster = promised
        .as_ref()
        .and_then(|promised| promised.cluster.clone())
        .map(ClusterId::from);
    let blind_spots = match promised {
        Some(promised) => {
            for (key, seen) in promised.logs {
                snapshot.put_log(key, seen);
            }
            for (key, seen) in promised.courses {
                snapshot.put_course(key, seen);
            }
            promised.blind_spots
        }
        None => blind_spots(&snapshot, told),
    };
    Ok(Dump {
        cluster,
        blind_spots,
        snapshot,
        notes: note::keep(notes, limits.notes),
        files,
        bytes,
    })
}

/// The newest time that an object tells of.
fn newest_time(lists: Vec<&[Object]>) -> Option<Timestamp> {
    let mut newest = "";
    for object in lists.into_iter().flatten() {
        object::newest_time(object, &mut newest);
    }
    Timestamp::parse(newest)
}

/// Puts the logs in; those that do not say whose they are, are given to the container whose names
/// stand in their path.
fn logs(pieces: &mut [Piece], snapshot: &mut Snapshot, notes: &mut Vec<Note>) {
    let mut strays = Vec::new();
    for piece in pieces {
        for (key, seen) in piece.logs.drain(..) {
            snapshot.put_log(key, seen);
        }
        if let Some(seen) = piece.stray_log.take() {
            strays.push((std::mem::take(&mut piece.path), seen));
        }
    }
    for (path, seen) in strays {
        match owner_of_log(&path, snapshot) {
            Some(key) => {
                snapshot.put_log(key, seen);
            }
            None => notes.push(Note::new(
                path,
                &Text::new(
                    "it holds no objects and no commands, and as a log it names no container of the recording",
                    "其中没有对象，也没有命令；作为日志，它没有指明记录中的任何容器",
                ),
            )),
        }
    }
}

fn owner_of_log(path: &str, snapshot: &Snapshot) -> Option<LogKey> {
    // The longest name wins: `api-1` is part of `api-10`.
    let pod = snapshot
        .of_kind("Pod", None)
        .filter(|pod| path.contains(pod.name()))
        .max_by_key(|pod| (pod.name().len(), path.contains(pod.namespace())))?;
    let at = path.rfind(pod.name())?;
    let rest = path.get(at + pod.name().len()..).unwrap_or_default();
    let names: Vec<&str> = facts::container::containers(pod)
        .map(|container| container.name())
        .collect();
    let container = match names.as_slice() {
        [one] => one,
        names => names
            .iter()
            .filter(|name| !name.is_empty() && rest.contains(**name))
            .max_by_key(|name| name.len())?,
    };
    let rest = rest.to_ascii_lowercase();
    Some(LogKey {
        namespace: pod.namespace().to_owned(),
        pod: pod.name().to_owned(),
        container: (*container).to_owned(),
        previous: rest.contains("previous") || rest.contains("prev.") || rest.contains("-prev"),
    })
}

/// Kinds of which the recording holds nothing, and of which it does not say that there is nothing.
fn blind_spots(snapshot: &Snapshot, told: bool) -> Vec<BlindSpot> {
    let here: BTreeSet<&str> = snapshot
        .objects()
        .iter()
        .map(Object::kind)
        .chain(snapshot.complete().iter().map(|(kind, _)| kind.as_str()))
        .collect();
    // The same words for all of them: whoever tells them says them once.
    let why = match told {
        true => Text::new("not in this transcript", "不在这份命令记录中"),
        false => Text::new("not in this recording", "不在这份记录中"),
    };
    let mut spots: Vec<BlindSpot> = kinds::all()
        .filter(|kind| !here.contains(kind.kind) && kinds::usual(kind))
        .map(|kind| BlindSpot::new(Text::same(kind.plural), &why))
        .collect();
    let text = |seen: &LogSeen| matches!(seen, LogSeen::Text(_));
    if !snapshot.logs().any(|(_, seen)| text(seen)) {
        spots.push(BlindSpot::new(Text::new("logs", "日志"), &why));
    }
    spots
}
