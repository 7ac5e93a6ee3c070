//! Admission webhooks that are asked about pods, must be asked, and have nobody to answer.

use crate::Json;
use crate::container::text;
use crate::subject::{Scene, backed_by, webhooks};
use crate::{Fields, selects};

/// What the API server says of the first webhook of a kind that keeps pods from being made.
pub(super) fn refusal(
    scene: Scene<'_>,
    namespace: &str,
    labels: &Json,
    kind: &str,
) -> Option<String> {
    let space = scene.snapshot.get("Namespace", "", namespace).present()?;
    let space = space.at("/metadata/labels").unwrap_or(&Json::Null);
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
                    .and_then(Json::as_array)
                    .is_none_or(<[Json]>::is_empty)
        })
        .find_map(|webhook| unanswered(scene, webhook))
}

fn unanswered(scene: Scene<'_>, webhook: &Json) -> Option<String> {
    let service = webhook.pointer("/clientConfig/service")?;
    let (place, name) = (text(service, "/namespace"), text(service, "/name"));
    let why = match backed_by(scene, place, name) {
        ("absent", _) => format!("service \"{name}\" not found"),
        ("present", Some(0)) => format!("no endpoints available for service \"{name}\""),
        _ => return None,
    };
    let hook = text(webhook, "/name");
    let port = service.get("port").and_then(Json::as_i64).unwrap_or(443);
    let path = text(service, "/path");
    Some(format!(
        "Internal error occurred: failed calling webhook \"{hook}\": failed to call webhook: Post \"https://{name}.{place}.svc:{port}{path}\": {why}"
    ))
}

fn asks_about_pods(webhook: &Json) -> bool {
    let rules = webhook.get("rules").and_then(Json::as_array);
    rules.into_iter().flatten().any(|rule| {
        let lists = |field: &str, wanted: &[&str]| {
            rule.get(field)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
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
fn chosen(selector: Option<&Json>, labels: &Json) -> bool {
    let Some(selector) = selector.and_then(Json::as_object) else {
        return true;
    };
    let empty = |field: &str| {
        selector.get(field).is_none_or(|part| {
            part.as_object().is_none_or(Fields::is_empty)
                && part.as_array().is_none_or(<[Json]>::is_empty)
        })
    };
    empty("matchLabels") && empty("matchExpressions")
        || selects(&Json::Fields(selector.clone()), labels)
}
