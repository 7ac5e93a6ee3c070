//! What a pod's spec refers to by name, and which of it is not there.
//!
//! Absence rests on what was read completely, or on the kubelet's own words: those name a thing
//! even where nobody may read it. What a container is given as environment is in `environment`.

mod environment;
mod words;

use crate::container::{containers, text};
use crate::{Json, Object, Presence, Snapshot, nearest};

pub use environment::{Environment, Offer, Source, Variable, environment, offer};
pub use words::{Said, kubelet_missing};

/// The kinds of objects that a pod's spec refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
    /// A PersistentVolumeClaim.
    PersistentVolumeClaim,
    /// A ServiceAccount.
    ServiceAccount,
    /// A PriorityClass; cluster-wide.
    PriorityClass,
    /// A RuntimeClass; cluster-wide.
    RuntimeClass,
}

impl ReferenceKind {
    /// The kind as the API server writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::ServiceAccount => "ServiceAccount",
            Self::PriorityClass => "PriorityClass",
            Self::RuntimeClass => "RuntimeClass",
        }
    }

    const fn cluster_wide(self) -> bool {
        match self {
            Self::PriorityClass | Self::RuntimeClass => true,
            Self::ConfigMap | Self::Secret | Self::PersistentVolumeClaim | Self::ServiceAccount => {
                false
            }
        }
    }
}

/// By what a spec refers to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// One environment variable of a container.
    Env,
    /// All keys as environment of a container.
    EnvFrom,
    /// A volume.
    Volume,
    /// One item of a volume.
    VolumeItem,
    /// The credentials for pulling images.
    PullSecret,
    /// The pod itself: its account, class or priority.
    Pod,
}

impl By {
    /// The word used in facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::EnvFrom => "env_from",
            Self::Volume => "volume",
            Self::VolumeItem => "volume_item",
            Self::PullSecret => "pull_secret",
            Self::Pod => "pod",
        }
    }
}

/// One reference of a pod's spec. What does not apply is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The kind of the object.
    pub kind: ReferenceKind,
    /// Its name.
    pub name: String,
    /// The key within it.
    pub key: String,
    /// Whether the pod starts without it.
    pub optional: bool,
    /// By what it is referred to.
    pub by: By,
    /// The container.
    pub container: String,
    /// The environment variable.
    pub variable: String,
    /// The volume.
    pub volume: String,
}

/// A reference to something that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The reference.
    pub reference: Reference,
    /// Whether the object is there.
    pub object: Presence<()>,
    /// Whether the key is in it; present if no key is asked for.
    pub key: Presence<()>,
    /// The kubelet's words about it, if it said any.
    pub said: String,
    /// The object of that kind in the namespace whose name is nearest, if the object is absent.
    pub nearest_name: String,
    /// The key of the object that is nearest, if the key is absent.
    pub nearest_key: String,
    /// The keys that the object has, as far as they are known.
    pub keys: Vec<String>,
    /// Other namespaces that have an object of that kind and name.
    pub elsewhere: Vec<String>,
}

/// How many keys, namespaces or names are kept in a fact.
const MOST: usize = 50;

/// What a pod's spec (or a template's) refers to, in its order.
#[must_use]
pub fn references(spec: &Json) -> Vec<Reference> {
    let mut found = Vec::new();
    for part in ["initContainers", "containers", "ephemeralContainers"] {
        for container in list(spec, part) {
            of_container(container, &mut found);
        }
    }
    for volume in list(spec, "volumes") {
        of_volume(volume, &mut found);
    }
    for secret in list(spec, "imagePullSecrets") {
        push(
            &mut found,
            ReferenceKind::Secret,
            By::PullSecret,
            text(secret, "/name"),
            |_| {},
        );
    }
    for (kind, field) in [
        (ReferenceKind::ServiceAccount, "/serviceAccountName"),
        (ReferenceKind::PriorityClass, "/priorityClassName"),
        (ReferenceKind::RuntimeClass, "/runtimeClassName"),
    ] {
        push(&mut found, kind, By::Pod, text(spec, field), |_| {});
    }
    found
}

fn list<'a>(value: &'a Json, field: &str) -> &'a [Json] {
    value
        .get(field)
        .and_then(Json::as_array)
        .unwrap_or_default()
}

fn optional(value: &Json) -> bool {
    value.get("optional").and_then(Json::as_bool) == Some(true)
}

fn push(
    found: &mut Vec<Reference>,
    kind: ReferenceKind,
    by: By,
    name: &str,
    with: impl FnOnce(&mut Reference),
) {
    if name.is_empty() {
        return;
    }
    let mut reference = Reference {
        kind,
        name: name.to_owned(),
        key: String::new(),
        optional: false,
        by,
        container: String::new(),
        variable: String::new(),
        volume: String::new(),
    };
    with(&mut reference);
    found.push(reference);
}

fn of_container(container: &Json, found: &mut Vec<Reference>) {
    let name = text(container, "/name");
    for variable in list(container, "env") {
        for (kind, field) in [
            (ReferenceKind::ConfigMap, "/valueFrom/configMapKeyRef"),
            (ReferenceKind::Secret, "/valueFrom/secretKeyRef"),
        ] {
            if let Some(from) = variable.pointer(field) {
                push(found, kind, By::Env, text(from, "/name"), |reference| {
                    text(from, "/key").clone_into(&mut reference.key);
                    reference.optional = optional(from);
                    name.clone_into(&mut reference.container);
                    text(variable, "/name").clone_into(&mut reference.variable);
                });
            }
        }
    }
    for source in list(container, "envFrom") {
        for (kind, field) in [
            (ReferenceKind::ConfigMap, "configMapRef"),
            (ReferenceKind::Secret, "secretRef"),
        ] {
            if let Some(from) = source.get(field) {
                push(found, kind, By::EnvFrom, text(from, "/name"), |reference| {
                    reference.optional = optional(from);
                    name.clone_into(&mut reference.container);
                });
            }
        }
    }
}

fn of_volume(volume: &Json, found: &mut Vec<Reference>) {
    let name = text(volume, "/name");
    let named = |reference: &mut Reference| name.clone_into(&mut reference.volume);
    of_source(name, volume, found);
    for source in volume
        .pointer("/projected/sources")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        of_source(name, source, found);
    }
    let claim = text(volume, "/persistentVolumeClaim/claimName");
    push(
        found,
        ReferenceKind::PersistentVolumeClaim,
        By::Volume,
        claim,
        named,
    );
    for secret in ["/csi/nodePublishSecretRef/name", "/azureFile/secretName"] {
        push(
            found,
            ReferenceKind::Secret,
            By::Volume,
            text(volume, secret),
            named,
        );
    }
}

/// A volume, or one source of a projected one.
fn of_source(volume: &str, source: &Json, found: &mut Vec<Reference>) {
    for (kind, field) in [
        (ReferenceKind::ConfigMap, "configMap"),
        (ReferenceKind::Secret, "secret"),
    ] {
        let Some(from) = source.get(field) else {
            continue;
        };
        let name = match text(from, "/secretName") {
            "" => text(from, "/name"),
            name => name,
        };
        push(found, kind, By::Volume, name, |reference| {
            reference.optional = optional(from);
            volume.clone_into(&mut reference.volume);
        });
        for item in list(from, "items") {
            push(found, kind, By::VolumeItem, name, |reference| {
                reference.optional = optional(from);
                text(item, "/key").clone_into(&mut reference.key);
                volume.clone_into(&mut reference.volume);
            });
        }
    }
}

/// The names of an object's keys, if they were read: a ConfigMap or Secret of which only the
/// metadata is there has keys that nobody knows.
#[must_use]
pub fn keys_of(object: &Object) -> Option<Vec<String>> {
    let maps: Vec<_> = ["/data", "/binaryData", "/stringData"]
        .into_iter()
        .filter_map(|field| object.at(field).and_then(Json::as_object))
        .collect();
    (!maps.is_empty()).then(|| {
        let mut keys: Vec<String> = maps
            .iter()
            .flat_map(|map| map.keys().map(str::to_owned))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    })
}

/// The references of a pod whose objects or keys are known not to be there, each once for every
/// place that refers to them. Optional ones are no trouble and not among them.
#[must_use]
pub fn missing(snapshot: &Snapshot, pod: &Object) -> Vec<Missing> {
    let spec = pod.at("/spec").unwrap_or(&Json::Null);
    missing_in(
        snapshot,
        pod.namespace(),
        spec,
        &words::said_of(snapshot, pod),
    )
}

/// The same of a spec in a namespace, with what the kubelet said about it.
#[must_use]
pub fn missing_in(
    snapshot: &Snapshot,
    namespace: &str,
    spec: &Json,
    said: &[Said],
) -> Vec<Missing> {
    references(spec)
        .into_iter()
        .filter(|reference| !reference.optional)
        .filter_map(|reference| judge(snapshot, namespace, reference, said))
        .collect()
}

fn judge(
    snapshot: &Snapshot,
    namespace: &str,
    reference: Reference,
    said: &[Said],
) -> Option<Missing> {
    let namespace = if reference.kind.cluster_wide() {
        ""
    } else {
        namespace
    };
    let found = snapshot.get(reference.kind.as_str(), namespace, &reference.name);
    let about = |key: &str| {
        said.iter().find(|said| {
            said.kind == Some(reference.kind)
                && (said.name == reference.name
                    || (said.name.is_empty() && said.volume == reference.volume))
                && said.key == key
        })
    };
    // The built-in priorities are there, whether they were read or not.
    if reference.name.starts_with("system-") && reference.kind == ReferenceKind::PriorityClass {
        return None;
    }
    let gone = about("");
    let no_key = (!reference.key.is_empty())
        .then(|| about(&reference.key))
        .flatten();
    let object = match (&found, gone) {
        // What is there now was made after the kubelet looked.
        (Presence::Present(_), _) => Presence::Present(()),
        (Presence::Absent, _) | (Presence::Unknown, Some(_)) => Presence::Absent,
        // Whoever missed a key in it had it in hand.
        (Presence::Unknown, None) if no_key.is_some() => Presence::Present(()),
        (Presence::Unknown, None) => Presence::Unknown,
    };
    let keys = match &found {
        Presence::Present(object) => keys_of(object),
        Presence::Absent | Presence::Unknown => None,
    };
    let key = match (&keys, no_key) {
        _ if reference.key.is_empty() => Presence::Present(()),
        (Some(keys), _) if keys.contains(&reference.key) => Presence::Present(()),
        (Some(_), _) | (None, Some(_)) => Presence::Absent,
        (None, None) if object.is_absent() => Presence::Absent,
        (None, None) => Presence::Unknown,
    };
    if !object.is_absent() && !key.is_absent() {
        return None;
    }
    let keys = keys.unwrap_or_default();
    let nearest_key = if key.is_absent() && !object.is_absent() {
        nearest(&reference.key, keys.iter().map(String::as_str)).unwrap_or_default()
    } else {
        ""
    };
    let kind = reference.kind.as_str();
    let (mut nearest_name, mut elsewhere) = ("", Vec::new());
    if object.is_absent() {
        let names = snapshot.of_kind(kind, Some(namespace)).map(Object::name);
        nearest_name = nearest(&reference.name, names).unwrap_or_default();
        elsewhere = snapshot
            .of_kind(kind, None)
            .filter(|other| other.name() == reference.name)
            .map(|other| other.namespace().to_owned())
            .filter(|other| other != namespace)
            .take(MOST)
            .collect();
    }
    Some(Missing {
        object,
        key,
        said: no_key
            .or(gone)
            .map(|said| said.words.clone())
            .unwrap_or_default(),
        nearest_name: nearest_name.to_owned(),
        nearest_key: nearest_key.to_owned(),
        keys: keys.iter().take(MOST).cloned().collect(),
        elsewhere,
        reference,
    })
}

/// Whether a container of a pod has never run: volumes are mounted before the first start, and old
/// words about them hold no more after it.
fn waits(pod: &Object) -> bool {
    let never_ran = containers(pod).any(|container| {
        !matches!(container.state(), "running" | "terminated") && container.last_end().is_none()
    });
    never_ran || pod.list("/status/containerStatuses").is_empty()
}
