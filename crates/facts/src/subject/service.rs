//! What conditions see of a Service.

use serde_json::{Value, json};

use super::{Scene, Section, Type, lost_port, seen};
use crate::container::{containers, first_line, is_name, pod_ready, text};
use crate::revision::count;
use crate::workload::home_of;
use crate::{Fields, Json, Object, Presence};

pub(super) const SCHEMA: Section = &[
    ("service.name", Type::Text),
    ("service.namespace", Type::Text),
    ("service.type", Type::Text),
    ("service.age", Type::Int),
    ("service.headless", Type::Bool),
    // Its selector as people write it: `app=web,tier=front`; empty if it has none, unknown where a
    // table did not show it.
    ("service.selector", Type::Text),
    // The pods it selects, those being deleted or ended left out, and those that are ready.
    ("service.pods", Type::Int),
    ("service.ready_pods", Type::Int),
    // While no pod that it selects is ready: seconds since the last of them was, unknown where that
    // was not seen; else 0.
    ("service.unready_for", Type::Int),
    // For how long nothing has begun or ended in any of its pods.
    ("service.settled_for", Type::Int),
    // How many workloads' pods its selector selects; unknown where it selects none of those that
    // were seen, and not all were.
    ("service.selected_workloads", Type::Int),
    // The ready endpoints that its EndpointSlices hold.
    ("service.endpoints", Type::Int),
    // The workload behind it, if its pods are of one, with its numbers.
    ("service.workload", Type::Ref),
    ("service.workload_ready", Type::Int),
    ("service.workload_desired", Type::Int),
    // Where it selects nothing: the workload whose labels come nearest, the label that differs,
    // what the Service wants of it and what the pods have.
    ("service.nearest", Type::Ref),
    ("service.nearest_label", Type::Text),
    ("service.nearest_wanted", Type::Text),
    ("service.nearest_has", Type::Text),
    // Another Service that already leads to that workload.
    ("service.nearest_service", Type::Text),
    // Whether every workload that it selects is scaled to zero; where its selector or the
    // labels of pods were not seen, whether any in its namespace is.
    ("service.scaled_to_zero", Type::Bool),
    // Its ports: `{name, port, target, protocol}`.
    ("service.ports", Type::Maps),
    // The first port that leads to no container port that pods declare or listen on: its number,
    // its target, and what there is instead. 0 and empty if there is none.
    ("service.lost_port", Type::Int),
    ("service.lost_target", Type::Text),
    // Whether the target is a name, which must be declared, or a number, which need not be.
    ("service.lost_named", Type::Bool),
    // What the Service itself calls that port.
    ("service.lost_name", Type::Text),
    // Whether another port of it leads to one that is declared or listened on.
    ("service.other_served", Type::Bool),
    ("service.declared", Type::Texts),
    ("service.listening", Type::Texts),
    // The first container of its pods; empty if its name was not seen.
    ("service.container", Type::Text),
    // A load balancer was asked for and has no address, and what the controller says of it.
    ("service.balancer_pending", Type::Bool),
    ("service.balancer_message", Type::Text),
    ("service.class", Type::Text),
    ("service.requested_address", Type::Text),
    // Other Services whose load balancer has an address: a controller is at work.
    ("service.balancers_served", Type::Int),
    // The Ingresses that lead to it.
    ("service.ingresses", Type::Texts),
];

/// Whether a Service is worth asking about: not if a pod that it selects is ready and declares every
/// port that it leads to, and no load balancer is waited for.
pub(crate) fn matters(scene: Scene<'_>, service: &Object) -> bool {
    if is_balancer_pending(service) {
        return true;
    }
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let pods = alive(scene, service.namespace(), selector);
    let Some(first) = pods
        .first()
        .filter(|_| pods.iter().any(|pod| pod_ready(pod)))
    else {
        return true;
    };
    !lost_port::all_are_declared(service, first)
}

/// Whether a load balancer was asked for and has no address.
fn is_balancer_pending(service: &Object) -> bool {
    service.text("/spec/type") == "LoadBalancer"
        && service.list("/status/loadBalancer/ingress").is_empty()
}

pub(super) fn data(scene: Scene<'_>, service: &Object) -> Vec<(&'static str, Value)> {
    let snapshot = scene.snapshot;
    let namespace = service.namespace();
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let pods = alive(scene, namespace, selector);
    let known = seen::pods_known(scene, namespace, selector) || !pods.is_empty();
    let selected = selected(scene, selector, namespace);
    let behind = behind(scene, &selected, &pods);
    let near = match pods.is_empty() && selected.is_empty() && known {
        true => nearest(scene, selector, namespace),
        false => None,
    };
    let lost = lost_port::of(scene, service, &pods);
    let reference = |object: Option<&Object>| {
        object.map_or_else(
            || json!({}),
            |object| super::storage::reference(&home_of(snapshot, object)),
        )
    };
    let number = |pointer: &str| behind.map_or(0, |workload| count(workload, pointer));
    let pending = is_balancer_pending(service);
    let told = super::pod::newest_event(
        scene,
        service,
        &[
            "SyncLoadBalancerFailed",
            "CreatingLoadBalancerFailed",
            "FailedDeployModel",
            "FailedBuildModel",
            "AllocationFailed",
            "UnsupportedLoadBalancer",
        ],
    );
    let section = json!({
        "name": service.name(),
        "namespace": namespace,
        "type": match service.text("/spec/type") { "" => "ClusterIP", kind => kind },
        "age": scene.age(service),
        "headless": service.text("/spec/clusterIP") == "None",
        "selector": if seen::selector_seen(service) { json!(shown(selector)) } else { Value::Null },
        "pods": if known { json!(pods.len()) } else { Value::Null },
        "ready_pods": if known { json!(pods.iter().filter(|pod| pod_ready(pod)).count()) } else { Value::Null },
        "endpoints": endpoints(scene, service),
        "workload": reference(behind),
        "workload_ready": number("/status/readyReplicas"),
        "workload_desired": behind.map_or(0, crate::rollout::desired),
        "nearest": reference(near.as_ref().map(|near| near.workload)),
        "nearest_label": near.as_ref().map_or("", |near| near.label),
        "nearest_wanted": near.as_ref().map_or("", |near| near.wanted),
        "nearest_has": near.as_ref().map_or("", |near| near.has),
        "nearest_service": near.as_ref().map_or("", |near| leading_to(scene, service, near.workload)),
        "unready_for": unready_for(scene, &pods),
        "settled_for": pods.iter().filter_map(|pod| super::pod::settled_for(scene, pod)).min(),
        "selected_workloads": match selected.len() {
            0 if !seen::templates_known(scene, namespace, selector) => Value::Null,
            many => json!(many),
        },
        "scaled_to_zero": is_scaled_to_zero(&selected, &pods) || !(known && seen::selector_seen(service)) && seen::others_sleep(scene, service),
        "class": service.text("/spec/loadBalancerClass"),
        "requested_address": service.text("/spec/loadBalancerIP"),
        // It is asked of those alone that wait for an address, and counting goes through all.
        "balancers_served": if pending { balancers_served(scene) } else { 0 },
        "ports": service.list("/spec/ports").iter().map(port).collect::<Vec<_>>(),
        "lost_port": lost.as_ref().map_or(0, |lost| lost.port),
        "lost_target": lost.as_ref().map_or("", |lost| lost.target.as_str()),
        "lost_named": lost.as_ref().is_some_and(|lost| lost.named),
        "lost_name": lost.as_ref().map_or("", |lost| lost.name.as_str()),
        "other_served": lost.as_ref().is_some_and(|lost| lost.other_served),
        "declared": lost.as_ref().map_or(&[][..], |lost| &lost.declared),
        "listening": lost.as_ref().map_or(&[][..], |lost| &lost.listening),
        "container": pods.first().and_then(|pod| containers(pod).find(|container| !container.init)).map(|container| container.name()).filter(|name| is_name(name)).unwrap_or_default(),
        "balancer_pending": pending,
        "balancer_message": told.map_or("", |event| first_line(event.text("/message"))),
        "ingresses": ingresses(scene, service),
    });
    vec![("service", section)]
}

fn port(port: &Json) -> Value {
    json!({
        "name": text(port, "/name"),
        "port": port.get("port").and_then(Json::as_i64).unwrap_or(0),
        "target": lost_port::target(port),
        "protocol": match text(port, "/protocol") { "" => "TCP", protocol => protocol },
    })
}

/// A selector as people write it.
pub(super) fn shown(selector: &Json) -> String {
    let plain = selector.as_object().into_iter().flatten();
    plain
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(",")
}

/// The ready endpoints of a Service; unknown if EndpointSlices were not read.
pub(crate) fn endpoints(scene: Scene<'_>, service: &Object) -> Option<usize> {
    let selector = Json::from(json!({"kubernetes.io/service-name": service.name()}));
    let slices: Vec<&Object> = scene
        .snapshot
        .selected("EndpointSlice", service.namespace(), &selector)
        .collect();
    if slices.is_empty()
        && !scene
            .snapshot
            .is_complete("EndpointSlice", service.namespace())
    {
        return None;
    }
    let ready = slices
        .iter()
        .flat_map(|slice| slice.list("/endpoints"))
        .filter(|endpoint| endpoint.pointer("/conditions/ready") != Some(&Json::Bool(false)))
        .count();
    Some(ready)
}

/// The workload whose pods a selector selects: by its pods, or by its pod template while there are
/// none. None if there are several.
fn behind<'a>(
    scene: Scene<'a>,
    selected: &[&'a Object],
    pods: &[&'a Object],
) -> Option<&'a Object> {
    let snapshot = scene.snapshot;
    let mut tops = pods
        .iter()
        .map(|pod| crate::owner_of(snapshot, pod).unwrap_or(pod));
    if let Some(first) = tops.next() {
        return tops.all(|top| top.uid() == first.uid()).then_some(first);
    }
    match selected {
        [one] => Some(one),
        _ => None,
    }
}

/// The workloads whose pod templates a selector selects.
fn selected<'a>(scene: Scene<'a>, selector: &Json, namespace: &str) -> Vec<&'a Object> {
    workloads(scene, namespace)
        .filter(|workload| {
            workload
                .at("/spec/template/metadata/labels")
                .is_some_and(|labels| crate::selects(selector, labels))
        })
        .collect()
}

/// Whether all that a Service selects was scaled to zero on purpose.
fn is_scaled_to_zero(selected: &[&Object], pods: &[&Object]) -> bool {
    pods.is_empty()
        && !selected.is_empty()
        && selected.iter().all(|workload| {
            workload.kind() != "DaemonSet" && crate::rollout::desired(workload) == 0
        })
}

/// Whether a Service selects only what was scaled to zero on purpose.
pub(super) fn sleeps(scene: Scene<'_>, service: &Object) -> bool {
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let pods: Vec<&Object> = alive(scene, service.namespace(), selector);
    is_scaled_to_zero(&selected(scene, selector, service.namespace()), &pods)
}

/// The pods that a selector selects, without those that have ended or are being deleted.
fn alive<'a>(scene: Scene<'a>, namespace: &'a str, selector: &'a Json) -> Vec<&'a Object> {
    scene
        .snapshot
        .selected("Pod", namespace, selector)
        .filter(|pod| pod.at("/metadata/deletionTimestamp").is_none())
        .filter(|pod| !matches!(pod.text("/status/phase"), "Succeeded" | "Failed"))
        .collect()
}

/// Since when none of some pods has been ready, in seconds; 0 if one is, or there is none; none if
/// that was not seen.
fn unready_for(scene: Scene<'_>, pods: &[&Object]) -> Option<i64> {
    if pods.iter().any(|pod| pod_ready(pod)) {
        return Some(0);
    }
    let since: Option<Vec<i64>> = pods
        .iter()
        .filter(|pod| super::pod::is_unready(pod))
        .map(|pod| super::pod::unready_for(scene, pod))
        .collect();
    Some(since?.into_iter().min().unwrap_or(0))
}

/// For how long a Service has had pods of which none is ready, and how many.
pub(super) fn idle(scene: Scene<'_>, service: &Object) -> (i64, usize) {
    let pods = alive(
        scene,
        service.namespace(),
        service.at("/spec/selector").unwrap_or(&Json::Null),
    );
    (unready_for(scene, &pods).unwrap_or(0), pods.len())
}

/// Another Service whose selector selects the pods of a workload.
fn leading_to<'a>(scene: Scene<'a>, service: &Object, workload: &Object) -> &'a str {
    let labels = workload
        .at("/spec/template/metadata/labels")
        .unwrap_or(&Json::Null);
    let mut others = scene
        .snapshot
        .of_kind("Service", Some(service.namespace()))
        .filter(|other| other.name() != service.name());
    others
        .find(|other| {
            other
                .at("/spec/selector")
                .is_some_and(|selector| crate::selects(selector, labels))
        })
        .map_or("", Object::name)
}

fn balancers_served(scene: Scene<'_>) -> usize {
    scene
        .snapshot
        .of_kind("Service", None)
        .filter(|service| !service.list("/status/loadBalancer/ingress").is_empty())
        .count()
}

/// What makes the pods of Services.
pub(super) const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];

pub(super) fn workloads<'a>(scene: Scene<'a>, namespace: &str) -> impl Iterator<Item = &'a Object> {
    let namespace = namespace.to_owned();
    WORKLOADS
        .into_iter()
        .flat_map(move |kind| scene.snapshot.of_kind(kind, Some(&namespace)))
}

/// A workload that a selector almost selects.
struct Near<'a> {
    workload: &'a Object,
    label: &'a str,
    wanted: &'a str,
    has: &'a str,
}

/// The workload whose pods differ in one label only, or whose labels have a value that is spelt
/// much like the one wanted.
fn nearest<'a>(scene: Scene<'a>, selector: &'a Json, namespace: &str) -> Option<Near<'a>> {
    let wanted: &Fields = selector.as_object()?;
    let mut best: Option<(usize, Near<'a>)> = None;
    for workload in workloads(scene, namespace) {
        let Some(labels) = workload.at("/spec/template/metadata/labels") else {
            continue;
        };
        let differing: Vec<(&str, &str, &str)> = wanted
            .iter()
            .filter_map(|(key, value)| {
                let (value, has) = (value.as_str()?, labels.get(key).and_then(Json::as_str));
                (has != Some(value)).then(|| (key, value, has.unwrap_or("")))
            })
            .collect();
        let [(label, value, has)] = differing.as_slice() else {
            continue;
        };
        // Whether it lacks the label was not seen.
        if has.is_empty() && workload.may_have_more_labels("/spec/template/metadata/labels") {
            continue;
        }
        // A label that only the running pods bear is set while they run: that is no mismatch.
        let at_run_time = crate::pods_of(scene.snapshot, workload).iter().any(|pod| {
            pod.at("/metadata/labels")
                .is_some_and(|labels| labels.get(label).is_some())
        }) && has.is_empty();
        if at_run_time {
            continue;
        }
        let alike = crate::nearest(value, [*has]).is_some();
        let named = workload.name() == *value
            || has.contains(value)
            || value.contains(has) && !has.is_empty();
        if wanted.len() == 1 && !alike && !named {
            continue;
        }
        let far = usize::from(!alike) + usize::from(!named);
        if best.as_ref().is_none_or(|(least, _)| far < *least) {
            best = Some((
                far,
                Near {
                    workload,
                    label,
                    wanted: value,
                    has,
                },
            ));
        }
    }
    best.map(|(_, near)| near)
}

/// Whether a port of a Service is its first that leads to nothing.
pub(super) fn loses(scene: Scene<'_>, service: &Object, port: u16) -> bool {
    let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
    let pods = alive(scene, service.namespace(), selector);
    lost_port::of(scene, service, &pods).is_some_and(|lost| lost.port == i64::from(port))
}

/// The Ingresses that lead to a Service.
fn ingresses(scene: Scene<'_>, service: &Object) -> Vec<String> {
    scene
        .snapshot
        .of_kind("Ingress", Some(service.namespace()))
        .filter(|ingress| {
            super::ingress::backends(ingress)
                .iter()
                .any(|backend| backend.service == service.name())
        })
        .map(|ingress| ingress.name().to_owned())
        .collect()
}

/// Whether a Service has a port: by number or by name.
pub(super) fn has_port(service: Presence<&Object>, port: &str) -> Presence<()> {
    match service {
        Presence::Present(service)
            if service.is_guessed() && service.at("/spec/ports").is_none() =>
        {
            Presence::Unknown
        }
        Presence::Present(service) => {
            let there = service.list("/spec/ports").iter().any(|known| {
                text(known, "/name") == port
                    || known
                        .get("port")
                        .and_then(Json::as_u64)
                        .is_some_and(|number| Ok(number) == port.parse())
            });
            if there {
                Presence::Present(())
            } else {
                Presence::Absent
            }
        }
        Presence::Absent => Presence::Absent,
        Presence::Unknown => Presence::Unknown,
    }
}
