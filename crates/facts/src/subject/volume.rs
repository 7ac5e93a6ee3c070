//! The volume that keeps a pod from starting: which claim it is, and who else holds it.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::text;
use crate::workload::home_of;
use crate::{Object, Presence};

pub(super) const SCHEMA: Section = &[
    // The claim behind the volume that the warning names, or the pod's only claim; its volume.
    ("facts.volume.claim", Type::Text),
    ("facts.volume.volume", Type::Text),
    ("facts.volume.access_modes", Type::Texts),
    // The other node that holds it, the pod there that uses it, and that pod's workload.
    ("facts.volume.holder_node", Type::Text),
    ("facts.volume.holder_pod", Type::Text),
    ("facts.volume.holder_home", Type::Ref),
];

pub(super) fn data(scene: Scene<'_>, pod: &Object, words: &[&str]) -> Value {
    let snapshot = scene.snapshot;
    let claim = words
        .iter()
        .find_map(|words| claim_named(scene, pod, words))
        .or_else(|| only_claim(pod))
        .filter(|_| words.iter().any(|words| !words.is_empty()));
    let found = claim.as_ref().map_or(Presence::Unknown, |claim| {
        snapshot.get("PersistentVolumeClaim", pod.namespace(), claim)
    });
    let volume = found
        .present()
        .map_or("", |claim| claim.text("/spec/volumeName"));
    let node = pod.text("/spec/nodeName");
    let attached = snapshot
        .of_kind("VolumeAttachment", None)
        .filter(|attachment| {
            !volume.is_empty() && attachment.text("/spec/source/persistentVolumeName") == volume
        })
        .map(|attachment| attachment.text("/spec/nodeName"))
        .find(|other| *other != node);
    let user = claim.as_ref().and_then(|claim| {
        snapshot
            .of_kind("Pod", Some(pod.namespace()))
            .find(|other| {
                other.uid() != pod.uid()
                    && !matches!(other.text("/status/phase"), "Succeeded" | "Failed")
                    && !other.text("/spec/nodeName").is_empty()
                    && other.text("/spec/nodeName") != node
                    && claims(other).any(|known| known == claim)
            })
    });
    let holder = attached.or_else(|| user.map(|user| user.text("/spec/nodeName")));
    json!({
        "volume": volume,
        "access_modes": found.present().map(|claim| super::pod::texts(claim.list("/spec/accessModes"), "")).unwrap_or_default(),
        "holder_node": holder.unwrap_or(""),
        "holder_pod": user.map_or("", Object::name),
        "holder_home": user.map_or_else(|| json!({}), |user| super::storage::reference(&home_of(snapshot, user))),
        "claim": claim.unwrap_or_default(),
    })
}

/// The claims that a pod uses.
fn claims(pod: &Object) -> impl Iterator<Item = &str> {
    pod.list("/spec/volumes")
        .iter()
        .map(|volume| text(volume, "/persistentVolumeClaim/claimName"))
        .filter(|claim| !claim.is_empty())
}

fn only_claim(pod: &Object) -> Option<String> {
    let mut claims = claims(pod);
    let first = claims.next()?;
    claims.next().is_none().then(|| first.to_owned())
}

/// The claim behind the volume that some words name in quotes or in brackets: the name of a
/// PersistentVolume, or of a volume of the pod.
fn claim_named(scene: Scene<'_>, pod: &Object, words: &str) -> Option<String> {
    let quoted = words
        .split("volume \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let listed = words
        .split("unmounted volumes=[")
        .skip(1)
        .filter_map(|rest| rest.split(']').next())
        .flat_map(str::split_whitespace);
    quoted.chain(listed).find_map(|name| {
        let volume = scene.snapshot.get("PersistentVolume", "", name).present();
        if let Some(volume) = volume {
            return Some(volume.text("/spec/claimRef/name").to_owned());
        }
        let volumes = pod.list("/spec/volumes").iter();
        volumes
            .filter(|volume| text(volume, "/name") == name)
            .map(|volume| text(volume, "/persistentVolumeClaim/claimName").to_owned())
            .find(|claim| !claim.is_empty())
    })
}
