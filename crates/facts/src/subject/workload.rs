//! What conditions see of a workload.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{condition, one_line, pod_ready, text};
use crate::revision::count;
use crate::rollout::{desired, progress};
use crate::{Json, Object, managed_by, pods_of, replica_sets_of};

pub(super) const SCHEMA: Section = &[
    ("workload.kind", Type::Text),
    ("workload.name", Type::Text),
    ("workload.namespace", Type::Text),
    ("workload.desired", Type::Int),
    ("workload.ready", Type::Int),
    ("workload.updated", Type::Int),
    ("workload.available", Type::Int),
    // The pods there are, those being deleted left out.
    ("workload.pods", Type::Int),
    ("workload.generation", Type::Int),
    ("workload.paused", Type::Bool),
    // `complete`, `underway` or `stalled`.
    ("workload.progress", Type::Text),
    ("workload.age", Type::Int),
    // Whether its controller has seen its newest change.
    ("workload.caught_up", Type::Bool),
    // Seconds for which it has had fewer pods than it wants, with none being made and nothing to wait
    // for; 0 if it has them all.
    ("workload.short_for", Type::Int),
    // Why its controller cannot make pods, in the API server's words; empty if it can. The reason is
    // `Reckoned` where no word is left of it and objects show what would be answered.
    ("workload.failure_reason", Type::Text),
    ("workload.failure_message", Type::Text),
    // The configuration of the admission webhook that those words name, if it is known.
    ("workload.refused_by", Type::Ref),
    // The longest that one of its living pods has not been ready, in seconds; 0 if all are.
    ("workload.unready_for", Type::Int),
    // Containers that set no memory limit, and that request no memory.
    ("workload.without_memory_limit", Type::Texts),
    ("workload.without_memory_request", Type::Texts),
    // Whether it is part of the cluster itself: in `kube-system` and the like.
    ("workload.system", Type::Bool),
    // Pods that were evicted and are still on the books.
    ("workload.evicted", Type::Int),
    ("workload.service_account", Type::Text),
    // The name of the Service that a StatefulSet's pods get their names from.
    ("workload.service_name", Type::Text),
    ("workload.strategy", Type::Text),
    // Who else manages it: `helm`, `argo_cd`, `flux`, `kubectl_apply`, `controller`.
    ("workload.managed_by", Type::Text),
    ("workload.manager", Type::Text),
];

pub(super) fn data(scene: Scene<'_>, workload: &Object) -> Value {
    let pods = pods_of(scene.snapshot, workload);
    let alive = pods
        .iter()
        .filter(|pod| {
            pod.at("/metadata/deletionTimestamp").is_none()
                && !matches!(pod.text("/status/phase"), "Failed" | "Succeeded")
        })
        .count();
    let evicted = pods
        .iter()
        .filter(|pod| pod.text("/status/reason") == "Evicted")
        .count();
    let manager = managed_by(workload);
    let (failure_reason, failure_message) = match workload.kind() {
        "Pod" => (String::new(), String::new()),
        _ => cannot_make_pods(scene, workload).unwrap_or_default(),
    };
    let numbers = Numbers::of(scene, workload);
    json!({
        "kind": workload.kind(),
        "name": workload.name(),
        "namespace": workload.namespace(),
        "desired": numbers.desired,
        "ready": numbers.ready,
        "updated": numbers.updated,
        "available": numbers.available,
        "pods": alive,
        "generation": workload.generation(),
        "paused": workload.at("/spec/paused").and_then(Json::as_bool).unwrap_or(false),
        "progress": numbers.progress,
        "age": scene.age(workload),
        "caught_up": crate::revision::caught_up(workload),
        "short_for": crate::shortage::short_for(scene, workload),
        "failure_reason": failure_reason,
        "refused_by": refused_by(scene, &failure_message),
        "failure_message": failure_message,
        "unready_for": unready_for(scene, &pods),
        "without_memory_limit": lacking(workload, "/resources/limits/memory"),
        "without_memory_request": lacking(workload, "/resources/requests/memory"),
        "system": workload.namespace().starts_with("kube-"),
        "evicted": evicted,
        "service_account": template(workload).map_or("", |spec| text(spec, "/serviceAccountName")),
        "service_name": workload.text("/spec/serviceName"),
        "strategy": match workload.text("/spec/strategy/type") {
            "" => workload.text("/spec/updateStrategy/type"),
            strategy => strategy,
        },
        "managed_by": manager.as_ref().map(|manager| serde_json::to_value(manager.tool).unwrap_or_default()).unwrap_or_else(|| json!("")),
        "manager": manager.map_or_else(String::new, |manager| manager.name),
    })
}

/// The longest that one of some pods has not been ready; null if one is not, and since when was not
/// seen.
fn unready_for(scene: Scene<'_>, pods: &[&Object]) -> Value {
    let unready = pods.iter().filter(|pod| super::pod::is_unready(pod));
    let known: Option<Vec<i64>> = unready
        .map(|pod| super::pod::unready_for(scene, pod))
        .collect();
    known.map_or(Value::Null, |known| {
        json!(known.into_iter().max().unwrap_or(0))
    })
}

/// How many pods there should be and are, in the terms of each kind of workload.
struct Numbers {
    desired: u32,
    ready: u32,
    updated: u32,
    available: u32,
    progress: Value,
}

impl Numbers {
    fn of(scene: Scene<'_>, workload: &Object) -> Self {
        match workload.kind() {
            "DaemonSet" => {
                let desired = count(workload, "/status/desiredNumberScheduled");
                let available = count(workload, "/status/numberAvailable");
                let updated = count(workload, "/status/updatedNumberScheduled");
                Self {
                    desired,
                    ready: count(workload, "/status/numberReady"),
                    updated,
                    available,
                    progress: json!(if available >= desired && updated >= desired {
                        "complete"
                    } else {
                        "underway"
                    }),
                }
            }
            "Pod" => {
                let ready = u32::from(pod_ready(workload));
                Self {
                    desired: 1,
                    ready,
                    updated: 1,
                    available: ready,
                    progress: json!("complete"),
                }
            }
            "Job" => {
                let ready = pods_of(scene.snapshot, workload)
                    .into_iter()
                    .filter(|pod| pod_ready(pod))
                    .count();
                let ready = u32::try_from(ready).unwrap_or(u32::MAX);
                Self {
                    desired: 1,
                    ready,
                    updated: ready,
                    available: ready,
                    progress: json!("underway"),
                }
            }
            _ => Self {
                desired: desired(workload),
                ready: count(workload, "/status/readyReplicas"),
                updated: count(workload, "/status/updatedReplicas"),
                available: count(workload, "/status/availableReplicas"),
                progress: serde_json::to_value(progress(workload)).unwrap_or_default(),
            },
        }
    }
}

/// The pod template's spec, or a pod's own.
pub(crate) fn template(workload: &Object) -> Option<&Json> {
    let place = match workload.kind() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    workload.at(place)
}

/// Why the controller of a workload cannot make its pods: from its condition, which lasts, or else
/// from the newest event while pods are missing.
pub(crate) fn cannot_make_pods(scene: Scene<'_>, workload: &Object) -> Option<(String, String)> {
    let sets = match workload.kind() {
        "Deployment" => replica_sets_of(scene.snapshot, workload),
        _ => Vec::new(),
    };
    let told = std::iter::once(workload).chain(
        sets.iter()
            .copied()
            .filter(|set| count(set, "/spec/replicas") > 0),
    );
    for object in told.clone() {
        let failing = condition(object, "ReplicaFailure")
            .filter(|failing| text(failing, "/status") == "True");
        if let Some(failing) = failing {
            return Some((
                text(failing, "/reason").to_owned(),
                one_line(text(failing, "/message")),
            ));
        }
    }
    let numbers = Numbers::of(scene, workload);
    let pods = pods_of(scene.snapshot, workload)
        .into_iter()
        .filter(|pod| pod.at("/metadata/deletionTimestamp").is_none())
        .count();
    let missing = match workload.kind() {
        "Job" => {
            pods == 0
                && count(workload, "/status/succeeded") == 0
                && condition(workload, "Complete").is_none()
                && condition(workload, "Failed").is_none()
        }
        "CronJob" => false,
        _ => u32::try_from(pods).unwrap_or(u32::MAX) < numbers.desired,
    };
    if !missing {
        return None;
    }
    let words = told
        .filter_map(|object| super::pod::newest_event(scene, object, &["FailedCreate"]))
        .max_by_key(|event| crate::event::last_seen(event))
        .map(|event| ("FailedCreate".to_owned(), one_line(event.text("/message"))));
    words.or_else(|| {
        crate::shortage::short_for(scene, workload).filter(|short| *short >= SETTLED)?;
        let refusal = crate::admission::refusal(scene, workload)?;
        Some(("Reckoned".to_owned(), one_line(&refusal)))
    })
}

/// Seconds after which a controller is no longer taken to be just about to make a pod.
const SETTLED: i64 = 60;

/// The containers of a workload that are known to set no amount.
fn lacking(workload: &Object, pointer: &str) -> Vec<String> {
    template(workload)
        .and_then(|spec| spec.get("containers")?.as_array())
        .into_iter()
        .flatten()
        .filter(|container| container.pointer(pointer).is_none())
        .filter(|container| super::seen::resources_seen(workload, container))
        .map(|container| text(container, "/name").to_owned())
        .collect()
}

/// The configuration that holds the webhook which some words name.
fn refused_by(scene: Scene<'_>, words: &str) -> Value {
    let name = ["failed calling webhook \"", "admission webhook \""]
        .into_iter()
        .find_map(|before| words.split(before).nth(1)?.split('"').next());
    let kinds = [
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ];
    let found = name.and_then(|name| {
        kinds
            .into_iter()
            .flat_map(|kind| scene.snapshot.of_kind(kind, None))
            .find(|configuration| super::webhooks(configuration).any(|webhook| webhook == name))
    });
    found.map_or_else(
        || json!({}),
        |found| super::storage::reference(&found.reference()),
    )
}
