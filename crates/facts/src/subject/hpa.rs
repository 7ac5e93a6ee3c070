//! What conditions see of a HorizontalPodAutoscaler.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{condition, first_line, text};
use crate::{Json, Object, Presence};

pub(super) const SCHEMA: Section = &[
    ("hpa.name", Type::Text),
    ("hpa.namespace", Type::Text),
    ("hpa.age", Type::Int),
    ("hpa.target", Type::Ref),
    // Whether the target is there: `present`, `absent` or `unknown`.
    ("hpa.target_presence", Type::Text),
    ("hpa.nearest_target", Type::Text),
    ("hpa.min", Type::Int),
    ("hpa.max", Type::Int),
    ("hpa.current", Type::Int),
    ("hpa.desired", Type::Int),
    // The condition ScalingActive: can it work out how many pods are wanted?
    ("hpa.active", Type::Text),
    ("hpa.active_reason", Type::Text),
    ("hpa.active_message", Type::Text),
    // The condition AbleToScale.
    ("hpa.able", Type::Text),
    ("hpa.able_reason", Type::Text),
    ("hpa.able_message", Type::Text),
    // The condition ScalingLimited: `TooManyReplicas` when the load wants more than the maximum.
    ("hpa.limited", Type::Text),
    ("hpa.limited_reason", Type::Text),
    // Seconds since one of the first two went False, and since the load was first limited, unknown
    // where a description does not tell; else 0.
    ("hpa.inactive_for", Type::Int),
    ("hpa.limited_for", Type::Int),
    // What it scales on, as people say it: `cpu`, `external queue_depth`.
    ("hpa.metrics", Type::Texts),
    // Other autoscalers of the same target.
    ("hpa.others", Type::Texts),
    // The resources it scales on, and the target's containers that request none of one of them.
    ("hpa.resources", Type::Texts),
    ("hpa.without_request", Type::Texts),
    // Of what a table showed: whether it showed no value of one of its metrics, and those that are
    // far above their target, as it shows them (`cpu: 95%/80%`).
    ("hpa.unmeasured", Type::Bool),
    ("hpa.over", Type::Texts),
    // Whether the API that serves resource metrics is there: `present`, `absent` or `unknown`.
    ("hpa.metrics_api", Type::Text),
    ("hpa.scaled_to_zero", Type::Bool),
];

pub(super) fn data(scene: Scene<'_>, hpa: &Object) -> Vec<(&'static str, Value)> {
    let snapshot = scene.snapshot;
    let (kind, name) = (
        hpa.text("/spec/scaleTargetRef/kind"),
        hpa.text("/spec/scaleTargetRef/name"),
    );
    let target = snapshot.get(kind, hpa.namespace(), name);
    let names: Vec<&str> = snapshot
        .of_kind(kind, Some(hpa.namespace()))
        .map(Object::name)
        .collect();
    let resources: Vec<&str> = hpa
        .list("/spec/metrics")
        .iter()
        .map(|metric| match text(metric, "/resource/name") {
            "" => text(metric, "/containerResource/name"),
            name => name,
        })
        .filter(|name| !name.is_empty())
        .collect();
    let lacking: Vec<&str> = target
        .present()
        .and_then(super::workload::template)
        .and_then(|spec| spec.get("containers")?.as_array())
        .into_iter()
        .flatten()
        .filter(|container| {
            let seen = target
                .present()
                .is_some_and(|target| super::seen::resources_seen(target, container));
            seen && resources.iter().any(|resource| {
                ["requests", "limits"].into_iter().all(|part| {
                    container
                        .pointer(&format!("/resources/{part}/{resource}"))
                        .is_none()
                })
            })
        })
        .map(|container| text(container, "/name"))
        .collect();
    let said = |kind: &str, field: &str| {
        condition(hpa, kind)
            .map_or("", |condition| text(condition, field))
            .to_owned()
    };
    let words = |kind: &str| first_line(&said(kind, "/message")).to_owned();
    let metrics = snapshot
        .get("APIService", "", "v1beta1.metrics.k8s.io")
        .as_str();
    let held = |kind: &str, status: &str| {
        condition(hpa, kind)
            .filter(|condition| text(condition, "/status") == status)
            .map(|condition| scene.since(text(condition, "/lastTransitionTime")))
    };
    let span = |held: Option<Option<i64>>| match held {
        Some(known) => known.map(Value::from).unwrap_or_default(),
        None => json!(0),
    };
    let scales_on: Vec<String> = hpa
        .list("/spec/metrics")
        .iter()
        .map(named)
        .filter(|name| !name.is_empty())
        .collect();
    let others: Vec<&str> = snapshot
        .of_kind("HorizontalPodAutoscaler", Some(hpa.namespace()))
        .filter(|other| other.name() != hpa.name())
        .filter(|other| {
            other.at("/spec/scaleTargetRef/name") == hpa.at("/spec/scaleTargetRef/name")
                && other.at("/spec/scaleTargetRef/kind") == hpa.at("/spec/scaleTargetRef/kind")
        })
        .map(Object::name)
        .collect();
    let section = json!({
        "inactive_for": span(held("ScalingActive", "False").or_else(|| held("AbleToScale", "False"))),
        "limited_for": span(held("ScalingLimited", "True")),
        "unmeasured": hpa.is_guessed() && hpa.list("/status/currentMetrics").len() < hpa.list("/spec/metrics").len(),
        "over": over(hpa),
        "metrics": scales_on,
        "others": others,
        "name": hpa.name(),
        "namespace": hpa.namespace(),
        "age": scene.age(hpa),
        "target": {"kind": kind, "namespace": hpa.namespace(), "name": name},
        "target_presence": target.as_str(),
        "nearest_target": match target { Presence::Absent => crate::nearest(name, names.iter().copied()).unwrap_or(""), Presence::Present(_) | Presence::Unknown => "" },
        "min": hpa.int("/spec/minReplicas").unwrap_or(1),
        "max": hpa.int("/spec/maxReplicas").unwrap_or(0),
        "current": hpa.int("/status/currentReplicas").unwrap_or(0),
        "desired": hpa.int("/status/desiredReplicas").unwrap_or(0),
        "active": said("ScalingActive", "/status"),
        "active_reason": said("ScalingActive", "/reason"),
        "active_message": words("ScalingActive"),
        "able": said("AbleToScale", "/status"),
        "able_reason": said("AbleToScale", "/reason"),
        "able_message": words("AbleToScale"),
        "limited": said("ScalingLimited", "/status"),
        "limited_reason": said("ScalingLimited", "/reason"),
        "resources": resources,
        "without_request": lacking,
        "metrics_api": metrics,
        "scaled_to_zero": target.present().is_some_and(|target| target.int("/spec/replicas") == Some(0)),
    });
    vec![("hpa", section)]
}

/// The utilisations that are above their target by more than the tenth which an autoscaler leaves
/// alone.
fn over(hpa: &Object) -> Vec<String> {
    let current = hpa.list("/status/currentMetrics");
    hpa.list("/spec/metrics")
        .iter()
        .filter_map(|metric| {
            let name = text(metric, "/resource/name");
            let target = metric
                .pointer("/resource/target/averageUtilization")?
                .as_u64()?;
            let now = current
                .iter()
                .find(|one| text(one, "/resource/name") == name)?
                .pointer("/resource/current/averageUtilization")?
                .as_u64()?;
            let far = now.saturating_mul(10) > target.saturating_mul(11);
            let name = if name.is_empty() {
                ""
            } else {
                &format!("{name}: ")
            };
            far.then(|| format!("{name}{now}%/{target}%"))
        })
        .collect()
}

/// A metric as people say it.
fn named(metric: &Json) -> String {
    let kind = text(metric, "/type");
    match kind {
        "Resource" => text(metric, "/resource/name").to_owned(),
        "ContainerResource" => format!(
            "{} of container {}",
            text(metric, "/containerResource/name"),
            text(metric, "/containerResource/container")
        ),
        _ => {
            let part = kind.to_lowercase();
            let name = match text(metric, &format!("/{part}/metric/name")) {
                "" => text(metric, "/object/metric/name"),
                name => name,
            };
            format!("{part} {name}").trim().to_owned()
        }
    }
}
