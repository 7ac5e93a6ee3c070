//! Descriptions of what bounds workloads: autoscalers, disruption budgets, limits, network policies.

use serde_json::{Value, json};

use super::describe::Node;
use super::looks::put;
use super::rows::labels_of;

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>) {
    match kind {
        "HorizontalPodAutoscaler" => scaler(object, tree),
        "PodDisruptionBudget" => budget(object, tree),
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
        "LimitRange" => limits(object, tree),
        "NetworkPolicy" => policy(object, tree),
        _ => {}
    }
}

fn scaler(object: &mut Value, tree: &Node<'_>) {
    if let Some((kind, name)) = tree.value_of("Reference").and_then(|to| to.split_once('/')) {
        put(
            object,
            "/spec/scaleTargetRef",
            json!({"kind": kind, "name": name}),
        );
    }
    for (key, at) in [
        ("Min replicas", "/spec/minReplicas"),
        ("Max replicas", "/spec/maxReplicas"),
    ] {
        if let Some(number) = tree.number(key) {
            put(object, at, json!(number));
        }
    }
    let pods = tree
        .children
        .iter()
        .find(|node| node.key.ends_with(" pods"));
    for part in pods.map_or("", |node| node.value).split(" / ") {
        let Some((number, word)) = part.split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match word {
            "current" => put(object, "/status/currentReplicas", json!(number)),
            "desired" => put(object, "/status/desiredReplicas", json!(number)),
            _ => {}
        }
    }
    let Some(node) = tree.child(&["Metrics"]) else {
        return;
    };
    let mut metrics = Vec::new();
    let mut current = Vec::new();
    for line in &node.children {
        // `resource cpu on pods  (as a percentage of request):  <unknown> / 80%`
        let Some((what, amounts)) = line.raw.rsplit_once(':') else {
            continue;
        };
        let Some(name) = what
            .strip_prefix("resource ")
            .and_then(|what| what.split_whitespace().next())
        else {
            continue;
        };
        let Some((now, target)) = amounts.split_once('/') else {
            continue;
        };
        let percent = |text: &str| {
            let text = text.split('(').next().unwrap_or_default().trim();
            text.strip_suffix('%')
                .and_then(|number| number.parse::<u64>().ok())
        };
        let target = match percent(target) {
            Some(number) => json!({"type": "Utilization", "averageUtilization": number}),
            None => json!({"type": "AverageValue", "averageValue": target.trim()}),
        };
        metrics.push(json!({"type": "Resource", "resource": {"name": name, "target": target}}));
        if let Some(number) = percent(now) {
            current.push(json!({"type": "Resource", "resource": {"name": name, "current": {"averageUtilization": number}}}));
        }
    }
    if !metrics.is_empty() {
        put(object, "/spec/metrics", Value::Array(metrics));
        put(object, "/status/currentMetrics", Value::Array(current));
    }
}

fn budget(object: &mut Value, tree: &Node<'_>) {
    for (key, at) in [
        ("Min available", "/spec/minAvailable"),
        ("Max unavailable", "/spec/maxUnavailable"),
    ] {
        if let Some(amount) = tree.value_of(key) {
            let amount = amount
                .parse::<u64>()
                .map_or_else(|_| json!(amount), |number| json!(number));
            put(object, at, amount);
        }
    }
    if let Some(selector) = tree.value_of("Selector") {
        put(object, "/spec/selector/matchLabels", labels_of(selector));
    }
    let Some(status) = tree.child(&["Status"]) else {
        return;
    };
    for (key, at) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        if let Some(number) = status.number(key) {
            put(object, &format!("/status/{at}"), json!(number));
        }
    }
}

fn limits(object: &mut Value, tree: &Node<'_>) {
    let mut limits: Vec<Value> = Vec::new();
    for row in tree.all_lines() {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let [
            kind @ ("Container" | "Pod" | "PersistentVolumeClaim"),
            resource,
            amounts @ ..,
        ] = cells.as_slice()
        else {
            continue;
        };
        let mut limit = json!({"type": kind});
        let fields = [
            "min",
            "max",
            "defaultRequest",
            "default",
            "maxLimitRequestRatio",
        ];
        for (field, amount) in fields.into_iter().zip(amounts) {
            if *amount != "-" {
                put(&mut limit, &format!("/{field}/{resource}"), json!(amount));
            }
        }
        limits.push(limit);
    }
    put(object, "/spec/limits", Value::Array(limits));
}

fn policy(object: &mut Value, tree: &Node<'_>) {
    let Some(spec) = tree.child(&["Spec"]) else {
        return;
    };
    let selector = spec.value_of("PodSelector").unwrap_or_default();
    let everything = selector.starts_with("<none>") || selector.is_empty();
    if everything {
        put(object, "/spec/podSelector", json!({}));
    } else {
        put(object, "/spec/podSelector/matchLabels", labels_of(selector));
    }
    if let Some(types) = spec.value_of("Policy Types") {
        let types: Vec<&str> = types.split(',').map(str::trim).collect();
        put(object, "/spec/policyTypes", json!(types));
    }
    for (key, field, peers) in [
        ("Allowing ingress traffic", "ingress", "From"),
        ("Allowing egress traffic", "egress", "To"),
    ] {
        let Some(node) = spec.child(&[key]) else {
            continue;
        };
        let lines = node.all_lines();
        if lines.iter().any(|line| line.starts_with("<none>")) {
            put(object, &format!("/spec/{field}"), json!([]));
            continue;
        }
        if lines.iter().any(|line| line.starts_with("Not affecting")) {
            continue;
        }
        put(object, &format!("/spec/{field}"), rules(&lines, peers));
    }
}

/// Rules of a policy: ports and peers line by line, rules apart by a line of dashes.
fn rules(lines: &[&str], peers: &str) -> Value {
    let side = if peers == "From" { "from" } else { "to" };
    let mut rules = vec![json!({})];
    for line in lines {
        if line.starts_with("---") {
            rules.push(json!({}));
            continue;
        }
        let Some(rule) = rules.last_mut() else {
            continue;
        };
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        let value = value.trim();
        let mut add = |field: &str, item: Value| {
            if let Some(list) = rule.get_mut(field).and_then(Value::as_array_mut) {
                list.push(item);
            } else {
                put(rule, &format!("/{field}"), json!([item]));
            }
        };
        match key.trim() {
            "To Port" => {
                if let Some((port, protocol)) = value.split_once('/') {
                    let port = port
                        .parse::<u16>()
                        .map_or_else(|_| json!(port), |port| json!(port));
                    add("ports", json!({"port": port, "protocol": protocol}));
                }
            }
            "PodSelector" => add(
                side,
                json!({"podSelector": {"matchLabels": labels_of(value)}}),
            ),
            "NamespaceSelector" => {
                add(
                    side,
                    json!({"namespaceSelector": {"matchLabels": labels_of(value)}}),
                );
            }
            "CIDR" => add(side, json!({"ipBlock": {"cidr": value}})),
            _ => {}
        }
    }
    Value::Array(rules)
}
