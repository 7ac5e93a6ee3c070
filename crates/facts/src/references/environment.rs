//! The environment that a container is given by its spec, and where a variable that it lacks could
//! come from. What its image sets by itself is not known here.

use super::{ReferenceKind, keys_of, list, optional, references};
use crate::container::{containers, text};
use crate::{Json, Object, Presence, Snapshot, nearest};

/// One variable that the spec sets by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, if the spec gives it.
    pub value: String,
    /// Where it comes from: `value`, `config_map`, `secret`, `field` or `resource`.
    pub source: String,
    /// The object it comes from.
    pub object: String,
    /// The key within the object.
    pub key: String,
    /// Whether it is there: a key that is optional and absent gives none.
    pub set: Presence<()>,
}

/// A ConfigMap or Secret all of whose keys become variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is put before each key.
    pub prefix: String,
    /// The names of its keys.
    pub keys: Vec<String>,
    /// Whether all its keys are known.
    pub keys_known: bool,
}

/// What a container is given as environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Variables set by name.
    pub variables: Vec<Variable>,
    /// Objects loaded as a whole.
    pub sources: Vec<Source>,
    /// Whether the kubelet adds variables for the namespace's Services.
    pub service_links: bool,
}

/// A key that could have been meant by a variable that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The key, or the variable.
    pub key: String,
    /// `ConfigMap` or `Secret`; empty if the spec itself sets it.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// Whether the container loads it already, under this name.
    pub loaded: bool,
}

/// The environment of one container of a pod, by the container's name.
#[must_use]
pub fn environment(snapshot: &Snapshot, pod: &Object, container: &str) -> Environment {
    let Some(container) = containers(pod).find(|found| found.name() == container) else {
        return Environment::default();
    };
    let variables = list(container.spec, "env")
        .iter()
        .map(|variable| read(snapshot, pod.namespace(), variable))
        .collect();
    let mut sources = Vec::new();
    for source in list(container.spec, "envFrom") {
        for (kind, field) in [("ConfigMap", "configMapRef"), ("Secret", "secretRef")] {
            let Some(from) = source.get(field) else {
                continue;
            };
            let name = text(from, "/name");
            let found = snapshot.get(kind, pod.namespace(), name);
            let absent = found.is_absent();
            let keys = found.present().and_then(keys_of);
            sources.push(Source {
                kind: kind.to_owned(),
                name: name.to_owned(),
                prefix: text(source, "/prefix").to_owned(),
                keys_known: keys.is_some() || absent,
                keys: keys.unwrap_or_default(),
            });
        }
    }
    Environment {
        variables,
        sources,
        service_links: pod.at("/spec/enableServiceLinks") != Some(&Json::Bool(false)),
    }
}

fn read(snapshot: &Snapshot, namespace: &str, variable: &Json) -> Variable {
    let mut read = Variable {
        name: text(variable, "/name").to_owned(),
        value: text(variable, "/value").to_owned(),
        source: "value".to_owned(),
        object: String::new(),
        key: String::new(),
        set: Presence::Present(()),
    };
    for (kind, field, word) in [
        ("ConfigMap", "/valueFrom/configMapKeyRef", "config_map"),
        ("Secret", "/valueFrom/secretKeyRef", "secret"),
    ] {
        let Some(from) = variable.pointer(field) else {
            continue;
        };
        word.clone_into(&mut read.source);
        text(from, "/name").clone_into(&mut read.object);
        text(from, "/key").clone_into(&mut read.key);
        let found = snapshot.get(kind, namespace, &read.object);
        read.set = match found {
            Presence::Present(object) => match keys_of(object) {
                Some(keys) if keys.contains(&read.key) => Presence::Present(()),
                Some(_) => Presence::Absent,
                None => Presence::Unknown,
            },
            Presence::Absent => Presence::Absent,
            Presence::Unknown => Presence::Unknown,
        };
        // A container does not start without a key that is not optional: it has it if it ran.
        if !optional(from) && read.set.is_unknown() {
            read.set = Presence::Present(());
        }
    }
    for (field, word) in [("fieldRef", "field"), ("resourceFieldRef", "resource")] {
        if variable.pointer(&format!("/valueFrom/{field}")).is_some() {
            word.clone_into(&mut read.source);
        }
    }
    read
}

impl Environment {
    /// Whether the spec gives a variable. Absent only if all that is loaded is known; the image may
    /// still set it.
    #[must_use]
    pub fn has(&self, name: &str) -> Presence<()> {
        let named = self.variables.iter().rfind(|found| found.name == name);
        if let Some(variable) = named
            && !variable.set.is_absent()
        {
            return variable.set;
        }
        let mut unknown = self.service_links && of_a_service(name);
        for source in &self.sources {
            let Some(key) = name.strip_prefix(source.prefix.as_str()) else {
                continue;
            };
            if source.keys.iter().any(|known| known == key) {
                return Presence::Present(());
            }
            unknown = unknown || !source.keys_known;
        }
        if unknown {
            Presence::Unknown
        } else {
            Presence::Absent
        }
    }

    /// The names of all variables that are known, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .variables
            .iter()
            .filter(|variable| !variable.set.is_absent())
            .map(|variable| variable.name.clone())
            .chain(self.sources.iter().flat_map(|source| {
                source
                    .keys
                    .iter()
                    .map(|key| format!("{}{key}", source.prefix))
            }))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// The kubelet adds `WEB_SERVICE_HOST`, `WEB_PORT_80_TCP` and the like for Services.
fn of_a_service(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.contains("_PORT_")
}

/// What could have been meant by a variable that a container lacks: the same name in an object that
/// the pod refers to without loading it, else the nearest name among what is loaded, then among
/// the other keys of objects that the pod refers to.
#[must_use]
pub fn offer(snapshot: &Snapshot, pod: &Object, container: &str, name: &str) -> Option<Offer> {
    let environment = environment(snapshot, pod, container);
    let mut offers: Vec<Offer> = Vec::new();
    for source in &environment.sources {
        offers.extend(source.keys.iter().map(|key| Offer {
            key: format!("{}{key}", source.prefix),
            kind: source.kind.clone(),
            name: source.name.clone(),
            loaded: true,
        }));
    }
    for variable in &environment.variables {
        offers.push(Offer {
            key: variable.name.clone(),
            // Whatever it is filled from, the name is the spec's.
            kind: String::new(),
            name: String::new(),
            loaded: true,
        });
    }
    if let Some(near) = pick(name, &offers) {
        return Some(near);
    }
    let spec = pod.at("/spec")?;
    let mut others: Vec<Offer> = Vec::new();
    for reference in references(spec) {
        if !matches!(
            reference.kind,
            ReferenceKind::ConfigMap | ReferenceKind::Secret
        ) {
            continue;
        }
        let kind = reference.kind.as_str();
        let found = snapshot.get(kind, pod.namespace(), &reference.name);
        for key in found.present().and_then(keys_of).unwrap_or_default() {
            others.push(Offer {
                key,
                kind: kind.to_owned(),
                name: reference.name.clone(),
                loaded: false,
            });
        }
    }
    others
        .iter()
        .find(|offer| offer.key == name)
        .cloned()
        .or_else(|| pick(name, &others))
}

fn pick(name: &str, offers: &[Offer]) -> Option<Offer> {
    let near = nearest(name, offers.iter().map(|offer| offer.key.as_str()))?;
    offers.iter().find(|offer| offer.key == near).cloned()
}
