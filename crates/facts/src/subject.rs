//! Subjects: what the conditions of skills see of a workload and of each of its containers.
//!
//! Every key of [`schema`] is always there, with an empty value of its type where nothing is known,
//! so that a condition never fails on a missing key.

use model::ObjectRef;
use serde_json::{Value, json};

use crate::container::{Container, condition, containers, pod_ready, pod_trouble, text};
use crate::revision::{bare_template, count};
use crate::rollout::{desired, progress};
use crate::{
    Object, PullFailure, Revision, Snapshot, image, last_good, pods_of, revisions, template_diff,
};

/// What sort of thing a subject is: the `resource` of a skill's trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A workload as a whole.
    Workload,
    /// One container of one pod.
    Container,
}

impl Resource {
    /// The word used in skills.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Container => "container",
        }
    }
}

/// One thing that skills judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What sort of thing.
    pub resource: Resource,
    /// The object: the pod for a container.
    pub object: ObjectRef,
    /// The container's name.
    pub container: Option<String>,
    /// What conditions see.
    pub data: Value,
}

/// The type of a value in a subject's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A text; empty where there is none.
    Text,
    /// A list of maps `{path, old, new}`: texts, the last two being the JSON of any value.
    Changes,
}

/// The paths that are there in every subject's data, and their types.
#[must_use]
pub const fn schema() -> &'static [(&'static str, Type)] {
    SCHEMA
}

const SCHEMA: &[(&str, Type)] = &[
    ("resource", Type::Text),
    ("pod.name", Type::Text),
    ("pod.namespace", Type::Text),
    ("pod.phase", Type::Text),
    ("pod.ready", Type::Bool),
    ("pod.node", Type::Text),
    ("pod.scheduled", Type::Bool),
    ("pod.deleting", Type::Bool),
    ("pod.trouble", Type::Text),
    ("container.name", Type::Text),
    ("container.image", Type::Text),
    ("container.ready", Type::Bool),
    ("container.restarts", Type::Int),
    ("container.state", Type::Text),
    ("container.waiting_reason", Type::Text),
    ("container.waiting_message", Type::Text),
    ("container.exit_code", Type::Int),
    ("container.end_reason", Type::Text),
    ("container.crashed", Type::Bool),
    ("container.init", Type::Bool),
    ("workload.kind", Type::Text),
    ("workload.name", Type::Text),
    ("workload.namespace", Type::Text),
    ("workload.desired", Type::Int),
    ("workload.ready", Type::Int),
    ("workload.updated", Type::Int),
    ("workload.generation", Type::Int),
    ("workload.paused", Type::Bool),
    ("workload.progress", Type::Text),
    ("facts.image_pull.kind", Type::Text),
    ("facts.image_pull.image", Type::Text),
    ("facts.image_pull.registry", Type::Text),
    ("facts.image_pull.repository", Type::Text),
    ("facts.image_pull.tag", Type::Text),
    ("facts.image_pull.digest", Type::Text),
    ("facts.image_pull.said", Type::Text),
    ("facts.rollout.newest_revision", Type::Int),
    ("facts.rollout.newest_ready", Type::Int),
    ("facts.rollout.of_newest", Type::Bool),
    ("facts.rollout.good_revision", Type::Int),
    ("facts.rollout.good_ready", Type::Int),
    ("facts.rollout.good_image", Type::Text),
    ("facts.rollout.image_changed", Type::Bool),
    ("facts.rollout.changed", Type::Changes),
];

/// The subjects of a workload: itself first, then each container of each of its pods.
#[must_use]
pub fn subjects(snapshot: &Snapshot, workload: &Object) -> Vec<Subject> {
    let rollout = Rollout::of(snapshot, workload);
    let whole = workload_data(workload);
    let mut subjects = vec![Subject {
        resource: Resource::Workload,
        object: workload.reference(),
        container: None,
        data: json!({
            "resource": Resource::Workload.as_str(),
            "pod": no_pod(),
            "container": no_container(),
            "workload": whole,
            "facts": {"image_pull": no_pull(), "rollout": rollout.data("", false)},
        }),
    }];
    for pod in pods_of(snapshot, workload) {
        let of_newest = rollout.is_newest(pod);
        for container in containers(pod) {
            subjects.push(Subject {
                resource: Resource::Container,
                object: pod.reference(),
                container: Some(container.name().to_owned()),
                data: json!({
                    "resource": Resource::Container.as_str(),
                    "pod": pod_data(pod),
                    "container": container_data(&container),
                    "workload": whole,
                    "facts": {
                        "image_pull": pull_data(snapshot, pod, &container),
                        "rollout": rollout.data(container.name(), of_newest),
                    },
                }),
            });
        }
    }
    subjects
}

fn workload_data(workload: &Object) -> Value {
    let progress = serde_json::to_value(progress(workload)).unwrap_or_default();
    json!({
        "kind": workload.kind(),
        "name": workload.name(),
        "namespace": workload.namespace(),
        "desired": desired(workload),
        "ready": count(workload, "/status/readyReplicas"),
        "updated": count(workload, "/status/updatedReplicas"),
        "generation": workload.generation(),
        "paused": workload.at("/spec/paused").and_then(Value::as_bool).unwrap_or(false),
        "progress": progress,
    })
}

fn no_pod() -> Value {
    json!({
        "name": "", "namespace": "", "phase": "", "ready": false, "node": "",
        "scheduled": false, "deleting": false, "trouble": "",
    })
}

fn pod_data(pod: &Object) -> Value {
    let scheduled = condition(pod, "PodScheduled")
        .map_or(!pod.text("/spec/nodeName").is_empty(), |scheduled| {
            text(scheduled, "/status") == "True"
        });
    json!({
        "name": pod.name(),
        "namespace": pod.namespace(),
        "phase": pod.text("/status/phase"),
        "ready": pod_ready(pod),
        "node": pod.text("/spec/nodeName"),
        "scheduled": scheduled,
        "deleting": pod.at("/metadata/deletionTimestamp").is_some(),
        "trouble": pod_trouble(pod).unwrap_or_default(),
    })
}

fn no_container() -> Value {
    json!({
        "name": "", "image": "", "ready": false, "restarts": 0, "state": "",
        "waiting_reason": "", "waiting_message": "", "exit_code": 0, "end_reason": "",
        "crashed": false, "init": false,
    })
}

fn container_data(container: &Container<'_>) -> Value {
    json!({
        "name": container.name(),
        "image": container.image(),
        "ready": container.ready(),
        "restarts": container.restarts(),
        "state": container.state(),
        "waiting_reason": container.waiting_reason(),
        "waiting_message": container.waiting_message(),
        "exit_code": container.exit_code(),
        "end_reason": container.end_reason(),
        "crashed": container.crashed(),
        "init": container.init,
    })
}

fn no_pull() -> Value {
    json!({
        "kind": "", "image": "", "registry": "", "repository": "", "tag": "", "digest": "",
        "said": "",
    })
}

fn pull_data(snapshot: &Snapshot, pod: &Object, container: &Container<'_>) -> Value {
    let Some(failure) = pull_failure(snapshot, pod, container) else {
        return no_pull();
    };
    let named = image::parse(container.image());
    let part = |part: fn(image::ImageRef) -> Option<String>| {
        named.clone().and_then(part).unwrap_or_default()
    };
    json!({
        "kind": failure.kind.as_str(),
        "image": container.image(),
        "registry": failure.registry,
        "repository": part(|image| Some(image.repository)),
        "tag": part(|image| image.tag),
        "digest": part(|image| image.digest),
        "said": failure.said,
    })
}

/// Why the image of a container cannot be pulled, if it cannot. The status is asked first; where it
/// only tells of the back-off (as kubelets before 1.31 do) the pod's events are.
#[must_use]
pub fn pull_failure(
    snapshot: &Snapshot,
    pod: &Object,
    container: &Container<'_>,
) -> Option<PullFailure> {
    if !container.image_pull_failing() {
        return None;
    }
    let words = match container.waiting_reason() {
        "InvalidImageName" => format!("InvalidImageName: {}", container.waiting_message()),
        _ => container.waiting_message().to_owned(),
    };
    let failure = PullFailure::read_for(&words, container.image());
    if failure.kind != image::PullFailureKind::Other {
        return Some(failure);
    }
    let quoted = format!("\"{}\"", container.image());
    let told = snapshot
        .events_about(pod.uid())
        .filter(|event| event.text("/reason") == "Failed")
        .filter(|event| event.text("/message").contains(&quoted))
        .map(|event| PullFailure::read_for(event.text("/message"), container.image()))
        .filter(|failure| failure.kind != image::PullFailureKind::Other)
        .last();
    Some(told.unwrap_or(failure))
}

/// What the revisions of a workload say, read once for all its containers.
struct Rollout {
    newest: Option<Revision>,
    good: Option<Revision>,
    changed: Value,
    changed_images: Vec<String>,
}

impl Rollout {
    fn of(snapshot: &Snapshot, workload: &Object) -> Self {
        let all = revisions(snapshot, workload);
        let newest = all.iter().find(|revision| revision.newest).cloned();
        let good = last_good(&all).first().copied().cloned();
        let template = workload
            .at("/spec/template")
            .map(bare_template)
            .unwrap_or_default();
        let differences = good
            .as_ref()
            .map(|good| template_diff(&good.template, &template))
            .unwrap_or_default();
        let now = crate::revision::images(&template);
        let changed_images = good.as_ref().map_or_else(Vec::new, |good| {
            now.into_iter()
                .filter(|(name, image)| good.images.get(name).is_some_and(|was| was != image))
                .map(|(name, _)| name)
                .collect()
        });
        let changed = differences
            .into_iter()
            .map(|field| {
                json!({
                    "path": field.path,
                    "old": shown(field.old.as_ref()),
                    "new": shown(field.new.as_ref()),
                })
            })
            .collect();
        Self {
            newest,
            good,
            changed,
            changed_images,
        }
    }

    fn is_newest(&self, pod: &Object) -> bool {
        self.newest
            .as_ref()
            .and_then(|newest| newest.replica_set.uid.as_deref())
            .is_some_and(|uid| pod.controller() == Some(uid))
    }

    fn data(&self, container: &str, of_newest: bool) -> Value {
        let good_image = self
            .good
            .as_ref()
            .and_then(|good| good.images.get(container))
            .map_or("", String::as_str);
        let image_changed = if container.is_empty() {
            !self.changed_images.is_empty()
        } else {
            self.changed_images.iter().any(|name| name == container)
        };
        json!({
            "newest_revision": self.newest.as_ref().map_or(0, |newest| newest.number),
            "newest_ready": self.newest.as_ref().map_or(0, |newest| newest.ready),
            "of_newest": of_newest,
            "good_revision": self.good.as_ref().map_or(0, |good| good.number),
            "good_ready": self.good.as_ref().map_or(0, |good| good.ready),
            "good_image": good_image,
            "image_changed": image_changed,
            "changed": self.changed,
        })
    }
}

/// A value as text: texts as they are, anything else as JSON, nothing as the empty text.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)),
        ) => other.to_string(),
    }
}
