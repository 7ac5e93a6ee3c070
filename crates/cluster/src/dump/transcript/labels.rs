//! Labels that a table did not show, as far as what owns the thing tells them.
//!
//! Every pod of a workload has the labels of its selector: those are known of pods and of pod
//! templates that were not shown. There may be more, and that is marked.

use std::collections::BTreeMap;

use facts::SOME_LABELS;
use serde_json::{Value, json};

use super::looks::{Fullness, Look, put};
use super::settle::{Key, text};

/// What controllers add to the labels of a pod template.
const ADDED: &[&str] = &[
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
];

/// Gives pods the labels that their workload's selector demands, and workloads the labels that
/// their pods have, where these were not shown.
pub(super) fn share(things: &mut BTreeMap<Key, Look>) {
    let mut of_pods: Vec<(Key, Key, Option<Value>)> = Vec::new();
    for (key, look) in things.iter() {
        if key.0 != "Pod" {
            continue;
        }
        if let Some(top) = top(things, key) {
            let labels = look.object.pointer("/metadata/labels").cloned();
            of_pods.push((key.clone(), top, labels));
        }
    }
    let template = "/spec/template/metadata/labels";
    for (_, top, labels) in &of_pods {
        let Some(Value::Object(labels)) = labels else {
            continue;
        };
        if let Some(look) = things.get_mut(top)
            && look.fullness < Fullness::Whole
            && look.object.pointer(template).is_none()
        {
            let own: Value = labels
                .iter()
                .filter(|(key, _)| !ADDED.contains(&key.as_str()))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            put(&mut look.object, template, own);
        }
    }
    for ((kind, ..), look) in things.iter_mut() {
        if matches!(kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
            && look.object.pointer(template).is_none()
            && let Some(demanded) = look.object.pointer("/spec/selector/matchLabels").cloned()
        {
            put(&mut look.object, template, demanded);
            mark(&mut look.object);
        }
    }
    for (pod, top, labels) in of_pods {
        let demanded = things
            .get(&top)
            .and_then(|look| look.object.pointer("/spec/selector/matchLabels").cloned());
        if labels.is_none()
            && let (Some(demanded), Some(look)) = (demanded, things.get_mut(&pod))
        {
            put(&mut look.object, "/metadata/labels", demanded);
            mark(&mut look.object);
        }
    }
}

fn mark(object: &mut Value) {
    let at = SOME_LABELS.replace('/', "~1");
    put(
        object,
        &format!("/metadata/annotations/{at}"),
        json!("true"),
    );
}

/// The workload above a pod, as far as owners were shown or guessed.
pub(super) fn top(things: &BTreeMap<Key, Look>, pod: &Key) -> Option<Key> {
    let mut here = pod.clone();
    for _ in 0..3 {
        let Some(owner) = things
            .get(&here)
            .and_then(|look| look.object.pointer("/metadata/ownerReferences/0"))
        else {
            break;
        };
        let above = (
            text(owner, "/kind").to_owned(),
            here.1.clone(),
            text(owner, "/name").to_owned(),
        );
        if !things.contains_key(&above) {
            break;
        }
        here = above;
    }
    (here != *pod).then_some(here)
}
