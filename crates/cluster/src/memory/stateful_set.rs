//! The StatefulSet controller: pods with names of their own, one after another.

use facts::container::pod_ready;
use facts::{Json, Object};
use model::{Digest, json as canonical};
use serde_json::{Value, json};

use super::pods::NewPod;
use super::replica_set::controllers;
use super::replicas::spec_replicas;
use super::store::{Key, letters, set};
use super::world::World;

const CONTROLLER: &str = "statefulset-controller";
const REVISION: &str = "controller-revision-hash";

/// The most pods that a StatefulSet here may have.
const MOST: u64 = 500;

impl World {
    /// Looks at one StatefulSet.
    pub(super) fn sync_stateful_set(&mut self, key: &Key) {
        let Some(set) = self.store.get(key).cloned() else {
            return;
        };
        let revision = revision(&set);
        self.step_stateful_set(&set, &revision);
        self.stateful_set_status(key, &revision);
    }

    /// Does the next thing that may be done: makes, replaces or deletes pods.
    fn step_stateful_set(&mut self, set: &Object, revision: &str) {
        let wanted = spec_replicas(set).min(MOST);
        let in_order = set.text("/spec/podManagementPolicy") != "Parallel";
        for ordinal in 0..wanted {
            let name = format!("{}-{ordinal}", set.name());
            let pod = self
                .store
                .get(&Key::new("Pod", set.namespace(), &name))
                .cloned();
            let settled = match &pod {
                None => {
                    if !self.make_stateful_pod(set, ordinal, revision) {
                        return;
                    }
                    false
                }
                Some(pod) if ended(pod) => {
                    self.stop_pod(&Key::of(pod));
                    false
                }
                Some(pod) => pod.at("/metadata/deletionTimestamp").is_none() && pod_ready(pod),
            };
            if in_order && !settled {
                return;
            }
        }
        let mut pods: Vec<(u64, Object)> = self
            .store
            .owned(set.uid(), "Pod")
            .filter_map(|pod| Some((ordinal(set, pod)?, pod.clone())))
            .collect();
        pods.sort_by_key(|(ordinal, _)| std::cmp::Reverse(*ordinal));
        if pods
            .iter()
            .any(|(_, pod)| pod.at("/metadata/deletionTimestamp").is_some())
        {
            return;
        }
        if let Some((_, last)) = pods.iter().find(|(ordinal, _)| *ordinal >= wanted) {
            self.delete_stateful_pod(set, last);
            return;
        }
        if set.text("/spec/updateStrategy/type") == "OnDelete" {
            return;
        }
        let partition = set.int("/spec/updateStrategy/rollingUpdate/partition");
        let partition = partition
            .and_then(|from| u64::try_from(from).ok())
            .unwrap_or(0);
        for (_, pod) in pods.iter().filter(|(ordinal, _)| *ordinal >= partition) {
            if hash(pod) != revision {
                self.delete_stateful_pod(set, pod);
                return;
            }
            if !pod_ready(pod) {
                return;
            }
        }
    }

    fn delete_stateful_pod(&mut self, set: &Object, pod: &Object) {
        self.stop_pod(&Key::of(pod));
        let message = format!(
            "delete Pod {} in StatefulSet {} successful",
            pod.name(),
            set.name()
        );
        self.emit(set, controllers("SuccessfulDelete", &message, CONTROLLER));
    }

    fn make_stateful_pod(&mut self, owner: &Object, ordinal: u64, revision: &str) -> bool {
        let name = format!("{}-{ordinal}", owner.name());
        let claims = self.make_claims(owner, &name);
        let new = NewPod {
            owner,
            name: name.clone(),
            template: owner.at("/spec/template").unwrap_or(&Json::Null),
        };
        let made = self.create_pod(new, |pod| {
            for (label, value) in [
                ("apps.kubernetes.io/pod-index", ordinal.to_string()),
                (REVISION, revision.to_owned()),
                ("statefulset.kubernetes.io/pod-name", name.clone()),
            ] {
                set(pod, &["metadata", "labels", label], json!(value));
            }
            set(pod, &["spec", "hostname"], json!(name));
            set(
                pod,
                &["spec", "subdomain"],
                json!(owner.text("/spec/serviceName")),
            );
            let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
            let mut volumes = volumes.cloned().unwrap_or_default();
            volumes.extend(claims);
            if !volumes.is_empty() {
                set(pod, &["spec", "volumes"], Value::Array(volumes));
            }
        });
        match made {
            Ok(_) => {
                self.pod_accepted(owner);
                let message = format!(
                    "Create Pod {name} in StatefulSet {} successful",
                    owner.name()
                );
                self.emit(owner, controllers("SuccessfulCreate", &message, CONTROLLER));
                true
            }
            Err(why) => {
                let message = format!(
                    "create Pod {name} in StatefulSet {} failed error: {why}",
                    owner.name()
                );
                self.pod_refused(owner, CONTROLLER, &message);
                false
            }
        }
    }

    /// Makes the claims of a pod that are not there yet, and gives the volumes that name them.
    fn make_claims(&mut self, owner: &Object, pod: &str) -> Vec<Value> {
        let mut volumes = Vec::new();
        for template in owner.list("/spec/volumeClaimTemplates") {
            let Some(volume) = template.pointer("/metadata/name").and_then(Json::as_str) else {
                continue;
            };
            let name = format!("{volume}-{pod}");
            let key = Key::new("PersistentVolumeClaim", owner.namespace(), &name);
            if self.store.get(&key).is_none() {
                let labels = owner.at("/spec/selector/matchLabels").cloned();
                self.create(Object::new(json!({
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "metadata": {
                        "name": name,
                        "namespace": owner.namespace(),
                        "labels": labels.unwrap_or_else(|| json!({}).into()),
                    },
                    "spec": template.get("spec").cloned().unwrap_or_default(),
                    "status": {"phase": "Pending"},
                })));
                let message = format!(
                    "create Claim {name} Pod {pod} in StatefulSet {} success",
                    owner.name()
                );
                self.emit(owner, controllers("SuccessfulCreate", &message, CONTROLLER));
            }
            volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": name}}));
        }
        volumes
    }

    fn stateful_set_status(&mut self, key: &Key, revision: &str) {
        let Some(owner) = self.store.get(key).cloned() else {
            return;
        };
        let tally = self.tally(&owner);
        let updated = self
            .active_pods(&owner)
            .filter(|pod| hash(pod) == revision)
            .count();
        let updated = u64::try_from(updated).unwrap_or(u64::MAX);
        let before = owner.text("/status/currentRevision");
        let through = updated == tally.all && tally.ready == tally.all;
        let current = if before.is_empty() || through {
            revision
        } else {
            before
        }
        .to_owned();
        let of_current = if current == revision {
            updated
        } else {
            tally.all.saturating_sub(updated)
        };
        self.update(key, |object| {
            let mut status = json!({
                "observedGeneration": owner.generation(),
                "replicas": tally.all,
                "availableReplicas": tally.available,
                "collisionCount": 0,
                "currentRevision": current,
                "updateRevision": revision,
            });
            for (field, count) in [
                ("readyReplicas", tally.ready),
                ("currentReplicas", of_current),
                ("updatedReplicas", updated),
            ] {
                if count > 0 {
                    set(&mut status, &[field], json!(count));
                }
            }
            set(object, &["status"], status);
        });
        self.wake_at(key, tally.next);
    }
}

/// What a revision of the template is called.
fn revision(set: &Object) -> String {
    let template = set.at("/spec/template").unwrap_or(&Json::Null);
    format!("{}-{}", set.name(), template_hash(template))
}

/// The hash of a template in a controller's letters.
pub(super) fn template_hash(template: &Json) -> String {
    let digest = Digest::of(
        "kintsugi.memory.template.v1",
        &[&canonical::canonical(&template.to_value())],
    );
    letters(&digest.to_string(), 10)
}

fn hash(pod: &Object) -> &str {
    let labels = pod.at("/metadata/labels");
    labels
        .and_then(|labels| labels.get(REVISION))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

fn ended(pod: &Object) -> bool {
    matches!(pod.text("/status/phase"), "Succeeded" | "Failed")
}

fn ordinal(set: &Object, pod: &Object) -> Option<u64> {
    let rest = pod.name().strip_prefix(set.name())?;
    rest.strip_prefix('-')?.parse().ok()
}
