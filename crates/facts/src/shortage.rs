//! Whether a workload has fewer pods than it wants although nothing keeps its controller from making
//! them: for how long, so that a controller which is only at work is not taken for one that cannot.
//!
//! Why it cannot is for [`crate::admission`], where the API server's own words are gone.

use serde_json::Value;

use crate::container::{condition, pod_ready, text};
use crate::revision::{caught_up, count};
use crate::subject::Scene;
use crate::{Object, pods_of, replica_sets_of};

/// For how many seconds at least a workload has been short of pods without one being made; 0 if it
/// is not, `None` if that cannot be known.
pub(crate) fn short_for(scene: Scene<'_>, workload: &Object) -> Option<i64> {
    if !scene.snapshot.is_complete("Pod", workload.namespace()) {
        return None;
    }
    let pods = pods_of(scene.snapshot, workload);
    let leaving = pods
        .iter()
        .any(|pod| pod.at("/metadata/deletionTimestamp").is_some());
    if leaving || workload.at("/metadata/deletionTimestamp").is_some() {
        return Some(0);
    }
    let short = match workload.kind() {
        "Deployment" => deployment(scene, workload),
        "StatefulSet" => stateful(workload, &pods),
        "DaemonSet" => pods.len() < as_size(count(workload, "/status/desiredNumberScheduled")),
        "ReplicaSet" => pods.len() < as_size(crate::rollout::desired(workload)),
        "Job" => job(workload, &pods),
        _ => false,
    };
    if !short {
        return Some(0);
    }
    let sets = replica_sets_of(scene.snapshot, workload);
    // A node that has only just joined wants its pods of DaemonSets, too.
    let nodes = scene
        .snapshot
        .of_kind("Node", None)
        .filter(|_| workload.kind() == "DaemonSet");
    let ready = pods.iter().filter_map(|pod| {
        let ready = condition(pod, "Ready")?;
        scene.since(text(ready, "/lastTransitionTime"))
    });
    let written = workload
        .list("/metadata/managedFields")
        .iter()
        .filter_map(|writer| scene.since(text(writer, "/time")));
    std::iter::once(workload)
        .chain(sets)
        .chain(pods.iter().copied())
        .chain(nodes)
        .filter_map(|object| scene.age(object))
        .chain(ready)
        .chain(written)
        .min()
}

/// Short by a ReplicaSet that has not made its pods, or by one that was not made itself.
fn deployment(scene: Scene<'_>, deployment: &Object) -> bool {
    if crate::rollout::desired(deployment) == 0
        || deployment.at("/spec/paused").and_then(Value::as_bool) == Some(true)
        || !scene
            .snapshot
            .is_complete("ReplicaSet", deployment.namespace())
    {
        return false;
    }
    let sets = replica_sets_of(scene.snapshot, deployment);
    sets.is_empty()
        || sets
            .iter()
            .any(|set| pods_of(scene.snapshot, set).len() < as_size(count(set, "/spec/replicas")))
}

/// A StatefulSet makes one pod after the other: while one is not ready it rightly waits.
fn stateful(workload: &Object, pods: &[&Object]) -> bool {
    let parallel = workload.text("/spec/podManagementPolicy") == "Parallel";
    pods.len() < as_size(crate::rollout::desired(workload))
        && (parallel || !caught_up(workload) || pods.iter().all(|pod| pod_ready(pod)))
}

/// A Job that has never had a pod.
fn job(job: &Object, pods: &[&Object]) -> bool {
    let none = ["active", "succeeded", "failed", "ready", "terminating"]
        .into_iter()
        .all(|field| count(job, &format!("/status/{field}")) == 0);
    let ended = [
        "Complete",
        "Failed",
        "Suspended",
        "SuccessCriteriaMet",
        "FailureTarget",
    ]
    .into_iter()
    .any(|kind| condition(job, kind).is_some_and(|condition| text(condition, "/status") == "True"));
    pods.is_empty()
        && none
        && !ended
        && job.at("/spec/suspend").and_then(Value::as_bool) != Some(true)
        && job.int("/spec/completions") != Some(0)
        && matches!(
            job.text("/spec/managedBy"),
            "" | "kubernetes.io/job-controller"
        )
        && job.int("/spec/parallelism") != Some(0)
}

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
