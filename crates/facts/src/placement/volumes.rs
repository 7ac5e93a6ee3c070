//! Conditions of a pod's volumes: claims that are there, bound, and reachable from a node.

use super::labels::{fits_terms, shown_terms};
use super::requests::list;
use super::{Reason, ReasonKind};
use crate::container::text;
use crate::references::{ReferenceKind, references};
use crate::{Json, Object, Presence, Snapshot, nearest, quantity};

/// The claims of a pod that are there: by reference, and those made for it.
fn claims(pod: &Object, spec: &Json) -> Vec<String> {
    let own = list(spec, "volumes")
        .iter()
        .filter(|volume| volume.get("ephemeral").is_some())
        .map(|volume| format!("{}-{}", pod.name(), text(volume, "/name")));
    references(spec)
        .into_iter()
        .filter(|reference| reference.kind == ReferenceKind::PersistentVolumeClaim)
        .map(|reference| reference.name)
        .chain(own)
        .collect()
}

/// What keeps a pod from every node: claims that are not there, or that nothing will bind.
pub(super) fn of_pod(snapshot: &Snapshot, pod: &Object, spec: &Json) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for name in claims(pod, spec) {
        let claim = match snapshot.get("PersistentVolumeClaim", pod.namespace(), &name) {
            Presence::Unknown => continue,
            Presence::Absent => {
                let mut reason = Reason::new(ReasonKind::VolumeMissing, &name);
                let names = snapshot.of_kind("PersistentVolumeClaim", Some(pod.namespace()));
                nearest(&name, names.map(Object::name))
                    .unwrap_or_default()
                    .clone_into(&mut reason.nearest);
                reasons.push(reason);
                continue;
            }
            Presence::Present(claim) => claim,
        };
        if claim.text("/status/phase") == "Lost" {
            let mut reason = Reason::new(ReasonKind::VolumeMissing, &name);
            reason.instead = format!("its volume {} is gone", claim.text("/spec/volumeName"));
            reasons.push(reason);
        } else if claim.text("/spec/volumeName").is_empty() && !waits(snapshot, claim) {
            let mut reason = Reason::new(ReasonKind::VolumeUnbound, &name);
            reason.instead = claim_words(snapshot, claim);
            reasons.push(reason);
        }
    }
    reasons
}

/// Whether a claim is bound only once its pod has a node.
fn waits(snapshot: &Snapshot, claim: &Object) -> bool {
    class(snapshot, claim)
        .is_some_and(|class| class.text("/volumeBindingMode") == "WaitForFirstConsumer")
}

fn class<'a>(snapshot: &'a Snapshot, claim: &Object) -> Option<&'a Object> {
    snapshot
        .get("StorageClass", "", claim.text("/spec/storageClassName"))
        .present()
}

/// Why a claim is not bound, as far as the objects tell.
fn claim_words(snapshot: &Snapshot, claim: &Object) -> String {
    match claim.text("/spec/storageClassName") {
        "" if claim.at("/spec/storageClassName").is_some() => {
            "it wants a volume without a StorageClass, and none fits".to_owned()
        }
        "" => "it names no StorageClass, and none is the default".to_owned(),
        name => match snapshot.get("StorageClass", "", name) {
            Presence::Absent => {
                let names = snapshot.of_kind("StorageClass", None).map(Object::name);
                let there: Vec<&str> = names.take(10).collect();
                match there.is_empty() {
                    true => format!("StorageClass {name} does not exist"),
                    false => format!(
                        "StorageClass {name} does not exist; there are: {}",
                        there.join(", ")
                    ),
                }
            }
            Presence::Present(_) | Presence::Unknown => {
                format!("it is not bound; its StorageClass is {name}")
            }
        },
    }
}

/// What keeps a pod from one node: a volume that is elsewhere, or that no volume here can be.
pub(super) fn of_node(
    snapshot: &Snapshot,
    pod: &Object,
    spec: &Json,
    node: &Object,
) -> Option<Reason> {
    claims(pod, spec).into_iter().find_map(|name| {
        let claim = snapshot
            .get("PersistentVolumeClaim", pod.namespace(), &name)
            .present()?;
        let volume = claim.text("/spec/volumeName");
        if !volume.is_empty() {
            let volume = snapshot.get("PersistentVolume", "", volume).present()?;
            let required = volume.at("/spec/nodeAffinity/required")?;
            if fits_terms(required, node) {
                return None;
            }
            let mut reason = Reason::new(ReasonKind::VolumeNodeAffinity, &name);
            reason.instead = format!("{} is on {}", volume.name(), shown_terms(required));
            return Some(reason);
        }
        let class = class(snapshot, claim)?;
        if class.text("/volumeBindingMode") != "WaitForFirstConsumer" {
            return None;
        }
        let static_only = class.text("/provisioner") == "kubernetes.io/no-provisioner";
        if static_only
            && snapshot.is_complete("PersistentVolume", "")
            && !snapshot
                .of_kind("PersistentVolume", None)
                .any(|volume| offers(volume, claim, node))
        {
            let mut reason = Reason::new(ReasonKind::VolumeUnbound, &name);
            reason.instead = format!(
                "no free PersistentVolume of class {} is large enough and reachable",
                class.name()
            );
            return Some(reason);
        }
        allowed(class, node).map(|words| {
            let mut reason = Reason::new(ReasonKind::VolumeNodeAffinity, &name);
            reason.instead = format!(
                "StorageClass {} makes volumes only on {words}",
                class.name()
            );
            reason
        })
    })
}

/// Whether a volume could be bound to a claim on a node.
fn offers(volume: &Object, claim: &Object, node: &Object) -> bool {
    let amount = |object: &Object, field: &str| object.at(field).and_then(quantity::of);
    let enough = amount(claim, "/spec/resources/requests/storage")
        .zip(amount(volume, "/spec/capacity/storage"))
        .is_none_or(|(wanted, there)| there >= wanted);
    let modes = claim
        .list("/spec/accessModes")
        .iter()
        .all(|mode| volume.list("/spec/accessModes").contains(mode));
    volume.text("/status/phase") == "Available"
        && volume.text("/spec/storageClassName") == claim.text("/spec/storageClassName")
        && enough
        && modes
        && volume
            .at("/spec/nodeAffinity/required")
            .is_none_or(|required| fits_terms(required, node))
}

/// The topologies that a class allows, in words, if a node is in none of them.
fn allowed(class: &Object, node: &Object) -> Option<String> {
    let topologies = class.list("/allowedTopologies");
    let fits = topologies.is_empty()
        || topologies.iter().any(|term| {
            list(term, "matchLabelExpressions")
                .iter()
                .all(|expression| {
                    let own = super::labels::label(node, text(expression, "/key"));
                    list(expression, "values")
                        .iter()
                        .any(|value| value.as_str().is_some() && value.as_str() == own)
                })
        });
    (!fits).then(|| {
        topologies
            .iter()
            .flat_map(|term| list(term, "matchLabelExpressions"))
            .map(|expression| {
                let values: Vec<&str> = list(expression, "values")
                    .iter()
                    .filter_map(Json::as_str)
                    .collect();
                format!("{}={}", text(expression, "/key"), values.join("|"))
            })
            .collect::<Vec<_>>()
            .join(" or ")
    })
}
