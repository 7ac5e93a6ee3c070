//! How every controller makes pods of its template and counts the pods it has.

use facts::container::pod_ready;
use facts::{Json, Object};
use model::Timestamp;
use serde_json::{Value, json};

use super::event::Happening;
use super::pace::Pace;
use super::replica_set::owner_reference;
use super::script::Nature;
use super::store::{Key, set};
use super::world::World;

/// A pod to be made.
pub(super) struct NewPod<'a> {
    /// Its controller.
    pub(super) owner: &'a Object,
    /// Its name.
    pub(super) name: String,
    /// The template.
    pub(super) template: &'a Json,
}

/// How many of a controller's pods there are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) all: u64,
    pub(super) ready: u64,
    pub(super) available: u64,
    /// When the next ready one becomes available.
    pub(super) next: Option<Timestamp>,
}

impl World {
    /// Makes a pod for a controller, or gives the API server's words why it may not be.
    pub(super) fn create_pod(
        &mut self,
        new: NewPod<'_>,
        change: impl FnOnce(&mut Value),
    ) -> Result<Object, String> {
        let owner = new.owner;
        let mut metadata = json!({
            "name": new.name,
            "generateName": format!("{}-", owner.name()),
            "namespace": owner.namespace(),
        });
        for map in ["labels", "annotations"] {
            if let Some(value) = new.template.pointer(&format!("/metadata/{map}")) {
                set(&mut metadata, &[map], value.clone());
            }
        }
        set(
            &mut metadata,
            &["ownerReferences"],
            json!([owner_reference(owner.text("/apiVersion"), owner)]),
        );
        let mut pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": new.template.get("spec").cloned().unwrap_or_default(),
            "status": {"phase": "Pending", "qosClass": "BestEffort"},
        });
        change(&mut pod);
        let mut pod = Object::new(pod);
        if self.nature == Nature::Whole {
            self.admit(&mut pod)?;
        }
        let pod = self.create(pod);
        self.begin_pod(&pod);
        self.count_quotas(pod.namespace());
        Ok(pod)
    }

    /// Tells that a pod could not be made, and has the controller try again later and later.
    pub(super) fn pod_refused(&mut self, owner: &Object, component: &str, message: &str) {
        self.emit(
            owner,
            Happening {
                normal: false,
                reason: "FailedCreate",
                message,
                component,
                host: "",
                field: "",
            },
        );
        let failures = self.refusals.entry(owner.uid().to_owned()).or_default();
        *failures = failures.saturating_add(1);
        let wait = Pace::back_off(self.pace.seconds(1), *failures);
        self.wake_after(&Key::of(owner), wait);
    }

    /// A pod could be made: the next refusal is the first one again.
    pub(super) fn pod_accepted(&mut self, owner: &Object) {
        self.refusals.remove(owner.uid());
    }

    /// The pods of a controller that are not being deleted.
    pub(super) fn active_pods<'a>(&'a self, owner: &Object) -> impl Iterator<Item = &'a Object> {
        self.store
            .owned(owner.uid(), "Pod")
            .filter(|pod| pod.at("/metadata/deletionTimestamp").is_none())
    }

    /// Counts the active pods of a controller, by how long they have to be ready.
    pub(super) fn tally(&self, owner: &Object) -> Tally {
        let patience = owner.int("/spec/minReadySeconds").unwrap_or(0);
        let patience = self.pace.seconds(u64::try_from(patience).unwrap_or(0));
        let mut tally = Tally::default();
        for pod in self.active_pods(owner) {
            tally.all += 1;
            if !pod_ready(pod) {
                continue;
            }
            tally.ready += 1;
            let since = self.pods.get(pod.uid()).and_then(|run| run.ready_since);
            let at = since.unwrap_or(self.now).plus(patience);
            if at <= self.now {
                tally.available += 1;
            } else {
                tally.next = Some(tally.next.map_or(at, |next| next.min(at)));
            }
        }
        tally
    }

    /// Has a controller look again when the next of its pods becomes available.
    pub(super) fn wake_at(&mut self, key: &Key, next: Option<Timestamp>) {
        if let Some(at) = next {
            let wait = at
                .since(self.now)
                .max(self.pace.second.min(self.pace.react));
            self.wake_after(key, wait);
        }
    }
}
