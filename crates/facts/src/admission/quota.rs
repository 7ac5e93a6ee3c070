//! ResourceQuotas: what one more pod would need, and what is left.

use std::collections::BTreeMap;

use super::{ALL, containers};
use crate::container::text;
use crate::placement::{limits, requests};
use crate::subject::Scene;
use crate::{Json, Object, Snapshot, quantity};

/// What a thing would use, in thousandths, by the names that quotas have for it.
type Use = BTreeMap<String, i128>;

/// The resources that every container has to state where a quota counts them.
const TO_STATE: &[&str] = &[
    "cpu",
    "memory",
    "requests.cpu",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
];

/// The quotas of a namespace that count a pod with this spec.
pub fn quotas_of<'a>(
    snapshot: &'a Snapshot,
    namespace: &'a str,
    spec: &'a Json,
) -> impl Iterator<Item = &'a Object> {
    snapshot
        .of_kind("ResourceQuota", Some(namespace))
        .filter(|quota| in_scope(quota, spec))
}

/// What a quota refuses of a pod.
pub(super) fn refusal(scene: Scene<'_>, namespace: &str, spec: &Json) -> Option<String> {
    let used = of_pod(spec);
    quotas_of(scene.snapshot, namespace, spec)
        .find_map(|quota| unstated(quota, spec).or_else(|| exceeded(quota, &used)))
}

/// What a quota refuses of the claims that the next pod of a StatefulSet needs.
pub(super) fn claims(scene: Scene<'_>, workload: &Object) -> Option<String> {
    let namespace = workload.namespace();
    let start = workload.int("/spec/ordinals/start").unwrap_or(0);
    let wanted = i64::from(crate::rollout::desired(workload)).min(1000);
    let number = (start..start.saturating_add(wanted)).find(|number| {
        let name = format!("{}-{number}", workload.name());
        scene.snapshot.get("Pod", namespace, &name).is_absent()
    })?;
    for template in workload.list("/spec/volumeClaimTemplates") {
        let name = format!(
            "{}-{}-{number}",
            text(template, "/metadata/name"),
            workload.name()
        );
        let absent = scene
            .snapshot
            .get("PersistentVolumeClaim", namespace, &name)
            .is_absent();
        if !absent {
            continue;
        }
        let mut used = Use::from([
            ("persistentvolumeclaims".to_owned(), 1000),
            ("count/persistentvolumeclaims".to_owned(), 1000),
        ]);
        let size = template.pointer("/spec/resources/requests/storage");
        if let Some(size) = size.and_then(quantity::of) {
            used.insert("requests.storage".to_owned(), size);
        }
        let refused = scene
            .snapshot
            .of_kind("ResourceQuota", Some(namespace))
            .find_map(|quota| exceeded(quota, &used));
        if let Some(why) = refused {
            return Some(format!(
                "persistentvolumeclaims \"{name}\" is forbidden: {why}"
            ));
        }
    }
    None
}

fn of_pod(spec: &Json) -> Use {
    let mut used = Use::from([("pods".to_owned(), 1000), ("count/pods".to_owned(), 1000)]);
    for (resource, amount) in requests(spec) {
        if matches!(resource.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(resource.clone(), amount);
        }
        used.insert(format!("requests.{resource}"), amount);
    }
    for (resource, amount) in limits(spec) {
        used.insert(format!("limits.{resource}"), amount);
    }
    used
}

fn hard(quota: &Object) -> impl Iterator<Item = (&str, &Json)> {
    quota
        .at("/status/hard")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
}

fn exceeded(quota: &Object, wanted: &Use) -> Option<String> {
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    for (resource, most) in hard(quota) {
        let Some(asked) = wanted.get(resource).filter(|asked| **asked > 0) else {
            continue;
        };
        let used = quota
            .at("/status/used")
            .and_then(|used| used.get(resource))?;
        if quantity::of(used)?.saturating_add(*asked) > quantity::of(most)? {
            let [requested, taken, limited] = &mut lists;
            requested.push(format!("{resource}={}", quantity::show(resource, *asked)));
            taken.push(format!("{resource}={}", written(used)));
            limited.push(format!("{resource}={}", written(most)));
        }
    }
    let [requested, taken, limited] = lists;
    (!requested.is_empty()).then(|| {
        format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            quota.name(),
            requested.join(","),
            taken.join(","),
            limited.join(",")
        )
    })
}

/// What a quota counts and the containers of a pod do not state.
fn unstated(quota: &Object, spec: &Json) -> Option<String> {
    if spec.get("resources").is_some() {
        return None;
    }
    let lacking: Vec<String> = hard(quota)
        .filter(|(resource, _)| TO_STATE.contains(resource))
        .filter_map(|(resource, _)| {
            let place = match resource.split_once('.') {
                Some((part, resource)) => format!("/resources/{part}/{resource}"),
                None => format!("/resources/requests/{resource}"),
            };
            let names: Vec<&str> = containers(spec, ALL)
                .filter(|container| container.pointer(&place).is_none())
                .map(|container| text(container, "/name"))
                .collect();
            (!names.is_empty()).then(|| format!("{resource} for: {}", names.join(",")))
        })
        .collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "failed quota: {}: must specify {}",
            quota.name(),
            lacking.join("; ")
        )
    })
}

/// Whether a quota counts a pod. One whose scope is not known here is left out.
fn in_scope(quota: &Object, spec: &Json) -> bool {
    let plain = quota
        .list("/spec/scopes")
        .iter()
        .filter_map(Json::as_str)
        .all(|scope| holds(scope, "Exists", &[], spec));
    let selected = quota
        .list("/spec/scopeSelector/matchExpressions")
        .iter()
        .all(|one| {
            let values = one
                .get("values")
                .and_then(Json::as_array)
                .unwrap_or_default();
            holds(
                text(one, "/scopeName"),
                text(one, "/operator"),
                values,
                spec,
            )
        });
    plain && selected
}

fn holds(scope: &str, operator: &str, values: &[Json], spec: &Json) -> bool {
    let ends = spec.get("activeDeadlineSeconds").is_some();
    let stated = |amounts: Use| amounts.contains_key("cpu") || amounts.contains_key("memory");
    let best_effort = || !stated(requests(spec)) && !stated(limits(spec));
    let class = text(spec, "/priorityClassName");
    let listed = values.iter().any(|value| value == class);
    match (scope, operator) {
        ("Terminating", "Exists") => ends,
        ("NotTerminating", "Exists") => !ends,
        ("BestEffort", "Exists") => best_effort(),
        ("NotBestEffort", "Exists") => !best_effort(),
        ("PriorityClass", "In") => listed,
        ("PriorityClass", "NotIn") => !listed,
        ("PriorityClass", "Exists") => !class.is_empty(),
        ("PriorityClass", "DoesNotExist") => class.is_empty(),
        _ => false,
    }
}

fn written(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
