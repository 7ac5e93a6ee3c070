//! Makes the pods of a big cluster small that are well: of these only what others ask of them stays.
//!
//! Nothing is concluded about a pod that is ready, was never restarted and is not being deleted. It
//! still counts for its workload, takes room on its node, stands behind Services and holds claims,
//! so what tells of that is kept. Of all other pods everything is kept.

use serde_json::{Map, Value};

use crate::Object;
use crate::container::{pod_ready, text};

/// From so many pods on a cluster is a big one.
pub(super) const MANY: usize = 1_000;

const METADATA: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "labels",
    "ownerReferences",
];
const OWNER: &[&str] = &["controller", "kind", "name", "uid"];
const SPEC: &[&str] = &[
    "nodeName",
    "hostNetwork",
    "serviceAccountName",
    "priority",
    "priorityClassName",
    "restartPolicy",
    "initContainers",
    "containers",
    "volumes",
    "affinity",
    "overhead",
    "resources",
    "readinessGates",
];
const CONTAINER: &[&str] = &[
    "name",
    "image",
    "ports",
    "resources",
    "restartPolicy",
    "readinessProbe",
    "livenessProbe",
    "startupProbe",
];
const PROBES: [&str; 3] = ["readinessProbe", "livenessProbe", "startupProbe"];
const STATUS: &[&str] = &[
    "phase",
    "podIP",
    "startTime",
    "conditions",
    "initContainerStatuses",
    "containerStatuses",
];
const CONTAINER_STATUS: &[&str] = &["name", "ready", "restartCount", "started", "state"];

/// Where there are many pods, takes out of those that are well what nobody asks of them.
pub fn forget_well_pods(pods: &mut [Object]) {
    let count = pods.len();
    for pod in pods {
        forget_if_well(pod, count);
    }
}

/// Does so with one of as many pods.
pub fn forget_if_well(pod: &mut Object, count: usize) {
    // Every pod that runs has a class; one without has been through here already.
    if count >= MANY && pod.at("/status/qosClass").is_some() && is_well(pod) {
        forget(pod.value_mut());
        tighten(pod.value_mut());
    }
}

fn is_well(pod: &Object) -> bool {
    let untouched = |status: &Value| {
        status.get("restartCount").and_then(Value::as_i64) == Some(0)
            && status.get("lastState").is_none()
    };
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    pod.kind() == "Pod"
        && pod_ready(pod)
        && pod.text("/status/phase") == "Running"
        && statuses
            .iter()
            .all(|list| pod.list(list).iter().all(untouched))
}

fn forget(pod: &mut Value) {
    let Value::Object(pod) = pod else { return };
    within(pod, "metadata", |metadata| {
        keep(metadata, METADATA);
        each(metadata, "ownerReferences", |owner| keep(owner, OWNER));
    });
    within(pod, "spec", |spec| {
        keep(spec, SPEC);
        // Who may stand beside it matters to others only where it insists.
        let insists = |affinity: &Value| {
            affinity
                .pointer("/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution")
                .is_some()
        };
        if spec.get("affinity").is_some_and(|found| !insists(found)) {
            spec.shift_remove("affinity");
        }
        for list in ["initContainers", "containers"] {
            each(spec, list, container);
        }
        claims_only(spec);
    });
    within(pod, "status", |status| {
        keep(status, STATUS);
        for list in ["initContainerStatuses", "containerStatuses"] {
            each(status, list, |status| keep(status, CONTAINER_STATUS));
        }
        if let Some(Value::Array(conditions)) = status.get_mut("conditions") {
            let implied = |found: &Value| {
                text(found, "/type") == "ContainersReady" && text(found, "/status") == "True"
            };
            conditions.retain(|found| !implied(found));
        }
    });
}

/// Gives back the room of what was taken out.
fn tighten(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(tighten);
            *fields = super::exact(std::mem::take(fields).into_iter().collect());
        }
        Value::Array(items) => {
            items.iter_mut().for_each(tighten);
            items.shrink_to_fit();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Of volumes only those that hold a claim matter to other pods.
fn claims_only(spec: &mut Map<String, Value>) {
    let Some(Value::Array(volumes)) = spec.get_mut("volumes") else {
        return;
    };
    volumes.retain(|volume| {
        volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some()
    });
    if volumes.is_empty() {
        spec.shift_remove("volumes");
    }
}

fn container(container: &mut Map<String, Value>) {
    keep(container, CONTAINER);
    // Of probes only the ports matter: what a ready pod is asked at, answers. Each port once.
    let mut ports: Vec<Value> = Vec::new();
    for probe in PROBES {
        let handler = container.get(probe).and_then(|probe| {
            ["httpGet", "tcpSocket", "grpc"]
                .into_iter()
                .find_map(|how| Some((how, probe.get(how)?.get("port")?.clone())))
        });
        match handler {
            Some((how, port)) if !ports.contains(&port) => {
                ports.push(port.clone());
                let asked = Map::from_iter([("port".to_owned(), port)]);
                let asked = Map::from_iter([(how.to_owned(), Value::Object(asked))]);
                container.insert(probe.to_owned(), Value::Object(asked));
            }
            Some(_) | None => {
                container.shift_remove(probe);
            }
        }
    }
}

fn keep(fields: &mut Map<String, Value>, names: &[&str]) {
    fields.retain(|name, _| names.contains(&name.as_str()));
}

fn within(
    object: &mut Map<String, Value>,
    field: &str,
    work: impl FnOnce(&mut Map<String, Value>),
) {
    if let Some(Value::Object(fields)) = object.get_mut(field) {
        work(fields);
    }
}

fn each(object: &mut Map<String, Value>, field: &str, work: impl Fn(&mut Map<String, Value>)) {
    if let Some(Value::Array(items)) = object.get_mut(field) {
        items
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(restarts: u32) -> Object {
        Object::new(json!({
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "a"},
                         "annotations": {"x": "y"}},
            "spec": {
                "nodeName": "n",
                "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
                "containers": [{
                    "name": "app", "env": [{"name": "A", "value": "b"}],
                    "ports": [{"containerPort": 80}],
                    "livenessProbe": {"httpGet": {"port": 80, "path": "/"}, "periodSeconds": 5},
                    "readinessProbe": {"httpGet": {"port": 80, "path": "/ready"}},
                    "startupProbe": {"exec": {"command": ["true"]}},
                }],
                "volumes": [{"name": "a", "emptyDir": {}},
                            {"name": "b", "persistentVolumeClaim": {"claimName": "c"}}],
            },
            "status": {
                "phase": "Running", "qosClass": "BestEffort",
                "conditions": [{"type": "Ready", "status": "True"},
                               {"type": "ContainersReady", "status": "True"}],
                "containerStatuses": [{"name": "app", "ready": true, "restartCount": restarts,
                                       "image": "a", "state": {"running": {}}}],
            },
        }))
    }

    #[test]
    fn of_well_pods_of_a_big_cluster_stays_what_others_ask_of_them() {
        let mut pods: Vec<Object> = (0..MANY).map(|_| pod(0)).collect();
        let mut few = vec![pod(0)];
        forget_well_pods(&mut few);
        assert_eq!(few.first(), Some(&pod(0)));
        forget_well_pods(&mut pods);
        let first = pods.first().unwrap().clone();
        assert_eq!(
            first.value(),
            &json!({
                "kind": "Pod",
                "metadata": {"name": "a", "namespace": "shop", "labels": {"app": "a"}},
                "spec": {
                    "nodeName": "n",
                    "containers": [{
                        "name": "app", "ports": [{"containerPort": 80}],
                        "readinessProbe": {"httpGet": {"port": 80}},
                    }],
                    "volumes": [{"name": "b", "persistentVolumeClaim": {"claimName": "c"}}],
                },
                "status": {
                    "phase": "Running",
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0,
                                           "state": {"running": {}}}],
                },
            })
        );
        forget_well_pods(&mut pods);
        assert_eq!(pods.first(), Some(&first));
    }

    #[test]
    fn whatever_was_restarted_keeps_everything() {
        let mut pods: Vec<Object> = (0..MANY).map(|_| pod(1)).collect();
        forget_well_pods(&mut pods);
        assert_eq!(pods.first(), Some(&pod(1)));
    }
}
