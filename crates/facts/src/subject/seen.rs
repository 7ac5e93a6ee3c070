//! How much of a namespace was seen, so that what was not seen is not taken for absent: a recording may
//! lack a kind, and a table labels and selectors.

use super::Scene;
use super::service::{WORKLOADS, workloads};
use crate::{Json, Object};

/// Whether all pods of a namespace were seen, or as much of their labels that a selector is known not
/// to select the others: a table shows labels only when it is asked to.
pub(super) fn pods_known(scene: Scene<'_>, namespace: &str, selector: &Json) -> bool {
    scene.snapshot.is_complete("Pod", namespace)
        && scene
            .snapshot
            .of_kind("Pod", Some(namespace))
            .all(|pod| !may_select(selector, pod, "/metadata/labels"))
}

/// Whether all workloads of a namespace were seen, and as much of the labels that they give their
/// pods that it is known which of them a selector selects.
pub(super) fn templates_known(scene: Scene<'_>, namespace: &str, selector: &Json) -> bool {
    WORKLOADS
        .into_iter()
        .all(|kind| scene.snapshot.is_complete(kind, namespace))
        && workloads(scene, namespace)
            .all(|workload| !may_select(selector, workload, "/spec/template/metadata/labels"))
}

/// Whether labels that were not seen decide if a selector selects something.
fn may_select(selector: &Json, object: &Object, at: &str) -> bool {
    if !object.may_have_more_labels(at) {
        return false;
    }
    let labels = object.at(at).unwrap_or(&Json::Null);
    let mut wanted = selector.as_object().into_iter().flatten();
    !crate::selects(selector, labels)
        && wanted.all(|(key, value)| labels.get(key).is_none_or(|has| has == value))
}

/// Whether the selector of a Service was seen, or that it has none.
pub(super) fn selector_seen(service: &Object) -> bool {
    !service.is_guessed() || service.at("/spec/selector").is_some()
}

/// Whether a workload beside a Service was scaled to zero: where the selector was not seen, it may be
/// that one's.
pub(super) fn others_sleep(scene: Scene<'_>, service: &Object) -> bool {
    workloads(scene, service.namespace()).any(|workload| workload.int("/spec/replicas") == Some(0))
}

/// Whether the resources of a container were seen, or that it asks for none: a table of workloads
/// shows names and images alone.
pub(super) fn resources_seen(workload: &Object, container: &Json) -> bool {
    let bare = |key: &str| matches!(key, "name" | "image");
    !workload.is_guessed()
        || container
            .as_object()
            .is_some_and(|fields| fields.keys().any(|key| !bare(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GUESSED, SOME_LABELS};
    use serde_json::json;

    /// Whether labels that were not seen decide if `app=web,tier=front` selects a pod of these.
    fn may(labels: &serde_json::Value, all: bool, guessed: bool) -> bool {
        let uid = if guessed { GUESSED } else { "" };
        let mut pod = json!({"kind": "Pod", "metadata": {"name": "x", "uid": format!("{uid}1")}});
        if !labels.is_null() {
            pod["metadata"]["labels"] = labels.clone();
        }
        if !all {
            pod["metadata"]["annotations"] = json!({SOME_LABELS: "true"});
        }
        let selector = Json::from(json!({"app": "web", "tier": "front"}));
        may_select(&selector, &Object::new(pod), "/metadata/labels")
    }

    #[test]
    fn labels_that_were_not_seen_may_be_those_that_are_wanted() {
        assert!(may(&json!(null), true, true));
        assert!(may(&json!({"app": "web"}), false, true));
    }

    #[test]
    fn a_label_that_was_seen_with_another_value_decides() {
        assert!(!may(&json!({"app": "api"}), false, true));
        assert!(!may(&json!({"app": "web"}), true, true));
        assert!(!may(&json!({}), true, true));
        // The API server shows all labels there are.
        assert!(!may(&json!(null), true, false));
    }

    #[test]
    fn a_table_of_workloads_does_not_tell_what_containers_request() {
        let seen = |uid: &str, container: serde_json::Value| {
            let workload = Object::new(json!({"kind": "DaemonSet", "metadata": {"uid": uid}}));
            resources_seen(&workload, &Json::from(container))
        };
        let row = json!({"name": "a", "image": "a:1"});
        assert!(!seen(&format!("{GUESSED}1"), row.clone()));
        assert!(seen("1", row));
        let described = json!({"name": "a", "image": "a:1", "resources": {}});
        assert!(seen(&format!("{GUESSED}1"), described));
    }
}
