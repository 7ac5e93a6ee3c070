//! How much memory a cluster of 5,000 pods takes once it is small, and how fast it gets small.
//!
//! `cargo run --release -p kintsugi-facts --example slim_memory [PODS]`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "this is a measurement"
)]

extern crate kintsugi_facts as facts;

use std::time::{Duration, Instant};

use facts::Snapshot;
use facts::slim::PageSeed;
use serde_json::{Value, json};

const PAGE: usize = 500;

fn main() {
    let pods: usize = std::env::args()
        .nth(1)
        .map_or(5000, |text| text.parse().unwrap());
    let mut work = Work::default();
    println!("at the start: {} MB", memory("VmRSS"));
    work.kind("Pod", "v1", pods, pod);
    work.kind("Deployment", "apps/v1", pods / 5, |n| {
        workload(n, "Deployment")
    });
    work.kind("ReplicaSet", "apps/v1", pods / 5 * 3, |n| {
        workload(n, "ReplicaSet")
    });
    work.kind("EndpointSlice", "discovery.k8s.io/v1", pods / 5, slice);
    work.kind("Service", "v1", pods / 5, service);
    work.kind("ConfigMap", "v1", pods / 5, config_map);
    work.kind("Event", "v1", pods / 2, event);
    let held = work
        .snapshot
        .objects()
        .iter()
        .map(|object| held(object.value()))
        .sum::<usize>();
    println!(
        "values hold about {} MB; a Value has {} bytes",
        held >> 20,
        size_of::<Value>()
    );
    println!(
        "{} objects, {} MB of JSON made small in {} ms; now {} MB, at most {} MB",
        work.snapshot.objects().len(),
        work.bytes >> 20,
        work.time.as_millis(),
        memory("VmRSS"),
        memory("VmHWM"),
    );
}

#[derive(Default)]
struct Work {
    snapshot: Snapshot,
    bytes: usize,
    time: Duration,
}

impl Work {
    fn kind(&mut self, kind: &str, api_version: &str, count: usize, make: impl Fn(usize) -> Value) {
        let before = memory("VmRSS");
        for from in (0..count).step_by(PAGE) {
            let mut page = format!(
                "{{\"kind\":\"{kind}List\",\"apiVersion\":\"{api_version}\",\"metadata\":{{}},\"items\":["
            );
            for number in from..(from + PAGE).min(count) {
                if number > from {
                    page.push(',');
                }
                page.push_str(&make(number).to_string());
            }
            page.push_str("]}");
            self.bytes += page.len();
            let start = Instant::now();
            let small = PageSeed::of(kind, api_version)
                .parse(page.as_bytes())
                .unwrap();
            self.time += start.elapsed();
            self.snapshot.extend(small.items);
        }
        let after = memory("VmRSS");
        let sample = make(0).to_string().len();
        println!("{kind}: {count} of {sample} bytes; {before} MB -> {after} MB");
    }
}

fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        >> 10
}

fn uid(number: usize) -> String {
    format!("{number:08x}-1111-2222-3333-{number:012x}")
}

fn fields() -> Value {
    json!([{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
        "time": "2026-11-21T10:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {
        "f:metadata": {"f:generateName": {}, "f:labels": {".": {}, "f:app": {}, "f:pod-template-hash": {}},
                       "f:ownerReferences": {".": {}, "k:{\"uid\":\"a\"}": {}}},
        "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:env": {".": {}}, "f:image": {},
            "f:imagePullPolicy": {}, "f:name": {}, "f:ports": {}, "f:readinessProbe": {}, "f:resources": {},
            "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {}}},
            "f:dnsPolicy": {}, "f:enableServiceLinks": {}, "f:restartPolicy": {}, "f:schedulerName": {}}}},
        {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "subresource": "status",
        "time": "2026-11-21T10:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:conditions": {
            "k:{\"type\":\"ContainersReady\"}": {".": {}, "f:lastProbeTime": {}, "f:status": {}},
            "k:{\"type\":\"Ready\"}": {".": {}, "f:lastProbeTime": {}, "f:status": {}}},
            "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {}, "f:podIPs": {}}}}])
}

fn container(number: usize) -> Value {
    json!({"name": "app", "image": format!("registry.example/team/service-{}:1.4.2", number / 5),
        "imagePullPolicy": "IfNotPresent", "args": ["serve", "--port", "8080"],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_HOST", "value": "db.shop.svc"},
                {"name": "CACHE_HOST", "value": "cache.shop.svc"},
                {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
                {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1,
                           "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
        "livenessProbe": {"httpGet": {"path": "/live", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1,
                          "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"})
}

fn pod(number: usize) -> Value {
    let mut container = container(number);
    container["volumeMounts"] = json!([{"name": "config", "mountPath": "/etc/app"},
        {"name": "kube-api-access-abcde", "readOnly": true,
         "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]);
    let at = "2026-11-21T10:00:00Z";
    json!({"metadata": {"name": format!("service-{}-7d9f8b6c5-{number:05}", number / 5),
            "generateName": "service-7d9f8b6c5-", "namespace": format!("team-{}", number % 50),
            "uid": uid(number), "resourceVersion": "123456", "creationTimestamp": at,
            "labels": {"app": format!("service-{}", number / 5), "pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "service-7d9f8b6c5",
                                 "uid": uid(number / 5), "controller": true, "blockOwnerDeletion": true}],
            "managedFields": fields()},
        "spec": {"volumes": [{"name": "config", "configMap": {"name": "service", "defaultMode": 420}},
                {"name": "kube-api-access-abcde", "projected": {"sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1",
                        "fieldPath": "metadata.namespace"}}]}}], "defaultMode": 420}}],
            "containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst", "serviceAccountName": "default", "serviceAccount": "default",
            "nodeName": format!("node-{}", number % 100), "securityContext": {},
            "schedulerName": "default-scheduler", "priority": 0, "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}]},
        "status": {"phase": "Running", "qosClass": "Burstable", "startTime": at,
            "hostIP": "10.1.0.1", "hostIPs": [{"ip": "10.1.0.1"}], "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}],
            "conditions": (["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
                .map(|kind| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": at}))),
            "containerStatuses": [{"name": "app", "state": {"running": {"startedAt": at}}, "lastState": {},
                "ready": true, "restartCount": 0, "started": true,
                "image": format!("registry.example/team/service-{}:1.4.2", number / 5),
                "imageID": format!("registry.example/team/service@sha256:{:064x}", number / 5),
                "containerID": format!("containerd://{number:064x}"),
                "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}]}]}})
}

fn workload(number: usize, kind: &str) -> Value {
    let hash = format!("7d9f8b6c{number}");
    json!({"metadata": {"name": format!("service-{number}"), "namespace": format!("team-{}", number % 50),
            "uid": uid(number + 1_000_000), "resourceVersion": "123456", "generation": 3,
            "creationTimestamp": "2026-11-21T10:00:00Z",
            "labels": {"app": format!("service-{number}"), "pod-template-hash": hash},
            "annotations": {"deployment.kubernetes.io/revision": "3",
                "kubectl.kubernetes.io/last-applied-configuration": "x".repeat(1500)},
            "ownerReferences": if kind == "ReplicaSet" {
                json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": format!("service-{number}"),
                        "uid": uid(number + 2_000_000), "controller": true, "blockOwnerDeletion": true}])
            } else { json!([]) },
            "managedFields": fields()},
        "spec": {"replicas": 5, "selector": {"matchLabels": {"app": format!("service-{number}")}},
            "template": {"metadata": {"creationTimestamp": null, "labels": {"app": format!("service-{number}")}},
                "spec": {"containers": [container(number)], "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
                    "volumes": [{"name": "config", "configMap": {"name": "service", "defaultMode": 420}}],
                    "terminationGracePeriodSeconds": 30, "securityContext": {}, "schedulerName": "default-scheduler"}}},
        "status": {"replicas": 5, "readyReplicas": 5, "availableReplicas": 5, "observedGeneration": 3,
            "fullyLabeledReplicas": 5}})
}

fn slice(number: usize) -> Value {
    let endpoints: Vec<Value> = (0..5)
        .map(|pod| json!({"addresses": ["10.0.0.1"], "nodeName": "node-1", "zone": "a",
            "conditions": {"ready": true, "serving": true, "terminating": false},
            "targetRef": {"kind": "Pod", "namespace": format!("team-{}", number % 50),
                          "name": format!("service-{number}-7d9f8b6c5-{pod:05}"), "uid": uid(number * 5 + pod)}}))
        .collect();
    json!({"metadata": {"name": format!("service-{number}-abcde"), "namespace": format!("team-{}", number % 50),
            "uid": uid(number + 3_000_000), "resourceVersion": "1",
            "labels": {"kubernetes.io/service-name": format!("service-{number}"),
                       "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"},
            "managedFields": fields()},
        "addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]})
}

fn service(number: usize) -> Value {
    json!({"metadata": {"name": format!("service-{number}"), "namespace": format!("team-{}", number % 50),
            "uid": uid(number + 4_000_000), "resourceVersion": "1", "managedFields": fields()},
        "spec": {"selector": {"app": format!("service-{number}")}, "clusterIP": "10.2.0.1", "type": "ClusterIP",
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]},
        "status": {"loadBalancer": {}}})
}

fn config_map(number: usize) -> Value {
    json!({"metadata": {"name": format!("service-{number}"), "namespace": format!("team-{}", number % 50),
            "uid": uid(number + 5_000_000), "resourceVersion": "1", "managedFields": fields()},
        "data": {"app.yaml": "key: value\n".repeat(300), "LOG_LEVEL": "info"}})
}

fn event(number: usize) -> Value {
    json!({"metadata": {"name": format!("service-{number}.17a"), "namespace": format!("team-{}", number % 50),
            "uid": uid(number + 6_000_000), "resourceVersion": "1", "creationTimestamp": "2026-11-21T10:00:00Z",
            "managedFields": fields()},
        "involvedObject": {"kind": "Pod", "namespace": "team", "name": format!("service-{number}"),
            "uid": uid(number), "apiVersion": "v1", "resourceVersion": "1", "fieldPath": "spec.containers{app}"},
        "reason": "Pulled", "message": "Container image \"registry.example/team/service:1.4.2\" already present on machine",
        "source": {"component": "kubelet", "host": "node-1"}, "firstTimestamp": "2026-11-21T10:00:00Z",
        "lastTimestamp": "2026-11-21T10:00:00Z", "count": 1, "type": "Normal", "eventTime": null,
        "reportingComponent": "kubelet", "reportingInstance": "node-1"})
}

/// About how much memory a value takes beside its own place.
fn held(value: &Value) -> usize {
    let chunk = |bytes: usize| {
        if bytes == 0 {
            0
        } else {
            (bytes + 8).div_ceil(16).max(2) * 16
        }
    };
    match value {
        Value::String(text) => chunk(text.len()),
        Value::Array(items) => {
            chunk(items.len() * size_of::<Value>()) + items.iter().map(held).sum::<usize>()
        }
        Value::Object(fields) if fields.is_empty() => 0,
        Value::Object(fields) => {
            let entries = chunk(fields.len() * (32 + size_of::<Value>()));
            let buckets = (fields.len() * 8 / 7 + 1).next_power_of_two().max(4);
            let inner = fields
                .iter()
                .map(|(key, value)| chunk(key.len()) + held(value));
            entries + chunk(buckets * 9 + 16) + inner.sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
