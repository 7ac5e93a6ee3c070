//! Pods and their templates: what a service of ordinary size asks for, and how its pods are.

use serde_json::{Value, json};

use super::super::{Crowd, Fault, REPLICAS, REVISIONS};
use super::{
    LAST, MADE, STARTED, Sort, app, hash, labels, metadata, node_name, owner, put, set_hash, uid,
};

/// The spec of a pod template; each revision has another image.
fn pod_spec(crowd: Crowd, number: usize, revision: usize) -> Value {
    let name = app(number);
    let newest = revision + 1 == REVISIONS;
    let fault = crowd.fault(number).filter(|_| newest);
    let tag = match fault {
        Some(Fault::Image) => "1.15.0-rc".to_owned(),
        Some(Fault::Crash | Fault::Key | Fault::Room | Fault::Memory) | None => {
            format!("1.14.{revision}")
        }
    };
    let variables = (0..9).map(|n| {
        json!({"name": format!("UPSTREAM_{n}_URL"),
               "value": format!("http://service-{:05}.team-{n:03}.svc.cluster.local:8080/api", number + n)})
    });
    let named = [
        json!({"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}),
        json!({"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}),
        json!({"name": "REGION", "valueFrom": {"configMapKeyRef": {
            "name": format!("{name}-config"),
            "key": if fault == Some(Fault::Key) { "REGON" } else { "REGION" }}}}),
    ];
    let env: Vec<Value> = variables.chain(named).collect();
    let probe = |path: &str, period: u32| {
        json!({"failureThreshold": 3, "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
               "periodSeconds": period, "successThreshold": 1, "timeoutSeconds": 2})
    };
    let requests = match fault {
        Some(Fault::Room) => json!({"cpu": "96", "memory": "256Mi"}),
        Some(Fault::Image | Fault::Crash | Fault::Key | Fault::Memory) | None => {
            json!({"cpu": "100m", "memory": "256Mi"})
        }
    };
    let confined = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                          "readOnlyRootFilesystem": true});
    let mut containers = vec![json!({
        "env": env,
        "image": format!("registry.example/{name}:{tag}"), "imagePullPolicy": "IfNotPresent",
        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "sleep 5"]}}},
        "livenessProbe": probe("/healthz", 20), "name": "app",
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"},
                  {"containerPort": 9090, "name": "metrics", "protocol": "TCP"}],
        "readinessProbe": probe("/ready", 10),
        "resources": {"limits": {"memory": "512Mi"}, "requests": requests},
        "securityContext": confined,
        "startupProbe": probe("/healthz", 5),
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/etc/app", "name": "config", "readOnly": true},
                         {"mountPath": "/tmp", "name": "tmp"}],
    })];
    if number.is_multiple_of(3) {
        containers.push(json!({
            "args": ["--listen=:15001", "--upstream=127.0.0.1:8080"],
            "image": "registry.example/proxy:2.3.1", "imagePullPolicy": "IfNotPresent",
            "name": "proxy",
            "ports": [{"containerPort": 15001, "name": "proxy", "protocol": "TCP"}],
            "readinessProbe": {"failureThreshold": 3, "periodSeconds": 10, "successThreshold": 1,
                               "tcpSocket": {"port": 15001}, "timeoutSeconds": 1},
            "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
            "securityContext": confined,
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        }));
    }
    json!({
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
            "podAffinityTerm": {"labelSelector": {"matchLabels": {"app": name}},
                                "topologyKey": "kubernetes.io/hostname"},
            "weight": 100}]}},
        "containers": containers,
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {"fsGroup": 1000, "runAsNonRoot": true, "runAsUser": 1000},
        "serviceAccount": name, "serviceAccountName": name,
        "terminationGracePeriodSeconds": 30,
        "volumes": [{"configMap": {"defaultMode": 420, "name": format!("{name}-config")}, "name": "config"},
                    {"emptyDir": {}, "name": "tmp"}],
    })
}

pub(super) fn template(crowd: Crowd, number: usize, revision: usize, hash: Option<&str>) -> Value {
    json!({
        "metadata": {"annotations": {"prometheus.io/port": "9090", "prometheus.io/scrape": "true"},
                     "creationTimestamp": null, "labels": labels(number, hash)},
        "spec": pod_spec(crowd, number, revision),
    })
}

pub(super) fn pod_name(number: usize) -> String {
    let of = number / REPLICAS;
    let end: String = hash(number + 7).chars().take(5).collect();
    format!("{}-{}-{end}", app(of), set_hash(of, REVISIONS - 1))
}

pub(super) fn address(number: usize) -> String {
    format!(
        "10.{}.{}.{}",
        128 + number / 65_536,
        number / 256 % 256,
        number % 256
    )
}

pub(super) fn pod(crowd: Crowd, number: usize) -> Value {
    let of = number / REPLICAS;
    let hash = set_hash(of, REVISIONS - 1);
    let set = format!("{}-{hash}", app(of));
    let name = pod_name(number);
    let mut metadata = metadata(Sort::Pod, number, Some(&Crowd::namespace(of)), &name);
    put(&mut metadata, "generateName", format!("{set}-").into());
    put(&mut metadata, "labels", labels(of, Some(&hash)));
    put(
        &mut metadata,
        "annotations",
        json!({"prometheus.io/port": "9090", "prometheus.io/scrape": "true"}),
    );
    let place = of * REVISIONS + REVISIONS - 1;
    put(
        &mut metadata,
        "ownerReferences",
        owner("ReplicaSet", &set, &uid(Sort::ReplicaSet, place)),
    );
    let fault = crowd.fault(of);
    let mut spec = pod_spec(crowd, of, REVISIONS - 1);
    let token: String = format!("kube-api-access-{}", hash.get(..5).unwrap_or_default());
    if fault != Some(Fault::Room) {
        put(
            &mut spec,
            "nodeName",
            node_name(number % crowd.nodes()).into(),
        );
    }
    for (field, value) in [
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("priority", json!(0)),
        (
            "tolerations",
            json!([
            {"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300},
            {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300}]),
        ),
    ] {
        put(&mut spec, field, value);
    }
    mount_token(&mut spec, &token);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
           "status": pod_status(crowd, number, fault, &spec), "spec": spec})
}

/// The token of a pod's account, as the API server adds it.
fn mount_token(spec: &mut Value, name: &str) {
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        volumes.push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
        ]}}));
    }
    let mount = json!({"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": name, "readOnly": true});
    if let Some(Value::Array(containers)) = spec.get_mut("containers") {
        for container in containers {
            let mounts = container
                .as_object_mut()
                .map(|fields| fields.entry("volumeMounts").or_insert_with(|| json!([])));
            if let Some(Value::Array(mounts)) = mounts {
                mounts.push(mount.clone());
            }
        }
    }
}

fn condition(kind: &str, good: bool, reason: &str, message: &str) -> Value {
    let mut condition = json!({"lastProbeTime": null, "lastTransitionTime": STARTED,
                               "status": if good { "True" } else { "False" }, "type": kind});
    if !good {
        put(&mut condition, "reason", reason.into());
        put(&mut condition, "message", message.into());
    }
    condition
}

fn pod_status(crowd: Crowd, number: usize, fault: Option<Fault>, spec: &Value) -> Value {
    if fault == Some(Fault::Room) {
        let nodes = crowd.nodes();
        let said = format!(
            "0/{nodes} nodes are available: {nodes} Insufficient cpu. preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling."
        );
        return json!({"conditions": [condition("PodScheduled", false, "Unschedulable", &said)],
                      "phase": "Pending", "qosClass": "Burstable"});
    }
    let unready = "containers with unready status: [app]";
    let good = fault.is_none();
    let conditions = [
        condition("PodReadyToStartContainers", true, "", ""),
        condition("Initialized", true, "", ""),
        condition("Ready", good, "ContainersNotReady", unready),
        condition("ContainersReady", good, "ContainersNotReady", unready),
        condition("PodScheduled", true, "", ""),
    ];
    let containers = spec.get("containers").and_then(Value::as_array);
    let statuses: Vec<Value> = containers
        .into_iter()
        .flatten()
        .map(|container| container_status(number, fault, container))
        .collect();
    json!({
        "conditions": conditions, "containerStatuses": statuses,
        "hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}],
        "phase": if matches!(fault, Some(Fault::Image | Fault::Key)) { "Pending" } else { "Running" },
        "podIP": address(number), "podIPs": [{"ip": address(number)}],
        "qosClass": "Burstable", "startTime": MADE,
    })
}

fn container_status(number: usize, fault: Option<Fault>, container: &Value) -> Value {
    let image = container
        .get("image")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = container
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fault = fault.filter(|_| name == "app");
    let id = format!("containerd://{0}{0}{0}{0}{0}{0}", hash(number));
    let waiting =
        |reason: &str, message: String| json!({"waiting": {"message": message, "reason": reason}});
    let ended = |code: u32, reason: &str| {
        json!({"terminated": {"containerID": id, "exitCode": code, "finishedAt": LAST,
                              "reason": reason, "startedAt": "2026-11-21T09:58:10Z"}})
    };
    let off = || {
        waiting(
            "CrashLoopBackOff",
            format!(
                "back-off 5m0s restarting failed container=app pod={}",
                pod_name(number)
            ),
        )
    };
    let (state, last, restarts) = match fault {
        None => (json!({"running": {"startedAt": STARTED}}), json!({}), 0),
        Some(Fault::Image) => (
            waiting(
                "ImagePullBackOff",
                format!(
                    "Back-off pulling image \"{image}\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
                ),
            ),
            json!({}),
            0,
        ),
        Some(Fault::Key) => (
            waiting(
                "CreateContainerConfigError",
                format!(
                    "couldn't find key REGON in ConfigMap {}/{}-config",
                    Crowd::namespace(number / REPLICAS),
                    app(number / REPLICAS)
                ),
            ),
            json!({}),
            0,
        ),
        Some(Fault::Crash) => (off(), ended(1, "Error"), 72),
        Some(Fault::Memory) => (off(), ended(137, "OOMKilled"), 72),
        Some(Fault::Room) => (json!({}), json!({}), 0),
    };
    let good = fault.is_none();
    json!({
        "containerID": id, "image": image,
        "imageID": format!("{}@sha256:{1}{1}{1}{1}{1}{1}", image.split(':').next().unwrap_or_default(), hash(number / REPLICAS)),
        "lastState": last, "name": name, "ready": good, "restartCount": restarts,
        "started": good, "state": state,
    })
}
