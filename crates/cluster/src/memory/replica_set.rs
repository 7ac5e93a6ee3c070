//! The ReplicaSet controller: as many pods as wanted.

use facts::Object;
use facts::container::pod_ready;
use model::Timestamp;
use serde_json::{Value, json};

use super::event::Happening;
use super::store::{Key, set};
use super::world::World;

/// The most pods that one look makes; the next look makes the next ones.
const AT_ONCE: usize = 500;

const CONTROLLER: &str = "replicaset-controller";

impl World {
    /// Looks at one ReplicaSet: makes and deletes pods, and writes its status.
    pub(super) fn sync_replica_set(&mut self, key: &Key) {
        let Some(set) = self.store.get(key).cloned() else {
            return;
        };
        let active = self.active_pods(&set).count();
        let wanted = usize::try_from(set.int("/spec/replicas").unwrap_or(0)).unwrap_or(0);
        if active < wanted {
            let missing = wanted - active;
            for _ in 0..missing.min(AT_ONCE) {
                self.make_pod(&set);
            }
            if missing > AT_ONCE {
                self.wake(key);
            }
        } else if active > wanted {
            let mut ranked: Vec<Object> = self.active_pods(&set).cloned().collect();
            ranked.sort_by_cached_key(|pod| self.rank(pod));
            for pod in ranked.into_iter().take(active - wanted) {
                self.stop_pod(&Key::of(&pod));
                let message = format!("Deleted pod: {}", pod.name());
                self.emit(&set, controllers("SuccessfulDelete", &message, CONTROLLER));
            }
        }
        self.replica_set_status(key);
    }

    /// The pods of a ReplicaSet that are not being deleted.
    fn active_pods<'a>(&'a self, set: &Object) -> impl Iterator<Item = &'a Object> {
        self.store
            .owned(set.uid(), "Pod")
            .filter(|pod| pod.at("/metadata/deletionTimestamp").is_none())
    }

    /// Which pods go first: those without a node, then those not ready, then the newest.
    fn rank(&self, pod: &Object) -> (bool, bool, std::cmp::Reverse<Timestamp>, String) {
        let run = self.pods.get(pod.uid());
        (
            !pod.text("/spec/nodeName").is_empty(),
            pod_ready(pod),
            std::cmp::Reverse(run.map_or(self.now, |run| run.made)),
            pod.name().to_owned(),
        )
    }

    fn make_pod(&mut self, set: &Object) {
        let suffix = self.store.mint_suffix();
        let name = format!("{}-{suffix}", set.name());
        let mut metadata = json!({
            "name": name,
            "generateName": format!("{}-", set.name()),
            "namespace": set.namespace(),
        });
        for map in ["labels", "annotations"] {
            if let Some(value) = set.at(&format!("/spec/template/metadata/{map}")) {
                super::store::set(&mut metadata, &[map], value.clone());
            }
        }
        super::store::set(
            &mut metadata,
            &["ownerReferences"],
            json!([owner_reference("apps/v1", set)]),
        );
        let pod = Object::new(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": set.at("/spec/template/spec").cloned().unwrap_or_default(),
            "status": {"phase": "Pending", "qosClass": "BestEffort"},
        }));
        let pod = self.create(pod);
        self.begin_pod(&pod);
        let message = format!("Created pod: {name}");
        self.emit(set, controllers("SuccessfulCreate", &message, CONTROLLER));
    }

    fn replica_set_status(&mut self, key: &Key) {
        let Some(set_now) = self.store.get(key) else {
            return;
        };
        let second = self.pace.second;
        let patience = set_now.int("/spec/minReadySeconds").unwrap_or(0);
        let patience = self.pace.seconds(u64::try_from(patience).unwrap_or(0));
        let (mut replicas, mut ready, mut available) = (0_u64, 0_u64, 0_u64);
        let mut next: Option<Timestamp> = None;
        for pod in self.active_pods(set_now) {
            replicas += 1;
            if !pod_ready(pod) {
                continue;
            }
            ready += 1;
            let since = self.pods.get(pod.uid()).and_then(|run| run.ready_since);
            let at = since.unwrap_or(self.now).plus(patience);
            if at <= self.now {
                available += 1;
            } else {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        let generation = set_now.generation();
        let before = set_now.at("/status").cloned();
        let owner = set_now.controller().map(str::to_owned);
        self.update(key, |object| {
            let mut status = json!({"replicas": replicas, "observedGeneration": generation});
            for (field, count) in [
                ("fullyLabeledReplicas", replicas),
                ("readyReplicas", ready),
                ("availableReplicas", available),
            ] {
                if count > 0 {
                    set(&mut status, &[field], json!(count));
                }
            }
            set(object, &["status"], status);
        });
        if let Some(at) = next {
            let wait = at.since(self.now).max(second.min(self.pace.react));
            self.wake_after(key, wait);
        }
        let after = self.store.get(key).and_then(|set| set.at("/status"));
        if after != before.as_ref()
            && let Some(owner) = owner
        {
            self.wake_owner(&owner);
        }
    }

    /// Has the controller of the object with a UID look at it.
    pub(super) fn wake_owner(&mut self, uid: &str) {
        if let Some(key) = self.store.place(uid).cloned() {
            self.wake(&key);
        }
    }
}

/// A reference to an object as the controller of another.
pub(super) fn owner_reference(version: &str, owner: &Object) -> Value {
    json!({
        "apiVersion": version,
        "kind": owner.kind(),
        "name": owner.name(),
        "uid": owner.uid(),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// What a controller tells of an ordinary deed.
pub(super) const fn controllers<'a>(
    reason: &'a str,
    message: &'a str,
    component: &'a str,
) -> Happening<'a> {
    Happening {
        normal: true,
        reason,
        message,
        component,
        host: "",
        field: "",
    }
}
