//! Descriptions of what makes pods: Deployments, their kin, Jobs and CronJobs.

use serde_json::{Value, json};

use super::age;
use super::describe::{Node, conditions, pairs};
use super::describe_pod;
use super::looks::{Fullness, Transcript, named, put};
use super::rows::{fraction, labels_of};

/// Puts what the description of a workload shows into an object.
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

/// The ReplicaSets that the description of a Deployment names.
pub(super) fn beside(looks: &mut Transcript, space: Option<&str>, name: &str, tree: &Node<'_>) {
    let line = tree.children.first().map_or(0, |node| node.line);
    let space = space.map(str::to_owned);
    for key in ["OldReplicaSets", "OldReplicaSet", "NewReplicaSet"] {
        let Some(sets) = tree.value_of(key) else {
            continue;
        };
        for set in sets.split("), ") {
            let (set, counts) = set.split_once(" (").unwrap_or((set, ""));
            let mut object = json!({"metadata": {"ownerReferences": [
                {"kind": "Deployment", "name": name, "controller": true}]}});
            let counts = counts.split_whitespace().next().and_then(fraction);
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
