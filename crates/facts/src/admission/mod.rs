//! What the API server would answer to the next pod of a workload, worked out from the objects by
//! which it decides, in the words that it would use.
//!
//! A controller that cannot make pods tells so in events, which expire, and only ReplicaSets keep it
//! in a condition. This is for the time after that. It is no admission controller: where an object
//! was not read, or a rule is not known here, it says nothing.

mod limits;
mod quota;
mod security;
mod webhook;

use crate::Json;
use crate::Object;
use crate::container::text;
use crate::subject::Scene;

pub use quota::quotas_of;
pub use webhook::{Asked, webhooks_of};

/// Why the next pod of a workload would be refused; `None` if nothing that was read refuses it.
pub(crate) fn refusal(scene: Scene<'_>, workload: &Object) -> Option<String> {
    let spec = workload.at("/spec/template/spec")?;
    let labels = workload
        .at("/spec/template/metadata/labels")
        .unwrap_or(&Json::Null);
    let namespace = workload.namespace();
    let pod = format!("pods \"{}-\" is forbidden: ", workload.name());
    // In the order in which the API server asks.
    account(scene, namespace, spec)
        .or_else(|| class(scene, spec))
        .map(|why| format!("{pod}{why}"))
        .or_else(|| webhook::refusal(scene, namespace, labels, "MutatingWebhookConfiguration"))
        .or_else(|| security::refusal(scene, namespace, spec).map(|why| format!("{pod}{why}")))
        .or_else(|| {
            let filled = limits::filled(scene, namespace, spec);
            limits::invalid(&filled)
                .map(|why| format!("Pod \"{}-\" is invalid: {why}", workload.name()))
                .or_else(|| {
                    limits::refusal(scene, namespace, &filled).map(|why| format!("{pod}{why}"))
                })
                .or_else(|| {
                    webhook::refusal(scene, namespace, labels, "ValidatingWebhookConfiguration")
                })
                .or_else(|| {
                    quota::refusal(scene, namespace, &filled).map(|why| format!("{pod}{why}"))
                })
        })
        .or_else(|| quota::claims(scene, workload))
}

fn account(scene: Scene<'_>, namespace: &str, spec: &Json) -> Option<String> {
    let name = match text(spec, "/serviceAccountName") {
        "" => "default",
        name => name,
    };
    let absent = scene
        .snapshot
        .get("ServiceAccount", namespace, name)
        .is_absent();
    absent.then(|| {
        format!("error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found")
    })
}

fn class(scene: Scene<'_>, spec: &Json) -> Option<String> {
    let name = text(spec, "/priorityClassName");
    // Those of the system are always there, whatever a listing leaves out.
    let asked = !name.is_empty() && !name.starts_with("system-");
    (asked && scene.snapshot.get("PriorityClass", "", name).is_absent())
        .then(|| format!("no PriorityClass with name {name} was found"))
}

/// The containers of a pod's spec, those that run first before the others or not.
fn containers<'a>(spec: &'a Json, fields: &'a [&str]) -> impl Iterator<Item = &'a Json> {
    fields
        .iter()
        .flat_map(|field| spec.get(field).and_then(Json::as_array).unwrap_or_default())
}

/// All containers of a pod's spec.
const ALL: &[&str] = &["initContainers", "containers"];

#[cfg(test)]
mod tests;
