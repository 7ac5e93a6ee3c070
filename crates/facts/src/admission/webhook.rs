//! Admission webhooks that are asked about pods, must be asked, and have nobody to answer.

use crate::Json;
use crate::container::text;
use crate::subject::{Scene, backed_by, webhooks};
use crate::{Fields, Object, Snapshot, selects};

/// What the API server says of the first webhook of a kind that keeps pods from being made.
pub(super) fn refusal(
    scene: Scene<'_>,
    namespace: &str,
    labels: &Json,
    kind: &str,
) -> Option<String> {
    asking(scene, namespace, labels, kind)?
        .filter(|webhook| must_answer(webhook) && has_no_conditions(webhook))
        .find_map(|webhook| unanswered(scene, webhook))
}

/// A webhook that is asked about the pods of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Whether a pod is refused if it gives no answer.
    pub must_answer: bool,
    /// Whether it is known that nobody is there to answer.
    pub nobody_there: bool,
    /// Whether it is asked only under conditions, which are not worked out here.
    pub on_conditions: bool,
}

/// The webhooks that are asked about a pod before it is made; nothing where its namespace was not
/// read, by whose labels some are chosen.
#[must_use]
pub fn webhooks_of(snapshot: &Snapshot, pod: &Object) -> Option<Vec<Asked>> {
    let scene = Scene::new(snapshot);
    let labels = pod.at("/metadata/labels").unwrap_or(&Json::Null);
    let mut found = Vec::new();
    for kind in [
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ] {
        found.extend(
            asking(scene, pod.namespace(), labels, kind)?.map(|webhook| Asked {
                name: text(webhook, "/name").to_owned(),
                must_answer: must_answer(webhook),
                nobody_there: unanswered(scene, webhook).is_some(),
                on_conditions: !has_no_conditions(webhook),
            }),
        );
    }
    Some(found)
}

/// The webhooks of a kind that choose a namespace's pods with these labels.
fn asking<'a>(
    scene: Scene<'a>,
    namespace: &str,
    labels: &'a Json,
    kind: &'a str,
) -> Option<impl Iterator<Item = &'a Json>> {
    let space = scene.snapshot.get("Namespace", "", namespace).present()?;
    let space = space.at("/metadata/labels").unwrap_or(&Json::Null);
    let found = scene
        .snapshot
        .of_kind(kind, None)
        .filter(|configuration| webhooks(configuration).next().is_some())
        .flat_map(|configuration| configuration.list("/webhooks"))
        .filter(move |webhook| {
            asks_about_pods(webhook)
                && chosen(webhook.get("namespaceSelector"), space)
                && chosen(webhook.get("objectSelector"), labels)
        });
    Some(found)
}

fn must_answer(webhook: &Json) -> bool {
    text(webhook, "/failurePolicy") != "Ignore"
}

/// Conditions in CEL are not evaluated here.
fn has_no_conditions(webhook: &Json) -> bool {
    webhook
        .get("matchConditions")
        .and_then(Json::as_array)
        .is_none_or(<[Json]>::is_empty)
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
