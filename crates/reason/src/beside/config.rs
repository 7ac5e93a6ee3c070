//! What the pods of a workload refer to by name: configuration, of which only the names of keys
//! are told, and claims with their volumes and classes.

use std::collections::{BTreeMap, BTreeSet};

use facts::references::{self, Missing, ReferenceKind};
use facts::{Object, Presence};
use model::Text;

use super::{Beside, BesideName, Line, Scene, names, text};

/// How many names of keys are told.
const KEYS: usize = 5;
/// What Kubernetes itself gives every pod.
const GIVEN: &str = "kube-root-ca.crt";

pub(super) fn config(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Config);
    line.needs_spec(scene);
    let mut all: BTreeMap<(ReferenceKind, String), bool> = BTreeMap::new();
    for one in references::references(scene.spec()) {
        match one.kind {
            ReferenceKind::ConfigMap
            | ReferenceKind::Secret
            | ReferenceKind::PriorityClass
            | ReferenceKind::RuntimeClass => {}
            // These are told elsewhere.
            ReferenceKind::PersistentVolumeClaim | ReferenceKind::ServiceAccount => continue,
        }
        if one.name != GIVEN {
            // It may be left out only if every reference allows it.
            let optional = all.entry((one.kind, one.name)).or_insert(true);
            *optional &= one.optional;
        }
    }
    let mut gone = references::missing_in(scene.snapshot, scene.namespace(), scene.spec(), &[]);
    for pod in scene.pods.iter().take(super::MOST) {
        gone.extend(references::missing(scene.snapshot, pod));
    }
    let mut lost: BTreeMap<(ReferenceKind, &str), Vec<&Missing>> = BTreeMap::new();
    for one in &gone {
        let key = (one.reference.kind, one.reference.name.as_str());
        lost.entry(key).or_default().push(one);
    }
    for ((kind, name), optional) in &all {
        let gone = lost
            .get(&(*kind, name.as_str()))
            .map_or(&[][..], Vec::as_slice);
        let (notable, told) = one(scene, *kind, name, *optional, gone);
        line.add_if(notable, told);
    }
    line.end(Text::new(
        "refers to no ConfigMap and no Secret",
        "没有引用 ConfigMap 或 Secret",
    ))
}

fn one(
    scene: &Scene<'_>,
    kind: ReferenceKind,
    name: &str,
    optional: bool,
    gone: &[&Missing],
) -> (bool, Text) {
    let mut lost = false;
    let mut keys: Vec<String> = Vec::new();
    for missing in gone {
        lost |= missing.object.is_absent();
        let key = &missing.reference.key;
        if missing.key.is_absent() && !key.is_empty() && !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let namespace = match kind {
        ReferenceKind::PriorityClass | ReferenceKind::RuntimeClass => "",
        ReferenceKind::ConfigMap
        | ReferenceKind::Secret
        | ReferenceKind::PersistentVolumeClaim
        | ReferenceKind::ServiceAccount => scene.namespace(),
    };
    let what = format!("{} {name}", kind.as_str());
    let found = scene.snapshot.get(kind.as_str(), namespace, name);
    if lost || found.is_absent() {
        return match optional {
            true => (
                false,
                Text::new(
                    format!("{what} does not exist (optional)"),
                    format!("{what} 不存在（可选）"),
                ),
            ),
            false => (
                true,
                Text::new(format!("{what} does not exist"), format!("{what} 不存在")),
            ),
        };
    }
    if !keys.is_empty() {
        let Text { en, zh } = names(&keys, KEYS);
        return (
            true,
            Text::new(
                format!("{what} has no key {en}"),
                format!("{what} 没有键 {zh}"),
            ),
        );
    }
    let told = match found {
        Presence::Present(object) => match references::keys_of(object) {
            Some(keys) => {
                let Text { en, zh } = names(&keys, KEYS);
                Text::new(format!("{what} (keys {en})"), format!("{what}（键 {zh}）"))
            }
            None => Text::same(what),
        },
        Presence::Absent | Presence::Unknown => {
            Text::new(format!("{what} (not read)"), format!("{what}（未读取）"))
        }
    };
    (false, told)
}

pub(super) fn storage(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Storage);
    line.needs_spec(scene);
    for name in claims(scene) {
        let claim = scene
            .snapshot
            .get("PersistentVolumeClaim", scene.namespace(), &name);
        match claim {
            Presence::Present(claim) => told(scene, claim, &mut line),
            Presence::Absent => line.add_if(
                true,
                Text::new(
                    format!("PVC {name} does not exist"),
                    format!("PVC {name} 不存在"),
                ),
            ),
            Presence::Unknown => line.add(Text::new(
                format!("PVC {name} (not read)"),
                format!("PVC {name}（未读取）"),
            )),
        }
    }
    line.end(Text::new("uses no claims", "没有使用 PVC"))
}

/// The claims of the pods that are there, or else those of the next one.
fn claims(scene: &Scene<'_>) -> BTreeSet<String> {
    let next = std::iter::once(&scene.pod);
    let mut found = BTreeSet::new();
    let mut push = |name: String| {
        if !name.is_empty() {
            found.insert(name);
        }
    };
    for pod in scene.pods.iter().copied().chain(next) {
        for volume in pod.list("/spec/volumes") {
            push(text(volume, "/persistentVolumeClaim/claimName").to_owned());
            if volume.get("ephemeral").is_some() && !pod.name().is_empty() {
                push(format!("{}-{}", pod.name(), text(volume, "/name")));
            }
        }
    }
    if scene.pods.is_empty() {
        let top = scene.top;
        let first = top.int("/spec/ordinals/start").unwrap_or(0);
        for template in top.list("/spec/volumeClaimTemplates") {
            push(format!(
                "{}-{}-{first}",
                text(template, "/metadata/name"),
                top.name()
            ));
        }
    }
    found
}

fn told(scene: &Scene<'_>, claim: &Object, line: &mut Line) {
    let phase = claim.text("/status/phase");
    let class = claim.text("/spec/storageClassName");
    let size = match claim.text("/status/capacity/storage") {
        "" => claim.text("/spec/resources/requests/storage"),
        size => size,
    };
    let mut said = Text::same(format!("PVC {} {phase}", claim.name()).trim_end());
    if !size.is_empty() {
        said.push(&Text::new(format!(", {size}"), format!("，{size}")));
    }
    let lost = scene.snapshot.get("StorageClass", "", class).is_absent();
    let volume = claim.text("/spec/volumeName");
    let volume = scene.snapshot.get("PersistentVolume", "", volume).present();
    match class {
        "" => {}
        class if lost && phase != "Bound" => said.push(&Text::new(
            format!(", class {class} does not exist"),
            format!("，存储类 {class} 不存在"),
        )),
        class => said.push(&Text::new(
            format!(", class {class}"),
            format!("，存储类 {class}"),
        )),
    }
    if let Some(volume) = volume.filter(|volume| volume.text("/status/phase") != "Bound") {
        let words = format!("PV {} {}", volume.name(), volume.text("/status/phase"));
        said.push(&Text::new(format!(", {words}"), format!("，{words}")));
    }
    line.add_if(!phase.is_empty() && phase != "Bound", said);
}
