//! Why an image cannot be pulled.

use serde_json::{Value, json};

use super::{Section, Type};
use crate::container::Container;
use crate::{Object, PullFailure, Snapshot, image};

pub(super) const SCHEMA: Section = &[
    // What kind of failure; empty if the image is not being waited for.
    ("facts.image_pull.kind", Type::Text),
    ("facts.image_pull.image", Type::Text),
    ("facts.image_pull.registry", Type::Text),
    ("facts.image_pull.repository", Type::Text),
    ("facts.image_pull.tag", Type::Text),
    ("facts.image_pull.digest", Type::Text),
    // The registry's or the kubelet's own words.
    ("facts.image_pull.said", Type::Text),
];

pub(super) fn data(snapshot: &Snapshot, pod: &Object, container: &Container<'_>) -> Value {
    let Some(failure) = pull_failure(snapshot, pod, container) else {
        return json!({"kind": "", "image": "", "registry": "", "repository": "", "tag": "", "digest": "", "said": ""});
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
