//! What a recording says about what is *not* in the cluster.
//!
//! A list is all there is of its kind only when it shows that nobody picked from it:
//! - a typed list (`PodList`) is the API server's own answer, or one of a cluster-info dump;
//! - a `List` that kubectl put together (its resourceVersion is empty) is taken for whole when it
//!   has one object (one that is asked for by name comes without a list), when its file is named
//!   after its kind, or when its objects stand in the server's order: kind by kind, by namespace
//!   and name. Somebody who picked several by name in that very order, or by a label, would mislead
//!   us; that this was assumed is noted.
//! - kubectl lists one namespace or all of them: a list with two namespaces is one of all;
//! - an empty list is told by the name of its file, and its namespace by that name, its folder, or
//!   the lists beside it.
//!
//! A list that says that it goes on, that is cut, or that has broken items, is never whole.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Complete, Object};
use model::Text;

use super::json::stem;
use super::kinds;
use super::note::Note;
use super::piece::{ListSeen, Piece};

/// What the lists of all pieces say.
pub(super) fn of(pieces: &[Piece]) -> (Complete, Vec<Note>) {
    let known = known_namespaces(pieces);
    let beside = beside(pieces);
    let mut complete = Complete::new();
    let mut assumed: Vec<&str> = Vec::new();
    let mut notes = Vec::new();
    for piece in pieces {
        for list in &piece.lists {
            if list.broken || list.goes_on {
                continue;
            }
            let objects = piece
                .objects
                .get(list.objects.0..list.objects.1)
                .unwrap_or_default();
            let typed = list
                .kind
                .strip_suffix("List")
                .filter(|kind| !kind.is_empty());
            if objects.is_empty() {
                let kind = typed.map(str::to_owned).or_else(|| {
                    kinds::in_file_name(stem(&piece.path)).map(|(kind, _)| kind.kind.to_owned())
                });
                match kind {
                    None => notes.push(Note::new(
                        piece.path.clone(),
                        &Text::new(
                            "an empty list: neither it nor its file's name says of which kind",
                            "空列表：内容和文件名都没有说明是哪一类对象",
                        ),
                    )),
                    Some(kind) => {
                        if let Some(note) =
                            empty(&kind, &piece.path, &known, &beside, &mut complete)
                        {
                            notes.push(note);
                        }
                    }
                }
                continue;
            }
            if typed.is_none() && !evidently_whole(list, objects, &piece.path) {
                notes.push(Note::new(
                    piece.path.clone(),
                    &Text::new(
                        "its objects may have been picked: what is not among them may still exist",
                        "其中的对象可能是挑选出来的：不在其中的也可能存在",
                    ),
                ));
                continue;
            }
            if typed.is_none() && list.version.is_empty() {
                assumed.push(&piece.path);
            }
            whole(objects, &mut complete);
        }
    }
    if let Some(first) = assumed.first() {
        let more = match assumed.len() - 1 {
            0 => Text::default(),
            more => Text::new(
                format!(" and {more} more"),
                format!(" 等（另有 {more} 个）"),
            ),
        };
        let words = Text::new(
            format!(
                "lists are taken for all there is of their kinds: {first}{}",
                more.en
            ),
            format!("以下列表被视为同类对象的全部：{first}{}", more.zh),
        );
        notes.push(Note::new("", &words).usual());
    }
    (complete, notes)
}

fn place(object: &Object) -> (&str, &str, &str) {
    (object.kind(), object.namespace(), object.name())
}

fn evidently_whole(list: &ListSeen, objects: &[Object], path: &str) -> bool {
    if !list.version.is_empty() {
        return true;
    }
    let [first, rest @ ..] = objects else {
        return false;
    };
    let kind = first.kind();
    if rest.iter().all(|object| object.kind() == kind) {
        let named = kinds::in_file_name(stem(path)).is_some_and(|(named, _)| named.kind == kind);
        return rest.is_empty() || named || in_order(objects);
    }
    in_order(objects)
}

/// Whether objects stand as the server gives them: kind by kind, each by namespace and name; and at
/// least one kind has several, since single ones are always in order.
fn in_order(objects: &[Object]) -> bool {
    let mut finished: BTreeSet<&str> = BTreeSet::new();
    let mut several = false;
    for pair in objects.windows(2) {
        let [a, b] = pair else { continue };
        let (a, b) = (place(a), place(b));
        if a.0 == b.0 {
            several = true;
            // Events come in the order of their keys too; kubectl sorts them by time on request.
            if (a.1, a.2) > (b.1, b.2) && a.0 != "Event" {
                return false;
            }
        } else {
            finished.insert(a.0);
            if finished.contains(b.0) {
                return false;
            }
        }
    }
    several
}

fn whole(objects: &[Object], complete: &mut Complete) {
    let spaces: BTreeSet<&str> = objects
        .iter()
        .map(Object::namespace)
        .filter(|space| !space.is_empty())
        .collect();
    for object in objects {
        let (kind, space, _) = place(object);
        let everywhere = space.is_empty() || spaces.len() > 1;
        if everywhere {
            complete.insert((kind.to_owned(), None));
        } else {
            complete.insert((kind.to_owned(), Some(space.to_owned())));
        }
    }
}

fn empty(
    kind: &str,
    path: &str,
    known: &BTreeSet<String>,
    beside: &BTreeMap<&str, BTreeSet<&str>>,
    complete: &mut Complete,
) -> Option<Note> {
    if kinds::cluster_wide(kind) {
        complete.insert((kind.to_owned(), None));
        return None;
    }
    let mut mark = |space: Option<&str>| {
        complete.insert((kind.to_owned(), space.map(str::to_owned)));
    };
    if let Some((_, rest)) = kinds::in_file_name(stem(path))
        && known.contains(&rest)
    {
        mark(Some(&rest));
        return None;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = folder.rsplit('/').next().unwrap_or_default();
    if known.contains(name) {
        mark(Some(name));
        return None;
    }
    let spaces = beside.get(folder);
    match spaces
        .map(|spaces| spaces.iter().copied().collect::<Vec<_>>())
        .as_deref()
    {
        Some([]) | None => Some(Note::new(
            path,
            &Text::new(
                format!("an empty list of kind {kind}, but nothing says of which namespace"),
                format!("{kind} 的空列表，但没有说明属于哪个命名空间"),
            ),
        )),
        Some([one]) => {
            mark(Some(one));
            None
        }
        // Beside lists of all namespaces it is one of all namespaces too.
        Some(_) => {
            mark(None);
            None
        }
    }
}

/// Every namespace that is named somewhere.
fn known_namespaces(pieces: &[Piece]) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for piece in pieces {
        for object in &piece.objects {
            let (kind, space, name) = place(object);
            let space = if kind == "Namespace" { name } else { space };
            if !space.is_empty() && !known.contains(space) {
                known.insert(space.to_owned());
            }
        }
        known.extend(piece.logs.iter().map(|(key, _)| key.namespace.clone()));
        // A folder of typed lists is one of a cluster-info dump: it is named after its namespace.
        let typed = piece
            .lists
            .iter()
            .any(|list| list.kind.len() > "List".len());
        if typed && let Some((folder, _)) = piece.path.rsplit_once('/') {
            let name = folder.rsplit('/').next().unwrap_or_default();
            let others = piece
                .objects
                .iter()
                .any(|object| object.namespace() != name);
            if !others {
                known.insert(name.to_owned());
            }
        }
    }
    known
}

/// The namespaces that lists show, by folder.
fn beside(pieces: &[Piece]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| !piece.lists.is_empty()) {
        let folder = piece.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let spaces = found.entry(folder).or_default();
        let shown = piece.objects.iter().map(Object::namespace);
        spaces.extend(shown.filter(|space| !space.is_empty()));
    }
    found
}
