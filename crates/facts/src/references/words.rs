//! The kubelet's and the scheduler's own words about things that are not there.

use std::sync::LazyLock;

use regex::Regex;

use super::{ReferenceKind, waits};
use crate::container::{condition, containers, first_line, text};
use crate::{Object, Snapshot};

/// What somebody said is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The kind of the object; none if the words leave it open.
    pub kind: Option<ReferenceKind>,
    /// Its name; empty if only the volume is named.
    pub name: String,
    /// Its namespace, if it is named.
    pub namespace: String,
    /// The key that is not in it; empty if the object itself is not there.
    pub key: String,
    /// The volume that needs it.
    pub volume: String,
    /// The words.
    pub words: String,
}

static NOT_FOUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?P<kind>configmaps?|secrets?|persistentvolumeclaims?|serviceaccounts?|service account|priorityclass(?:es)?(?:\.scheduling\.k8s\.io)?|runtimeclass(?:es)?(?:\.node\.k8s\.io)?|PriorityClass|RuntimeClass)(?: with name| named)? \\?"?(?P<name>[A-Za-z0-9][A-Za-z0-9._/-]*)\\?"?(?: was)? not found"#,
    )
    .ok()
});
static ACCOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"error looking up service account (?P<ns>[^/\s]+)/(?P<name>[^:\s]+)"#).ok()
});
static PRIORITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"no PriorityClass with name (?P<name>\S+) was found"#).ok());
static NO_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)couldn't find key (?P<key>\S+) in (?P<kind>ConfigMap|Secret) (?P<ns>[^/\s]+)/(?P<name>[^\s,;]+)"#).ok()
});
static NO_ITEM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"references non-existent (?P<kind>config|secret) key: (?P<key>[^\s,;"]+)"#).ok()
});
static VOLUME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"for volume \\?"(?P<volume>[^"\\]+)\\?""#).ok());

/// Reads what a message says is not there: a container's waiting message, an event's, a condition's.
#[must_use]
pub fn kubelet_missing(message: &str) -> Option<Said> {
    let message = first_line(message);
    let capture = |pattern: &LazyLock<Option<Regex>>| {
        LazyLock::force(pattern)
            .as_ref()
            .and_then(|pattern| pattern.captures(message))
    };
    let volume = capture(&VOLUME)
        .and_then(|found| found.name("volume").map(|name| name.as_str().to_owned()))
        .unwrap_or_default();
    let said = |kind: Option<ReferenceKind>, name: &str, namespace: &str, key: &str| Said {
        kind,
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        key: key.to_owned(),
        volume: volume.clone(),
        words: message.to_owned(),
    };
    if let Some(found) = capture(&NO_KEY) {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        return Some(said(
            kind_of(part("kind")),
            part("name"),
            part("ns"),
            part("key"),
        ));
    }
    if let Some(found) = capture(&NO_ITEM) {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        return Some(said(kind_of(part("kind")), "", "", part("key")));
    }
    if let Some(found) = capture(&ACCOUNT) {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        let kind = Some(ReferenceKind::ServiceAccount);
        return Some(said(kind, part("name"), part("ns"), ""));
    }
    if let Some(found) = capture(&PRIORITY) {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        return Some(said(
            Some(ReferenceKind::PriorityClass),
            part("name"),
            "",
            "",
        ));
    }
    let found = capture(&NOT_FOUND)?;
    let part = |name| found.name(name).map_or("", |part| part.as_str());
    let (namespace, name) = part("name").split_once('/').unwrap_or(("", part("name")));
    Some(said(kind_of(part("kind")), name, namespace, ""))
}

fn kind_of(word: &str) -> Option<ReferenceKind> {
    let word = word.to_ascii_lowercase();
    [
        ("config", ReferenceKind::ConfigMap),
        ("secret", ReferenceKind::Secret),
        (
            "persistentvolumeclaim",
            ReferenceKind::PersistentVolumeClaim,
        ),
        ("service", ReferenceKind::ServiceAccount),
        ("priorityclass", ReferenceKind::PriorityClass),
        ("runtimeclass", ReferenceKind::RuntimeClass),
    ]
    .into_iter()
    .find_map(|(start, kind)| word.starts_with(start).then_some(kind))
}

/// What is said about a pod now: by its containers' waiting messages and the scheduler's condition,
/// and by events as long as it waits.
pub(super) fn said_of(snapshot: &Snapshot, pod: &Object) -> Vec<Said> {
    let mut said: Vec<Said> = containers(pod)
        .filter_map(|container| kubelet_missing(container.waiting_message()))
        .collect();
    let unscheduled = condition(pod, "PodScheduled")
        .filter(|condition| text(condition, "/status") == "False")
        .and_then(|condition| kubelet_missing(text(condition, "/message")));
    said.extend(unscheduled);
    if waits(pod) {
        said.extend(
            snapshot
                .events_about(pod.uid())
                .filter(|event| event.text("/type") != "Normal")
                .filter_map(|event| {
                    kubelet_missing(match event.text("/message") {
                        "" => event.text("/note"),
                        message => message,
                    })
                }),
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_words_name_what_is_not_there() {
        use ReferenceKind::{
            ConfigMap, PersistentVolumeClaim, PriorityClass, Secret, ServiceAccount,
        };
        let table = [
            (
                r#"configmap "api-config" not found"#,
                ConfigMap,
                "api-config",
                "",
                "",
            ),
            (r#"secret "db" not found"#, Secret, "db", "", ""),
            (
                "couldn't find key SMTP_HOST in ConfigMap shop/api-config",
                ConfigMap,
                "api-config",
                "SMTP_HOST",
                "",
            ),
            (
                "couldn't find key password in Secret shop/db",
                Secret,
                "db",
                "password",
                "",
            ),
            (
                r#"MountVolume.SetUp failed for volume "cfg" : configmap "api-config" not found"#,
                ConfigMap,
                "api-config",
                "",
                "cfg",
            ),
            (
                r#"MountVolume.SetUp failed for volume "cfg" : configmap references non-existent config key: app.yaml"#,
                ConfigMap,
                "",
                "app.yaml",
                "cfg",
            ),
            (
                r#"MountVolume.SetUp failed for volume "cfg" : references non-existent secret key: tls.key"#,
                Secret,
                "",
                "tls.key",
                "cfg",
            ),
            (
                r#"0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/1 nodes are available"#,
                PersistentVolumeClaim,
                "data",
                "",
                "",
            ),
            (
                r#"pods "web-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found"#,
                ServiceAccount,
                "web",
                "",
                "",
            ),
            (
                r#"pods "web-1" is forbidden: no PriorityClass with name urgent was found"#,
                PriorityClass,
                "urgent",
                "",
                "",
            ),
        ];
        for (message, kind, name, key, volume) in table {
            let said = kubelet_missing(message).unwrap_or_else(|| panic!("{message}"));
            assert_eq!(
                (said.kind, &*said.name, &*said.key, &*said.volume),
                (Some(kind), name, key, volume),
                "{message}"
            );
        }
        for message in [
            "",
            "back-off 5m0s restarting failed container",
            "image not found",
        ] {
            assert_eq!(kubelet_missing(message), None, "{message}");
        }
    }
}
