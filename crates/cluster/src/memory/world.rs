//! The cluster in memory as a machine: what happens next, and when.
//!
//! The state is a function of the seed, the changes with their times, and the present time. What
//! is due happens at its own time, in one order, however the time between is cut into pieces.

use std::collections::{BTreeMap, BTreeSet};

use facts::Object;
use model::{Millis, ObjectRef, PatchOp, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::defaults;
use super::event::EventLog;
use super::image::ImageBehaviour;
use super::pace::Pace;
use super::pod_run::{PodRun, Step};
use super::script::{Nature, Program};
use super::store::{Key, Store, set};
use crate::WriteError;

/// A change of the world from outside, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WorldChange {
    /// Somebody patches an object.
    Patch {
        /// The object.
        object: ObjectRef,
        /// The patch.
        patch: Vec<PatchOp>,
    },
    /// From now on an image does this; without a behaviour it does not exist any more.
    SetImage {
        /// The image reference.
        image: String,
        /// What it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behaviour: Option<ImageBehaviour>,
    },
    /// Somebody deletes an object.
    Delete {
        /// The object.
        object: ObjectRef,
    },
    /// Somebody applies manifests.
    Apply {
        /// The manifests.
        objects: Vec<Object>,
    },
    /// From now on the lives of a container that begin are these.
    SetProgram {
        /// What it does.
        program: Program,
    },
}

/// A change that happened before the cluster was first looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// How long after the cluster was made.
    pub after: Millis,
    /// What happened.
    pub change: WorldChange,
}

/// What a cluster in memory starts from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// How long ago it was made when it is first looked at.
    pub age: Millis,
    /// The objects made then, as manifests.
    pub objects: Vec<Object>,
    /// The images there are.
    pub images: BTreeMap<String, ImageBehaviour>,
    /// What has happened since, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Past>,
    /// How much of the cluster is played.
    #[serde(default, skip_serializing_if = "Nature::is_simple")]
    pub nature: Nature,
    /// What containers do that neither their manifest nor their image tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Program>,
}

/// What is due at some time.
#[derive(Debug, Clone)]
pub(super) enum Due {
    /// A controller looks at an object of its kind.
    Sync(Key),
    /// Something happens to a pod.
    Pod { key: Key, uid: String, step: Step },
    /// An event is forgotten, unless it was repeated since.
    Forget(Key),
}

/// The machine.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) pace: Pace,
    pub(super) now: Timestamp,
    pub(super) store: Store,
    pub(super) images: BTreeMap<String, ImageBehaviour>,
    pub(super) pods: BTreeMap<String, PodRun>,
    pub(super) events: EventLog,
    /// When each Deployment's rollout last made progress, by UID: conditions only tell seconds.
    pub(super) progressed: BTreeMap<String, Timestamp>,
    pub(super) effects: BTreeMap<String, u64>,
    pub(super) nature: Nature,
    pub(super) programs: Vec<Program>,
    /// How many lives of a container have begun, by namespace, workload and container.
    pub(super) lives: BTreeMap<(String, String, String), usize>,
    /// The images on each node.
    pub(super) pulled: BTreeSet<(String, String)>,
    /// How often in a row a controller, by UID, was refused a pod.
    pub(super) refusals: BTreeMap<String, u32>,
    /// When each Job, by UID, began.
    pub(super) job_began: BTreeMap<String, Timestamp>,
    /// The last time that each `CronJob`, by UID, was due.
    pub(super) ticked: BTreeMap<String, Timestamp>,
    queue: BTreeMap<(Timestamp, u64), Due>,
    syncs: BTreeMap<Key, Timestamp>,
    queued: u64,
}

impl World {
    /// A world with the seed's objects, at the time when it was made.
    pub(super) fn new(cluster: &str, pace: Pace, seed: &Seed, born: Timestamp) -> Self {
        let mut world = Self {
            pace,
            now: born,
            store: Store::new(cluster),
            images: seed.images.clone(),
            pods: BTreeMap::new(),
            events: EventLog::default(),
            progressed: BTreeMap::new(),
            effects: BTreeMap::new(),
            nature: seed.nature,
            programs: seed.programs.clone(),
            lives: BTreeMap::new(),
            pulled: BTreeSet::new(),
            refusals: BTreeMap::new(),
            job_began: BTreeMap::new(),
            ticked: BTreeMap::new(),
            queue: BTreeMap::new(),
            syncs: BTreeMap::new(),
            queued: 0,
        };
        for object in &seed.objects {
            match seed.nature {
                Nature::Simple => {
                    world.create(object.clone());
                }
                Nature::Whole => world.make(object.clone()),
            }
        }
        world
    }

    /// Lets everything happen that is due up to a time.
    pub(super) fn advance(&mut self, to: Timestamp) {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > to {
                break;
            }
            let ((at, _), due) = entry.remove_entry();
            self.now = self.now.max(at);
            match due {
                Due::Sync(key) => {
                    if self.syncs.get(&key) == Some(&at) {
                        self.syncs.remove(&key);
                        self.sync(&key);
                    }
                }
                Due::Pod { key, uid, step } => self.pod_step(&key, &uid, step),
                Due::Forget(key) => self.forget_event(&key),
            }
        }
        self.now = self.now.max(to);
    }

    /// Applies a change at a time; what is due before happens first.
    pub(super) fn apply(&mut self, at: Timestamp, change: &WorldChange) -> Result<(), WriteError> {
        self.advance(at);
        match change {
            WorldChange::Patch { object, patch } => self.patch(object, patch).map(|_| ()),
            WorldChange::SetImage { image, behaviour } => {
                match behaviour {
                    Some(behaviour) => self.images.insert(image.clone(), behaviour.clone()),
                    None => self.images.remove(image),
                };
                Ok(())
            }
            WorldChange::Delete { object } => self.delete(object),
            WorldChange::Apply { objects } => self.apply_manifests(objects),
            WorldChange::SetProgram { program } => {
                self.set_program(program.clone());
                Ok(())
            }
        }
    }

    fn set_program(&mut self, program: Program) {
        self.programs.retain(|known| {
            (
                &known.namespace,
                &known.workload,
                &known.container,
                &known.image,
            ) != (
                &program.namespace,
                &program.workload,
                &program.container,
                &program.image,
            )
        });
        let key = (
            program.namespace.clone(),
            program.workload.clone(),
            program.container.clone(),
        );
        self.lives.remove(&key);
        self.programs.insert(0, program);
    }

    /// The time as objects tell it: to the second.
    pub(super) fn stamp(&self) -> String {
        stamp(self.now)
    }

    /// Makes an object as the API server does: with identity, defaults and a first generation.
    pub(super) fn create(&mut self, mut object: Object) -> Object {
        let uid = self.store.mint_uid();
        let made = self.stamp();
        let kind = object.kind().to_owned();
        object.edit(|value| {
            set(value, &["metadata", "uid"], uid);
            set(value, &["metadata", "creationTimestamp"], made);
            if defaults::has_generation(&kind) {
                set(value, &["metadata", "generation"], 1);
            }
            defaults::fill(value);
        });
        let object = self.store.put(object);
        self.wake(&Key::of(&object));
        object
    }

    /// Has the controller of an object's kind look at it soon.
    pub(super) fn wake(&mut self, key: &Key) {
        self.wake_after(key, self.pace.react);
    }

    /// Has the controller of an object's kind look at it after a while, unless it does so before.
    pub(super) fn wake_after(&mut self, key: &Key, after: Millis) {
        let watched = match key.kind.as_str() {
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob" => true,
            "Service" => self.nature == Nature::Whole,
            _ => false,
        };
        if !watched {
            return;
        }
        let at = self.now.plus(after);
        if self.syncs.get(key).is_some_and(|planned| *planned <= at) {
            return;
        }
        self.syncs.insert(key.clone(), at);
        self.at(at, Due::Sync(key.clone()));
    }

    /// Puts something into the queue.
    pub(super) fn at(&mut self, at: Timestamp, due: Due) {
        self.queued += 1;
        self.queue.insert((at, self.queued), due);
    }

    /// Changes an object as a controller does; nothing happens if nothing changes.
    pub(super) fn update(&mut self, key: &Key, change: impl FnOnce(&mut Value)) {
        let Some(mut object) = self.store.get(key).cloned() else {
            return;
        };
        object.edit(change);
        self.store.put(object);
    }

    fn sync(&mut self, key: &Key) {
        match key.kind.as_str() {
            "Deployment" => self.sync_deployment(key),
            "ReplicaSet" => self.sync_replica_set(key),
            "StatefulSet" => self.sync_stateful_set(key),
            "DaemonSet" => self.sync_daemon_set(key),
            "Job" => self.sync_job(key),
            "CronJob" => self.sync_cron_job(key),
            "Service" => self.sync_service(key),
            _ => {}
        }
    }

    fn delete(&mut self, object: &ObjectRef) -> Result<(), WriteError> {
        let key = Key::from(object);
        let Some(found) = self.store.get(&key).cloned() else {
            return Err(WriteError::NotFound {
                object: object.clone(),
            });
        };
        if object.uid.as_deref().is_some_and(|uid| uid != found.uid()) {
            return Err(WriteError::NotFound {
                object: object.clone(),
            });
        }
        self.remove(&found);
        self.changed_from_outside(&key);
        Ok(())
    }

    /// Removes an object and, like the garbage collector, what it controls. Pods stop first.
    pub(super) fn remove(&mut self, object: &Object) {
        let key = Key::of(object);
        if key.kind == "Pod" {
            self.stop_pod(&key);
            return;
        }
        let owned: Vec<Object> = self.store.all_owned(object.uid()).cloned().collect();
        self.store.remove(&key);
        self.progressed.remove(object.uid());
        self.refusals.remove(object.uid());
        self.job_began.remove(object.uid());
        self.ticked.remove(object.uid());
        for object in owned {
            self.remove(&object);
        }
    }
}

/// A time as objects tell it: to the second.
pub(super) fn stamp(time: Timestamp) -> String {
    let whole = time
        .micros()
        .div_euclid(1_000_000)
        .saturating_mul(1_000_000);
    let text = Timestamp::from_micros(whole).to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}
