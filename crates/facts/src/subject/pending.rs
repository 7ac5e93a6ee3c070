//! Why a pod has no node.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Object;
use crate::placement::{Placement, Reason};

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
    // All reasons, the decisive one first: `{kind, what, instead, nodes}`.
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
        "reasons": placement.reasons.iter().map(|reason| json!({
            "kind": reason.kind.as_str(),
            "what": reason.what,
            "instead": reason.instead,
            "nodes": reason.nodes,
        })).collect::<Vec<_>>(),
    })
}
