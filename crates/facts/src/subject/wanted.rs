//! What a program wanted of others and did not get: the host behind a connection that failed, and
//! the permission behind a refusal.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::log::{Failure, FailureKind};
use crate::netpol::{self, Traffic};
use crate::rbac::{self, Request};
use crate::wiring::{self, Behind, HostKind, Wiring};
use crate::{Json, Object, Presence};

pub(super) const SCHEMA: Section = &[
    // The host and port that the failing line names; empty if the line is about none.
    ("facts.wanted.host", Type::Text),
    ("facts.wanted.port", Type::Int),
    // What that is: `service`, `pod`, `node`, the program's `own` pod, something `outside`, or `unknown`.
    ("facts.wanted.kind", Type::Text),
    // The Service that is meant, and whether it and its namespace are there.
    ("facts.wanted.service", Type::Ref),
    ("facts.wanted.presence", Type::Text),
    ("facts.wanted.namespace_presence", Type::Text),
    // The Service that was probably meant, and namespaces that have one of that very name.
    ("facts.wanted.nearest", Type::Text),
    ("facts.wanted.nearest_namespace", Type::Text),
    ("facts.wanted.elsewhere", Type::Texts),
    // Its pods, those that are ready, and its ready endpoints.
    ("facts.wanted.pods", Type::Int),
    ("facts.wanted.ready", Type::Int),
    ("facts.wanted.endpoints", Type::Int),
    // Whether the Service has that port, and the ports it has.
    ("facts.wanted.port_presence", Type::Text),
    ("facts.wanted.ports", Type::Texts),
    // Whether that port leads to one that the pods do not listen on, and which.
    ("facts.wanted.target_lost", Type::Bool),
    ("facts.wanted.target", Type::Text),
    // The workload behind it, and how many pods it is asked to have.
    ("facts.wanted.workload", Type::Ref),
    ("facts.wanted.replicas", Type::Int),
    // Whether network policies let the connection through: `allowed`, `denied`, `unknown`; and
    // which deny it.
    ("facts.wanted.policy", Type::Text),
    ("facts.wanted.policies", Type::Texts),
    // The same of the way to the cluster's DNS.
    ("facts.wanted.dns", Type::Text),
    ("facts.wanted.dns_policies", Type::Texts),
    // The ready pods of the cluster's DNS.
    ("facts.wanted.dns_ready", Type::Int),
    // Of a 403: whether the roles that were read allow it after all (`allowed`, `denied`,
    // `unknown`), the ServiceAccount, its bindings there, those whose role is missing, those that
    // would allow it in another namespace, and roles that would if they were bound.
    ("facts.rbac.access", Type::Text),
    ("facts.rbac.account", Type::Text),
    ("facts.rbac.account_namespace", Type::Text),
    ("facts.rbac.account_presence", Type::Text),
    ("facts.rbac.bindings", Type::Texts),
    ("facts.rbac.dangling", Type::Texts),
    ("facts.rbac.elsewhere", Type::Texts),
    ("facts.rbac.granting", Type::Texts),
];

/// The sections, for a container whose log tells of a failure.
pub(super) fn data(
    scene: Scene<'_>,
    pod: &Object,
    failure: Option<&Failure>,
) -> Vec<(&'static str, Value)> {
    let Some(failure) = failure else {
        return Vec::new();
    };
    let mut sections = Vec::new();
    if !failure.host.is_empty() && failure.kind != FailureKind::PortInUse {
        sections.push(("facts.wanted", wanted(scene, pod, failure)));
    }
    if failure.kind == FailureKind::Forbidden && !failure.verb.is_empty() {
        sections.push(("facts.rbac", permission(scene, failure)));
    }
    sections
}

fn wanted(scene: Scene<'_>, pod: &Object, failure: &Failure) -> Value {
    let snapshot = scene.snapshot;
    let host = wiring::resolve_host(snapshot, pod.namespace(), &failure.host);
    let service = match host.kind {
        HostKind::Service => snapshot.get("Service", &host.namespace, &host.name),
        HostKind::Pod | HostKind::Node | HostKind::Own | HostKind::Outside | HostKind::Unknown => {
            Presence::Unknown
        }
    };
    let found = service.present();
    let wired = found.map(|service| {
        wiring::wiring(snapshot, service, |pod| {
            super::container::listening(scene, pod)
        })
    });
    let port = failure.port;
    let has_port = match found {
        Some(service) if port > 0 => {
            super::service::has_port(Presence::Present(service), &port.to_string()).as_str()
        }
        _ => "",
    };
    let target = wired
        .as_ref()
        .and_then(|wired| wired.targets.iter().find(|target| target.port == port));
    let traffic = match (found, port) {
        (Some(service), 1..) => Some(netpol::to_service(snapshot, pod, service, port)),
        _ => None,
    };
    let dns = netpol::dns(snapshot, pod);
    let behind = wired.as_ref().and_then(|wired| wired.workloads.first());
    let number = |number: fn(&Wiring) -> usize, known: fn(&Wiring) -> bool| match &wired {
        Some(wired) if known(wired) => json!(number(wired)),
        Some(_) => Value::Null,
        None => json!(0),
    };
    let reference = |behind: &Behind| json!({"kind": behind.kind, "namespace": host.namespace, "name": behind.name});
    json!({
        "host": failure.host,
        "port": port,
        "kind": host.kind.as_str(),
        "service": match host.kind {
            HostKind::Service => json!({"kind": "Service", "namespace": host.namespace, "name": host.name}),
            HostKind::Pod
        | HostKind::Node
        | HostKind::Own
        | HostKind::Outside
        | HostKind::Unknown => json!({}),
        },
        "presence": host.found.as_str(),
        "namespace_presence": host.namespace_found.as_str(),
        "nearest": host.nearest,
        "nearest_namespace": host.nearest_namespace,
        "elsewhere": host.elsewhere,
        "pods": number(|wired| wired.pods, |wired| wired.pods_known),
        "ready": number(|wired| wired.pods_ready, |wired| wired.pods_known),
        "endpoints": number(|wired| wired.endpoints_ready, |wired| wired.endpoints_known),
        "port_presence": has_port,
        "ports": found.map(ports).unwrap_or_default(),
        "target_lost": target.is_some_and(|target| target.number == 0 || target.listened.is_absent() && !target.declared)
            // What is told of the Service itself holds here, too.
            || found.is_some_and(|service| super::service::loses(scene, service, port)),
        "target": target.map_or("", |target| target.target.as_str()),
        "workload": behind.map_or_else(|| json!({}), reference),
        "replicas": behind.and_then(|behind| behind.replicas).unwrap_or(0),
        "policy": traffic.as_ref().map_or("", Traffic::as_str),
        "policies": traffic.as_ref().map_or(&[][..], Traffic::policies),
        "dns": dns.as_str(),
        "dns_policies": dns.policies(),
        "dns_ready": dns_ready(scene),
    })
}

fn ports(service: &Object) -> Vec<String> {
    service
        .list("/spec/ports")
        .iter()
        .filter_map(|port| port.get("port").map(Json::to_string))
        .collect()
}

/// The ready pods of the cluster's DNS; unknown if they were not read.
fn dns_ready(scene: Scene<'_>) -> Option<usize> {
    let selector = Json::from(json!({"k8s-app": "kube-dns"}));
    let pods: Vec<&Object> = scene
        .snapshot
        .selected("Pod", "kube-system", &selector)
        .collect();
    let known = !pods.is_empty() || scene.snapshot.is_complete("Pod", "kube-system");
    known.then(|| {
        pods.iter()
            .filter(|pod| crate::container::pod_ready(pod))
            .count()
    })
}

fn permission(scene: Scene<'_>, failure: &Failure) -> Value {
    let answer = rbac::can(
        scene.snapshot,
        &Request {
            user: failure.user.clone(),
            verb: failure.verb.clone(),
            group: failure.group.clone(),
            resource: failure.resource.clone(),
            namespace: failure.namespace.clone(),
            name: String::new(),
        },
    );
    let (namespace, account) = rbac::service_account(&failure.user).unwrap_or_default();
    json!({
        "access": answer.access.as_str(),
        "account": account,
        "account_namespace": namespace,
        "account_presence": answer.account.as_str(),
        "bindings": answer.bindings,
        "dangling": answer.dangling,
        "elsewhere": answer.elsewhere,
        "granting": answer.granting,
    })
}
