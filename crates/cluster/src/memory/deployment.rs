//! The Deployment controller: revisions, rolling updates, conditions.
//!
//! It follows the real controller step by step, so that what a rollback or a stuck rollout looks
//! like here is what it looks like there.

use facts::Object;
use facts::revision::{REVISION, TEMPLATE_HASH, bare_template, caught_up, number};
use model::{Digest, json as canonical};
use serde_json::{Value, json};

use super::conditions::{self, Condition};
use super::replica_set::{controllers, owner_reference};
use super::store::{Key, letters, set, unset};
use super::world::World;

const CONTROLLER: &str = "deployment-controller";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A Deployment with its ReplicaSets, as one look finds them.
struct Found {
    deployment: Object,
    /// The one whose template is the Deployment's.
    new: Option<Object>,
    /// The others, oldest first.
    old: Vec<Object>,
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

    fn find(&self, key: &Key) -> Option<Found> {
        let deployment = self.store.get(key)?.clone();
        let wanted = bare_template(deployment.at("/spec/template").unwrap_or(&Value::Null));
        let mut sets: Vec<Object> = self
            .store
            .owned(deployment.uid(), "ReplicaSet")
            .cloned()
            .collect();
        sets.sort_by(|a, b| (number(a), a.name()).cmp(&(number(b), b.name())));
        let same = |set: &Object| {
            bare_template(set.at("/spec/template").unwrap_or(&Value::Null)) == wanted
        };
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
        let template = bare_template(deployment.at("/spec/template").unwrap_or(&Value::Null));
        let digest = Digest::of(
            "kintsugi.memory.template.v1",
            &[&canonical::canonical(&template)],
        );
        let hash = letters(&digest.to_string(), 10);
        let name = format!("{}-{hash}", deployment.name());
        let mut template = template;
        set(
            &mut template,
            &["metadata", "labels", TEMPLATE_HASH],
            json!(hash),
        );
        let mut selector = deployment.at("/spec/selector").cloned().unwrap_or_default();
        set(&mut selector, &["matchLabels", TEMPLATE_HASH], json!(hash));
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

    fn deployment_status(&mut self, key: &Key, paused: bool) {
        let Some(found) = self.find(key) else { return };
        let deployment = &found.deployment;
        let before = deployment.clone();
        let all = || found.old.iter().chain(found.new.as_ref());
        let sum = |field: &str| -> u64 { all().map(|set| status(set, field)).sum() };
        let updated = found.new.as_ref().map_or(0, |new| status(new, "replicas"));
        let (replicas, ready, up) = (
            sum("replicas"),
            sum("readyReplicas"),
            sum("availableReplicas"),
        );
        let wanted = desired(deployment);
        let enough = up >= wanted.saturating_sub(limits(deployment).1);
        let generation = deployment.generation();
        let now = self.stamp();
        self.update(key, |object| {
            let conditions = object.pointer("/status/conditions").cloned();
            let mut status = json!({"observedGeneration": generation});
            for (field, count) in [
                ("replicas", replicas),
                ("updatedReplicas", updated),
                ("readyReplicas", ready),
                ("availableReplicas", up),
                (
                    "unavailableReplicas",
                    wanted.max(replicas).saturating_sub(up),
                ),
            ] {
                if count > 0 {
                    set(&mut status, &[field], json!(count));
                }
            }
            if let Some(conditions) = conditions {
                set(&mut status, &["conditions"], conditions);
            }
            set(object, &["status"], status);
            let available = if enough {
                Condition {
                    kind: "Available",
                    status: "True",
                    reason: "MinimumReplicasAvailable",
                    message: "Deployment has minimum availability.",
                }
            } else {
                Condition {
                    kind: "Available",
                    status: "False",
                    reason: "MinimumReplicasUnavailable",
                    message: "Deployment does not have minimum availability.",
                }
            };
            if !conditions::stands(object, available) {
                conditions::put(object, available, &now, true);
            }
        });
        self.judge_progress(key, &before, found.new.as_ref(), paused);
        if self.store.get(key).is_some_and(|after| *after != before) {
            // The real controller sees its own write and looks again.
            self.wake(key);
        }
    }

    fn judge_progress(&mut self, key: &Key, before: &Object, new: Option<&Object>, paused: bool) {
        let Some(after) = self.store.get(key).cloned() else {
            return;
        };
        let reason = conditions::find(after.value(), "Progressing")
            .and_then(|there| there.get("reason"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if paused {
            if reason != "DeploymentPaused" {
                self.progress(key, "Unknown", "DeploymentPaused", "Deployment is paused");
            }
            return;
        }
        if reason == "DeploymentPaused" {
            self.progress(key, "Unknown", "DeploymentResumed", "Deployment is resumed");
        }
        let Some(seconds) = after.int("/spec/progressDeadlineSeconds") else {
            self.update(key, |object| drop_condition(object, "Progressing"));
            return;
        };
        let name = new.map_or(after.name(), Object::name);
        let what = if new.is_some() {
            "ReplicaSet"
        } else {
            "Deployment"
        };
        if complete(&after) {
            if reason != "NewReplicaSetAvailable" {
                let message = format!("{what} \"{name}\" has successfully progressed.");
                self.progress(key, "True", "NewReplicaSetAvailable", &message);
            }
            return;
        }
        if progressed(before, &after) {
            let message = format!("{what} \"{name}\" is progressing.");
            self.progress(key, "True", "ReplicaSetUpdated", &message);
        } else if reason == "NewReplicaSetAvailable" || reason == "ProgressDeadlineExceeded" {
            return;
        }
        let deadline = self.pace.seconds(u64::try_from(seconds).unwrap_or(0));
        let since = self
            .progressed
            .get(after.uid())
            .copied()
            .unwrap_or(self.now);
        let until = since.plus(deadline);
        if until < self.now {
            let message = format!("{what} \"{name}\" has timed out progressing.");
            self.progress(key, "False", "ProgressDeadlineExceeded", &message);
        } else {
            let left = until.since(self.now);
            self.wake_after(key, model::Millis(left.0.saturating_add(1)));
        }
    }

    /// Writes the Progressing condition, and notes when.
    fn progress(&mut self, key: &Key, status: &str, reason: &str, message: &str) {
        let now = self.stamp();
        self.update(key, |object| {
            let condition = Condition {
                kind: "Progressing",
                status,
                reason,
                message,
            };
            conditions::put(object, condition, &now, true);
        });
        if let Some(deployment) = self.store.get(key) {
            let uid = deployment.uid().to_owned();
            self.progressed.insert(uid, self.now);
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
    deployment.at("/spec/paused") == Some(&Value::Bool(true))
}

fn complete(deployment: &Object) -> bool {
    let wanted = desired(deployment);
    status(deployment, "updatedReplicas") == wanted
        && status(deployment, "replicas") == wanted
        && status(deployment, "availableReplicas") == wanted
        && caught_up(deployment)
}

fn progressed(before: &Object, after: &Object) -> bool {
    let old = |object: &Object| {
        status(object, "replicas").saturating_sub(status(object, "updatedReplicas"))
    };
    let rose = |field: &str| status(after, field) > status(before, field);
    rose("updatedReplicas")
        || rose("readyReplicas")
        || rose("availableReplicas")
        || old(after) < old(before)
}

/// How many pods more and how many fewer than wanted there may be.
fn limits(deployment: &Object) -> (u64, u64) {
    if deployment.text("/spec/strategy/type") == "Recreate" {
        return (0, 0);
    }
    let wanted = desired(deployment);
    let part = |field: &str, up: bool| {
        let value = deployment.at(&format!("/spec/strategy/rollingUpdate/{field}"));
        match value {
            Some(Value::String(percent)) => {
                let percent: u64 = percent.trim_end_matches('%').parse().unwrap_or(25);
                let hundredths = wanted.saturating_mul(percent);
                if up {
                    hundredths.div_ceil(100)
                } else {
                    hundredths / 100
                }
            }
            Some(other) => other.as_u64().unwrap_or(0),
            None => 0,
        }
    };
    match (part("maxSurge", true), part("maxUnavailable", false)) {
        // With neither a rollout could not move at all.
        (0, 0) => (0, 1),
        (surge, unavailable) => (surge, unavailable.min(wanted)),
    }
}

/// How many pods the new ReplicaSet may have now.
fn new_replicas(deployment: &Object, present: u64, others: u64) -> u64 {
    let wanted = desired(deployment);
    if deployment.text("/spec/strategy/type") == "Recreate" {
        return if others == 0 { wanted } else { present };
    }
    if present > wanted {
        return wanted;
    }
    let most = wanted + limits(deployment).0;
    let room = most.saturating_sub(present + others);
    present + room.min(wanted.saturating_sub(present))
}

fn desired(deployment: &Object) -> u64 {
    u64::from(facts::rollout::desired(deployment))
}

fn spec_replicas(set: &Object) -> u64 {
    u64::try_from(set.int("/spec/replicas").unwrap_or(0)).unwrap_or(0)
}

fn available(set: &Object) -> u64 {
    status(set, "availableReplicas")
}

fn status(object: &Object, field: &str) -> u64 {
    object
        .at("/status")
        .and_then(|status| status.get(field))
        .and_then(Value::as_u64)
        .unwrap_or(0)
}

/// The annotations that the controller copies from a Deployment to its new ReplicaSet.
fn copied_annotations(deployment: &Object) -> Vec<(String, Value)> {
    deployment
        .at("/metadata/annotations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| {
            ![REVISION, HISTORY, DESIRED, MAXIMUM, LAST_APPLIED].contains(&name.as_str())
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn annotate(object: &mut Value, name: &str, value: Value) {
    set(object, &["metadata", "annotations", name], value);
}

fn drop_condition(object: &mut Value, kind: &str) {
    if conditions::find(object, kind).is_none() {
        return;
    }
    let left: Vec<Value> = object
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|condition| condition.get("type").and_then(Value::as_str) != Some(kind))
        .cloned()
        .collect();
    if left.is_empty() {
        unset(object, &["status", "conditions"]);
    } else {
        set(object, &["status", "conditions"], Value::Array(left));
    }
}
