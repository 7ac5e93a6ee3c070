//! Descriptions of everything that is neither a pod, a workload nor a Service.

use serde_json::{Value, json};

use super::describe::Node;
use super::describe_bounds;
use super::describe_spec::subsets;
use super::looks::{Fullness, Transcript, named, put};
use super::table::gaps;

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>, data: &[(usize, &str)]) {
    let text = |object: &mut Value, places: &[(&str, &str)]| {
        for (key, at) in places {
            if let Some(value) = tree.value_of(key) {
                put(object, at, json!(value));
            }
        }
    };
    match kind {
        "Ingress" => ingress(object, tree),
        "Node" => node(object, tree),
        "PersistentVolumeClaim" => {
            text(
                object,
                &[
                    ("StorageClass", "/spec/storageClassName"),
                    ("Volume", "/spec/volumeName"),
                    ("Status", "/status/phase"),
                    ("Capacity", "/status/capacity/storage"),
                    ("VolumeMode", "/spec/volumeMode"),
                ],
            );
            modes(object, tree);
        }
        "PersistentVolume" => {
            text(
                object,
                &[
                    ("StorageClass", "/spec/storageClassName"),
                    ("Status", "/status/phase"),
                    ("Capacity", "/spec/capacity/storage"),
                    ("Reclaim Policy", "/spec/persistentVolumeReclaimPolicy"),
                    ("Message", "/status/message"),
                ],
            );
            modes(object, tree);
            if let Some((space, name)) = tree
                .value_of("Claim")
                .and_then(|claim| claim.split_once('/'))
            {
                put(
                    object,
                    "/spec/claimRef",
                    json!({"namespace": space, "name": name}),
                );
            }
        }
        "HorizontalPodAutoscaler" => describe_bounds::scaler(object, tree),
        "PodDisruptionBudget" => describe_bounds::budget(object, tree),
        "ResourceQuota" => {
            for row in tree.all_lines() {
                let cells: Vec<&str> = row.split_whitespace().collect();
                let [name, used, hard] = cells.as_slice() else {
                    continue;
                };
                if name.starts_with("--") || *name == "Resource" || row.contains(": ") {
                    continue;
                }
                let name = name.replace('/', "~1");
                put(object, &format!("/spec/hard/{name}"), json!(hard));
                put(object, &format!("/status/hard/{name}"), json!(hard));
                put(object, &format!("/status/used/{name}"), json!(used));
            }
        }
        "LimitRange" => describe_bounds::limits(object, tree),
        "NetworkPolicy" => describe_bounds::policy(object, tree),
        "ConfigMap" => {
            for key in keys(data) {
                let key = key.replace('~', "~0").replace('/', "~1");
                put(object, &format!("/data/{key}"), json!(""));
            }
        }
        "Secret" => {
            text(object, &[("Type", "/type")]);
            for (_, line) in data {
                if let Some((key, size)) = line.split_once(':')
                    && size.trim_end().ends_with("bytes")
                {
                    let key = key.trim().replace('/', "~1");
                    put(object, &format!("/data/{key}"), json!(""));
                }
            }
        }
        "ServiceAccount" => {
            if let Some(node) = tree.child(&["Image pull secrets"]) {
                let names: Vec<Value> = node
                    .lines()
                    .into_iter()
                    .map(|name| json!({"name": name.split(" (").next()}))
                    .collect();
                if !names.is_empty() {
                    put(object, "/imagePullSecrets", Value::Array(names));
                }
            }
        }
        "Namespace" => text(object, &[("Status", "/status/phase")]),
        "Endpoints" => {
            let mut addresses: Vec<String> = Vec::new();
            let mut gone: Vec<String> = Vec::new();
            if let Some(node) = tree.child(&["Subsets"]) {
                let port = node
                    .children
                    .iter()
                    .flat_map(|child| child.children.iter().chain([child]))
                    .find_map(|row| row.raw.split_whitespace().rev().nth(1)?.parse::<u16>().ok())
                    .unwrap_or(0);
                for child in &node.children {
                    let into = match child.key {
                        "Addresses" => &mut addresses,
                        "NotReadyAddresses" => &mut gone,
                        _ => continue,
                    };
                    let ips = child.value.split(',').filter(|ip| !ip.is_empty());
                    into.extend(ips.map(|ip| format!("{ip}:{port}")));
                }
            }
            let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
            let mut shown = subsets(&addresses);
            if !gone.is_empty() {
                let ips: Vec<Value> = gone
                    .iter()
                    .filter_map(|address| address.rsplit_once(':'))
                    .map(|(ip, _)| json!({"ip": ip}))
                    .collect();
                match shown.get_mut(0) {
                    Some(first) => put(first, "/notReadyAddresses", Value::Array(ips)),
                    None => shown = json!([{"notReadyAddresses": ips}]),
                }
            }
            put(object, "/subsets", shown);
        }
        "StorageClass" => text(
            object,
            &[
                ("Provisioner", "/provisioner"),
                ("VolumeBindingMode", "/volumeBindingMode"),
                ("ReclaimPolicy", "/reclaimPolicy"),
            ],
        ),
        _ => {}
    }
}

/// Objects that a description shows beside its own: the ReplicaSets of a Deployment, the addresses
/// behind a Service.
pub(super) fn beside(
    looks: &mut Transcript,
    kind: &str,
    space: Option<&str>,
    name: &str,
    tree: &Node<'_>,
) {
    let line = tree.children.first().map_or(0, |node| node.line);
    let space = space.map(str::to_owned);
    if kind == "Deployment" {
        for key in ["OldReplicaSets", "OldReplicaSet", "NewReplicaSet"] {
            let Some(sets) = tree.value_of(key) else {
                continue;
            };
            for set in sets.split("), ") {
                let (set, counts) = set.split_once(" (").unwrap_or((set, ""));
                let mut object = json!({"metadata": {"ownerReferences": [
                    {"kind": "Deployment", "name": name, "controller": true}]}});
                let counts = counts
                    .split_whitespace()
                    .next()
                    .and_then(super::rows::fraction);
                if let Some((made, wanted)) = counts {
                    put(&mut object, "/spec/replicas", json!(wanted));
                    put(&mut object, "/status/replicas", json!(made));
                }
                if named(set) {
                    looks.look(
                        "ReplicaSet",
                        space.clone(),
                        set,
                        object,
                        Fullness::Mentioned,
                        line,
                    );
                }
            }
        }
    }
    if kind == "Service" {
        let shown: Vec<&Node<'_>> = tree
            .children
            .iter()
            .filter(|node| node.key == "Endpoints")
            .collect();
        if shown.is_empty() {
            return;
        }
        let addresses: Vec<&str> = shown
            .iter()
            .flat_map(|node| {
                node.value
                    .split(" + ")
                    .next()
                    .unwrap_or_default()
                    .split(',')
            })
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .collect();
        let object = json!({"subsets": subsets(&addresses)});
        looks.look(
            "Endpoints",
            space.clone(),
            name,
            object,
            Fullness::Described,
            line,
        );
        let mut ips: Vec<&str> = addresses
            .iter()
            .filter_map(|address| Some(address.rsplit_once(':')?.0))
            .collect();
        ips.sort_unstable();
        ips.dedup();
        let endpoints: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"addresses": [ip], "conditions": {"ready": true}}))
            .collect();
        let mut ports: Vec<u16> = addresses
            .iter()
            .filter_map(|address| address.rsplit_once(':')?.1.parse().ok())
            .collect();
        ports.sort_unstable();
        ports.dedup();
        let ports: Vec<Value> = ports.iter().map(|port| json!({"port": port})).collect();
        let object = json!({
            "metadata": {"labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": ports,
        });
        let slice = format!("{name}-shown");
        looks.look(
            "EndpointSlice",
            space,
            &slice,
            object,
            Fullness::Described,
            line,
        );
    }
}

fn modes(object: &mut Value, tree: &Node<'_>) {
    let modes: Vec<&str> = tree
        .value_of("Access Modes")
        .unwrap_or_default()
        .split(',')
        .filter_map(|mode| match mode.trim() {
            "RWO" => Some("ReadWriteOnce"),
            "ROX" => Some("ReadOnlyMany"),
            "RWX" => Some("ReadWriteMany"),
            "RWOP" => Some("ReadWriteOncePod"),
            _ => None,
        })
        .collect();
    if !modes.is_empty() {
        put(object, "/spec/accessModes", json!(modes));
    }
}

fn ingress(object: &mut Value, tree: &Node<'_>) {
    if let Some(class) = tree.value_of("Ingress Class") {
        put(object, "/spec/ingressClassName", json!(class));
    }
    if let Some(address) = tree.value_of("Address") {
        put(
            object,
            "/status/loadBalancer/ingress",
            json!([{"ip": address}]),
        );
    }
    if let Some(backend) = tree.value_of("Default backend").and_then(backend) {
        put(object, "/spec/defaultBackend", backend);
    }
    if let Some(node) = tree.child(&["TLS"]) {
        let tls: Vec<Value> = node
            .lines()
            .into_iter()
            .filter_map(|line| line.split_once(" terminates "))
            .map(|(secret, hosts)| {
                let hosts: Vec<&str> = hosts
                    .split(',')
                    .map(str::trim)
                    .filter(|host| !host.is_empty())
                    .collect();
                if secret == "SNI routes" {
                    json!({"hosts": hosts})
                } else {
                    json!({"secretName": secret, "hosts": hosts})
                }
            })
            .collect();
        put(object, "/spec/tls", Value::Array(tls));
    }
    let Some(node) = tree.child(&["Rules"]) else {
        return;
    };
    let mut rules: Vec<(String, Vec<Value>)> = Vec::new();
    for row in node.all_lines() {
        let row = row.trim();
        if row.starts_with("Host ") || row.starts_with("---") {
            continue;
        }
        let cells = gaps(row);
        let place = cells.iter().position(|cell| cell.starts_with('/'));
        let host = match (place, cells.first()) {
            (Some(0), _) => None,
            (_, Some(host)) if backend(host).is_none() => Some(host.clone()),
            _ => None,
        };
        if let Some(host) = host {
            let host = if host == "*" { String::new() } else { host };
            rules.push((host, Vec::new()));
        }
        let Some(to) = cells.last().and_then(|cell| backend(cell)) else {
            continue;
        };
        let path = place
            .and_then(|at| cells.get(at))
            .map_or("/", String::as_str);
        if rules.is_empty() {
            rules.push((String::new(), Vec::new()));
        }
        if let Some((_, paths)) = rules.last_mut() {
            paths.push(json!({"path": path, "backend": to}));
        }
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({"http": {"paths": paths}});
            if !host.is_empty() {
                put(&mut rule, "/host", json!(host));
            }
            rule
        })
        .collect();
    if !rules.is_empty() {
        put(object, "/spec/rules", Value::Array(rules));
    }
}

/// `web:80 (10.1.0.5:8080)`.
fn backend(text: &str) -> Option<Value> {
    let text = text.split(" (").next().unwrap_or_default().trim();
    let (name, port) = text.split_once(':')?;
    if !named(name) || port.is_empty() {
        return None;
    }
    let port = port.parse::<u16>().map_or_else(
        |_| json!({"name": port}),
        |number| json!({"number": number}),
    );
    Some(json!({"service": {"name": name, "port": port}}))
}

fn node(object: &mut Value, tree: &Node<'_>) {
    if let Some(node) = tree.child(&["Taints"]) {
        let taints: Vec<Value> = node
            .lines()
            .into_iter()
            .filter_map(|taint| {
                let (key, effect) = taint.rsplit_once(':')?;
                let (key, value) = key.split_once('=').unwrap_or((key, ""));
                let mut shown = json!({"key": key, "effect": effect});
                if !value.is_empty() {
                    put(&mut shown, "/value", json!(value));
                }
                Some(shown)
            })
            .collect();
        put(object, "/spec/taints", Value::Array(taints));
    }
    if let Some(cordoned) = tree.value_of("Unschedulable") {
        put(object, "/spec/unschedulable", json!(cordoned == "true"));
    }
    for (key, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if let Some(node) = tree.child(&[key]) {
            for amount in node.children.iter().filter(|amount| !amount.key.is_empty()) {
                let name = amount.key.replace('/', "~1");
                put(
                    object,
                    &format!("/status/{field}/{name}"),
                    json!(amount.value),
                );
            }
        }
    }
    if let Some(node) = tree.child(&["Addresses"]) {
        let addresses: Vec<Value> = node
            .children
            .iter()
            .filter(|address| !address.key.is_empty())
            .map(|address| json!({"type": address.key, "address": address.value}))
            .collect();
        put(object, "/status/addresses", Value::Array(addresses));
    }
    if let Some(node) = tree.child(&["System Info"]) {
        for (key, field) in [
            ("Kubelet Version", "kubeletVersion"),
            ("Architecture", "architecture"),
            ("Operating System", "operatingSystem"),
            ("OS Image", "osImage"),
            ("Kernel Version", "kernelVersion"),
            ("Container Runtime Version", "containerRuntimeVersion"),
        ] {
            if let Some(value) = node.value_of(key) {
                put(object, &format!("/status/nodeInfo/{field}"), json!(value));
            }
        }
    }
}

/// The keys of a ConfigMap's data: a line that ends in a colon over a line of dashes.
fn keys(data: &[(usize, &str)]) -> Vec<String> {
    let mut keys = Vec::new();
    for pair in data.windows(2) {
        let [(_, key), (_, dashes)] = pair else {
            continue;
        };
        if dashes.trim_end() == "----"
            && let Some(key) = key.trim_end().strip_suffix(':')
            && keys.len() < 5_000
            && key.len() <= 253
        {
            keys.push(key.to_owned());
        }
    }
    // `key: 12 bytes` under BinaryData.
    for (_, line) in data {
        if let Some((key, size)) = line.split_once(": ")
            && size.trim_end().ends_with(" bytes")
            && named(key)
            && keys.len() < 5_000
        {
            keys.push(key.to_owned());
        }
    }
    keys
}
