//! Watches a live cluster: keeps a snapshot current, and says which workloads something has changed
//! for, once it is quiet about them.
//!
//! It judges nothing. It holds one snapshot and nothing else that grows, starts no task of its own,
//! and ends when it is dropped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::time::Duration;

use facts::kinds::Kind;
use facts::slim::{self, Hint, Reader};
use facts::{Object, Pool, Snapshot, owner_of};
use futures_util::stream::{SelectAll, Stream, StreamExt as _};
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event};
use model::{ObjectRef, Text};
use tokio::time::{Instant, timeout_at};

use super::{LiveCluster, kinds};
use crate::{BlindSpot, Namespaces};

/// What is watched: what fails, what it belongs to, and what it stands on.
pub(super) const WATCHED: &[&str] = &[
    "Pod",
    "Event",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Node",
    "PersistentVolumeClaim",
    "Service",
];
/// The most events that are kept; the oldest go first.
const MAX_EVENTS: usize = 20_000;
/// How long a watch that broke is taken to be blind. One that is still broken says so again before
/// that, and one that goes on where it was need not have anything to say.
const TROUBLE: Duration = Duration::from_secs(120);
/// How many quiet times it may take at most until changes are told that never cease.
const PATIENCE: u32 = 5;

/// One list that is watched: a kind, in one namespace or in all.
type Place = (&'static Kind, Option<String>);
/// A namespace, and a name in it.
type Name = (String, String);
type Sight = (Place, Result<Event<DynamicObject>, watcher::Error>);
type Sights = Pin<Box<dyn Stream<Item = Sight> + Send>>;

/// A watched cluster.
pub struct Watch {
    sights: SelectAll<Sights>,
    state: State,
    quiet: Duration,
}

impl LiveCluster {
    /// Watches the cluster. Changes are told once nothing more has changed for a while.
    #[must_use]
    pub fn watch(&self, namespaces: &Namespaces, quiet: Duration) -> Watch {
        let mut sights = SelectAll::new();
        let mut places = BTreeSet::new();
        for kind in kinds::ALL
            .iter()
            .filter(|kind| WATCHED.contains(&kind.kind))
        {
            let spaces = if kind.namespaced {
                namespaces.each()
            } else {
                vec![None]
            };
            for namespace in spaces {
                sights.push(self.sights(kind, namespace));
                places.insert(trouble_key(kind, namespace));
            }
        }
        let state = State {
            awaited: places,
            ..State::default()
        };
        Watch {
            sights,
            state,
            quiet,
        }
    }

    fn sights(&self, kind: &'static Kind, namespace: Option<&str>) -> Sights {
        let resource = ApiResource {
            group: kind.group.to_owned(),
            version: kind.version.to_owned(),
            api_version: kind.api_version(),
            kind: kind.kind.to_owned(),
            plural: kind.plural.to_owned(),
        };
        let client = self.wire.client();
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        let config = watcher::Config::default().page_size(self.wire.limits.page);
        let place = (kind, namespace.map(str::to_owned));
        // A watch that breaks is begun again after a pause that grows; one that has expired lists anew.
        watcher::watcher(api, config)
            .default_backoff()
            .map(move |sight| (place.clone(), sight))
            .boxed()
    }
}

impl Watch {
    /// The cluster as it is now, as far as it was seen.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.state.snapshot
    }

    /// What cannot be watched now, and why.
    #[must_use]
    pub fn blind_spots(&self) -> Vec<BlindSpot> {
        let lasts = |trouble: &&Trouble| !trouble.listed || trouble.at.elapsed() < TROUBLE;
        let trouble = self.state.trouble.values().filter(lasts);
        trouble.map(|trouble| trouble.spot.clone()).collect()
    }

    /// Whether everything that is watched was listed once, or is known to be out of sight.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.state.awaited.is_empty()
    }

    /// Waits until something has changed and it is quiet again, or has been busy for long; gives the
    /// workloads that changed. What was seen before this is dropped half-way is not lost: the next
    /// call tells it.
    pub async fn changed(&mut self) -> BTreeSet<ObjectRef> {
        let mut quiet: Option<Instant> = None;
        let mut patience: Option<Instant> = None;
        if !self.state.changed.is_empty() {
            // What a call saw that was dropped half-way.
            let now = Instant::now();
            quiet = Some(now + self.quiet);
            patience = Some(now + self.quiet.saturating_mul(PATIENCE));
        }
        loop {
            let until = match (quiet, patience) {
                (Some(quiet), Some(patience)) => quiet.min(patience),
                _ => Instant::now() + Duration::from_secs(3600),
            };
            match timeout_at(until, self.sights.next()).await {
                Ok(Some((place, sight))) => self.state.take(place, sight),
                // Watches do not end by themselves.
                Ok(None) => return std::mem::take(&mut self.state.changed),
                Err(_) if quiet.is_some() => return std::mem::take(&mut self.state.changed),
                Err(_) => {}
            }
            if !self.state.changed.is_empty() {
                let now = Instant::now();
                quiet = Some(now + self.quiet);
                patience.get_or_insert(now + self.quiet.saturating_mul(PATIENCE));
            }
        }
    }
}

/// Why something cannot be watched.
struct Trouble {
    spot: BlindSpot,
    at: Instant,
    /// Whether it was listed before: then what is known of it is old, but not nothing.
    listed: bool,
}

/// What is known, and what has changed since it was last told.
#[derive(Default)]
struct State {
    snapshot: Snapshot,
    changed: BTreeSet<ObjectRef>,
    trouble: BTreeMap<String, Trouble>,
    /// The lists of which nothing has been heard yet.
    awaited: BTreeSet<String>,
    /// The objects of each list that is being read anew.
    listing: BTreeMap<(&'static str, Option<String>), BTreeSet<Name>>,
    /// The events that are kept, in the order in which they came.
    events: VecDeque<Name>,
    pool: Pool,
}

impl State {
    fn take(&mut self, place: Place, sight: Result<Event<DynamicObject>, watcher::Error>) {
        let (kind, namespace) = place;
        let list = (kind.kind, namespace.clone());
        match sight {
            Ok(Event::Init) => {
                self.listing.insert(list, BTreeSet::new());
            }
            Ok(Event::InitApply(object)) => {
                if let Some(object) = small(kind, &object, &self.pool) {
                    let name = (object.namespace().to_owned(), object.name().to_owned());
                    self.listing.entry(list).or_default().insert(name);
                    self.apply(object);
                }
            }
            Ok(Event::InitDone) => {
                let listed = self.listing.remove(&list).unwrap_or_default();
                self.drop_all_but(kind, namespace.as_deref(), &listed);
                self.snapshot.mark_complete(kind.kind, namespace.as_deref());
                let place = trouble_key(kind, namespace.as_deref());
                self.awaited.remove(&place);
                self.trouble.remove(&place);
            }
            Ok(Event::Apply(object)) => {
                self.trouble
                    .remove(&trouble_key(kind, namespace.as_deref()));
                if let Some(object) = small(kind, &object, &self.pool) {
                    self.apply(object);
                }
            }
            Ok(Event::Delete(object)) => {
                let name = object.metadata.name.unwrap_or_default();
                let space = object.metadata.namespace.unwrap_or_default();
                self.remove(kind.kind, &space, &name);
            }
            Err(error) => {
                let words = super::connect::chain(&error);
                let place = trouble_key(kind, namespace.as_deref());
                self.awaited.remove(&place);
                let trouble = Trouble {
                    spot: BlindSpot::of(kind, namespace.as_deref(), &Text::same(words)),
                    at: Instant::now(),
                    listed: self
                        .snapshot
                        .is_complete(kind.kind, namespace.as_deref().unwrap_or_default()),
                };
                self.trouble.insert(place, trouble);
            }
        }
    }

    /// Takes in an object as it is now.
    fn apply(&mut self, object: Object) {
        let event = object.kind() == "Event";
        if event && slim::is_routine(&object) {
            return;
        }
        let known = self
            .snapshot
            .get(object.kind(), object.namespace(), object.name());
        // A list that is read anew shows much that has not changed.
        if known
            .present()
            .is_some_and(|known| known.resource_version() == object.resource_version())
        {
            return;
        }
        if event && known.present().is_none() {
            self.events
                .push_back((object.namespace().to_owned(), object.name().to_owned()));
        }
        let reference = object.reference();
        self.snapshot.add(object);
        self.note(&reference);
        while self.events.len() > MAX_EVENTS
            && let Some((namespace, name)) = self.events.pop_front()
        {
            self.snapshot.remove("Event", &namespace, &name);
        }
    }

    fn remove(&mut self, kind: &str, namespace: &str, name: &str) {
        let reference = ObjectRef::new(kind, namespace, name);
        // That an event is forgotten in the course of time changes nothing.
        if kind == "Event" {
            self.events
                .retain(|(space, event)| space != namespace || event != name);
        } else if self.snapshot.find(&reference).is_present() {
            // While it is there, its owner can still be found.
            self.note(&reference);
        }
        self.snapshot.remove(kind, namespace, name);
    }

    fn drop_all_but(&mut self, kind: &Kind, namespace: Option<&str>, listed: &BTreeSet<Name>) {
        let gone: Vec<Name> = self
            .snapshot
            .of_kind(kind.kind, namespace)
            .map(|object| (object.namespace().to_owned(), object.name().to_owned()))
            .filter(|name| !listed.contains(name))
            .collect();
        for (space, name) in gone {
            self.remove(kind.kind, &space, &name);
        }
    }

    /// Notes that something changed for the workload that an object belongs to.
    fn note(&mut self, object: &ObjectRef) {
        let mut object = match self.snapshot.find(object).present() {
            Some(found) if found.kind() == "Event" => {
                let text = |field: &str| found.text(&format!("/involvedObject/{field}")).to_owned();
                ObjectRef::new(&text("kind"), &text("namespace"), &text("name"))
            }
            Some(_) | None => object.clone(),
        };
        let found = self.snapshot.find(&object).present();
        if let Some(owner) = found.and_then(|found| owner_of(&self.snapshot, found)) {
            object = owner.reference();
        }
        object.uid = None;
        self.changed.insert(object);
    }
}

fn trouble_key(kind: &Kind, namespace: Option<&str>) -> String {
    format!("{} {}", kind.kind, namespace.unwrap_or_default())
}

/// The object as it is kept. One that makes no sense is passed over: the rest goes on.
fn small(kind: &Kind, object: &DynamicObject, pool: &Pool) -> Option<Object> {
    let text = serde_json::to_string(object).ok()?;
    let api_version = kind.api_version();
    let hint = Hint::of(kind.kind, &api_version);
    Reader::of_one(pool).object(&text, hint).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn place(kind: &str) -> Place {
        (kinds::find(kind).unwrap(), None)
    }

    fn dynamic(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    fn pod(name: &str, version: u32) -> DynamicObject {
        dynamic(json!({"metadata": {
            "name": name, "namespace": "shop", "uid": name, "resourceVersion": version.to_string(),
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1",
                                 "uid": "rs", "controller": true}]}}))
    }

    fn told(state: &mut State) -> Vec<String> {
        let changed = std::mem::take(&mut state.changed);
        changed.iter().map(ToString::to_string).collect()
    }

    fn with_workload() -> State {
        let mut state = State::default();
        state.take(
            place("deploy"),
            Ok(Event::Apply(dynamic(json!({"metadata": {
            "name": "web", "namespace": "shop", "uid": "d", "resourceVersion": "1"}})))),
        );
        state.take(
            place("rs"),
            Ok(Event::Apply(dynamic(json!({"metadata": {
            "name": "web-1", "namespace": "shop", "uid": "rs", "resourceVersion": "2",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                                 "uid": "d", "controller": true}]}})))),
        );
        told(&mut state);
        state
    }

    #[test]
    fn a_change_is_told_of_the_workload_at_the_root() {
        let mut state = with_workload();
        let web = ["Deployment/web (shop)"];
        state.take(place("po"), Ok(Event::Apply(pod("a", 5))));
        assert_eq!(told(&mut state), web);
        state.take(place("po"), Ok(Event::Apply(pod("a", 5))));
        assert_eq!(told(&mut state), [""; 0], "nothing has changed");
        let event = |reason: &str, version: u32| {
            dynamic(json!({"metadata": {"name": reason, "namespace": "shop",
                                        "resourceVersion": version.to_string()},
                "reason": reason, "type": "Normal",
                "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "a"}}))
        };
        state.take(place("ev"), Ok(Event::Apply(event("Killing", 6))));
        assert_eq!(told(&mut state), web);
        state.take(place("ev"), Ok(Event::Apply(event("Pulled", 7))));
        assert_eq!(told(&mut state), [""; 0], "routine");
        state.take(place("ev"), Ok(Event::Delete(event("Killing", 8))));
        assert_eq!(told(&mut state), [""; 0], "forgotten");
        state.take(place("po"), Ok(Event::Delete(pod("a", 9))));
        assert_eq!(told(&mut state), web);
        assert_eq!(state.snapshot.of_kind("Pod", None).count(), 0);
    }

    #[test]
    fn a_list_that_is_read_anew_drops_what_is_gone_and_tells_only_what_changed() {
        let mut state = with_workload();
        for event in [
            Event::Init,
            Event::InitApply(pod("a", 5)),
            Event::InitApply(pod("b", 6)),
            Event::InitDone,
        ] {
            state.take(place("po"), Ok(event));
        }
        assert!(state.snapshot.is_complete("Pod", "shop"));
        assert_eq!(told(&mut state).len(), 1);
        for event in [Event::Init, Event::InitApply(pod("a", 5)), Event::InitDone] {
            state.take(place("po"), Ok(event));
        }
        assert!(state.snapshot.get("Pod", "shop", "a").is_present());
        assert!(state.snapshot.get("Pod", "shop", "b").is_absent());
        assert_eq!(told(&mut state), ["Deployment/web (shop)"]);
    }

    #[test]
    fn what_cannot_be_watched_is_said_until_it_can_be() {
        let mut state = State::default();
        state.take(place("po"), Err(watcher::Error::NoResourceVersion));
        assert_eq!(state.trouble.len(), 1);
        state.take(place("po"), Ok(Event::Init));
        state.take(place("po"), Ok(Event::InitDone));
        assert_eq!(state.trouble.len(), 0);
    }
}
