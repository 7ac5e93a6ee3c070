//! Admission webhooks that are asked about pods, must be asked, and have nobody to answer.

use serde_json::Value;

use crate::container::text;
use crate::selects;
use crate::subject::{Scene, backed_by, webhooks};

/// What the API server says of the first webhook of a kind that keeps pods from being made.
pub(super) fn refusal(
    scene: Scene<'_>,
    namespace: &str,
    labels: &Value,
    kind: &str,
) -> Option<String> {
    let space = scene.snapshot.get("Namespace", "", namespace).present()?;
    let space = space.at("/metadata/labels").unwrap_or(&Value::Null);
    scene
        .snapshot
        .of_kind(kind, None)
        .filter(|configuration| webhooks(configuration).next().is_some())
        .flat_map(|configuration| configuration.list("/webhooks"))
        .filter(|webhook| {
            text(webhook, "/failurePolicy") != "Ignore"
                && asks_about_pods(webhook)
                && chosen(webhook.get("namespaceSelector"), space)
                && chosen(webhook.get("objectSelector"), labels)
                // Conditions in CEL are not evaluated here.
                && webhook
                    .get("matchConditions")
                    .and_then(Value::as_array)
                    .is_none_or(Vec::is_empty)
        })
        .find_map(|webhook| unanswered(scene, webhook))
}

fn unanswered(scene: Scene<'_>, webhook: &Value) -> Option<String> {
    let service = webhook.pointer("/clientConfig/service")?;
    let (place, name) = (text(service, "/namespace"), text(service, "/name"));
    let why = match backed_by(scene, place, name) {
        ("absent", _) => format!("service \"{name}\" not found"),
        ("present", Some(0)) => format!("no endpoints available for service \"{name}\""),
        _ => return None,
    };
    let hook = text(webhook, "/name");
    let port = service.get("port").and_then(Value::as_i64).unwrap_or(443);
    let path = text(service, "/path");
    Some(format!(
        "Internal error occurred: failed calling webhook \"{hook}\": failed to call webhook: Post \"https://{name}.{place}.svc:{port}{path}\": {why}"
    ))
}

fn asks_about_pods(webhook: &Value) -> bool {
    let rules = webhook.get("rules").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let lists = |field: &str, wanted: &[&str]| {
            rule.get(field)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .any(|one| wanted.contains(&one))
        };
        lists("operations", &["CREATE", "*"])
            && lists("apiGroups", &["", "*"])
            && lists("apiVersions", &["v1", "*"])
            && lists("resources", &["pods", "*", "*/*"])
            && text(rule, "/scope") != "Cluster"
    })
}

/// Whether a selector chooses what bears these labels: here an empty one chooses everything.
fn chosen(selector: Option<&Value>, labels: &Value) -> bool {
    let Some(selector) = selector.and_then(Value::as_object) else {
        return true;
    };
    let empty = |field: &str| {
        selector.get(field).is_none_or(|part| {
            part.as_object().is_none_or(serde_json::Map::is_empty)
                && part.as_array().is_none_or(Vec::is_empty)
        })
    };
    empty("matchLabels") && empty("matchExpressions")
        || selects(&Value::Object(selector.clone()), labels)
}
