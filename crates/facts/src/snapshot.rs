//! A snapshot of a cluster: what was read of it, with indexes, and what was read completely.
//!
//! It holds objects and finds them; what they mean is told by the other modules.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use model::{ObjectRef, Timestamp};
use serde_json::Value;

use crate::asked_log::{LogKey, LogSeen};
use crate::course::{Course, CourseKey, CourseSeen};
use crate::placement::Standing;
use crate::{Json, Object, Presence, selects};

/// Kinds that were read completely: in one namespace, or in all of them (`None`; cluster-wide kinds
/// too).
pub type Complete = BTreeSet<(String, Option<String>)>;

type Positions = BTreeMap<String, Vec<usize>>;
type Names = BTreeMap<String, usize>;

/// What was read of a cluster.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    objects: Vec<Object>,
    complete: Complete,
    taken_at: Option<Timestamp>,
    by_name: BTreeMap<String, BTreeMap<String, Names>>,
    by_uid: BTreeMap<String, usize>,
    by_controller: Positions,
    events_by_subject: Positions,
    pods_by_node: Positions,
    pods_by_label: HashMap<(String, String, String), Vec<usize>>,
    logs: BTreeMap<LogKey, LogSeen>,
    courses: BTreeMap<CourseKey, CourseSeen>,
    named_absent: BTreeSet<(String, String, String)>,
    /// What stands on the nodes: worked out once.
    standing: OnceLock<Standing>,
    /// The newest time that anything in it tells of: looked for once.
    newest: OnceLock<Option<Timestamp>>,
}

impl Snapshot {
    /// A snapshot of these objects, and of which kinds they are all there is.
    #[must_use]
    pub fn new(objects: Vec<Object>, complete: Complete) -> Self {
        let mut snapshot = Self {
            complete,
            ..Self::default()
        };
        snapshot.extend(objects);
        snapshot
    }

    /// The same snapshot, with the time at which it was taken.
    #[must_use]
    pub const fn taken_at(mut self, at: Timestamp) -> Self {
        self.taken_at = Some(at);
        self
    }

    /// When it was taken, if that is known.
    #[must_use]
    pub const fn taken(&self) -> Option<Timestamp> {
        self.taken_at
    }

    /// The newest time that anything in it tells of.
    #[must_use]
    pub fn newest_stamp(&self) -> Option<Timestamp> {
        *self.newest.get_or_init(|| self.find_newest_stamp())
    }

    fn find_newest_stamp(&self) -> Option<Timestamp> {
        let stamps = [
            "/state/running/startedAt",
            "/state/terminated/finishedAt",
            "/lastState/terminated/finishedAt",
        ];
        let told = |object: &Object| {
            let statuses = object
                .list("/status/containerStatuses")
                .iter()
                .flat_map(|status| stamps.iter().filter_map(|stamp| status.pointer(stamp)));
            let conditions = object
                .list("/status/conditions")
                .iter()
                .filter_map(|condition| condition.get("lastTransitionTime"));
            let own = statuses
                .chain(conditions)
                .filter_map(Json::as_str)
                .filter_map(Timestamp::parse)
                .max();
            let seen = (object.kind() == "Event").then(|| crate::event::last_seen(object));
            own.max(seen.flatten()).max(object.created())
        };
        self.objects.iter().filter_map(told).max()
    }

    /// Adds objects; of two sights of one object the one with the newest resourceVersion is kept.
    pub fn extend(&mut self, objects: impl IntoIterator<Item = Object>) {
        for object in objects {
            self.add(object);
        }
    }

    /// Adds one object, unless it has no name to tell it by; of two sights of one object the one with the newest resourceVersion is kept.
    pub fn add(&mut self, object: Object) {
        if !can_be_named(&object) {
            return;
        }
        self.forget_what_was_added_up();
        let names = self
            .by_name
            .entry(object.kind().to_owned())
            .or_default()
            .entry(object.namespace().to_owned())
            .or_default();
        let place = match names.get(object.name()).copied() {
            None => {
                let place = self.objects.len();
                names.insert(object.name().to_owned(), place);
                self.objects.push(object);
                place
            }
            Some(place) => {
                let Some(known) = self.objects.get_mut(place) else {
                    return;
                };
                if !newer(object.resource_version(), known.resource_version()) {
                    return;
                }
                let old = std::mem::replace(known, object);
                self.forget(&old, place);
                place
            }
        };
        self.index(place);
    }

    /// Notes that a kind was read completely, in one namespace or in all.
    pub fn mark_complete(&mut self, kind: &str, namespace: Option<&str>) {
        self.complete
            .insert((kind.to_owned(), namespace.map(str::to_owned)));
    }

    /// Notes that one object was asked for by its name and is not there.
    pub fn mark_absent(&mut self, kind: &str, namespace: &str, name: &str) {
        self.named_absent
            .insert((kind.to_owned(), namespace.to_owned(), name.to_owned()));
    }

    /// Keeps what asking for a log gave; a text is never replaced by its absence.
    pub fn put_log(&mut self, key: LogKey, seen: LogSeen) {
        let known = matches!(self.logs.get(&key), Some(LogSeen::Text(_)));
        if !known || matches!(seen, LogSeen::Text(_)) {
            self.logs.insert(key, seen);
        }
    }

    /// A log, if it was asked for.
    #[must_use]
    pub fn log(&self, key: &LogKey) -> Presence<&str> {
        match self.logs.get(key) {
            Some(LogSeen::Text(text)) => Presence::Present(text),
            Some(LogSeen::Absent(_)) => Presence::Absent,
            None => Presence::Unknown,
        }
    }

    /// Every log that was asked for, and what that gave.
    pub fn logs(&self) -> impl Iterator<Item = (&LogKey, &LogSeen)> {
        self.logs.iter()
    }

    /// Keeps what asking for the course of a container's memory gave.
    pub fn put_course(&mut self, key: CourseKey, seen: CourseSeen) {
        self.courses.insert(key, seen);
    }

    /// The course of a container's memory, if it was asked for.
    #[must_use]
    pub fn course(&self, key: &CourseKey) -> Presence<&Course> {
        match self.courses.get(key) {
            Some(CourseSeen::Points(course)) => Presence::Present(course),
            Some(CourseSeen::Absent(_)) => Presence::Absent,
            None => Presence::Unknown,
        }
    }

    /// Every course that was asked for, and what that gave.
    pub fn courses(&self) -> impl Iterator<Item = (&CourseKey, &CourseSeen)> {
        self.courses.iter()
    }

    /// What was read completely.
    #[must_use]
    pub const fn complete(&self) -> &Complete {
        &self.complete
    }

    /// The pods on a node, in the order in which they were read.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &Object> {
        self.at(self.pods_by_node.get(node))
    }

    /// Whether everything of a kind in a namespace was read (the empty one for cluster-wide kinds).
    #[must_use]
    pub fn is_complete(&self, kind: &str, namespace: &str) -> bool {
        self.complete.contains(&(kind.to_owned(), None))
            || self
                .complete
                .contains(&(kind.to_owned(), Some(namespace.to_owned())))
    }

    /// Looks for one object by kind, namespace and name.
    #[must_use]
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Presence<&Object> {
        if kind.is_empty() || name.is_empty() {
            // Where nothing is named, nothing is missing.
            return Presence::Unknown;
        }
        let place = self
            .by_name
            .get(kind)
            .and_then(|spaces| spaces.get(namespace))
            .and_then(|names| names.get(name));
        match place.and_then(|place| self.objects.get(*place)) {
            Some(object) => Presence::Present(object),
            None if self.is_complete(kind, namespace) => Presence::Absent,
            None if self.was_asked_for(kind, namespace, name) => Presence::Absent,
            None => Presence::Unknown,
        }
    }

    /// Looks for what a reference means; bound to a UID, another object of that name is as good as
    /// none.
    #[must_use]
    pub fn find(&self, object: &ObjectRef) -> Presence<&Object> {
        match self.get(&object.kind, &object.namespace, &object.name) {
            Presence::Present(found)
                if object.uid.as_deref().is_some_and(|uid| uid != found.uid()) =>
            {
                Presence::Absent
            }
            found @ (Presence::Present(_) | Presence::Absent | Presence::Unknown) => found,
        }
    }

    /// The object with a UID.
    #[must_use]
    pub fn by_uid(&self, uid: &str) -> Option<&Object> {
        self.by_uid
            .get(uid)
            .and_then(|place| self.objects.get(*place))
    }

    /// The objects whose controller has a UID, in the order in which they were read.
    pub fn controlled_by(&self, uid: &str) -> impl Iterator<Item = &Object> {
        self.at(self.by_controller.get(uid))
    }

    /// The events about the object with a UID, in the order in which they were read.
    pub fn events_about(&self, uid: &str) -> impl Iterator<Item = &Object> {
        self.at(self.events_by_subject.get(uid))
    }

    /// All objects of a kind, in one namespace or in all, by namespace and name.
    pub fn of_kind<'a>(
        &'a self,
        kind: &str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let spaces = self.by_name.get(kind);
        let one = namespace.and_then(|wanted| spaces?.get(wanted));
        let all = spaces.filter(|_| namespace.is_none());
        one.into_iter()
            .chain(all.into_iter().flat_map(BTreeMap::values))
            .flat_map(BTreeMap::values)
            .filter_map(|place| self.objects.get(*place))
    }

    /// The objects of a kind in a namespace that a label selector selects.
    pub fn selected<'a>(
        &'a self,
        kind: &str,
        namespace: &'a str,
        selector: &'a Json,
    ) -> impl Iterator<Item = &'a Object> {
        // Pods are many: one of the labels asked for leads to few of them.
        let few = (kind == "Pod")
            .then(|| self.pods_by_a_label_of(namespace, selector))
            .flatten();
        let all = few
            .is_none()
            .then(|| self.of_kind(kind, Some(namespace)))
            .into_iter()
            .flatten();
        let few = few.into_iter().flatten();
        few.filter_map(|place| self.objects.get(*place))
            .chain(all)
            .filter(|object| {
                object
                    .at("/metadata/labels")
                    .is_some_and(|labels| selects(selector, labels))
            })
    }

    /// The pods that bear the rarest of the labels that a selector demands; `None` if it demands
    /// none by name and value.
    fn pods_by_a_label_of(&self, namespace: &str, selector: &Json) -> Option<&[usize]> {
        let plain = selector
            .get("matchLabels")
            .unwrap_or(selector)
            .as_object()?;
        plain
            .iter()
            .filter_map(|(name, value)| {
                let key = (
                    namespace.to_owned(),
                    name.to_owned(),
                    value.as_str()?.to_owned(),
                );
                Some(self.pods_by_label.get(&key).map_or(&[][..], Vec::as_slice))
            })
            .min_by_key(|places| places.len())
    }

    /// Every object, in the order in which they were read.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Takes an object out: it is no longer there.
    pub fn remove(&mut self, kind: &str, namespace: &str, name: &str) -> Option<Object> {
        self.forget_what_was_added_up();
        let names = self.by_name.get_mut(kind)?.get_mut(namespace)?;
        let place = names.remove(name)?;
        let last = self.objects.len().checked_sub(1)?;
        if place > last {
            return None;
        }
        let gone = self.objects.swap_remove(place);
        self.forget(&gone, place);
        // The last object has taken the place of the one that is gone.
        if let Some(moved) = self.objects.get_mut(place) {
            let moved = std::mem::replace(moved, Object::new(Value::Null));
            self.forget(&moved, last);
            if let Some(known) = self
                .by_name
                .get_mut(moved.kind())
                .and_then(|spaces| spaces.get_mut(moved.namespace()))
                .and_then(|names| names.get_mut(moved.name()))
            {
                *known = place;
            }
            if let Some(empty) = self.objects.get_mut(place) {
                *empty = moved;
            }
            self.index(place);
        }
        Some(gone)
    }

    fn forget_what_was_added_up(&mut self) {
        self.standing.take();
        self.newest.take();
    }

    /// What stands on the nodes.
    pub(crate) fn standing(&self) -> &Standing {
        self.standing.get_or_init(|| Standing::of(self))
    }

    fn was_asked_for(&self, kind: &str, namespace: &str, name: &str) -> bool {
        !self.named_absent.is_empty()
            && self
                .named_absent
                .contains(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Object> {
        places
            .into_iter()
            .flatten()
            .filter_map(|place| self.objects.get(*place))
    }

    fn index(&mut self, place: usize) {
        let Some(object) = self.objects.get(place) else {
            return;
        };
        if !object.uid().is_empty() {
            self.by_uid.insert(object.uid().to_owned(), place);
        }
        if let Some(uid) = object.controller() {
            note(&mut self.by_controller, uid, place);
        }
        if let Some(uid) = event_subject(object) {
            note(&mut self.events_by_subject, uid, place);
        }
        if object.kind() == "Pod" {
            let node = object.text("/spec/nodeName");
            if !node.is_empty() {
                note(&mut self.pods_by_node, node, place);
            }
            for key in labels_of(object) {
                self.pods_by_label.entry(key).or_default().push(place);
            }
        }
    }

    fn forget(&mut self, old: &Object, place: usize) {
        self.by_uid.remove(old.uid());
        if let Some(places) = old
            .controller()
            .and_then(|uid| self.by_controller.get_mut(uid))
        {
            places.retain(|known| *known != place);
        }
        if let Some(places) = event_subject(old).and_then(|uid| self.events_by_subject.get_mut(uid))
        {
            places.retain(|known| *known != place);
        }
        if let Some(places) = self.pods_by_node.get_mut(old.text("/spec/nodeName")) {
            places.retain(|known| *known != place);
        }
        for key in labels_of(old) {
            if let Some(places) = self.pods_by_label.get_mut(&key) {
                places.retain(|known| *known != place);
            }
        }
    }
}

/// The labels of a pod as the index knows them.
fn labels_of(object: &Object) -> Vec<(String, String, String)> {
    let labels = object.at("/metadata/labels").and_then(Json::as_object);
    labels
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            Some((
                object.namespace().to_owned(),
                name.to_owned(),
                value.as_str()?.to_owned(),
            ))
        })
        .collect()
}

fn note(index: &mut Positions, uid: &str, place: usize) {
    let places = index.entry(uid.to_owned()).or_default();
    // A newer sight of an object takes the old one's place, which may stand in the middle.
    if let Err(at) = places.binary_search(&place) {
        places.insert(at, place);
    }
}

fn event_subject(object: &Object) -> Option<&str> {
    if object.kind() != "Event" {
        return None;
    }
    let uid = match object.text("/involvedObject/uid") {
        "" => object.text("/regarding/uid"),
        uid => uid,
    };
    (!uid.is_empty()).then_some(uid)
}

/// Whether the first resourceVersion is at least as new as the second. Where they cannot be
/// compared (a dump without them) the later sight wins.
fn newer(new: &str, known: &str) -> bool {
    match (new.parse::<u128>(), known.parse::<u128>()) {
        (Ok(new), Ok(known)) => new >= known,
        (Err(_), Ok(_)) => false,
        (Ok(_) | Err(_), Err(_)) => true,
    }
}

/// Whether anybody could be told which object is meant: a broken one may have no name.
fn can_be_named(object: &Object) -> bool {
    let namespace = object.at("/metadata/namespace");
    !object.name().is_empty() && namespace.is_none_or(|space| space.is_string() || space.is_null())
}

#[cfg(test)]
mod tests;
