//! How a Deployment's rollout stands.

use model::{Look, Observation, PodSeen, Progress};

use crate::container::{condition, containers, pod_ready, pod_trouble, text};
use crate::revision::{caught_up, count};
use crate::{Json, Object, Snapshot, pods_of};

/// A Deployment as the snapshot shows it.
///
/// Counts come from the controller's status and readiness of each pod from the pods themselves, so
/// that a status which nobody keeps up any more cannot pass for health. Pods being deleted are left
/// out.
#[must_use]
pub fn observe(snapshot: &Snapshot, deployment: &Object, look: Look) -> Observation {
    let pods = pods_of(snapshot, deployment)
        .into_iter()
        .filter(|pod| pod.at("/metadata/deletionTimestamp").is_none())
        .map(|pod| PodSeen {
            name: pod.name().to_owned(),
            uid: pod.uid().to_owned(),
            ready: pod_ready(pod),
            restarts: containers(pod)
                .map(|container| container.restarts())
                .fold(0, u32::saturating_add),
            trouble: pod_trouble(pod),
        })
        .collect();
    Observation {
        look,
        generation: deployment.generation(),
        revision: deployment
            .annotation("deployment.kubernetes.io/revision")
            .and_then(|number| number.parse().ok()),
        progress: progress(deployment),
        desired: desired(deployment),
        updated: count(deployment, "/status/updatedReplicas"),
        ready: count(deployment, "/status/readyReplicas"),
        pods,
    }
}

/// How many pods a workload wants; one if its spec leaves it open.
#[must_use]
pub fn desired(workload: &Object) -> u32 {
    match workload.at("/spec/replicas") {
        None | Some(Json::Null) => 1,
        Some(_) => count(workload, "/spec/replicas"),
    }
}

/// How a Deployment's rollout stands, as `kubectl rollout status` reads it.
#[must_use]
pub fn progress(deployment: &Object) -> Progress {
    if !caught_up(deployment) {
        return Progress::Underway;
    }
    let desired = desired(deployment);
    let updated = count(deployment, "/status/updatedReplicas");
    let replicas = count(deployment, "/status/replicas");
    let available = count(deployment, "/status/availableReplicas");
    if updated >= desired && replicas <= updated && available >= desired {
        return Progress::Complete;
    }
    let given_up = condition(deployment, "Progressing").is_some_and(|progressing| {
        text(progressing, "/status") == "False"
            && text(progressing, "/reason") == "ProgressDeadlineExceeded"
    });
    if given_up {
        Progress::Stalled
    } else {
        Progress::Underway
    }
}
