//! What conditions see of a PodDisruptionBudget and of a ResourceQuota.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{condition, readiness, text};
use crate::{Json, Object, selects};

pub(super) const SCHEMA: Section = &[
    ("pdb.name", Type::Text),
    ("pdb.namespace", Type::Text),
    ("pdb.age", Type::Int),
    ("pdb.min_available", Type::Text),
    ("pdb.max_unavailable", Type::Text),
    // The controller's counts.
    ("pdb.allowed", Type::Int),
    ("pdb.expected", Type::Int),
    ("pdb.healthy", Type::Int),
    ("pdb.desired_healthy", Type::Int),
    // The pods it selects, and those of them that are not ready.
    ("pdb.pods", Type::Int),
    ("pdb.not_ready", Type::Int),
    // Whether it allows no eviction even when every pod is ready.
    ("pdb.never_allows", Type::Bool),
    ("pdb.reason", Type::Text),
    ("pdb.message", Type::Text),
    ("pdb.owner", Type::Ref),
    // Other budgets that select the same pods: evictions are then refused altogether.
    ("pdb.others", Type::Texts),
    // Nodes that are cordoned and hold pods of it: somebody waits for them to go.
    ("pdb.draining", Type::Texts),
    ("quota.name", Type::Text),
    ("quota.namespace", Type::Text),
    // What it counts: `{resource, used, hard}`, as written.
    ("quota.resources", Type::Maps),
    // The resources of which nothing is left.
    ("quota.full", Type::Texts),
    // Workloads whose pods it refuses, and the API server's words.
    ("quota.refused", Type::Texts),
    ("quota.message", Type::Text),
];

pub(super) fn disruption(scene: Scene<'_>, budget: &Object) -> Vec<(&'static str, Value)> {
    let snapshot = scene.snapshot;
    let selector = budget.at("/spec/selector").cloned().unwrap_or_default();
    let namespace = budget.namespace();
    let pods: Vec<&Object> = snapshot
        .selected("Pod", namespace, &selector)
        .filter(|pod| !matches!(pod.text("/status/phase"), "Succeeded" | "Failed"))
        .collect();
    // A table shows neither what a budget selects nor, unless asked to, the labels of pods.
    let seen = !budget.is_guessed() || budget.at("/spec/selector").is_some();
    let plain = selector.get("matchLabels").unwrap_or(&selector);
    let known = seen && super::seen::pods_known(scene, namespace, plain);
    let expected = budget.int("/status/expectedPods").unwrap_or(0);
    let desired = budget.int("/status/desiredHealthy").unwrap_or(0);
    let allowed = condition(budget, "DisruptionAllowed");
    let others: Vec<&str> = snapshot
        .of_kind("PodDisruptionBudget", Some(namespace))
        .filter(|other| other.name() != budget.name())
        .filter(|other| {
            let selector = other.at("/spec/selector").unwrap_or(&Json::Null);
            pods.iter().any(|pod| {
                pod.at("/metadata/labels")
                    .is_some_and(|labels| selects(selector, labels))
            })
        })
        .map(Object::name)
        .collect();
    let mut draining: Vec<&str> = pods
        .iter()
        .map(|pod| pod.text("/spec/nodeName"))
        .filter(|node| {
            snapshot
                .get("Node", "", node)
                .present()
                .is_some_and(|node| {
                    node.at("/spec/unschedulable").and_then(Json::as_bool) == Some(true)
                })
        })
        .collect();
    draining.sort_unstable();
    draining.dedup();
    let owner = pods
        .first()
        .map(|pod| crate::workload::home_of(snapshot, pod));
    let section = json!({
        "name": budget.name(),
        "namespace": namespace,
        "age": scene.age(budget),
        "min_available": super::container::amount(budget.json(), "/spec/minAvailable"),
        "max_unavailable": super::container::amount(budget.json(), "/spec/maxUnavailable"),
        "allowed": budget.int("/status/disruptionsAllowed").unwrap_or(0),
        "expected": expected,
        "healthy": budget.int("/status/currentHealthy").unwrap_or(0),
        "desired_healthy": desired,
        "pods": match pods.len() {
            0 if !known => Value::Null,
            many => json!(many),
        },
        "not_ready": pods.iter().filter(|pod| readiness(pod) == Some(false)).count(),
        "never_allows": expected > 0 && desired >= expected,
        "reason": allowed.map_or("", |allowed| text(allowed, "/reason")),
        "message": allowed.map_or("", |allowed| text(allowed, "/message")),
        "owner": owner.map_or_else(|| json!({}), |owner| super::storage::reference(&owner)),
        "others": others,
        "draining": draining,
    });
    vec![("pdb", section)]
}

pub(super) fn quota(scene: Scene<'_>, quota: &Object) -> Vec<(&'static str, Value)> {
    let hard = quota.at("/status/hard").and_then(Json::as_object);
    let resources: Vec<Value> = hard
        .into_iter()
        .flatten()
        .map(|(name, _)| {
            let part = |part: &str| {
                quota
                    .at("/status")
                    .and_then(|status| status.get(part)?.get(name))
                    .map(plain)
                    .unwrap_or_default()
            };
            json!({"resource": name, "used": part("used"), "hard": part("hard")})
        })
        .collect();
    let full: Vec<&Value> = resources
        .iter()
        .filter(|one| one.get("used") == one.get("hard"))
        .filter_map(|one| one.get("resource"))
        .collect();
    let marker = format!("exceeded quota: {},", quota.name());
    let mut refused = Vec::new();
    let mut message = String::new();
    for kind in [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "ReplicaSet",
    ] {
        for workload in scene.snapshot.of_kind(kind, Some(quota.namespace())) {
            if kind == "ReplicaSet" && workload.controller().is_some() {
                continue;
            }
            if let Some((_, said)) = super::workload::cannot_make_pods(scene, workload)
                && said.contains(&marker)
            {
                refused.push(format!("{kind}/{}", workload.name()));
                message = said;
            }
        }
    }
    let section = json!({
        "name": quota.name(),
        "namespace": quota.namespace(),
        "resources": resources,
        "full": full,
        "refused": refused,
        "message": message,
    });
    vec![("quota", section)]
}

fn plain(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
