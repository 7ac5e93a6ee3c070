//! Whether a workload has fewer pods than it wants although nothing keeps its controller from making
//! them: for how long, so that a controller which is only at work is not taken for one that cannot.
//!
//! Why it cannot is for [`crate::admission`], where the API server's own words are gone.

use crate::container::{condition, pod_ready, text};
use crate::revision::{caught_up, count};
use crate::subject::Scene;
use crate::{Json, Object, pods_of, replica_sets_of};

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
        || deployment.at("/spec/paused").and_then(Json::as_bool) == Some(true)
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
    // With `minReadySeconds` it waits on, until the pod has been ready for long enough.
    let settled = workload.int("/spec/minReadySeconds").unwrap_or(0) == 0
        || as_size(count(workload, "/status/availableReplicas")) >= pods.len();
    pods.len() < as_size(crate::rollout::desired(workload))
        && (parallel || !caught_up(workload) || settled && pods.iter().all(|pod| pod_ready(pod)))
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
        && job.at("/spec/suspend").and_then(Json::as_bool) != Some(true)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Complete, Snapshot};
    use serde_json::{Value, json};

    const NOW: &str = "2026-11-21T10:00:00Z";
    const BEFORE: &str = "2026-11-21T09:50:00Z";

    /// For how long a StatefulSet of three pods with only its first is short.
    fn short(change: fn(&mut Value, &mut Value), known: bool) -> Option<i64> {
        let mut set = json!({
            "kind": "StatefulSet",
            "metadata": {"name": "db", "namespace": "shop", "uid": "1", "creationTimestamp": BEFORE},
            "spec": {"replicas": 3},
            "status": {"availableReplicas": 1}
        });
        let mut pod = json!({
            "kind": "Pod",
            "metadata": {
                "name": "db-0", "namespace": "shop", "uid": "2", "creationTimestamp": BEFORE,
                "ownerReferences": [{"kind": "StatefulSet", "name": "db", "uid": "1", "controller": true}]
            },
            "status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": BEFORE}
            ]}
        });
        change(&mut set, &mut pod);
        let set = Object::new(set);
        let mut snapshot = Snapshot::new(vec![set.clone(), Object::new(pod)], Complete::new())
            .taken_at(model::Timestamp::parse(NOW).unwrap());
        if known {
            snapshot.mark_complete("Pod", None);
        }
        short_for(Scene::new(&snapshot), &set)
    }

    #[test]
    fn a_set_whose_next_pod_is_not_made_is_short_since_anything_changed() {
        assert_eq!(short(|_, _| {}, true), Some(600));
        let scaled = |set: &mut Value, _: &mut Value| {
            set["metadata"]["managedFields"] =
                json!([{"manager": "kubectl", "time": "2026-11-21T09:59:40Z"}]);
        };
        assert_eq!(short(scaled, true), Some(20));
    }

    #[test]
    fn a_set_that_waits_for_a_pod_is_not_short_of_the_next() {
        let waits: [fn(&mut Value, &mut Value); 4] = [
            |_, pod| pod["status"]["conditions"][0]["status"] = json!("False"),
            |_, pod| pod["metadata"]["deletionTimestamp"] = json!(BEFORE),
            |set, _| {
                set["spec"]["minReadySeconds"] = json!(3600);
                set["status"]["availableReplicas"] = json!(0);
            },
            |set, _| set["spec"]["replicas"] = json!(1),
        ];
        for wait in waits {
            assert_eq!(short(wait, true), Some(0));
        }
    }

    #[test]
    fn of_pods_that_were_not_read_nothing_is_known() {
        assert_eq!(short(|_, _| {}, false), None);
    }
}
