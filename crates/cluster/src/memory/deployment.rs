//! The Deployment controller: revisions and rolling updates.
//!
//! It follows the real controller step by step, so that what a rollback or a stuck rollout looks
//! like here is what it looks like there.

use facts::revision::{REVISION, TEMPLATE_HASH, bare_template, number};
use facts::{Json, LAST_APPLIED, Object};
use model::{Digest, json as canonical};
use serde_json::{Value, json};

use super::replica_set::{controllers, owner_reference};
use super::replicas::{available, complete, desired, limits, new_replicas, spec_replicas};
use super::store::{Key, letters, set};
use super::world::World;

const CONTROLLER: &str = "deployment-controller";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// A Deployment with its ReplicaSets, as one look finds them.
pub(super) struct Found {
    pub(super) deployment: Object,
    /// The one whose template is the Deployment's.
    pub(super) new: Option<Object>,
    /// The others, oldest first.
    pub(super) old: Vec<Object>,
}

impl World {
    /// Looks at one Deployment.
    pub(super) fn sync_deployment(&mut self, key: &Key) {
        let paused = match self.store.get(key) {
            Some(deployment) => is_paused(deployment),
            None => return,
        };
        let Some(found) = self.find(key) else { return };
        if paused || scales(&found) {
            self.sync_revision(&found, false);
            if let Some(found) = self.find(key) {
                self.scale_in_proportion(&found);
            }
        } else {
            self.sync_revision(&found, true);
            self.roll(key);
        }
        self.deployment_status(key, paused);
    }

    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        let deployment = self.store.get(key)?.clone();
        let wanted = bare_template(deployment.at("/spec/template").unwrap_or(&Json::Null));
        let mut sets: Vec<Object> = self
            .store
            .owned(deployment.uid(), "ReplicaSet")
            .cloned()
            .collect();
        sets.sort_by(|a, b| (number(a), a.name()).cmp(&(number(b), b.name())));
        let same =
            |set: &Object| bare_template(set.at("/spec/template").unwrap_or(&Json::Null)) == wanted;
        let new = sets.iter().position(same).map(|at| sets.remove(at));
        Some(Found {
            deployment,
            new,
            old: sets,
        })
    }

    /// Keeps the revision numbers right, and makes the new ReplicaSet if there is none and it may.
    fn sync_revision(&mut self, found: &Found, may_make: bool) {
        let latest = found.old.iter().map(number).max().unwrap_or(0);
        let revision = latest + 1;
        let deployment = &found.deployment;
        match &found.new {
            Some(set) => {
                let before = number(set);
                let revision = revision.max(before);
                let copied = copied_annotations(deployment);
                self.update(&Key::of(set), |object| {
                    for (name, value) in copied {
                        annotate(object, &name, value);
                    }
                    if before != revision {
                        let past = object
                            .pointer("/metadata/annotations")
                            .and_then(|all| all.get(HISTORY))
                            .and_then(Value::as_str)
                            .map_or(before.to_string(), |past| format!("{past},{before}"));
                        annotate(object, HISTORY, json!(past));
                        annotate(object, REVISION, json!(revision.to_string()));
                    }
                });
                self.number_deployment(deployment, revision);
            }
            None if may_make => {
                self.make_replica_set(found, revision);
                self.number_deployment(deployment, revision);
            }
            None => {}
        }
    }

    fn number_deployment(&mut self, deployment: &Object, revision: u64) {
        self.update(&Key::of(deployment), |object| {
            annotate(object, REVISION, json!(revision.to_string()));
        });
    }

    fn make_replica_set(&mut self, found: &Found, revision: u64) {
        let deployment = &found.deployment;
        let template = bare_template(deployment.at("/spec/template").unwrap_or(&Json::Null));
        let digest = Digest::of(
            "kintsugi.memory.template.v1",
            &[&canonical::canonical(&template.to_value())],
        );
        let hash = letters(&digest.to_string(), 10);
        let name = format!("{}-{hash}", deployment.name());
        let hashed = || Json::from(hash.as_str());
        let template = template.with(&["metadata", "labels", TEMPLATE_HASH], hashed());
        let selector = deployment.at("/spec/selector").unwrap_or(&Json::Null);
        let selector = selector.with(&["matchLabels", TEMPLATE_HASH], hashed());
        let labels = template.pointer("/metadata/labels").cloned();
        let rest: u64 = found.old.iter().map(spec_replicas).sum();
        let replicas = new_replicas(deployment, 0, rest);
        let mut annotations = json!({});
        for (name, value) in copied_annotations(deployment) {
            set(&mut annotations, &[&name], value);
        }
        for (name, value) in [
            (REVISION, revision),
            (DESIRED, desired(deployment)),
            (MAXIMUM, desired(deployment) + limits(deployment).0),
        ] {
            set(&mut annotations, &[name], json!(value.to_string()));
        }
        let mut spec = json!({"replicas": replicas, "selector": selector, "template": template});
        if let Some(seconds) = deployment.at("/spec/minReadySeconds") {
            set(&mut spec, &["minReadySeconds"], seconds.clone());
        }
        self.create(Object::new(json!({
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": deployment.namespace(),
                "labels": labels,
                "annotations": annotations,
                "ownerReferences": [owner_reference("apps/v1", deployment)],
            },
            "spec": spec,
            "status": {"replicas": 0},
        })));
        if replicas > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {replicas}");
            self.emit(
                deployment,
                controllers("ScalingReplicaSet", &message, CONTROLLER),
            );
        }
        let message = format!("Created new replica set \"{name}\"");
        self.progress(
            &Key::of(deployment),
            "True",
            "NewReplicaSetCreated",
            &message,
        );
    }

    /// One step of a rollout: the new ReplicaSet up, or the old ones down.
    fn roll(&mut self, key: &Key) {
        let Some(found) = self.find(key) else { return };
        let Some(new) = found.new.clone() else { return };
        let deployment = &found.deployment;
        let wanted = desired(deployment);
        let old_pods: u64 = found.old.iter().map(spec_replicas).sum();
        if deployment.text("/spec/strategy/type") == "Recreate" {
            for set in &found.old {
                self.scale(deployment, set, 0);
            }
            let left = found.old.iter().any(|set| {
                self.store.owned(set.uid(), "Pod").next().is_some() || spec_replicas(set) > 0
            });
            if !left {
                self.scale(deployment, &new, wanted);
                self.clean_up(&found);
            }
            return;
        }
        let replicas = new_replicas(deployment, spec_replicas(&new), old_pods);
        if replicas != spec_replicas(&new) {
            self.scale(deployment, &new, replicas);
            return;
        }
        if old_pods > 0 {
            self.scale_old_down(&found, &new);
            return;
        }
        if complete(deployment) {
            self.clean_up(&found);
        }
    }

    fn scale_old_down(&mut self, found: &Found, new: &Object) {
        let deployment = &found.deployment;
        let least = desired(deployment).saturating_sub(limits(deployment).1);
        let all: u64 = spec_replicas(new) + found.old.iter().map(spec_replicas).sum::<u64>();
        let unavailable = spec_replicas(new).saturating_sub(available(new));
        let mut budget = all.saturating_sub(least + unavailable);
        if budget == 0 {
            return;
        }
        let mut sizes: Vec<u64> = found.old.iter().map(spec_replicas).collect();
        // Pods that do not work go first: they keep nothing up.
        for (set, size) in found.old.iter().zip(&mut sizes) {
            let sick = size.saturating_sub(available(set)).min(budget);
            *size -= sick;
            budget -= sick;
        }
        let up: u64 = available(new) + found.old.iter().map(available).sum::<u64>();
        let mut spare = up.saturating_sub(least);
        for size in &mut sizes {
            let down = (*size).min(spare);
            *size -= down;
            spare -= down;
        }
        for (set, size) in found.old.iter().zip(sizes) {
            self.scale(deployment, set, size);
        }
    }

    /// Follows a change of the number of replicas: in the middle of a rollout each ReplicaSet takes
    /// its share, the newest what is left over.
    fn scale_in_proportion(&mut self, found: &Found) {
        let deployment = &found.deployment;
        let wanted = desired(deployment);
        let mut live: Vec<&Object> = found
            .old
            .iter()
            .chain(found.new.as_ref())
            .filter(|set| spec_replicas(set) > 0)
            .collect();
        if live.len() < 2 {
            let only = live.pop().or(found.new.as_ref()).or(found.old.last());
            if let Some(set) = only {
                self.scale(deployment, set, wanted);
            }
            return;
        }
        let total: u64 = live.iter().map(|set| spec_replicas(set)).sum();
        let allowed = if wanted > 0 {
            wanted + limits(deployment).0
        } else {
            0
        };
        let mut left = allowed;
        let last = live.len() - 1;
        for (index, set) in live.into_iter().enumerate() {
            let share = spec_replicas(set) * allowed / total.max(1);
            let size = if index == last { left } else { share.min(left) };
            left -= size;
            self.scale(deployment, set, size);
        }
    }

    fn scale(&mut self, deployment: &Object, of: &Object, size: u64) {
        let before = spec_replicas(of);
        let wanted = desired(deployment);
        let most = wanted + limits(deployment).0;
        let key = Key::of(of);
        self.update(&key, |object| {
            if before != size {
                set(object, &["spec", "replicas"], json!(size));
                let generation = object
                    .pointer("/metadata/generation")
                    .and_then(Value::as_i64)
                    .unwrap_or(0);
                set(object, &["metadata", "generation"], json!(generation + 1));
            }
            annotate(object, DESIRED, json!(wanted.to_string()));
            annotate(object, MAXIMUM, json!(most.to_string()));
        });
        if before == size {
            return;
        }
        let way = if size > before { "up" } else { "down" };
        let message = format!(
            "Scaled {way} replica set {} from {before} to {size}",
            of.name()
        );
        self.emit(
            deployment,
            controllers("ScalingReplicaSet", &message, CONTROLLER),
        );
        self.wake(&key);
    }

    /// Removes the oldest ReplicaSets that are scaled to nothing, beyond the history's limit.
    fn clean_up(&mut self, found: &Found) {
        let limit = found
            .deployment
            .int("/spec/revisionHistoryLimit")
            .unwrap_or(10);
        let limit = usize::try_from(limit).unwrap_or(0);
        let empty: Vec<Object> = found
            .old
            .iter()
            .filter(|set| spec_replicas(set) == 0 && set.int("/status/replicas").unwrap_or(0) == 0)
            .cloned()
            .collect();
        for set in empty.iter().take(empty.len().saturating_sub(limit)) {
            self.remove(set);
        }
    }
}

/// Whether the newest spec asks for another number of replicas than the ReplicaSets were last given.
fn scales(found: &Found) -> bool {
    let wanted = desired(&found.deployment).to_string();
    found
        .old
        .iter()
        .chain(found.new.as_ref())
        .filter(|set| spec_replicas(set) > 0)
        .any(|set| set.annotation(DESIRED).is_some_and(|was| was != wanted))
}

fn is_paused(deployment: &Object) -> bool {
    deployment.at("/spec/paused") == Some(&Json::Bool(true))
}

/// The annotations that the controller copies from a Deployment to its new ReplicaSet.
fn copied_annotations(deployment: &Object) -> Vec<(String, Value)> {
    deployment
        .at("/metadata/annotations")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| ![REVISION, HISTORY, DESIRED, MAXIMUM, LAST_APPLIED].contains(name))
        .map(|(name, value)| ((*name).to_owned(), value.to_value()))
        .collect()
}

fn annotate(object: &mut Value, name: &str, value: Value) {
    set(object, &["metadata", "annotations", name], value);
}
