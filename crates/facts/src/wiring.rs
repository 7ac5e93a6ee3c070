//! How requests find pods: what a Service selects and leads to, what a host name means inside the
//! cluster, where an Ingress sends.

mod host;
mod ingress;

use crate::container::{pod_ready, text};
use crate::ports::{Target, number, targets};
use crate::{Fields, Json, Object, Presence, Snapshot, nearest, selects};

pub use host::{Host, HostKind, resolve_host};
pub use ingress::{Backend, Routes, Tls, routes, showing};

/// The kinds whose templates make pods, in the order in which they are named to people.
const WORKLOADS: &[(&str, &str)] = &[
    ("Deployment", "/spec/template/metadata/labels"),
    ("StatefulSet", "/spec/template/metadata/labels"),
    ("DaemonSet", "/spec/template/metadata/labels"),
    ("ReplicaSet", "/spec/template/metadata/labels"),
    ("Pod", "/metadata/labels"),
];

/// A label that a selector wants and a workload's pods do not have so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// The label's key.
    pub key: String,
    /// The value that the selector wants.
    pub wanted: String,
    /// The value that the pods have; empty if they have no such label.
    pub has: String,
    /// The pods' key that was meant, if they have none of this name.
    pub nearest_key: String,
}

/// A workload whose pods a Service selects, or nearly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many pods it is asked to have; none for kinds without such a number.
    pub replicas: Option<i64>,
    /// The labels in which its pods differ from the selector; empty if it selects them.
    pub differs: Vec<Differs>,
}

/// Where a Service leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// Whether it selects pods by itself; without a selector somebody else keeps its endpoints.
    pub selects: bool,
    /// Its selector, as `app=web,tier=front`.
    pub selector: String,
    /// The name that it stands for, if it is of type ExternalName.
    pub external_name: String,
    /// Whether the pods of its namespace were all read.
    pub pods_known: bool,
    /// How many pods it selects, without those that have ended.
    pub pods: usize,
    /// How many of them are ready.
    pub pods_ready: usize,
    /// Whether its EndpointSlices were all read.
    pub endpoints_known: bool,
    /// How many addresses its EndpointSlices have.
    pub endpoints: usize,
    /// How many of those are ready to serve.
    pub endpoints_ready: usize,
    /// The ports of its EndpointSlices.
    pub endpoint_ports: Vec<u16>,
    /// The workloads whose pods it selects.
    pub workloads: Vec<Behind>,
    /// The workload that was most likely meant, if it selects none.
    pub nearest: Option<Behind>,
    /// Where its ports lead in the first pod that it selects; empty if there is none.
    pub targets: Vec<Target>,
}

/// Where a Service leads. `listening` tells what ports a pod's logs say it listens on.
#[must_use]
pub fn wiring(
    snapshot: &Snapshot,
    service: &Object,
    listening: impl Fn(&Object) -> Vec<u16>,
) -> Wiring {
    let namespace = service.namespace();
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let pods: Vec<&Object> = snapshot
        .selected("Pod", namespace, selector)
        .filter(|pod| !matches!(pod.text("/status/phase"), "Succeeded" | "Failed"))
        .collect();
    let mut found = Wiring {
        selects: selector.as_object().is_some_and(|map| !map.is_empty()),
        selector: words(selector),
        external_name: service.text("/spec/externalName").to_owned(),
        pods_known: snapshot.is_complete("Pod", namespace),
        pods: pods.len(),
        pods_ready: pods.iter().filter(|pod| pod_ready(pod)).count(),
        endpoints_known: snapshot.is_complete("EndpointSlice", namespace),
        endpoints: 0,
        endpoints_ready: 0,
        endpoint_ports: Vec::new(),
        workloads: Vec::new(),
        nearest: None,
        targets: pods
            .iter()
            .find(|pod| pod_ready(pod))
            .or(pods.first())
            .map(|pod| targets(service, pod, &listening(pod)))
            .unwrap_or_default(),
    };
    endpoints(snapshot, service, &mut found);
    if found.selects {
        behind(snapshot, service, selector, &mut found);
    }
    found
}

fn words(selector: &Json) -> String {
    selector
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(",")
}

fn endpoints(snapshot: &Snapshot, service: &Object, found: &mut Wiring) {
    let slices = snapshot
        .of_kind("EndpointSlice", Some(service.namespace()))
        .filter(|slice| {
            let owner = slice
                .at("/metadata/labels")
                .and_then(|labels| labels.get("kubernetes.io/service-name"));
            owner.and_then(Json::as_str) == Some(service.name())
        });
    for slice in slices {
        for endpoint in slice.list("/endpoints") {
            let addresses = endpoint
                .get("addresses")
                .and_then(Json::as_array)
                .map_or(1, <[Json]>::len);
            // A condition that is not written counts as holding.
            let ready = endpoint.pointer("/conditions/ready") != Some(&Json::Bool(false));
            found.endpoints = found.endpoints.saturating_add(addresses);
            if ready {
                found.endpoints_ready = found.endpoints_ready.saturating_add(addresses);
            }
        }
        for port in slice.list("/ports") {
            let port = number(port.get("port"));
            if port != 0 && !found.endpoint_ports.contains(&port) {
                found.endpoint_ports.push(port);
            }
        }
    }
    found.endpoint_ports.sort_unstable();
}

fn behind(snapshot: &Snapshot, service: &Object, selector: &Json, found: &mut Wiring) {
    let mut best: Option<(usize, Behind)> = None;
    for (kind, path) in WORKLOADS {
        for workload in snapshot.of_kind(kind, Some(service.namespace())) {
            // What a controller made is told of as the controller.
            if matches!(*kind, "ReplicaSet" | "Pod") && workload.controller().is_some() {
                continue;
            }
            let labels = workload.at(path).unwrap_or(&Json::Null);
            let near = Behind {
                kind: (*kind).to_owned(),
                name: workload.name().to_owned(),
                replicas: replicas(kind, workload),
                differs: differs(selector, labels),
            };
            if selects(selector, labels) {
                found.workloads.push(near);
            } else {
                let score = score(service, selector, &near);
                if score > 0 && best.as_ref().is_none_or(|(known, _)| *known < score) {
                    best = Some((score, near));
                }
            }
        }
    }
    if found.workloads.is_empty() && found.pods == 0 {
        found.nearest = best.map(|(_, near)| near);
    }
}

fn replicas(kind: &str, workload: &Object) -> Option<i64> {
    match kind {
        "Deployment" | "StatefulSet" | "ReplicaSet" => {
            Some(workload.int("/spec/replicas").unwrap_or(1))
        }
        _ => None,
    }
}

fn differs(selector: &Json, labels: &Json) -> Vec<Differs> {
    selector
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, wanted)| labels.get(key) != Some(wanted))
        .map(|(key, wanted)| {
            let has = labels.get(key).and_then(Json::as_str);
            let keys = labels.as_object().into_iter().flatten();
            // A label with another key and the same value is what was meant before a nearer name.
            let nearest_key = match has {
                Some(_) => None,
                None => keys
                    .clone()
                    .find(|(_, value)| *value == wanted)
                    .map(|(key, _)| key)
                    .or_else(|| nearest(key, keys.map(|(key, _)| key))),
            };
            Differs {
                key: key.to_owned(),
                wanted: wanted.as_str().unwrap_or_default().to_owned(),
                has: has.unwrap_or_default().to_owned(),
                nearest_key: nearest_key.unwrap_or_default().to_owned(),
            }
        })
        .collect()
}

/// How likely a workload is the one that a Service means: labels that fit, values that are near,
/// and the name.
fn score(service: &Object, selector: &Json, near: &Behind) -> usize {
    let wanted = selector.as_object().map_or(0, Fields::len);
    let fit = wanted.saturating_sub(near.differs.len());
    let nearly = near
        .differs
        .iter()
        .filter(|differs| {
            !differs.nearest_key.is_empty()
                || nearest(&differs.wanted, [differs.has.as_str()]).is_some()
        })
        .count();
    let name = if service.name() == near.name {
        3
    } else if nearest(service.name(), [near.name.as_str()]).is_some() {
        2
    } else {
        0
    };
    fit.saturating_mul(4)
        .saturating_add(nearly.saturating_mul(3))
        .saturating_add(name)
}

/// Whether a Service has a port of that number or name.
pub(crate) fn has_port(service: &Object, wanted: &Json) -> bool {
    service.list("/spec/ports").iter().any(|port| {
        wanted.as_str().map_or_else(
            || port.get("port") == Some(wanted),
            |name| text(port, "/name") == name,
        )
    })
}

/// The ports of a Service as people write them: `http (80)`, `8080`.
pub(crate) fn port_words(service: &Object) -> Vec<String> {
    service
        .list("/spec/ports")
        .iter()
        .map(|port| match text(port, "/name") {
            "" => number(port.get("port")).to_string(),
            name => format!("{name} ({})", number(port.get("port"))),
        })
        .collect()
}

/// A Service by its name, as far as it was read.
pub(crate) fn service<'a>(
    snapshot: &'a Snapshot,
    namespace: &str,
    name: &str,
) -> Presence<&'a Object> {
    snapshot.get("Service", namespace, name)
}
