//! What belongs to a workload: its owner upwards, its ReplicaSets and pods downwards.

use model::ObjectRef;

use crate::{Json, Object, Snapshot};

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

/// The next pod of a workload as its template has it, without a name; a pod is its own. What makes
/// no pods, or was not seen to, has none.
#[must_use]
pub fn next_pod(workload: &Object) -> Option<Object> {
    let template = match workload.kind() {
        "Pod" => return Some(workload.clone()),
        "CronJob" => "/spec/jobTemplate/spec/template",
        _ => "/spec/template",
    };
    let mut pod = Object::new(workload.at(template)?.clone());
    pod.set(&["kind"], "Pod");
    pod.set(&["metadata", "namespace"], workload.namespace());
    Some(pod)
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

/// The object that a finding about another hangs on: the topmost controller that is known, if only
/// by its name, or the object itself. A pod of the kubelet's own (its controller is the node)
/// stands for itself.
#[must_use]
pub fn home_of(snapshot: &Snapshot, object: &Object) -> ObjectRef {
    let top = owner_of(snapshot, object).unwrap_or(object);
    let named = top
        .list("/metadata/ownerReferences")
        .iter()
        .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true));
    let text = |owner: &Json, field: &str| {
        owner
            .get(field)
            .and_then(Json::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match named {
        // A built-in kind, which a reading that lacks the kind still names rightly.
        Some(owner) if WORKLOADS.contains(&text(owner, "kind").as_str()) => {
            ObjectRef::new(&text(owner, "kind"), top.namespace(), &text(owner, "name"))
        }
        Some(_) | None => top.reference(),
    }
}

/// The controllers that come with Kubernetes.
pub const WORKLOADS: &[&str] = &[
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];
