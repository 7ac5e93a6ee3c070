//! Descriptions of workloads and Services.

use serde_json::{Value, json};

use super::age;
use super::describe::{Node, conditions, pairs};
use super::describe_pod;
use super::looks::put;
use super::rows::labels_of;

/// Puts what the description of a workload or of a Service shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>) {
    if let Some(template) = tree.child(&["Pod Template"]) {
        let of = if kind == "CronJob" {
            "/spec/jobTemplate/spec/template"
        } else {
            "/spec/template"
        };
        describe_pod::spec(object, &format!("{of}/spec"), template);
        for (key, at, sign) in [
            ("Labels", "labels", '='),
            ("Annotations", "annotations", ':'),
        ] {
            if let Some(node) = template.child(&[key]) {
                put(object, &format!("{of}/metadata/{at}"), pairs(node, sign));
            }
        }
    }
    if kind != "Pod"
        && let Some(conditions) = conditions(tree)
    {
        put(object, "/status/conditions", conditions);
    }
    match kind {
        "Deployment" => deployment(object, tree),
        "ReplicaSet" | "ReplicationController" | "StatefulSet" => replicas(object, tree),
        "DaemonSet" => {
            selector(object, tree);
            for (key, at) in [
                (
                    "Desired Number of Nodes Scheduled",
                    "desiredNumberScheduled",
                ),
                (
                    "Current Number of Nodes Scheduled",
                    "currentNumberScheduled",
                ),
                (
                    "Number of Nodes Scheduled with Up-to-date Pods",
                    "updatedNumberScheduled",
                ),
                (
                    "Number of Nodes Scheduled with Available Pods",
                    "numberAvailable",
                ),
                ("Number of Nodes Misscheduled", "numberMisscheduled"),
            ] {
                if let Some(number) = tree.number(key) {
                    put(object, &format!("/status/{at}"), json!(number));
                }
            }
            if let Some(node) = tree.child(&["Node-Selector"]) {
                put(object, "/spec/template/spec/nodeSelector", pairs(node, '='));
            }
        }
        "Job" => job(object, tree),
        "CronJob" => {
            if let Some(schedule) = tree.value_of("Schedule") {
                put(object, "/spec/schedule", json!(schedule));
            }
            if let Some(policy) = tree.value_of("Concurrency Policy") {
                put(object, "/spec/concurrencyPolicy", json!(policy));
            }
            if let Some(suspend) = tree.value_of("Suspend") {
                put(object, "/spec/suspend", json!(suspend == "True"));
            }
            if let Some(at) = tree.value_of("Last Schedule Time").and_then(age::date) {
                put(object, "/status/lastScheduleTime", json!(at));
            }
        }
        "Service" => service(object, tree),
        _ => {}
    }
}

/// `app=api,tier=web` behind `Selector`.
fn selector(object: &mut Value, tree: &Node<'_>) {
    if let Some(selector) = tree.value_of("Selector") {
        put(object, "/spec/selector/matchLabels", labels_of(selector));
    }
}

fn deployment(object: &mut Value, tree: &Node<'_>) {
    selector(object, tree);
    for part in tree.value_of("Replicas").unwrap_or_default().split(" | ") {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        let at = match word {
            "desired" => "/spec/replicas",
            "updated" => "/status/updatedReplicas",
            "total" => "/status/replicas",
            "available" => "/status/availableReplicas",
            "unavailable" => "/status/unavailableReplicas",
            _ => continue,
        };
        put(object, at, json!(number));
    }
    if let Some(strategy) = tree.value_of("StrategyType") {
        put(object, "/spec/strategy/type", json!(strategy));
    }
    if let Some(seconds) = tree.number("MinReadySeconds") {
        put(object, "/spec/minReadySeconds", json!(seconds));
    }
    let paused = tree.child(&["Conditions"]).is_some_and(|node| {
        node.children
            .iter()
            .any(|row| row.raw.contains("DeploymentPaused"))
    });
    if paused {
        put(object, "/spec/paused", json!(true));
    }
}

fn replicas(object: &mut Value, tree: &Node<'_>) {
    selector(object, tree);
    let text = tree.value_of("Replicas").unwrap_or_default();
    for part in text.split(['|', '/']) {
        let Some((number, word)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        let at = match word {
            "desired" => "/spec/replicas",
            "current" | "total" => "/status/replicas",
            _ => continue,
        };
        put(object, at, json!(number));
    }
    if let Some(strategy) = tree.value_of("Update Strategy") {
        put(object, "/spec/updateStrategy/type", json!(strategy));
    }
    if let Some(node) = tree.child(&["Volume Claims"]) {
        let mut claims: Vec<Value> = Vec::new();
        for line in &node.children {
            match line.key {
                "Name" => claims.push(json!({"metadata": {"name": line.value}})),
                "StorageClass" if !line.value.is_empty() => {
                    if let Some(claim) = claims.last_mut() {
                        put(claim, "/spec/storageClassName", json!(line.value));
                    }
                }
                _ => {}
            }
        }
        if !claims.is_empty() {
            put(object, "/spec/volumeClaimTemplates", Value::Array(claims));
        }
    }
}

fn job(object: &mut Value, tree: &Node<'_>) {
    for (key, at) in [
        ("Parallelism", "/spec/parallelism"),
        ("Completions", "/spec/completions"),
        ("Backoff Limit", "/spec/backoffLimit"),
    ] {
        if let Some(number) = tree.number(key) {
            put(object, at, json!(number));
        }
    }
    if let Some(seconds) = tree.value_of("Active Deadline Seconds") {
        let seconds = age::seconds(seconds).or_else(|| seconds.parse().ok());
        put(object, "/spec/activeDeadlineSeconds", json!(seconds));
    }
    for (key, at) in [
        ("Start Time", "/status/startTime"),
        ("Completed At", "/status/completionTime"),
    ] {
        if let Some(date) = tree.value_of(key).and_then(age::date) {
            put(object, at, json!(date));
        }
    }
    if tree.value_of("Suspend") == Some("true") {
        put(object, "/spec/suspend", json!(true));
    }
    let counts = tree.value_of("Pods Statuses").unwrap_or_default();
    for part in counts.split(" / ") {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        let at = match word {
            "Active" | "Running" => "/status/active",
            "Succeeded" => "/status/succeeded",
            "Failed" => "/status/failed",
            _ => continue,
        };
        put(object, at, json!(number));
    }
    if tree.value_of("Completed At").is_some() {
        put(
            object,
            "/status/conditions",
            json!([{"type": "Complete", "status": "True"}]),
        );
    }
}

fn service(object: &mut Value, tree: &Node<'_>) {
    if let Some(selector) = tree.value_of("Selector") {
        put(object, "/spec/selector", labels_of(selector));
    }
    for (key, at) in [
        ("Type", "/spec/type"),
        ("IP", "/spec/clusterIP"),
        ("External Name", "/spec/externalName"),
        ("Session Affinity", "/spec/sessionAffinity"),
    ] {
        if let Some(value) = tree.value_of(key) {
            put(object, at, json!(value));
        }
    }
    if let Some(address) = tree.value_of("LoadBalancer Ingress") {
        let ingress: Vec<Value> = address
            .split(", ")
            .map(|address| address.split(" (").next().unwrap_or_default())
            .map(|address| {
                let ip = address.parse::<std::net::IpAddr>().is_ok();
                json!({if ip { "ip" } else { "hostname" }: address})
            })
            .collect();
        put(
            object,
            "/status/loadBalancer/ingress",
            Value::Array(ingress),
        );
    }
    let mut ports: Vec<Value> = Vec::new();
    for node in &tree.children {
        let number = |text: &str| {
            let text = text.split('/').next().unwrap_or_default();
            text.parse::<u16>()
                .map_or_else(|_| json!(text), |number| json!(number))
        };
        match node.key {
            "Port" => {
                let (name, port) = match node.raw.split_once(':').map(|(_, rest)| rest.trim()) {
                    Some(rest) => rest.rsplit_once(' ').unwrap_or(("", rest)),
                    None => continue,
                };
                let Some((port, protocol)) = port.split_once('/') else {
                    continue;
                };
                let mut shown = json!({"port": number(port), "protocol": protocol});
                if !matches!(name.trim(), "" | "<unset>") {
                    put(&mut shown, "/name", json!(name.trim()));
                }
                ports.push(shown);
            }
            "TargetPort" | "NodePort" => {
                if let Some(port) = ports.last_mut() {
                    let at = if node.key == "NodePort" {
                        "/nodePort"
                    } else {
                        "/targetPort"
                    };
                    let text = node.value.split_whitespace().last().unwrap_or_default();
                    put(port, at, number(text));
                }
            }
            _ => {}
        }
    }
    if !ports.is_empty() {
        put(object, "/spec/ports", Value::Array(ports));
    }
}

/// Addresses with ports as the subsets of Endpoints.
pub(super) fn subsets(addresses: &[&str]) -> Value {
    let mut subsets: Vec<(u16, Vec<Value>)> = Vec::new();
    for address in addresses {
        let Some((ip, port)) = address.rsplit_once(':') else {
            continue;
        };
        let Ok(port) = port.parse::<u16>() else {
            continue;
        };
        let shown = json!({"ip": ip.trim_matches(['[', ']'])});
        match subsets.iter().position(|(known, _)| *known == port) {
            Some(at) => {
                if let Some((_, ips)) = subsets.get_mut(at) {
                    ips.push(shown);
                }
            }
            None if subsets.len() < 100 => subsets.push((port, vec![shown])),
            None => {}
        }
    }
    subsets
        .into_iter()
        .map(|(port, ips)| json!({"addresses": ips, "ports": [{"port": port}]}))
        .collect()
}
