//! What a row of a table says of an object other than a pod.

use serde_json::{Value, json};

use super::age;
use super::looks::{Fullness, Transcript, put};
use super::rows::{fraction, labels_of};
use super::table::{Row, Table};

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    let number = |column: &str| cell(column).and_then(|cell| cell.parse::<u64>().ok());
    let numbers = |object: &mut Value, places: &[(&str, &str)]| {
        for (column, at) in places {
            if let Some(number) = number(column) {
                put(object, at, json!(number));
            }
        }
    };
    let texts = |object: &mut Value, places: &[(&str, &str)]| {
        for (column, at) in places {
            if let Some(text) = cell(column) {
                put(object, at, json!(text));
            }
        }
    };
    match kind {
        "Deployment" | "StatefulSet" => {
            if let Some((ready, wanted)) = cell("READY").and_then(fraction) {
                put(object, "/spec/replicas", json!(wanted));
                put(object, "/status/readyReplicas", json!(ready));
                put(object, "/status/replicas", json!(wanted));
            }
            numbers(
                object,
                &[
                    ("UP-TO-DATE", "/status/updatedReplicas"),
                    ("AVAILABLE", "/status/availableReplicas"),
                ],
            );
            workload(object, cell);
        }
        "ReplicaSet" | "ReplicationController" => {
            numbers(
                object,
                &[
                    ("DESIRED", "/spec/replicas"),
                    ("CURRENT", "/status/replicas"),
                    ("READY", "/status/readyReplicas"),
                ],
            );
            workload(object, cell);
        }
        "DaemonSet" => {
            numbers(
                object,
                &[
                    ("DESIRED", "/status/desiredNumberScheduled"),
                    ("CURRENT", "/status/currentNumberScheduled"),
                    ("READY", "/status/numberReady"),
                    ("UP-TO-DATE", "/status/updatedNumberScheduled"),
                    ("AVAILABLE", "/status/numberAvailable"),
                ],
            );
            if let Some(selector) = cell("NODE SELECTOR") {
                put(
                    object,
                    "/spec/template/spec/nodeSelector",
                    labels_of(selector),
                );
            }
            workload(object, cell);
        }
        "Job" => {
            if let Some((done, wanted)) = cell("COMPLETIONS").and_then(fraction) {
                put(object, "/spec/completions", json!(wanted));
                put(object, "/status/succeeded", json!(done));
            }
            if let Some(status @ ("Failed" | "Complete" | "Suspended")) = cell("STATUS") {
                let conditions = json!([{"type": status, "status": "True"}]);
                put(object, "/status/conditions", conditions);
            }
        }
        "CronJob" => {
            texts(
                object,
                &[
                    ("SCHEDULE", "/spec/schedule"),
                    ("TIMEZONE", "/spec/timeZone"),
                ],
            );
            if let Some(suspend) = cell("SUSPEND") {
                put(object, "/spec/suspend", json!(suspend == "True"));
            }
            if let Some(last) = cell("LAST SCHEDULE").and_then(age::seconds) {
                put(object, "/status/lastScheduleTime", age::ago(last));
            }
        }
        "Service" => service(object, cell),
        "Endpoints" => {
            let addresses: Vec<&str> = cell("ENDPOINTS").map_or(Vec::new(), endpoint_list);
            put(
                object,
                "/subsets",
                super::describe_spec::subsets(&addresses),
            );
        }
        "EndpointSlice" => {
            texts(object, &[("ADDRESSTYPE", "/addressType")]);
            // A slice is named after its Service, and only its labels, which are not shown, tell.
            if let Some(service) = cell("NAME").and_then(super::owners::base_of) {
                put(
                    object,
                    "/metadata/labels/kubernetes.io~1service-name",
                    json!(service),
                );
            }
            let ips: Vec<Value> = cell("ENDPOINTS")
                .map_or(Vec::new(), endpoint_list)
                .into_iter()
                .map(|ip| json!({"addresses": [ip]}))
                .collect();
            put(object, "/endpoints", Value::Array(ips));
            let ports: Vec<Value> = cell("PORTS")
                .unwrap_or_default()
                .split(',')
                .filter_map(|port| port.parse::<u16>().ok())
                .map(|port| json!({"port": port}))
                .collect();
            put(object, "/ports", Value::Array(ports));
        }
        "Ingress" => {
            texts(object, &[("CLASS", "/spec/ingressClassName")]);
            let hosts = cell("HOSTS")
                .unwrap_or("*")
                .split(',')
                .filter(|host| *host != "*");
            let rules: Vec<Value> = hosts.map(|host| json!({"host": host})).collect();
            if !rules.is_empty() {
                put(object, "/spec/rules", Value::Array(rules));
            }
        }
        "Node" => node(object, cell),
        "PersistentVolumeClaim" => {
            texts(
                object,
                &[
                    ("STATUS", "/status/phase"),
                    ("VOLUME", "/spec/volumeName"),
                    ("STORAGECLASS", "/spec/storageClassName"),
                    ("CAPACITY", "/status/capacity/storage"),
                ],
            );
            modes(object, cell("ACCESS MODES"));
        }
        "PersistentVolume" => {
            texts(
                object,
                &[
                    ("STATUS", "/status/phase"),
                    ("STORAGECLASS", "/spec/storageClassName"),
                    ("CAPACITY", "/spec/capacity/storage"),
                    ("RECLAIM POLICY", "/spec/persistentVolumeReclaimPolicy"),
                    ("REASON", "/status/reason"),
                ],
            );
            modes(object, cell("ACCESS MODES"));
            if let Some((space, name)) = cell("CLAIM").and_then(|claim| claim.split_once('/')) {
                put(
                    object,
                    "/spec/claimRef",
                    json!({"namespace": space, "name": name}),
                );
            }
        }
        "HorizontalPodAutoscaler" => {
            numbers(
                object,
                &[
                    ("MINPODS", "/spec/minReplicas"),
                    ("MAXPODS", "/spec/maxReplicas"),
                    ("REPLICAS", "/status/currentReplicas"),
                ],
            );
            if let Some((kind, name)) = cell("REFERENCE").and_then(|to| to.split_once('/')) {
                put(
                    object,
                    "/spec/scaleTargetRef",
                    json!({"kind": kind, "name": name}),
                );
            }
        }
        "PodDisruptionBudget" => {
            texts(
                object,
                &[
                    ("MIN AVAILABLE", "/spec/minAvailable"),
                    ("MAX UNAVAILABLE", "/spec/maxUnavailable"),
                ],
            );
            for at in ["/spec/minAvailable", "/spec/maxUnavailable"] {
                let text = object
                    .pointer(at)
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                match text.as_deref() {
                    Some("N/A") => put(object, at, Value::Null),
                    Some(text) => {
                        if let Ok(number) = text.parse::<u64>() {
                            put(object, at, json!(number));
                        }
                    }
                    None => {}
                }
            }
            numbers(
                object,
                &[("ALLOWED DISRUPTIONS", "/status/disruptionsAllowed")],
            );
        }
        "StorageClass" => {
            texts(
                object,
                &[
                    ("PROVISIONER", "/provisioner"),
                    ("RECLAIMPOLICY", "/reclaimPolicy"),
                    ("VOLUMEBINDINGMODE", "/volumeBindingMode"),
                ],
            );
            if let Some(expand) = cell("ALLOWVOLUMEEXPANSION") {
                put(object, "/allowVolumeExpansion", json!(expand == "true"));
            }
        }
        "NetworkPolicy" => {
            if let Some(selector) = cell("POD-SELECTOR") {
                put(object, "/spec/podSelector/matchLabels", labels_of(selector));
            }
        }
        "Namespace" => texts(object, &[("STATUS", "/status/phase")]),
        "ResourceQuota" => quota(object, cell),
        "PriorityClass" => numbers(object, &[("VALUE", "/value")]),
        "APIService" => {
            if let Some(available) = cell("AVAILABLE") {
                let (status, reason) = available.split_once(" (").unwrap_or((available, ""));
                let reason = reason.trim_end_matches(')');
                put(
                    object,
                    "/status/conditions",
                    json!([{"type": "Available", "status": status, "reason": reason}]),
                );
            }
        }
        _ => {}
    }
}

/// Addresses of a cell that may end in `+ 3 more...`.
fn endpoint_list(cell: &str) -> Vec<&str> {
    let cell = cell.split(" + ").next().unwrap_or_default();
    cell.split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .collect()
}

fn workload<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    if let (Some(names), Some(images)) = (cell("CONTAINERS"), cell("IMAGES")) {
        let containers: Vec<Value> = names
            .split(',')
            .zip(images.split(','))
            .map(|(name, image)| json!({"name": name, "image": image}))
            .collect();
        put(
            object,
            "/spec/template/spec/containers",
            Value::Array(containers),
        );
    }
    if let Some(selector) = cell("SELECTOR") {
        let labels = labels_of(selector);
        put(object, "/spec/template/metadata/labels", labels.clone());
        put(object, "/spec/selector/matchLabels", labels);
    }
}

fn service<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    if let Some(kind) = cell("TYPE") {
        put(object, "/spec/type", json!(kind));
    }
    if let Some(ip) = cell("CLUSTER-IP") {
        put(object, "/spec/clusterIP", json!(ip));
    }
    let external = cell("EXTERNAL-IP").filter(|ip| *ip != "<pending>");
    if let (Some(name), Some("ExternalName")) = (external, cell("TYPE")) {
        put(object, "/spec/externalName", json!(name));
    } else if let (Some(ip), Some("LoadBalancer")) = (external, cell("TYPE")) {
        let field = if ip.starts_with(|first: char| first.is_ascii_digit()) {
            "ip"
        } else {
            "hostname"
        };
        put(object, "/status/loadBalancer/ingress", json!([{field: ip}]));
    }
    let ports: Vec<Value> = cell("PORT(S)")
        .unwrap_or_default()
        .split(',')
        .filter_map(|port| {
            let (ports, protocol) = port.split_once('/')?;
            let (port, node) = ports.split_once(':').unwrap_or((ports, ""));
            // To which port of the pods it leads is not shown; 0 stands for "not told".
            let number = port.parse::<u16>().ok()?;
            let mut shown = json!({"port": number, "targetPort": 0, "protocol": protocol});
            if let Ok(node) = node.parse::<u16>() {
                put(&mut shown, "/nodePort", json!(node));
            }
            Some(shown)
        })
        .collect();
    if !ports.is_empty() {
        put(object, "/spec/ports", Value::Array(ports));
    }
    if let Some(selector) = cell("SELECTOR") {
        put(object, "/spec/selector", labels_of(selector));
    }
}

fn node<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    let status = cell("STATUS").unwrap_or_default();
    let mut words = status.split(',');
    let ready = match words.next() {
        Some("Ready") => "True",
        Some("NotReady") => "False",
        _ => "Unknown",
    };
    put(
        object,
        "/status/conditions",
        json!([{"type": "Ready", "status": ready}]),
    );
    if words.any(|word| word == "SchedulingDisabled") {
        put(object, "/spec/unschedulable", json!(true));
    }
    if let Some(roles) = cell("ROLES") {
        let roles = roles
            .split(',')
            .map(|role| (format!("node-role.kubernetes.io/{role}"), Value::from("")));
        put(object, "/metadata/labels", roles.collect());
    }
    if let Some(version) = cell("VERSION") {
        put(object, "/status/nodeInfo/kubeletVersion", json!(version));
    }
    if let Some(ip) = cell("INTERNAL-IP") {
        put(
            object,
            "/status/addresses",
            json!([{"type": "InternalIP", "address": ip}]),
        );
    }
}

fn modes(object: &mut Value, cell: Option<&str>) {
    let Some(cell) = cell else { return };
    let modes: Vec<&str> = cell
        .split(',')
        .filter_map(|mode| match mode {
            "RWO" => Some("ReadWriteOnce"),
            "ROX" => Some("ReadOnlyMany"),
            "RWX" => Some("ReadWriteMany"),
            "RWOP" => Some("ReadWriteOncePod"),
            _ => None,
        })
        .collect();
    put(object, "/spec/accessModes", json!(modes));
}

/// `requests.cpu: 1/2, pods: 3/10` in the cells of a quota.
fn quota<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    for column in ["REQUEST", "LIMIT"] {
        for part in cell(column).unwrap_or_default().split(", ") {
            let Some((name, amounts)) = part.split_once(": ") else {
                continue;
            };
            let Some((used, hard)) = amounts.split_once('/') else {
                continue;
            };
            let name = name.trim().replace('/', "~1");
            put(object, &format!("/spec/hard/{name}"), json!(hard));
            put(object, &format!("/status/hard/{name}"), json!(hard));
            put(object, &format!("/status/used/{name}"), json!(used));
        }
    }
}

/// What `top` shows.
pub(super) fn usage(
    looks: &mut Transcript,
    table: &Table,
    row: &Row,
    kind: &str,
    (space, name): (Option<String>, &str),
    line: usize,
) {
    let cpu = table.cell(row, "CPU(cores)");
    let memory = table.cell(row, "MEMORY(bytes)");
    let usage = json!({"cpu": cpu, "memory": memory});
    let version = json!("metrics.k8s.io/v1beta1");
    if kind == "Node" {
        let object = json!({"apiVersion": version, "usage": usage});
        looks.look(
            "NodeMetrics",
            Some(String::new()),
            name,
            object,
            Fullness::Row,
            line,
        );
        return;
    }
    let container = if table.has("POD") {
        table.cell(row, "NAME")
    } else {
        None
    };
    let shown = match container {
        Some(container) => json!({"name": container, "usage": usage}),
        // The whole pod was shown: the names of its containers were not.
        None => json!({"usage": usage}),
    };
    let object = json!({"apiVersion": version, "containers": [shown]});
    let more = looks.looks.iter_mut().rev().take(50).find(|look| {
        container.is_some() && look.kind == "PodMetrics" && look.name == name && look.space == space
    });
    if let Some(known) = more
        && let Some(Value::Array(containers)) = known.object.get_mut("containers")
    {
        containers.push(shown);
        return;
    }
    looks.look("PodMetrics", space, name, object, Fullness::Row, line);
}
