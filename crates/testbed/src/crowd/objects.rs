//! The objects of a big cluster, in the shape of ordinary microservices.

mod pods;

use serde_json::{Value, json};

use super::{Crowd, Fault, Listed, REPLICAS, REVISIONS};
use pods::{address, pod, pod_name, template};

/// When everything was made, and when it is looked at: some hours later.
const MADE: &str = "2026-11-21T04:00:00Z";
const STARTED: &str = "2026-11-21T04:00:07Z";
const LAST: &str = "2026-11-21T09:58:12Z";

/// Kinds have numbers, so that every object has a uid of its own.
#[derive(Debug, Clone, Copy)]
enum Sort {
    Namespace = 1,
    Node,
    Account,
    Configuration,
    Deployment,
    ReplicaSet,
    Pod,
    Service,
    Slice,
    Event,
}

fn uid(sort: Sort, number: usize) -> String {
    let sort = sort as u32;
    format!("{sort:08x}-0000-4000-8000-{number:012x}")
}

/// Ten letters that look like a hash.
fn hash(number: usize) -> String {
    let mixed = (number as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{:010x}", mixed >> 24)
}

fn metadata(sort: Sort, number: usize, namespace: Option<&str>, name: &str) -> Value {
    let mut metadata = json!({"creationTimestamp": MADE});
    if let Value::Object(fields) = &mut metadata {
        fields.insert("name".to_owned(), name.into());
        if let Some(namespace) = namespace {
            fields.insert("namespace".to_owned(), namespace.into());
        }
        let version = 1_000 + number * 16 + sort as usize;
        fields.insert("resourceVersion".to_owned(), version.to_string().into());
        fields.insert("uid".to_owned(), uid(sort, number).into());
    }
    metadata
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value);
    }
}

pub(super) fn lists(crowd: Crowd) -> Vec<Listed> {
    let listed = |path, items| Listed {
        path,
        plural: path.rsplit('/').next().unwrap_or_default(),
        items,
    };
    let deployments = 0..crowd.deployments();
    let pods = 0..crowd.pods;
    vec![
        listed("/api/v1/namespaces", each(0..crowd.namespaces(), namespace)),
        listed("/api/v1/nodes", each(0..crowd.nodes(), node)),
        listed(
            "/api/v1/serviceaccounts",
            each(deployments.clone(), account),
        ),
        listed(
            "/api/v1/configmaps",
            each(deployments.clone(), configuration),
        ),
        listed(
            "/apis/apps/v1/deployments",
            each(deployments.clone(), |number| deployment(crowd, number)),
        ),
        listed(
            "/apis/apps/v1/replicasets",
            each(0..crowd.deployments() * REVISIONS, |number| {
                replica_set(crowd, number)
            }),
        ),
        listed(
            "/api/v1/pods",
            each(pods.clone(), |number| pod(crowd, number)),
        ),
        listed("/api/v1/services", each(deployments.clone(), service)),
        listed(
            "/apis/discovery.k8s.io/v1/endpointslices",
            each(deployments, |number| slice(crowd, number)),
        ),
        listed(
            "/api/v1/events",
            pods.filter_map(|number| event(crowd, number)).collect(),
        ),
    ]
}

fn each(numbers: std::ops::Range<usize>, make: impl Fn(usize) -> Value) -> Vec<Value> {
    numbers.map(make).collect()
}

fn namespace(number: usize) -> Value {
    let name = format!("team-{number:03}");
    let mut metadata = metadata(Sort::Namespace, number, None, &name);
    put(
        &mut metadata,
        "labels",
        json!({"kubernetes.io/metadata.name": name}),
    );
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata,
           "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})
}

fn node_name(number: usize) -> String {
    format!("worker-{number:03}")
}

fn node(number: usize) -> Value {
    let name = node_name(number);
    let mut metadata = metadata(Sort::Node, number, None, &name);
    let zone = format!("zone-{}", number % 3);
    put(
        &mut metadata,
        "labels",
        json!({
            "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": "m5.8xlarge", "topology.kubernetes.io/zone": zone,
        }),
    );
    let fine = |kind: &str, status: &str, reason: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": reason,
               "lastHeartbeatTime": LAST, "lastTransitionTime": MADE})
    };
    let room = json!({"cpu": "64", "ephemeral-storage": "200Gi", "memory": "256Gi", "pods": "250"});
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {},
        "status": {
            // Nobody listens there, so that asking for a log is refused at once.
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"},
                          {"type": "Hostname", "address": name}],
            "allocatable": room, "capacity": room,
            "conditions": [
                fine("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                fine("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                fine("PIDPressure", "False", "KubeletHasSufficientPID"),
                fine("Ready", "True", "KubeletReady"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "bootID": uid(Sort::Node, number),
                "containerRuntimeVersion": "containerd://1.7.20", "kernelVersion": "6.1.0",
                "kubeProxyVersion": "v1.33.1", "kubeletVersion": "v1.33.1",
                "machineID": hash(number), "operatingSystem": "linux",
                "osImage": "Debian GNU/Linux 12", "systemUUID": uid(Sort::Node, number),
            },
        },
    })
}

fn app(number: usize) -> String {
    format!("service-{number:05}")
}

fn account(number: usize) -> Value {
    let metadata = metadata(
        Sort::Account,
        number,
        Some(&Crowd::namespace(number)),
        &app(number),
    );
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
}

fn configuration(number: usize) -> Value {
    let name = format!("{}-config", app(number));
    let metadata = metadata(
        Sort::Configuration,
        number,
        Some(&Crowd::namespace(number)),
        &name,
    );
    let text: String = (0..24)
        .map(|line| format!("server.option-{line}: value-{line}-of-{number}\n"))
        .collect();
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
           "data": {"LOG_FORMAT": "json", "REGION": "eu-west-1", "application.yaml": text}})
}

fn labels(number: usize, hash: Option<&str>) -> Value {
    let mut labels = json!({
        "app": app(number),
        "app.kubernetes.io/name": app(number),
        "app.kubernetes.io/part-of": Crowd::namespace(number),
        "app.kubernetes.io/version": "1.14.2",
    });
    if let Some(hash) = hash {
        put(&mut labels, "pod-template-hash", hash.into());
    }
    labels
}

fn set_hash(number: usize, revision: usize) -> String {
    hash(number * REVISIONS + revision)
}

fn owner(kind: &str, name: &str, uid: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true,
            "kind": kind, "name": name, "uid": uid}])
}

fn ready(crowd: Crowd, number: usize) -> usize {
    if crowd.fault(number).is_some() {
        0
    } else {
        pods_of(crowd, number)
    }
}

fn pods_of(crowd: Crowd, number: usize) -> usize {
    crowd.pods.saturating_sub(number * REPLICAS).min(REPLICAS)
}

fn deployment(crowd: Crowd, number: usize) -> Value {
    let mut metadata = metadata(
        Sort::Deployment,
        number,
        Some(&Crowd::namespace(number)),
        &app(number),
    );
    put(&mut metadata, "labels", labels(number, None));
    put(
        &mut metadata,
        "annotations",
        json!({
            "deployment.kubernetes.io/revision": REVISIONS.to_string(),
        }),
    );
    put(&mut metadata, "generation", REVISIONS.into());
    let (all, ready) = (pods_of(crowd, number), ready(crowd, number));
    let condition = |kind: &str, good: bool, reason: &str, message: String| {
        json!({"lastTransitionTime": STARTED, "lastUpdateTime": STARTED, "message": message,
               "reason": reason, "status": if good { "True" } else { "False" }, "type": kind})
    };
    let set = format!("{}-{}", app(number), set_hash(number, REVISIONS - 1));
    let conditions = if ready == all {
        vec![
            condition(
                "Available",
                true,
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.".to_owned(),
            ),
            condition(
                "Progressing",
                true,
                "NewReplicaSetAvailable",
                format!("ReplicaSet \"{set}\" has successfully progressed."),
            ),
        ]
    } else {
        vec![
            condition(
                "Available",
                false,
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.".to_owned(),
            ),
            condition(
                "Progressing",
                false,
                "ProgressDeadlineExceeded",
                format!("ReplicaSet \"{set}\" has timed out progressing."),
            ),
        ]
    };
    let mut status = json!({"conditions": conditions, "observedGeneration": REVISIONS,
                            "replicas": all, "updatedReplicas": all});
    if ready > 0 {
        put(&mut status, "readyReplicas", ready.into());
        put(&mut status, "availableReplicas", ready.into());
    } else {
        put(&mut status, "unavailableReplicas", all.into());
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {
            "progressDeadlineSeconds": 600, "replicas": all, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": app(number)}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
            "template": template(crowd, number, REVISIONS - 1, None),
        },
        "status": status,
    })
}

fn replica_set(crowd: Crowd, place: usize) -> Value {
    let (number, revision) = (place / REVISIONS, place % REVISIONS);
    let hash = set_hash(number, revision);
    let name = format!("{}-{hash}", app(number));
    let mut metadata = metadata(
        Sort::ReplicaSet,
        place,
        Some(&Crowd::namespace(number)),
        &name,
    );
    let newest = revision + 1 == REVISIONS;
    let all = if newest { pods_of(crowd, number) } else { 0 };
    put(&mut metadata, "labels", labels(number, Some(&hash)));
    put(
        &mut metadata,
        "annotations",
        json!({
            "deployment.kubernetes.io/desired-replicas": all.to_string(),
            "deployment.kubernetes.io/max-replicas": (all + 2).to_string(),
            "deployment.kubernetes.io/revision": (revision + 1).to_string(),
        }),
    );
    put(&mut metadata, "generation", 1.into());
    put(
        &mut metadata,
        "ownerReferences",
        owner("Deployment", &app(number), &uid(Sort::Deployment, number)),
    );
    let mut status = json!({"observedGeneration": 1, "replicas": all});
    if newest {
        put(&mut status, "fullyLabeledReplicas", all.into());
        if ready(crowd, number) > 0 {
            put(&mut status, "readyReplicas", all.into());
            put(&mut status, "availableReplicas", all.into());
        }
    }
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata,
        "spec": {
            "replicas": all,
            "selector": {"matchLabels": {"app": app(number), "pod-template-hash": hash}},
            "template": template(crowd, number, revision, Some(&hash)),
        },
        "status": status,
    })
}

fn service(number: usize) -> Value {
    let namespace = Crowd::namespace(number);
    let mut metadata = metadata(Sort::Service, number, Some(&namespace), &app(number));
    put(&mut metadata, "labels", labels(number, None));
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {
            "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP", "targetPort": "http"}],
            "selector": {"app": app(number)}, "sessionAffinity": "None", "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    })
}

fn slice(crowd: Crowd, number: usize) -> Value {
    let namespace = Crowd::namespace(number);
    let name = format!(
        "{}-{}",
        app(number),
        hash(number).get(..5).unwrap_or_default()
    );
    let mut metadata = metadata(Sort::Slice, number, Some(&namespace), &name);
    put(
        &mut metadata,
        "labels",
        json!({
            "app": app(number),
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            "kubernetes.io/service-name": app(number),
        }),
    );
    let well = crowd.fault(number).is_none();
    let placed = !matches!(
        crowd.fault(number),
        Some(Fault::Room | Fault::Image | Fault::Key)
    );
    let endpoints: Vec<Value> = (number * REPLICAS..(number + 1) * REPLICAS)
        .filter(|pod| *pod < crowd.pods && placed)
        .map(|pod| {
            json!({"addresses": [address(pod)],
                   "conditions": {"ready": well, "serving": well, "terminating": false},
                   "nodeName": node_name(pod % crowd.nodes()),
                   "targetRef": {"kind": "Pod", "name": pod_name(pod), "namespace": namespace, "uid": uid(Sort::Pod, pod)}})
        })
        .collect();
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
           "addressType": "IPv4", "endpoints": endpoints,
           "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]})
}

/// What is said last about a pod: of a sick one what ails it, of every fourth other that it started.
fn event(crowd: Crowd, number: usize) -> Option<Value> {
    let of = number / REPLICAS;
    let namespace = Crowd::namespace(of);
    let name = pod_name(number);
    let image = format!("registry.example/{}:1.15.0-rc", app(of));
    let (kind, reason, message, count) = match crowd.fault(of) {
        None if !number.is_multiple_of(4) => return None,
        None => ("Normal", "Started", "Container started".to_owned(), 1),
        Some(Fault::Image) => (
            "Warning",
            "Failed",
            format!(
                "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": {image}: not found"
            ),
            40,
        ),
        Some(Fault::Key) => (
            "Warning",
            "Failed",
            format!(
                "Error: couldn't find key REGON in ConfigMap {namespace}/{}-config",
                app(of)
            ),
            90,
        ),
        Some(Fault::Room) => (
            "Warning",
            "FailedScheduling",
            format!(
                "0/{0} nodes are available: {0} Insufficient cpu.",
                crowd.nodes()
            ),
            70,
        ),
        Some(Fault::Crash | Fault::Memory) => (
            "Warning",
            "BackOff",
            format!(
                "Back-off restarting failed container app in pod {name}_{namespace}({})",
                uid(Sort::Pod, number)
            ),
            300,
        ),
    };
    let metadata = metadata(
        Sort::Event,
        number,
        Some(&namespace),
        &format!("{name}.{}", hash(number)),
    );
    Some(json!({
        "apiVersion": "v1", "kind": "Event", "metadata": metadata, "count": count,
        "eventTime": null, "firstTimestamp": STARTED,
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": name, "namespace": namespace,
                           "resourceVersion": "1000", "uid": uid(Sort::Pod, number)},
        "lastTimestamp": if kind == "Normal" { STARTED } else { LAST },
        "message": message, "reason": reason, "reportingComponent": "kubelet",
        "reportingInstance": node_name(number % crowd.nodes()),
        "source": {"component": "kubelet", "host": node_name(number % crowd.nodes())}, "type": kind,
    }))
}
