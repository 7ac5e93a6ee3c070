//! What belongs to a workload: its owner upwards, its ReplicaSets and pods downwards.

use crate::{Object, Snapshot};

/// How many controllers may stand above one another: CronJob, Job and pod make three, custom
/// resources add a few; more is a loop.
const DEPTH: usize = 8;

/// The topmost controller of an object that the snapshot holds: the Deployment of a pod, not its
/// ReplicaSet. None if it has no controller or the snapshot does not hold it.
#[must_use]
pub fn owner_of<'a>(snapshot: &'a Snapshot, object: &Object) -> Option<&'a Object> {
    let mut owner = snapshot.by_uid(object.controller()?)?;
    for _ in 0..DEPTH {
        match owner.controller().and_then(|uid| snapshot.by_uid(uid)) {
            Some(above) => owner = above,
            None => break,
        }
    }
    Some(owner)
}

/// The pods of a workload, through whatever stands between, by name. Pods being deleted are among
/// them.
#[must_use]
pub fn pods_of<'a>(snapshot: &'a Snapshot, workload: &Object) -> Vec<&'a Object> {
    let mut pods = Vec::new();
    let mut level: Vec<&str> = vec![workload.uid()];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for object in level.iter().flat_map(|uid| snapshot.controlled_by(uid)) {
            if object.kind() == "Pod" {
                pods.push(object);
            } else if !object.uid().is_empty() {
                next.push(object.uid());
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    pods.sort_by(|a, b| a.name().cmp(b.name()));
    pods
}

/// The ReplicaSets of a Deployment, by name.
#[must_use]
pub fn replica_sets_of<'a>(snapshot: &'a Snapshot, deployment: &Object) -> Vec<&'a Object> {
    let mut sets: Vec<_> = snapshot
        .controlled_by(deployment.uid())
        .filter(|object| object.kind() == "ReplicaSet")
        .collect();
    sets.sort_by(|a, b| a.name().cmp(b.name()));
    sets
}
