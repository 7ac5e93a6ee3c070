//! The Deployment controller's status: counts, and the conditions Available and Progressing.

use facts::{Json, Object};
use model::Millis;
use serde_json::json;

use super::conditions::{self, Condition, Tells};
use super::replica_set::{REPLICA_FAILURE, replica_failure};
use super::replicas::{complete, desired, limits, status};
use super::store::{Key, set};
use super::world::World;

impl World {
    /// Writes the status of a Deployment.
    pub(super) fn deployment_status(&mut self, key: &Key, paused: bool) {
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
        let refusal = all()
            .filter_map(|set| conditions::told(set, REPLICA_FAILURE))
            .filter_map(|found| found.get("message")?.as_str())
            .next_back()
            .map(str::to_owned);
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
                conditions::put(object, available, &now, Tells::Update);
            }
            match &refusal {
                Some(message) => {
                    let failure = replica_failure(message);
                    if !conditions::stands(object, failure) {
                        conditions::put(object, failure, &now, Tells::Update);
                    }
                }
                None => conditions::drop(object, REPLICA_FAILURE),
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
        let reason = conditions::told(&after, "Progressing")
            .and_then(|there| there.get("reason"))
            .and_then(Json::as_str)
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
            self.update(key, |object| conditions::drop(object, "Progressing"));
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
            self.wake_after(key, Millis(left.0.saturating_add(1)));
        }
    }

    /// Writes the Progressing condition, and notes when.
    pub(super) fn progress(&mut self, key: &Key, status: &str, reason: &str, message: &str) {
        let now = self.stamp();
        self.update(key, |object| {
            let condition = Condition {
                kind: "Progressing",
                status,
                reason,
                message,
            };
            conditions::put(object, condition, &now, Tells::Update);
        });
        if let Some(deployment) = self.store.get(key) {
            let uid = deployment.uid().to_owned();
            self.progressed.insert(uid, self.now);
        }
    }
}

/// Whether a rollout has come forward between two looks.
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
