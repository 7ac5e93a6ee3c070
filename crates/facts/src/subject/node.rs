//! What conditions see of a node.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{condition, first_line, text};

pub(super) const SCHEMA: Section = &[
    ("node.name", Type::Text),
    ("node.ready", Type::Bool),
    // The Ready condition: `True`, `False`, or `Unknown` when the kubelet is not heard of.
    ("node.ready_status", Type::Text),
    ("node.reason", Type::Text),
    ("node.message", Type::Text),
    // Seconds since Ready changed, and since the kubelet was last heard of.
    ("node.since", Type::Int),
    ("node.heard_ago", Type::Int),
    // Conditions that should not hold and do: `MemoryPressure`, `DiskPressure`, `PIDPressure`,
    // `NetworkUnavailable` and those of problem detectors; and the words of the first.
    ("node.pressures", Type::Texts),
    ("node.pressure_message", Type::Text),
    ("node.cordoned", Type::Bool),
    // Taints as they are written: `key=value:Effect`.
    ("node.taints", Type::Texts),
    ("node.pods", Type::Int),
    // Pods there that are not ready though they should be.
    ("node.sick_pods", Type::Int),
    ("node.age", Type::Int),
    ("node.kubelet", Type::Text),
    ("node.runtime", Type::Text),
    ("node.architecture", Type::Text),
    ("node.zone", Type::Text),
    // All nodes, and those that are not ready.
    ("node.of", Type::Int),
    ("node.not_ready", Type::Int),
];

pub(super) fn data(scene: Scene<'_>, node: &Object) -> Vec<(&'static str, Value)> {
    let ready = condition(node, "Ready").unwrap_or(&Json::Null);
    let pressing: Vec<&Json> = node
        .list("/status/conditions")
        .iter()
        .filter(|condition| text(condition, "/type") != "Ready")
        .filter(|condition| text(condition, "/status") == "True")
        .collect();
    let pods: Vec<&Object> = scene.snapshot.pods_on(node.name()).collect();
    let sick = pods.iter().filter(|pod| {
        crate::container::readiness(pod) == Some(false)
            && pod.at("/metadata/deletionTimestamp").is_none()
            && !matches!(pod.text("/status/phase"), "Succeeded" | "Failed")
    });
    let all: Vec<&Object> = scene.snapshot.of_kind("Node", None).collect();
    let down = all.iter().filter(|node| !is_ready(node)).count();
    let section = json!({
        "name": node.name(),
        "ready": is_ready(node),
        "ready_status": text(ready, "/status"),
        "reason": text(ready, "/reason"),
        "message": first_line(text(ready, "/message")),
        "since": scene.since(text(ready, "/lastTransitionTime")),
        "heard_ago": scene.since(text(ready, "/lastHeartbeatTime")),
        "pressures": pressing.iter().map(|condition| text(condition, "/type")).collect::<Vec<_>>(),
        "pressure_message": pressing.first().map_or("", |condition| first_line(text(condition, "/message"))),
        "cordoned": node.at("/spec/unschedulable").and_then(Json::as_bool).unwrap_or(false),
        "taints": node.list("/spec/taints").iter().map(taint).collect::<Vec<_>>(),
        "pods": pods.len(),
        "sick_pods": sick.count(),
        "age": scene.age(node),
        "kubelet": node.text("/status/nodeInfo/kubeletVersion"),
        "runtime": node.text("/status/nodeInfo/containerRuntimeVersion"),
        "architecture": node.text("/status/nodeInfo/architecture"),
        "zone": node.at("/metadata/labels").and_then(|labels| labels.get("topology.kubernetes.io/zone")?.as_str()).unwrap_or(""),
        "of": all.len(),
        "not_ready": down,
    });
    vec![("node", section)]
}

/// Whether a node's Ready condition holds.
pub(crate) fn is_ready(node: &Object) -> bool {
    condition(node, "Ready").is_some_and(|ready| text(ready, "/status") == "True")
}

/// A taint as people write it.
pub(crate) fn taint(taint: &Json) -> String {
    let (key, value, effect) = (
        text(taint, "/key"),
        text(taint, "/value"),
        text(taint, "/effect"),
    );
    match value {
        "" => format!("{key}:{effect}"),
        value => format!("{key}={value}:{effect}"),
    }
}
