//! What conditions see of a PersistentVolumeClaim.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::first_line;
use crate::{Json, Object, Presence};

pub(super) const SCHEMA: Section = &[
    ("pvc.name", Type::Text),
    ("pvc.namespace", Type::Text),
    // `Pending`, `Bound` or `Lost`.
    ("pvc.phase", Type::Text),
    ("pvc.age", Type::Int),
    ("pvc.deleting", Type::Bool),
    ("pvc.size", Type::Text),
    ("pvc.access_modes", Type::Texts),
    // The storage class it names; empty if it leaves that open.
    ("pvc.class", Type::Text),
    // Whether that class is there: `present`, `absent` (nobody lists it, or the API server says so of
    // the claim) or `unknown`.
    ("pvc.class_presence", Type::Text),
    ("pvc.nearest_class", Type::Text),
    // All classes, and the default one, empty if there is none; unknown where not all were read.
    ("pvc.classes", Type::Texts),
    ("pvc.default_class", Type::Text),
    ("pvc.provisioner", Type::Text),
    // Whether the class binds a claim only when a pod that uses it is placed.
    ("pvc.waits_for_pod", Type::Bool),
    // The volume that it is bound to or asks for, and that volume's phase.
    ("pvc.volume", Type::Text),
    ("pvc.volume_presence", Type::Text),
    ("pvc.volume_phase", Type::Text),
    // Of a claim that is not bound: the volumes there are, those that come nearest first, and why each
    // is none for it: `{name, why, has}`, why being `bound`, `class`, `modes`, `size`, `selector`,
    // `block`, or empty.
    ("pvc.candidates", Type::Maps),
    // The pods that use it, and one of them.
    ("pvc.used_by", Type::Int),
    ("pvc.pod", Type::Text),
    ("pvc.owner", Type::Ref),
    // The newest warning about it: `ProvisioningFailed`, `FailedBinding`.
    ("pvc.reason", Type::Text),
    ("pvc.message", Type::Text),
];

/// The annotation of a class that is used where a claim names none.
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

pub(super) fn data(scene: Scene<'_>, claim: &Object) -> Vec<(&'static str, Value)> {
    let snapshot = scene.snapshot;
    let classes: Vec<&Object> = snapshot.of_kind("StorageClass", None).collect();
    let names: Vec<&str> = classes.iter().map(|class| class.name()).collect();
    let default = classes
        .iter()
        .find(|class| class.annotation(DEFAULT) == Some("true"));
    let named = claim.text("/spec/storageClassName");
    let class = snapshot.get("StorageClass", "", named);
    let volume = claim.text("/spec/volumeName");
    let found = snapshot.get("PersistentVolume", "", volume);
    let users: Vec<&Object> = users(scene, claim).collect();
    let trouble = super::pod::newest_event(
        scene,
        claim,
        &[
            "ProvisioningFailed",
            "FailedBinding",
            "ClaimLost",
            "ClaimMisbound",
            "VolumeMismatch",
            "ExternalProvisioning",
            "VolumeResizeFailed",
            "FileSystemResizeFailed",
        ],
    );
    let message = trouble.map_or("", |event| first_line(event.text("/message")));
    let presence = match class {
        _ if named.is_empty() => "",
        Presence::Unknown
            if says_absent(message, named) || users.iter().any(|pod| waits_for(pod, named)) =>
        {
            Presence::<&Object>::Absent.as_str()
        }
        Presence::Present(_) | Presence::Absent | Presence::Unknown => class.as_str(),
    };
    let class = class.present();
    let all_classes = snapshot.is_complete("StorageClass", "");
    let owner = users
        .first()
        .map(|pod| crate::workload::home_of(snapshot, pod));
    let section = json!({
        "name": claim.name(),
        "namespace": claim.namespace(),
        "phase": claim.text("/status/phase"),
        "age": scene.age(claim),
        "deleting": claim.at("/metadata/deletionTimestamp").is_some(),
        "size": super::container::amount(claim.json(), "/spec/resources/requests/storage"),
        "access_modes": super::pod::texts(claim.list("/spec/accessModes"), ""),
        "class": named,
        "class_presence": presence,
        "nearest_class": crate::nearest(named, names.iter().copied()).unwrap_or(""),
        "classes": all_classes.then_some(names),
        "default_class": match default {
            None if !all_classes => Value::Null,
            default => json!(default.map_or("", |class| class.name())),
        },
        "provisioner": class.map_or("", |class| class.text("/provisioner")),
        "waits_for_pod": match class {
            None if presence == "unknown" => Value::Null,
            class => json!(class.is_some_and(|class| class.text("/volumeBindingMode") == "WaitForFirstConsumer")),
        },
        "volume": volume,
        "volume_presence": if volume.is_empty() { "" } else { found.as_str() },
        "volume_phase": match found { Presence::Present(found) => found.text("/status/phase"), Presence::Absent | Presence::Unknown => "" },
        "candidates": if claim.text("/status/phase") == "Pending" { candidates(scene, claim) } else { Vec::new() },
        "used_by": match users.len() {
            0 if !pods_seen(scene, claim.namespace()) => Value::Null,
            many => json!(many),
        },
        "pod": users.first().map_or("", |pod| pod.name()),
        "owner": owner.map_or_else(|| json!({}), |owner| reference(&owner)),
        "reason": trouble.map_or("", |event| event.text("/reason")),
        "message": message,
    });
    vec![("pvc", section)]
}

/// Whether the API server itself says of a claim that its class does not exist:
/// `storageclass.storage.k8s.io "fast-ssd" not found`.
fn says_absent(message: &str, class: &str) -> bool {
    message.contains(&format!(
        "storageclass.storage.k8s.io \"{class}\" not found"
    ))
}

/// Whether the scheduler quotes these words of a pod.
fn waits_for(pod: &Object, class: &str) -> bool {
    crate::container::condition(pod, "PodScheduled").is_some_and(|found| {
        crate::container::text(found, "/status") == "False"
            && says_absent(crate::container::text(found, "/message"), class)
    })
}

/// How many volumes are held against a claim.
const CANDIDATES: usize = 5;

/// The volumes that a claim could have meant, and why each is none for it.
fn candidates(scene: Scene<'_>, claim: &Object) -> Vec<Value> {
    let own = format!("{}/{}", claim.namespace(), claim.name());
    let mut found: Vec<(u8, String, Value)> = scene
        .snapshot
        .of_kind("PersistentVolume", None)
        .map(|volume| {
            let (rank, why, has) = misfit(claim, &own, volume);
            let told = json!({"name": volume.name(), "why": why, "has": has});
            (rank, volume.name().to_owned(), told)
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    found
        .into_iter()
        .take(CANDIDATES)
        .map(|(_, _, told)| told)
        .collect()
}

/// Why a volume is none for a claim, and what it has instead; what could be mended first.
fn misfit(claim: &Object, own: &str, volume: &Object) -> (u8, &'static str, String) {
    let held = format!(
        "{}/{}",
        volume.text("/spec/claimRef/namespace"),
        volume.text("/spec/claimRef/name")
    );
    let modes = super::pod::texts(volume.list("/spec/accessModes"), "");
    let wanted = super::pod::texts(claim.list("/spec/accessModes"), "");
    let amount = |object: &Object, place: &str| object.at(place).and_then(crate::quantity::of);
    let size = "/spec/capacity/storage";
    let kind = |object: &Object| match object.text("/spec/volumeMode") {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    let selector = claim.at("/spec/selector").filter(|selector| {
        let labels = volume.at("/metadata/labels").unwrap_or(&Json::Null);
        selector.as_object().is_some_and(|map| !map.is_empty()) && !crate::selects(selector, labels)
    });
    if held != "/" && held != own {
        (5, "bound", held)
    } else if volume.text("/spec/storageClassName") != claim.text("/spec/storageClassName") {
        (4, "class", volume.text("/spec/storageClassName").to_owned())
    } else if kind(volume) != kind(claim) {
        (3, "block", kind(volume))
    } else if !wanted.iter().all(|mode| modes.contains(mode)) {
        (1, "modes", modes.join(", "))
    } else if amount(volume, size) < amount(claim, "/spec/resources/requests/storage") {
        (0, "size", super::container::amount(volume.json(), size))
    } else if selector.is_some() {
        (2, "selector", String::new())
    } else {
        (0, "", String::new())
    }
}

/// Whether all pods of a namespace were seen, with their specs: a table shows no volumes.
fn pods_seen(scene: Scene<'_>, namespace: &str) -> bool {
    let pods = scene.snapshot.of_kind("Pod", Some(namespace));
    scene.snapshot.is_complete("Pod", namespace)
        && pods
            .filter(|pod| pod.is_guessed())
            .all(|pod| !pod.text("/spec/containers/0/image").is_empty())
}

/// The pods that use a claim, those that have ended left out.
pub(crate) fn users<'a>(scene: Scene<'a>, claim: &'a Object) -> impl Iterator<Item = &'a Object> {
    scene
        .snapshot
        .of_kind("Pod", Some(claim.namespace()))
        .filter(|pod| !matches!(pod.text("/status/phase"), "Failed" | "Succeeded"))
        .filter(|pod| {
            pod.list("/spec/volumes").iter().any(|volume| {
                crate::container::text(volume, "/persistentVolumeClaim/claimName") == claim.name()
                    || volume.get("ephemeral").is_some()
                        && claim.name()
                            == format!("{}-{}", pod.name(), crate::container::text(volume, "/name"))
            })
        })
}

/// A reference as conditions see it.
pub(super) fn reference(object: &model::ObjectRef) -> Value {
    json!({"kind": object.kind, "namespace": object.namespace, "name": object.name})
}
