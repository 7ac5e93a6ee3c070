//! What conditions see of the things that a whole cluster rests on: namespaces, APIs served by
//! others, admission webhooks, certificates.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{condition, first_line, text};

pub(super) const SCHEMA: Section = &[
    // `ns` is the Namespace; the word `namespace` is the subject's own.
    ("ns.name", Type::Text),
    ("ns.terminating", Type::Bool),
    // Seconds since somebody asked for its deletion.
    ("ns.deleting_for", Type::Int),
    // What the namespace controller says it waits for, and its conditions' reasons.
    ("ns.reasons", Type::Texts),
    ("ns.message", Type::Text),
    ("ns.remaining", Type::Text),
    ("ns.finalizers", Type::Text),
    ("apiservice.name", Type::Text),
    ("apiservice.group", Type::Text),
    ("apiservice.available", Type::Bool),
    ("apiservice.reason", Type::Text),
    ("apiservice.message", Type::Text),
    ("apiservice.service", Type::Ref),
    ("apiservice.service_presence", Type::Text),
    ("apiservice.ready_pods", Type::Int),
    ("webhook.configuration", Type::Text),
    ("webhook.kind", Type::Text),
    ("webhook.name", Type::Text),
    // `Fail` refuses what the webhook cannot be asked about.
    ("webhook.policy", Type::Text),
    ("webhook.service", Type::Ref),
    ("webhook.service_presence", Type::Text),
    ("webhook.ready_pods", Type::Int),
    // While no pod behind its Service is ready: seconds since one was; else 0.
    ("webhook.unready_for", Type::Int),
    ("webhook.url", Type::Text),
    // The kinds it is asked about, as `group/resource`.
    ("webhook.rules", Type::Texts),
    // What it has refused or broken: the newest words of the API server, and of how many workloads.
    ("webhook.said", Type::Text),
    ("webhook.hits", Type::Int),
    ("webhook.hit", Type::Text),
    ("certificate.name", Type::Text),
    ("certificate.namespace", Type::Text),
    // Seconds until it ends; negative when it has.
    ("certificate.expires_in", Type::Int),
    ("certificate.not_after", Type::Text),
    ("certificate.hosts", Type::Texts),
    ("certificate.used_by", Type::Texts),
];

pub(super) fn namespace(scene: Scene<'_>, namespace: &Object) -> Vec<(&'static str, Value)> {
    let said = |kind: &str| {
        condition(namespace, kind)
            .filter(|condition| text(condition, "/status") == "True")
            .map_or("", |condition| text(condition, "/message"))
    };
    let blocking = [
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    ];
    let holding: Vec<&str> = blocking
        .into_iter()
        .filter(|kind| !said(kind).is_empty())
        .collect();
    let deletion = namespace.text("/metadata/deletionTimestamp");
    let section = json!({
        "name": namespace.name(),
        "terminating": !deletion.is_empty() || namespace.text("/status/phase") == "Terminating",
        "deleting_for": if deletion.is_empty() { json!(0) } else { scene.since(deletion).map(Value::from).unwrap_or_default() },
        "reasons": holding,
        "message": holding.first().map_or("", |kind| first_line(said(kind))),
        "remaining": first_line(said("NamespaceContentRemaining")),
        "finalizers": first_line(said("NamespaceFinalizersRemaining")),
    });
    vec![("ns", section)]
}

pub(super) fn api_service(scene: Scene<'_>, service: &Object) -> Vec<(&'static str, Value)> {
    let available = condition(service, "Available").unwrap_or(&Json::Null);
    let (namespace, name) = (
        service.text("/spec/service/namespace"),
        service.text("/spec/service/name"),
    );
    let backed = Backed::by(scene, namespace, name);
    let section = json!({
        "name": service.name(),
        "group": service.text("/spec/group"),
        "available": text(available, "/status") != "False",
        "reason": text(available, "/reason"),
        "message": first_line(text(available, "/message")),
        "service": backed.reference,
        "service_presence": backed.presence,
        "ready_pods": backed.ready,
    });
    vec![("apiservice", section)]
}

/// What stands behind an API that another server serves, or behind a webhook.
struct Backed {
    reference: Value,
    presence: &'static str,
    ready: Option<usize>,
    unready_for: Option<i64>,
}

impl Backed {
    fn by(scene: Scene<'_>, namespace: &str, name: &str) -> Self {
        if name.is_empty() {
            return Self {
                reference: json!({}),
                presence: "",
                ready: Some(0),
                unready_for: Some(0),
            };
        }
        let found = scene.snapshot.get("Service", namespace, name);
        let presence = found.as_str();
        let ready = found.present().and_then(|service| {
            let selector = service.at("/spec/selector")?;
            let known = super::seen::pods_known(scene, namespace, selector);
            let ready = scene
                .snapshot
                .selected("Pod", namespace, selector)
                .filter(|pod| crate::container::pod_ready(pod))
                .count();
            (known || ready > 0).then_some(ready)
        });
        let ready = if presence == "absent" { Some(0) } else { ready };
        let unready_for = match (found.present(), ready) {
            (Some(service), Some(0)) => {
                let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
                scene
                    .snapshot
                    .selected("Pod", namespace, selector)
                    .filter_map(|pod| super::pod::unready_for(scene, pod))
                    .min()
                    .or_else(|| scene.age(service))
            }
            _ => Some(0),
        };
        Self {
            reference: json!({"kind": "Service", "namespace": namespace, "name": name}),
            presence,
            ready,
            unready_for,
        }
    }
}

/// Whether a Service is there, and how many pods behind it are ready, if that is known.
pub(crate) fn backed_by(
    scene: Scene<'_>,
    namespace: &str,
    name: &str,
) -> (&'static str, Option<usize>) {
    let backed = Backed::by(scene, namespace, name);
    (backed.presence, backed.ready)
}

pub(super) fn webhook(
    scene: Scene<'_>,
    configuration: &Object,
    name: &str,
) -> Option<Vec<(&'static str, Value)>> {
    let webhook = configuration
        .list("/webhooks")
        .iter()
        .find(|webhook| text(webhook, "/name") == name)?;
    let service = webhook
        .pointer("/clientConfig/service")
        .unwrap_or(&Json::Null);
    let backed = Backed::by(scene, text(service, "/namespace"), text(service, "/name"));
    let rules: Vec<String> = webhook
        .get("rules")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .flat_map(|rule| {
            let group = text(rule, "/apiGroups/0");
            let resources = rule.get("resources").and_then(Json::as_array);
            resources
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .map(move |resource| format!("{group}/{resource}"))
                .collect::<Vec<_>>()
        })
        .collect();
    let marker = format!("webhook \"{name}\"");
    let mut hits = Vec::new();
    let mut said = String::new();
    for kind in [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "ReplicaSet",
    ] {
        for workload in scene.snapshot.of_kind(kind, None) {
            if kind == "ReplicaSet" && workload.controller().is_some() {
                continue;
            }
            if let Some((_, message)) = super::workload::cannot_make_pods(scene, workload)
                && message.contains(&marker)
            {
                hits.push(format!(
                    "{kind}/{} ({})",
                    workload.name(),
                    workload.namespace()
                ));
                said = message;
            }
        }
    }
    let section = json!({
        "configuration": configuration.name(),
        "kind": configuration.kind(),
        "name": name,
        "policy": match text(webhook, "/failurePolicy") { "" => "Fail", policy => policy },
        "service": backed.reference,
        "service_presence": backed.presence,
        "ready_pods": backed.ready,
        "unready_for": backed.unready_for,
        "url": text(webhook, "/clientConfig/url"),
        "rules": rules,
        "said": said,
        "hits": hits.len(),
        "hit": hits.first().map_or("", String::as_str),
    });
    Some(vec![("webhook", section)])
}

pub(super) fn certificate(scene: Scene<'_>, secret: &Object) -> Vec<(&'static str, Value)> {
    let ends = secret.annotation(crate::NOT_AFTER).unwrap_or_default();
    let left = match (scene.now, model::Timestamp::parse(ends)) {
        (Some(now), Some(end)) => Some((end.micros() - now.micros()) / 1_000_000),
        _ => None,
    };
    let users: Vec<String> = crate::wiring::showing(scene.snapshot, secret)
        .map(|ingress| format!("Ingress/{}", ingress.name()))
        .collect();
    let hosts = secret
        .annotation(crate::CERTIFICATE_HOSTS)
        .unwrap_or_default();
    let section = json!({
        "name": secret.name(),
        "namespace": secret.namespace(),
        "expires_in": left,
        "not_after": ends,
        "hosts": hosts.split(',').filter(|host| !host.is_empty()).collect::<Vec<_>>(),
        "used_by": users,
    });
    vec![("certificate", section)]
}
