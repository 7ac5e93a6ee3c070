//! Makes the pods of a big cluster small that are well: of these only what others ask of them stays.
//!
//! Nothing is concluded about a pod that is ready, was never restarted and is not being deleted. It
//! still counts for its workload, takes room on its node, stands behind Services and holds claims,
//! so what tells of that is kept. Of all other pods everything is kept.

use crate::container::{pod_ready, text};
use crate::{Fields, Json, Object, Pool};

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
/// Besides what is made smaller.
const SPEC: &[&str] = &[
    "nodeName",
    "hostNetwork",
    "serviceAccountName",
    "priority",
    "priorityClassName",
    "restartPolicy",
    "overhead",
    "resources",
    "readinessGates",
];
/// Besides its probes.
const CONTAINER: &[&str] = &["name", "image", "ports", "resources", "restartPolicy"];
const PROBES: [&str; 3] = ["readinessProbe", "livenessProbe", "startupProbe"];
/// Besides what is made smaller.
const STATUS: &[&str] = &["phase", "podIP", "startTime"];
const CONTAINER_STATUS: &[&str] = &["name", "ready", "restartCount", "started", "state"];

/// Where there are many pods, takes out of those that are well what nobody asks of them.
pub fn forget_well_pods(pods: &mut [Object]) {
    let count = pods.len();
    let pool = Pool::default();
    for pod in pods {
        forget_if_well(pod, count, &pool);
    }
}

/// Does so with one of as many pods.
pub fn forget_if_well(pod: &mut Object, count: usize, pool: &Pool) {
    // Every pod that runs has a class; one without has been through here already.
    if count >= MANY && pod.at("/status/qosClass").is_some() && is_well(pod) {
        *pod = Object::new(forget(pod.json(), pool));
    }
}

fn is_well(pod: &Object) -> bool {
    let untouched = |status: &Json| {
        status.get("restartCount").and_then(Json::as_i64) == Some(0)
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

fn forget(pod: &Json, pool: &Pool) -> Json {
    each_field(pod, pool, |name, value| {
        Some(match name {
            "metadata" => metadata(value, pool),
            "spec" => spec(value, pool),
            "status" => status(value, pool),
            _ => value.clone(),
        })
    })
}

fn metadata(metadata: &Json, pool: &Pool) -> Json {
    each_field(metadata, pool, |name, value| {
        let value = if name == "ownerReferences" {
            each_item(value, pool, |owner| Some(keep(owner, OWNER, pool)))
        } else {
            value.clone()
        };
        METADATA.contains(&name).then_some(value)
    })
}

fn spec(spec: &Json, pool: &Pool) -> Json {
    each_field(spec, pool, |name, value| match name {
        // Who may stand beside it matters to others only where it insists.
        "affinity" => value
            .pointer("/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution")
            .map(|_| value.clone()),
        "initContainers" | "containers" => {
            Some(each_item(value, pool, |found| Some(container(found, pool))))
        }
        // Of volumes only those that hold a claim matter to other pods.
        "volumes" => {
            let volumes = each_item(value, pool, |volume| {
                let claims = volume.get("persistentVolumeClaim").is_some()
                    || volume.get("ephemeral").is_some();
                claims.then(|| volume.clone())
            });
            let none = volumes.as_array().is_some_and(<[Json]>::is_empty);
            (!none).then_some(volumes)
        }
        name => SPEC.contains(&name).then(|| value.clone()),
    })
}

fn status(status: &Json, pool: &Pool) -> Json {
    each_field(status, pool, |name, value| match name {
        "initContainerStatuses" | "containerStatuses" => Some(each_item(value, pool, |status| {
            Some(keep(status, CONTAINER_STATUS, pool))
        })),
        "conditions" => Some(each_item(value, pool, |found| {
            let implied =
                text(found, "/type") == "ContainersReady" && text(found, "/status") == "True";
            (!implied).then(|| found.clone())
        })),
        name => STATUS.contains(&name).then(|| value.clone()),
    })
}

fn container(container: &Json, pool: &Pool) -> Json {
    // Of probes only the ports matter: what a ready pod is asked at, answers. Each port once.
    let mut ports: Vec<&Json> = Vec::new();
    let asked: Vec<(&str, &str, &Json)> = PROBES
        .into_iter()
        .filter_map(|probe| {
            let found = container.get(probe)?;
            let (how, port) = ["httpGet", "tcpSocket", "grpc"]
                .into_iter()
                .find_map(|how| Some((how, found.get(how)?.get("port")?)))?;
            if ports.contains(&port) {
                return None;
            }
            ports.push(port);
            Some((probe, how, port))
        })
        .collect();
    each_field(container, pool, |name, value| {
        if PROBES.contains(&name) {
            let (_, how, port) = asked.iter().find(|(probe, ..)| *probe == name)?;
            return Some(one_field(
                how,
                one_field("port", (*port).clone(), pool),
                pool,
            ));
        }
        CONTAINER.contains(&name).then(|| value.clone())
    })
}

fn keep(value: &Json, names: &[&str], pool: &Pool) -> Json {
    each_field(value, pool, |name, value| {
        names.contains(&name).then(|| value.clone())
    })
}

fn one_field(name: &str, value: Json, pool: &Pool) -> Json {
    let mut fields = pool.room_for_fields();
    fields.push((pool.text(name), value));
    pool.fields(fields)
}

/// The same with other fields; what has none stays as it is.
fn each_field(value: &Json, pool: &Pool, new: impl Fn(&str, &Json) -> Option<Json>) -> Json {
    let Some(fields) = value.as_object().map(Fields::fields) else {
        return value.clone();
    };
    let mut kept = pool.room_for_fields();
    kept.extend(
        fields
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), new(name, value)?))),
    );
    pool.fields(kept)
}

/// The same with other items; what is no list stays as it is.
fn each_item(value: &Json, pool: &Pool, new: impl Fn(&Json) -> Option<Json>) -> Json {
    let Some(items) = value.as_array() else {
        return value.clone();
    };
    let mut kept = pool.room_for_items();
    kept.extend(items.iter().filter_map(new));
    pool.list(kept)
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
            first.to_value(),
            json!({
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
