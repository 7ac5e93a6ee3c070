//! Why a container's program failed, in its own last words and in the kubelet's, and what those
//! words lead to: the variable that is missing and what there is instead, the object that was not
//! found, the permission that was refused.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{Container, first_line, text};
use crate::log::{Failure, FailureKind};
use crate::references::{self, By, Missing};
use crate::{Json, LogKey, Object, log};

pub(super) const SCHEMA: Section = &[
    // The line of the log that tells why: its kind (see `facts::log`), and what it names. Empty if
    // there is no log or it tells nothing.
    ("facts.failure.kind", Type::Text),
    ("facts.failure.line", Type::Text),
    ("facts.failure.number", Type::Int),
    // Which log it stands in: `current` or `previous`.
    ("facts.failure.log", Type::Text),
    ("facts.failure.name", Type::Text),
    ("facts.failure.host", Type::Text),
    ("facts.failure.port", Type::Int),
    ("facts.failure.path", Type::Text),
    ("facts.failure.said", Type::Text),
    ("facts.failure.verb", Type::Text),
    ("facts.failure.resource", Type::Text),
    ("facts.failure.group", Type::Text),
    ("facts.failure.namespace", Type::Text),
    ("facts.failure.user", Type::Text),
    // The last line that the program wrote, whatever it says.
    ("facts.last_words", Type::Text),
    // Which log that stands in: `current` or `previous`.
    ("facts.last_words_in", Type::Text),
    // Whether its log could be read: `present` (some lines), `absent` (none there), `unknown`.
    ("facts.log", Type::Text),
    // Why the kubelet or the runtime could not start it at all: the kind is one of those above, or
    // `post_start_hook` or `other`; empty if it could.
    ("facts.start_failure.kind", Type::Text),
    ("facts.start_failure.name", Type::Text),
    ("facts.start_failure.said", Type::Text),
    // Of a missing variable: what the container loads as a whole (`ConfigMap api-config`), whether
    // all of it is known, and the name that was probably meant with where it stands.
    ("facts.env.loads", Type::Texts),
    ("facts.env.known", Type::Bool),
    // Whether the spec sets the variable that the program misses: `present`, `absent`, `unknown`.
    ("facts.env.set", Type::Text),
    ("facts.env.nearest", Type::Text),
    ("facts.env.nearest_in", Type::Text),
    // Whether the object that has the nearest name is loaded already.
    ("facts.env.nearest_loaded", Type::Bool),
    // A ConfigMap, Secret, key, claim, account or class that the pod refers to and that is known not
    // to be there, and by what it is referred to: `env`, `env_from`, `volume`, `volume_item`,
    // `pull_secret`, `pod`.
    ("facts.missing.kind", Type::Text),
    ("facts.missing.name", Type::Text),
    ("facts.missing.key", Type::Text),
    ("facts.missing.by", Type::Text),
    ("facts.missing.variable", Type::Text),
    ("facts.missing.volume", Type::Text),
    // `present` if the object is there and only the key is not.
    ("facts.missing.object", Type::Text),
    ("facts.missing.said", Type::Text),
    ("facts.missing.nearest_name", Type::Text),
    ("facts.missing.nearest_key", Type::Text),
    ("facts.missing.keys", Type::Texts),
    ("facts.missing.elsewhere", Type::Texts),
    // How many such things there are in all.
    ("facts.missing.count", Type::Int),
];

/// The sections of a container, by their paths.
pub(super) fn data(
    scene: Scene<'_>,
    pod: &Object,
    container: &Container<'_>,
) -> Vec<(&'static str, Value)> {
    let told = told(scene, pod, container);
    let failure = told.failure.as_ref();
    let mut sections = vec![
        ("facts.env", environment(scene, pod, container, failure)),
        ("facts.failure", failure_data(failure, told.which)),
        ("facts.last_words", json!(told.last_words)),
        ("facts.last_words_in", json!(told.words_in)),
        ("facts.log", json!(told.log)),
        ("facts.start_failure", start_failure(scene, pod, container)),
        ("facts.missing", missing(scene, pod, Some(container.name()))),
    ];
    sections.extend(super::wanted::data(scene, pod, failure));
    if let Some(failure) = failure.filter(|failure| !failure.path.is_empty()) {
        sections.push((
            "facts.file",
            super::file::data(scene, pod, container, failure),
        ));
    }
    sections
}

/// What the logs of a container tell.
pub(super) struct Told {
    pub(super) failure: Option<Failure>,
    which: &'static str,
    last_words: String,
    words_in: &'static str,
    log: &'static str,
}

/// Reads the logs of a container. The crash stands in the present log while the container is down,
/// and in the one before once it runs again; where one of them tells nothing, the other is asked.
pub(super) fn told(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Told {
    let key = LogKey::current(pod.namespace(), pod.name(), container.name());
    let before = LogKey {
        previous: true,
        ..key.clone()
    };
    let read = |key: &LogKey| {
        scene
            .snapshot
            .log(key)
            .present()
            .filter(|text| log::is_a_log(text))
    };
    let (current, previous) = (read(&key), read(&before));
    let runs = container.state() == "running";
    let mut order = [("current", current), ("previous", previous)];
    if runs && container.restarts() > 0 {
        order.reverse();
    }
    // What a container that runs well writes now is not why it failed before.
    let asked = order
        .into_iter()
        .filter(|(which, _)| !(runs && container.ready() && *which == "current"));
    let mut found: Option<(Failure, &'static str)> = None;
    for (which, text) in asked {
        let Some(failure) = text.and_then(log::failure) else {
            continue;
        };
        let surer = found.as_ref().is_none_or(|(known, _)| {
            known.kind == FailureKind::Unknown && failure.kind != FailureKind::Unknown
        });
        if surer {
            found = Some((failure, which));
        }
    }
    let (words_in, last_words) = order
        .into_iter()
        .filter_map(|(which, text)| Some((which, log::last_words(text?))))
        .find(|(_, words)| !words.is_empty())
        .unwrap_or_default();
    let known = [&key, &before]
        .into_iter()
        .any(|key| !scene.snapshot.log(key).is_unknown());
    let which = found.as_ref().map_or("", |(_, which)| which);
    Told {
        failure: found.map(|(failure, _)| failure),
        which,
        log: match (last_words.is_empty(), known) {
            (false, _) => "present",
            (true, true) => "absent",
            (true, false) => "unknown",
        },
        last_words,
        words_in,
    }
}

/// The last line that a container wrote; empty if its log is not known.
pub(super) fn last_words(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> String {
    told(scene, pod, container).last_words
}

fn failure_data(failure: Option<&Failure>, which: &str) -> Value {
    let text = |field: fn(&Failure) -> &String| failure.map(field).cloned().unwrap_or_default();
    json!({
        "kind": failure.map_or("", |failure| failure.kind.as_str()),
        "line": text(|failure| &failure.line),
        "number": failure.map_or(0, |failure| failure.number),
        "log": which,
        "name": text(|failure| &failure.name),
        "host": text(|failure| &failure.host),
        "port": failure.map_or(0, |failure| failure.port),
        "path": text(|failure| &failure.path),
        "said": text(|failure| &failure.said),
        "verb": text(|failure| &failure.verb),
        "resource": text(|failure| &failure.resource),
        "group": text(|failure| &failure.group),
        "namespace": text(|failure| &failure.namespace),
        "user": text(|failure| &failure.user),
    })
}

/// Why a container could not even be started.
fn start_failure(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Value {
    if let Some(hook) = failed_hook(scene, pod, container) {
        return hook;
    }
    let waiting = container.waiting_reason();
    let words = match waiting {
        "RunContainerError" | "CreateContainerError" | "StartError" | "PostStartHookError" => {
            container.waiting_message()
        }
        _ => match container.last_end() {
            Some(end)
                if matches!(text(end, "/reason"), "StartError" | "ContainerCannotRun")
                    || text(end, "/message").contains("failed to create containerd task")
                    || text(end, "/message").contains("OCI runtime create failed") =>
            {
                text(end, "/message")
            }
            _ => "",
        },
    };
    if words.is_empty() {
        return json!({"kind": "", "name": "", "said": ""});
    }
    let lower = words.to_ascii_lowercase();
    let kind = [
        ("executable file not found", "command_not_found"),
        ("exec format error", "exec_format"),
        ("permission denied", "permission_denied"),
        ("is a directory", "permission_denied"),
        ("no such file or directory", "missing_file"),
        ("not a directory", "missing_file"),
        ("read-only file system", "read_only_fs"),
        ("device or resource busy", "lock_held"),
    ]
    .into_iter()
    .find(|(sign, _)| lower.contains(sign))
    .map_or("other", |(_, kind)| kind);
    // `exec: "app": executable file not found in $PATH`: the command stands in quotes.
    let name = words
        .split("exec: \"")
        .nth(1)
        .or_else(|| words.split("stat ").nth(1))
        .and_then(|rest| rest.split(['"', ':']).next())
        .unwrap_or_default();
    let said = words
        .rsplit_once("unable to start container process: ")
        .map_or(words, |(_, said)| said);
    json!({"kind": kind, "name": name, "said": first_line(said)})
}

/// The hook that is run when a container has started, and failed: only an event tells.
fn failed_hook(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Option<Value> {
    let hook = container.spec.pointer("/lifecycle/postStart")?;
    if container.ready() {
        return None;
    }
    let event = super::pod::newest_event(scene, pod, &["FailedPostStartHook"])?;
    let command: Vec<&str> = hook
        .pointer("/exec/command")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    Some(json!({
        "kind": "post_start_hook",
        "name": first_line(&command.join(" ")),
        "said": first_line(event.text("/message")),
    }))
}

fn environment(
    scene: Scene<'_>,
    pod: &Object,
    container: &Container<'_>,
    failure: Option<&Failure>,
) -> Value {
    let wanted = failure
        .filter(|failure| failure.kind == FailureKind::MissingEnv && !failure.name.is_empty());
    let Some(wanted) = wanted else {
        return json!({"loads": [], "known": false, "set": "", "nearest": "", "nearest_in": "", "nearest_loaded": false});
    };
    let environment = references::environment(scene.snapshot, pod, container.name());
    let offer = references::offer(scene.snapshot, pod, container.name(), &wanted.name);
    let loads: Vec<String> = environment
        .sources
        .iter()
        .map(|source| format!("{} `{}`", source.kind, source.name))
        .collect();
    json!({
        "known": environment.sources.iter().all(|source| source.keys_known),
        "loads": loads,
        "set": environment.has(&wanted.name).as_str(),
        "nearest": offer.as_ref().map_or("", |offer| offer.key.as_str()),
        "nearest_in": offer.as_ref().filter(|offer| !offer.kind.is_empty()).map_or_else(String::new, |offer| format!("{} `{}`", offer.kind, offer.name)),
        "nearest_loaded": offer.as_ref().is_some_and(|offer| offer.loaded),
    })
}

/// What a pod, or one container of it, refers to and is not there.
pub(super) fn missing(scene: Scene<'_>, pod: &Object, container: Option<&str>) -> Value {
    let all: Vec<Missing> = references::missing(scene.snapshot, pod)
        .into_iter()
        .filter(|missing| {
            let of = missing.reference.container.as_str();
            container.is_none_or(|container| of.is_empty() || of == container)
        })
        // A pull secret that is not there matters only if the image cannot be had without it.
        .filter(|missing| missing.reference.by != By::PullSecret)
        .collect();
    let first = all.first();
    let text = |field: fn(&Missing) -> &String| first.map(field).cloned().unwrap_or_default();
    json!({
        "kind": first.map_or("", |first| first.reference.kind.as_str()),
        "name": text(|first| &first.reference.name),
        "key": text(|first| &first.reference.key),
        "by": first.map_or("", |first| first.reference.by.as_str()),
        "variable": text(|first| &first.reference.variable),
        "volume": text(|first| &first.reference.volume),
        "object": first.map_or("", |first| first.object.as_str()),
        "said": text(|first| &first.said),
        "nearest_name": text(|first| &first.nearest_name),
        "nearest_key": text(|first| &first.nearest_key),
        "keys": first.map(|first| first.keys.clone()).unwrap_or_default(),
        "elsewhere": first.map(|first| first.elsewhere.clone()).unwrap_or_default(),
        "count": all.len(),
    })
}
