//! The ReplicaSet controller: as many pods as wanted.

use facts::container::pod_ready;
use facts::{Json, Object};
use model::Timestamp;
use serde_json::{Value, json};

use super::conditions::{self, Condition, Tells};
use super::event::Happening;
use super::pods::NewPod;
use super::store::{Key, set};
use super::world::World;

/// The most pods that one look makes; the next look makes the next ones.
const AT_ONCE: usize = 500;

const CONTROLLER: &str = "replicaset-controller";

/// The type of the condition that tells that pods could not be made.
pub(super) const REPLICA_FAILURE: &str = "ReplicaFailure";

/// The condition that tells that pods could not be made.
pub(super) const fn replica_failure(message: &str) -> Condition<'_> {
    Condition {
        kind: REPLICA_FAILURE,
        status: "True",
        reason: "FailedCreate",
        message,
    }
}

impl World {
    /// Looks at one ReplicaSet: makes and deletes pods, and writes its status.
    pub(super) fn sync_replica_set(&mut self, key: &Key) {
        let Some(set) = self.store.get(key).cloned() else {
            return;
        };
        let active = self.active_pods(&set).count();
        let wanted = usize::try_from(set.int("/spec/replicas").unwrap_or(0)).unwrap_or(0);
        let mut refused = None;
        if active < wanted {
            let missing = wanted - active;
            for _ in 0..missing.min(AT_ONCE) {
                refused = self.make_pod(&set).err();
                if refused.is_some() {
                    break;
                }
            }
            if refused.is_none() && missing > AT_ONCE {
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
        self.replica_set_status(key, refused.as_deref());
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

    fn make_pod(&mut self, set: &Object) -> Result<(), String> {
        let suffix = self.store.mint_suffix();
        let new = NewPod {
            owner: set,
            name: format!("{}-{suffix}", set.name()),
            template: set.at("/spec/template").unwrap_or(&Json::Null),
        };
        let name = new.name.clone();
        match self.create_pod(new, |_| {}) {
            Ok(_) => {
                self.pod_accepted(set);
                let message = format!("Created pod: {name}");
                self.emit(set, controllers("SuccessfulCreate", &message, CONTROLLER));
                Ok(())
            }
            Err(why) => {
                self.pod_refused(set, CONTROLLER, &format!("Error creating: {why}"));
                Err(why)
            }
        }
    }

    fn replica_set_status(&mut self, key: &Key, refused: Option<&str>) {
        let Some(set_now) = self.store.get(key).cloned() else {
            return;
        };
        let tally = self.tally(&set_now);
        let now = self.stamp();
        self.update(key, |object| {
            let mut status = json!({
                "replicas": tally.all,
                "observedGeneration": set_now.generation(),
            });
            for (field, count) in [
                ("fullyLabeledReplicas", tally.all),
                ("readyReplicas", tally.ready),
                ("availableReplicas", tally.available),
            ] {
                if count > 0 {
                    set(&mut status, &[field], json!(count));
                }
            }
            // Only the first refusal is told for as long as there are others.
            let told = conditions::find(object, REPLICA_FAILURE).cloned();
            set(object, &["status"], status);
            match (refused, told) {
                (Some(_), Some(told)) => set(object, &["status", "conditions"], json!([told])),
                (Some(message), None) => {
                    conditions::put(object, replica_failure(message), &now, Tells::Nothing);
                }
                (None, _) => {}
            }
        });
        self.wake_at(key, tally.next);
        let after = self.store.get(key).and_then(|set| set.at("/status"));
        if after != set_now.at("/status")
            && let Some(owner) = set_now.controller()
        {
            self.wake_owner(owner);
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
