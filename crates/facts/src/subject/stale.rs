//! Configuration that was changed after the pods that read it had started.
//!
//! Only what is read once counts: environment, and files mounted by `subPath`. Other volumes follow
//! their ConfigMap by themselves.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{Container, containers, pod_ready, text};
use crate::references::{By, Reference, references};
use crate::{Json, Object, pods_of};

pub(super) const SCHEMA: Section = &[
    // The object that was changed: `ConfigMap settings`; empty if none was.
    ("facts.stale.object", Type::Text),
    ("facts.stale.changed_ago", Type::Int),
    // The keys of it that are read by name; empty if it is loaded as a whole.
    ("facts.stale.keys", Type::Texts),
    // By what it is read: `env`, `env_from`, `sub_path`.
    ("facts.stale.by", Type::Text),
    // In how many ready pods a container that reads it is older than the change, and how many ready
    // pods there are.
    ("facts.stale.pods", Type::Int),
    ("facts.stale.of", Type::Int),
];

/// The API server and a node may disagree about the time by so many seconds.
const CLOCKS: i64 = 5;

pub(super) fn data(scene: Scene<'_>, workload: &Object) -> Value {
    let nothing = json!({"object": "", "changed_ago": 0, "keys": [], "by": "", "pods": 0, "of": 0});
    let Some(spec) = super::workload::template(workload) else {
        return nothing;
    };
    let pods: Vec<&Object> = pods_of(scene.snapshot, workload)
        .into_iter()
        .filter(|pod| pod_ready(pod))
        .collect();
    let mut best: Option<(i64, Value)> = None;
    let all = references(spec);
    for reference in &all {
        let by = match reference.by {
            By::Env => "env",
            By::EnvFrom => "env_from",
            By::Volume | By::VolumeItem if by_sub_path(spec, &reference.volume) => "sub_path",
            By::Volume | By::VolumeItem | By::PullSecret | By::Pod => continue,
        };
        let kind = reference.kind.as_str();
        let found = scene
            .snapshot
            .get(kind, workload.namespace(), &reference.name);
        let Some(changed_ago) = found
            .present()
            .and_then(|object| changed_ago(scene, object))
        else {
            continue;
        };
        let older = pods
            .iter()
            .filter(|pod| {
                let read = read_ago(scene, pod, reference);
                read.is_some_and(|read| read > changed_ago.saturating_add(CLOCKS))
            })
            .count();
        if older == 0
            || best
                .as_ref()
                .is_some_and(|(known, _)| *known <= changed_ago)
        {
            continue;
        }
        let mut keys: Vec<&str> = all
            .iter()
            .filter(|other| other.name == reference.name && other.kind.as_str() == kind)
            .map(|other| other.key.as_str())
            .filter(|key| !key.is_empty())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        best = Some((
            changed_ago,
            json!({
                "object": format!("{kind} {}", reference.name),
                "changed_ago": changed_ago,
                "keys": keys,
                "by": by,
                "pods": older,
                "of": pods.len(),
            }),
        ));
    }
    best.map_or(nothing, |(_, stale)| stale)
}

/// Whether a volume is mounted by a path within it, which is read once.
fn by_sub_path(spec: &Json, volume: &str) -> bool {
    let containers = spec.get("containers").and_then(Json::as_array);
    containers
        .into_iter()
        .flatten()
        .filter_map(|container| container.get("volumeMounts")?.as_array())
        .flatten()
        .any(|mount| text(mount, "/name") == volume && !text(mount, "/subPath").is_empty())
}

/// Seconds since a pod read what a reference names: a container reads it each time it is started. Where
/// several do, the one that did first counts.
fn read_ago(scene: Scene<'_>, pod: &Object, reference: &Reference) -> Option<i64> {
    let reads = |container: &Container<'_>| {
        reference.container.is_empty() || container.name() == reference.container
    };
    containers(pod)
        .filter(|container| !container.init && reads(container))
        .filter_map(|container| scene.since(text(container.status, "/state/running/startedAt")))
        .max()
        .or_else(|| scene.since(pod.text("/status/startTime")))
}

/// Seconds since somebody last wrote values of an object, as its managed fields tell; none if they
/// were not changed since it was made. Without word of what was written, anything may have been.
fn changed_ago(scene: Scene<'_>, object: &Object) -> Option<i64> {
    let made = scene.age(object)?;
    let wrote_values = |entry: &&Json| {
        let fields = entry.get("fieldsV1");
        fields.is_none_or(|fields| {
            fields.get("f:data").is_some() || fields.get("f:binaryData").is_some()
        })
    };
    let newest = object
        .list("/metadata/managedFields")
        .iter()
        .filter(wrote_values)
        .filter_map(|entry| scene.since(text(entry, "/time")))
        .min()?;
    (newest < made).then_some(newest)
}
