//! Why a pod has no node.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Object;
use crate::placement::{Placement, Reason, ReasonKind};

pub(super) const SCHEMA: Section = &[
    // The decisive reason (`facts::placement::ReasonKind`); empty if the pod has a node.
    ("facts.placement.kind", Type::Text),
    // What the pod wants: `disktype=ssd`, `2 cpu`, the claim; or the taint it does not tolerate.
    ("facts.placement.what", Type::Text),
    // What there is instead, as an English phrase of names and amounts.
    ("facts.placement.instead", Type::Text),
    ("facts.placement.resource", Type::Text),
    ("facts.placement.wanted", Type::Text),
    // The largest amount that is free, on which node, and the most that any node can give.
    ("facts.placement.free", Type::Text),
    ("facts.placement.free_node", Type::Text),
    ("facts.placement.allocatable", Type::Text),
    // Whether no node could ever give as much, however empty.
    ("facts.placement.never", Type::Bool),
    ("facts.placement.key", Type::Text),
    ("facts.placement.value", Type::Text),
    ("facts.placement.nearest", Type::Text),
    // The first nodes that it keeps the pod from, how many there are, and how many nodes in all.
    ("facts.placement.on", Type::Texts),
    ("facts.placement.kept_from", Type::Int),
    ("facts.placement.nodes", Type::Int),
    // How many nodes would take the pod now, by what was read.
    ("facts.placement.fits", Type::Int),
    // Whether it is computed from the nodes and pods; else the scheduler's words are all there is.
    ("facts.placement.computed", Type::Bool),
    ("facts.placement.said", Type::Text),
    // Whether what keeps it from its node is a claim or a volume that can be named, or how many
    // volumes a node can have.
    ("facts.placement.of_volume", Type::Bool),
    // All reasons, the decisive one first: `{kind, what, instead, nodes, told_en, told_zh}`; the last
    // two say it in short: "3 cordoned".
    ("facts.placement.reasons", Type::Maps),
];

pub(super) fn data(scene: Scene<'_>, pod: &Object) -> Value {
    let waits = pod.text("/spec/nodeName").is_empty()
        && pod.at("/metadata/deletionTimestamp").is_none()
        && pod.text("/status/phase") == "Pending";
    let placement = match waits {
        true => crate::placement::explain(scene.snapshot, pod),
        false => Placement::default(),
    };
    let first = placement.decisive();
    let text = |field: fn(&Reason) -> &String| first.map(field).cloned().unwrap_or_default();
    json!({
        "kind": first.map_or("", |first| first.kind.as_str()),
        "what": text(|first| &first.what),
        "instead": text(|first| &first.instead),
        "resource": text(|first| &first.resource),
        "wanted": text(|first| &first.wanted),
        "free": text(|first| &first.free),
        "free_node": text(|first| &first.free_node),
        "allocatable": text(|first| &first.allocatable),
        "never": first.is_some_and(|first| first.never),
        "key": text(|first| &first.key),
        "value": text(|first| &first.value),
        "nearest": text(|first| &first.nearest),
        "on": first.map(|first| first.on.clone()).unwrap_or_default(),
        "kept_from": first.map_or(0, |first| first.nodes),
        "nodes": placement.nodes,
        "fits": placement.fits,
        "computed": placement.computed,
        "said": placement.said,
        "of_volume": of_volume(&placement),
        "reasons": placement.reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

/// How many volumes a node can have is told by the scheduler alone, so that it may be the reason even
/// where nodes seem to fit.
fn of_volume(placement: &Placement) -> bool {
    let full = |reason: &Reason| reason.kind == ReasonKind::TooManyVolumes;
    let decisive = placement.decisive().is_some_and(|first| match first.kind {
        ReasonKind::VolumeUnbound | ReasonKind::TooManyVolumes => true,
        // The scheduler's words stand where no claim was read that could be named.
        ReasonKind::VolumeMissing | ReasonKind::VolumeNodeAffinity => !first.what.contains(' '),
        ReasonKind::SchedulingGated
        | ReasonKind::NodeMissing
        | ReasonKind::NodeNotReady
        | ReasonKind::Unschedulable
        | ReasonKind::NodeSelector
        | ReasonKind::NodeAffinity
        | ReasonKind::Taint
        | ReasonKind::InsufficientResource
        | ReasonKind::TooManyPods
        | ReasonKind::HostPort
        | ReasonKind::PodAffinity
        | ReasonKind::PodAntiAffinity
        | ReasonKind::ExistingAntiAffinity
        | ReasonKind::TopologySpread
        | ReasonKind::Other => false,
    });
    decisive || placement.fits > 0 && placement.reasons.iter().any(full)
}

fn reason(reason: &Reason) -> Value {
    let (en, zh) = told(reason);
    json!({
        "kind": reason.kind.as_str(),
        "what": reason.what,
        "instead": reason.instead,
        "nodes": reason.nodes,
        "told_en": format!("{}{en}", reason.nodes),
        "told_zh": format!("{} 个{zh}", reason.nodes),
    })
}

/// What is with the nodes that a reason rules out, to be said after their number.
fn told(reason: &Reason) -> (String, String) {
    let what = &reason.what;
    let words = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
    match reason.kind {
        ReasonKind::Unschedulable => words(" cordoned", "被封锁"),
        ReasonKind::NodeNotReady => words(" not ready", "未就绪"),
        ReasonKind::TooManyPods => words(" with no room for another pod", "已达 Pod 数上限"),
        ReasonKind::Taint => (
            format!(" with taint `{what}`"),
            format!("带有污点 `{what}`"),
        ),
        ReasonKind::NodeSelector | ReasonKind::NodeAffinity => {
            (format!(" without `{what}`"), format!("没有 `{what}`"))
        }
        ReasonKind::InsufficientResource => {
            (format!(" without {what} free"), format!("剩余不足 {what}"))
        }
        ReasonKind::SchedulingGated
        | ReasonKind::NodeMissing
        | ReasonKind::VolumeMissing
        | ReasonKind::VolumeUnbound
        | ReasonKind::VolumeNodeAffinity
        | ReasonKind::TooManyVolumes
        | ReasonKind::HostPort
        | ReasonKind::PodAffinity
        | ReasonKind::PodAntiAffinity
        | ReasonKind::ExistingAntiAffinity
        | ReasonKind::TopologySpread
        | ReasonKind::Other => {
            if what.is_empty() {
                words(" for other reasons", "因其他原因")
            } else {
                (format!(" ({what})"), format!("（{what}）"))
            }
        }
    }
}
