//! What conditions see of a pod.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{
    condition, containers, first_line, one_line, pod_trouble, readiness, scheduled, text,
};

pub(super) const SCHEMA: Section = &[
    ("pod.name", Type::Text),
    ("pod.namespace", Type::Text),
    ("pod.phase", Type::Text),
    // The status' own reason and message: `Evicted`, `NodeShutdown`, `UnexpectedAdmissionError`.
    ("pod.reason", Type::Text),
    ("pod.message", Type::Text),
    // Unknown where only a part of it was seen; so is how long it has not been.
    ("pod.ready", Type::Bool),
    // Seconds since it was last ready, or since it was made; 0 if it is ready. A table does not tell
    // since when a pod that has run is not ready.
    ("pod.unready_for", Type::Int),
    ("pod.node", Type::Text),
    // Unknown where neither a condition nor a node was seen.
    ("pod.scheduled", Type::Bool),
    // Whether its spec was seen: of a pod in a table only its name and its state are known.
    ("pod.spec_seen", Type::Bool),
    // The scheduler's words while it is not scheduled, and its reason: `Unschedulable`,
    // `SchedulingGated`.
    ("pod.unscheduled_reason", Type::Text),
    ("pod.unscheduled_message", Type::Text),
    ("pod.deleting", Type::Bool),
    // Seconds over the time at which it should have been gone; 0 if it is not being deleted.
    ("pod.overdue", Type::Int),
    ("pod.finalizers", Type::Texts),
    ("pod.trouble", Type::Text),
    ("pod.age", Type::Int),
    // Seconds since it was made, or since a container of it last ended, whichever is less.
    ("pod.settled_for", Type::Int),
    // How many of its containers are ready, and how many it has, init containers left out.
    ("pod.ready_containers", Type::Int),
    ("pod.containers", Type::Int),
    ("pod.restart_policy", Type::Text),
    ("pod.service_account", Type::Text),
    ("pod.priority_class", Type::Text),
    ("pod.host_network", Type::Bool),
    ("pod.ip", Type::Text),
    // Whether every container is ready.
    ("pod.containers_ready", Type::Bool),
    // The readiness gates whose condition is not true, and what their conditions say.
    ("pod.gates_unmet", Type::Texts),
    ("pod.gate_message", Type::Text),
    ("pod.scheduling_gates", Type::Texts),
    // Whether a container of it has ever run.
    ("pod.started", Type::Bool),
    // The condition PodReadyToStartContainers: `False` while its sandbox or volumes are missing;
    // empty if there is none.
    ("pod.ready_to_start", Type::Text),
    // The newest warning about it of each sort that can stop it from starting; empty if its state
    // shows that it no longer holds.
    ("pod.mount_failure", Type::Text),
    ("pod.sandbox_failure", Type::Text),
    ("pod.attach_failure", Type::Text),
];

pub(super) fn data(scene: Scene<'_>, pod: &Object) -> Value {
    let placed = condition(pod, "PodScheduled");
    let scheduled = scheduled(pod);
    let ready = readiness(pod);
    let why = |field: &str| {
        placed
            .filter(|_| scheduled == Some(false))
            .map_or("", |placed| text(placed, field))
    };
    let unmet: Vec<(&str, &str)> = pod
        .list("/spec/readinessGates")
        .iter()
        .map(|gate| text(gate, "/conditionType"))
        .filter_map(|gate| match condition(pod, gate) {
            Some(met) if text(met, "/status") == "True" => None,
            Some(unmet) => Some((gate, text(unmet, "/message"))),
            None => Some((gate, "")),
        })
        .collect();
    let started = started(pod);
    let stuck = |reasons: &[&str]| match started || scheduled == Some(false) {
        true => String::new(),
        false => warning(scene, pod, reasons).unwrap_or_default(),
    };
    let deleting = pod.at("/metadata/deletionTimestamp").is_some();
    let deletion = pod.text("/metadata/deletionTimestamp");
    json!({
        "name": pod.name(),
        "namespace": pod.namespace(),
        "phase": pod.text("/status/phase"),
        "reason": pod.text("/status/reason"),
        "message": first_line(pod.text("/status/message")),
        "ready": ready,
        "unready_for": match ready {
            Some(true) => json!(0),
            Some(false) | None => unready_for(scene, pod).map(Value::from).unwrap_or_default(),
        },
        "node": pod.text("/spec/nodeName"),
        "scheduled": scheduled,
        "spec_seen": pod.list("/spec/containers").iter().any(|container| !text(container, "/image").is_empty()),
        "unscheduled_reason": why("/reason"),
        "unscheduled_message": why("/message"),
        "deleting": deleting,
        "overdue": if deleting { scene.since(deletion).map(Value::from).unwrap_or_default() } else { json!(0) },
        "finalizers": texts(pod.list("/metadata/finalizers"), ""),
        "trouble": pod_trouble(pod).unwrap_or_default(),
        "age": scene.age(pod),
        "settled_for": settled_for(scene, pod),
        "ready_containers": containers(pod).filter(|container| !container.init && container.ready()).count(),
        "containers": pod.list("/spec/containers").len(),
        "restart_policy": pod.text("/spec/restartPolicy"),
        "service_account": pod.text("/spec/serviceAccountName"),
        "priority_class": pod.text("/spec/priorityClassName"),
        "host_network": pod.at("/spec/hostNetwork").and_then(Json::as_bool).unwrap_or(false),
        "ip": pod.text("/status/podIP"),
        "containers_ready": match condition(pod, "ContainersReady") {
            Some(all) => json!(text(all, "/status") == "True"),
            None if ready.is_none() => Value::Null,
            None => json!(false),
        },
        "gates_unmet": unmet.iter().map(|(gate, _)| *gate).collect::<Vec<_>>(),
        "gate_message": unmet.iter().map(|(_, said)| *said).find(|said| !said.is_empty()).unwrap_or(""),
        "scheduling_gates": texts(pod.list("/spec/schedulingGates"), "/name"),
        "ready_to_start": condition(pod, "PodReadyToStartContainers").map_or("", |ready| text(ready, "/status")),
        "started": started,
        "mount_failure": stuck(&["FailedMount"]),
        "sandbox_failure": stuck(&["FailedCreatePodSandBox"]),
        "attach_failure": stuck(&["FailedAttachVolume"]),
    })
}

/// Whether a container of a pod, init containers included, has ever run.
fn started(pod: &Object) -> bool {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|list| pod.list(list))
        .any(|status| {
            [
                "/state/running",
                "/state/terminated",
                "/lastState/terminated",
            ]
            .into_iter()
            .any(|state| status.pointer(state).is_some())
        })
}

/// For how long nothing has begun or ended in a pod, as far as that was seen.
pub(super) fn settled_for(scene: Scene<'_>, pod: &Object) -> Option<i64> {
    let ended = containers(pod)
        .filter_map(|container| scene.since(text(container.last_end()?, "/finishedAt")))
        .min();
    let age = scene.age(pod)?;
    Some(ended.map_or(age, |ended| ended.min(age)))
}

/// The newest warning about an object with one of some reasons, its first line.
pub(super) fn warning(scene: Scene<'_>, object: &Object, reasons: &[&str]) -> Option<String> {
    newest_event(scene, object, reasons).map(|event| one_line(event.text("/message")))
}

/// The newest event about an object with one of some reasons.
pub(crate) fn newest_event<'a>(
    scene: Scene<'a>,
    object: &Object,
    reasons: &[&str],
) -> Option<&'a Object> {
    scene
        .snapshot
        .events_about(object.uid())
        .filter(|event| reasons.contains(&event.text("/reason")))
        .max_by_key(|event| crate::event::last_seen(event))
}

/// The texts of a list, each at a pointer.
pub(super) fn texts(list: &[Json], pointer: &str) -> Vec<String> {
    list.iter()
        .filter_map(|item| item.pointer(pointer)?.as_str())
        .map(str::to_owned)
        .collect()
}

/// How long a pod that should be ready has not been, in seconds; none if it is, or has ended, or if
/// that was not seen.
pub(super) fn unready_for(scene: Scene<'_>, pod: &Object) -> Option<i64> {
    if !is_unready(pod) {
        return None;
    }
    let changed = condition(pod, "Ready").map_or("", |ready| text(ready, "/lastTransitionTime"));
    // What has never run has not been ready since it was made. Of all others the API server tells
    // the time, which a table and a description leave out: it is not their age.
    let whole = !pod.is_guessed() || pod.text("/status/phase") == "Pending";
    scene
        .since(changed)
        .or_else(|| scene.age(pod).filter(|_| whole))
}

/// Whether a pod should be ready and is not.
pub(super) fn is_unready(pod: &Object) -> bool {
    let ended = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
    !ended && readiness(pod) == Some(false) && pod.at("/metadata/deletionTimestamp").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GUESSED, Snapshot};

    const MADE: &str = "2026-10-12T10:00:00Z";

    /// For how long a pod of forty days is not ready, as far as is known.
    fn unready(uid: &str, phase: &str, since: Option<&str>) -> Option<i64> {
        let mut ready = json!({"type": "Ready", "status": "False"});
        if let Some(since) = since {
            ready["lastTransitionTime"] = json!(since);
        }
        let pod = Object::new(json!({
            "kind": "Pod",
            "metadata": {"name": "x", "uid": format!("{uid}1"), "creationTimestamp": MADE},
            "status": {"phase": phase, "conditions": [ready]}
        }));
        let now = model::Timestamp::parse("2026-11-21T10:00:00Z").unwrap();
        let snapshot = Snapshot::default().taken_at(now);
        unready_for(Scene::new(&snapshot), &pod)
    }

    #[test]
    fn the_age_of_a_pod_of_a_table_is_not_how_long_it_is_not_ready() {
        let forty_days = Some(40 * 24 * 3600);
        assert_eq!(unready(GUESSED, "Running", None), None);
        assert_eq!(unready(GUESSED, "Pending", None), forty_days);
        assert_eq!(unready("", "Running", None), forty_days);
        assert_eq!(
            unready(GUESSED, "Running", Some("2026-11-21T09:59:00Z")),
            Some(60)
        );
    }
}
