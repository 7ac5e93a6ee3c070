//! What leads to a workload, where its pods stand, and what changes how many there are.

use std::collections::{BTreeMap, BTreeSet};

use facts::wiring::{self, Routes};
use facts::{Json, Object, Resource, netpol};
use model::Text;
use serde_json::Value;

use super::{Beside, BesideName, Line, Scene, names, plain, text};

/// How many hosts of an Ingress, or taints of a node, are told.
const FEW: usize = 2;

pub(super) fn wiring(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Wiring);
    let (snapshot, namespace) = (scene.snapshot, scene.namespace());
    line.needs_labels(scene);
    line.needs(snapshot, namespace, &["Service"]);
    let mut leading = BTreeSet::new();
    for service in snapshot.of_kind("Service", Some(namespace)) {
        let selector = service.at("/spec/selector").unwrap_or(&Json::Null);
        if facts::selects(selector, scene.labels()) {
            leading.insert(service.name());
            let (notable, told) = leads(scene, service);
            line.add_if(notable, told);
        }
    }
    if leading.is_empty() {
        return line.end(Text::new("no Service selects it", "没有 Service 选中它"));
    }
    for ingress in snapshot.of_kind("Ingress", Some(namespace)) {
        let routes = wiring::routes(snapshot, ingress);
        if let Some((notable, told)) = sends(ingress, &routes, &leading) {
            line.add_if(notable, told);
        }
    }
    line.needs(snapshot, namespace, &["Ingress"]);
    line.end(Text::default())
}

/// A Service that leads to it, and whether it leads nowhere though there are pods.
fn leads(scene: &Scene<'_>, service: &Object) -> (bool, Text) {
    // What its logs say it listens on is told by the skills.
    let found = wiring::wiring(scene.snapshot, service, |_| Vec::new());
    let mut ports: Vec<String> = Vec::new();
    for port in service.list("/spec/ports") {
        let number = port.get("port").map(plain).unwrap_or_default();
        let told = match port.get("targetPort").map(plain) {
            Some(target) if target != number => format!("{number} → {target}"),
            Some(_) | None => number,
        };
        // One number may be there for each protocol.
        if ports.last() != Some(&told) {
            ports.push(told);
        }
    }
    let Text { en, zh } = names(&ports, super::MOST);
    let mut told = match ports.is_empty() {
        true => Text::same(format!("Service {}", service.name())),
        false => Text::new(
            format!("Service {}:{en}", service.name()),
            format!("Service {}:{zh}", service.name()),
        ),
    };
    let ready = if found.endpoints_known || found.endpoints > 0 {
        let (ready, all) = (found.endpoints_ready, found.endpoints);
        told.push(&Text::new(
            format!(", {ready} of {all} endpoints ready"),
            format!("，{all} 个端点中 {ready} 个就绪"),
        ));
        ready
    } else if found.pods_known || found.pods > 0 {
        let (ready, all) = (found.pods_ready, found.pods);
        told.push(&Text::new(
            format!(", {ready} of {all} pods behind it ready"),
            format!("，其后 {all} 个 Pod 中 {ready} 个就绪"),
        ));
        ready
    } else {
        told.push(&Text::new(", endpoints not seen", "，未能看到端点"));
        return (false, told);
    };
    (ready == 0 && !scene.pods.is_empty(), told)
}

/// An Ingress that sends to one of these Services, and whether it sends to a port that is not there.
fn sends(ingress: &Object, routes: &Routes, leading: &BTreeSet<&str>) -> Option<(bool, Text)> {
    let ours: Vec<_> = routes
        .backends
        .iter()
        .filter(|backend| leading.contains(backend.service.as_str()))
        .collect();
    if ours.is_empty() {
        return None;
    }
    let mut hosts: Vec<String> = Vec::new();
    for backend in &ours {
        let host = match backend.host.as_str() {
            "" => "*",
            host => host,
        };
        let address = format!("{host}{}", backend.path);
        if hosts.len() <= super::MOST && !hosts.contains(&address) {
            hosts.push(address);
        }
    }
    let Text { en, zh } = names(&hosts, FEW);
    let name = ingress.name();
    let mut told = Text::new(
        format!("Ingress {name} {en}"),
        format!("Ingress {name} {zh}"),
    );
    let astray = ours.iter().find(|backend| backend.port_found.is_absent());
    if let Some(backend) = astray {
        let (service, port) = (&backend.service, &backend.port);
        told.push(&Text::new(
            format!(" sends to port {port}, which {service} has not"),
            format!(" 发往端口 {port}，而 {service} 没有该端口"),
        ));
    }
    Some((astray.is_some(), told))
}

pub(super) fn node(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Node);
    let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut nowhere = 0_usize;
    for pod in &scene.pods {
        match pod.text("/spec/nodeName") {
            "" if pod.text("/status/phase") == "Pending" => nowhere = nowhere.saturating_add(1),
            // A table need not show the node.
            "" => line.unseen(Text::new("where its pods are", "其 Pod 所在的节点")),
            name => {
                let count = nodes.entry(name).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    if scene.pods.is_empty() {
        line.needs(scene.snapshot, scene.namespace(), &["Pod"]);
    }
    if nowhere > 0 {
        line.add(Text::new(
            format!("{nowhere} of {} pods on no node yet", scene.pods.len()),
            format!("{} 个 Pod 中 {nowhere} 个尚未调度", scene.pods.len()),
        ));
    }
    for name in nodes.keys() {
        let (notable, told) = stands(scene, name);
        line.add_if(notable, told);
    }
    line.end(Text::new("it has no pods", "没有 Pod"))
}

/// How a node is, and whether that is not well.
fn stands(scene: &Scene<'_>, name: &str) -> (bool, Text) {
    let found = scene.snapshot.get("Node", "", name).present();
    let subject = found
        .and_then(|node| facts::subject(scene.snapshot, Resource::Node, &node.reference(), None));
    let Some(subject) = subject else {
        return (
            false,
            Text::new(format!("{name} (not read)"), format!("{name}（未读取）")),
        );
    };
    let at = |field: &str| subject.data.pointer(&format!("/node/{field}"));
    let list = |field: &str| -> Vec<String> {
        let values = at(field).and_then(Value::as_array);
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        values.map(str::to_owned).collect()
    };
    let yes = |field: &str| at(field).and_then(Value::as_bool) == Some(true);
    let (ready, cordoned) = (yes("ready"), yes("cordoned"));
    let (pressures, taints) = (list("pressures"), list("taints"));
    let mut told = match ready {
        true => Text::new(format!("{name} Ready"), format!("{name} 就绪")),
        false => Text::new(format!("{name} not Ready"), format!("{name} 未就绪")),
    };
    if !pressures.is_empty() {
        let Text { en, zh } = names(&pressures, FEW);
        told.push(&Text::new(format!(", {en}"), format!("，{zh}")));
    }
    if cordoned {
        told.push(&Text::new(", cordoned", "，已停止调度"));
    }
    if taints.is_empty() {
        told.push(&Text::new(", no taints", "，没有污点"));
    } else {
        let Text { en, zh } = names(&taints, FEW);
        told.push(&Text::new(format!(", taints {en}"), format!("，污点 {zh}")));
    }
    (!ready || cordoned || !pressures.is_empty(), told)
}

pub(super) fn scaling(scene: &Scene<'_>) -> Beside {
    let mut line = Line::of(BesideName::Scaling);
    let (snapshot, namespace) = (scene.snapshot, scene.namespace());
    let top = scene.top;
    for hpa in snapshot.of_kind("HorizontalPodAutoscaler", Some(namespace)) {
        let target = (
            hpa.text("/spec/scaleTargetRef/kind"),
            hpa.text("/spec/scaleTargetRef/name"),
        );
        if target == (top.kind(), top.name()) {
            let (notable, told) = scales(hpa);
            line.add_if(notable, told);
        }
    }
    line.needs(snapshot, namespace, &["HorizontalPodAutoscaler"]);
    for budget in snapshot.of_kind("PodDisruptionBudget", Some(namespace)) {
        // A table does not show what a budget selects.
        let selector = budget.at("/spec/selector");
        if selector.is_some() && netpol::covers(selector, scene.labels()) {
            let name = budget.name();
            line.add(match budget.int("/status/disruptionsAllowed") {
                Some(allowed) => Text::new(
                    format!("PDB {name}: {allowed} may go"),
                    format!("PDB {name}：可驱逐 {allowed} 个"),
                ),
                None => Text::same(format!("PDB {name}")),
            });
        }
    }
    line.needs(snapshot, namespace, &["PodDisruptionBudget"]);
    line.end(Text::new("no HPA and no PDB", "没有 HPA 和 PDB"))
}

/// An autoscaler, and whether it cannot scale, or would scale further if it might.
fn scales(hpa: &Object) -> (bool, Text) {
    let name = hpa.name();
    let number = |pointer: &str| hpa.int(pointer);
    let least = number("/spec/minReplicas").unwrap_or(1);
    let most = number("/spec/maxReplicas").unwrap_or(0);
    let mut told = Text::same(format!("HPA {name} {least}…{most}"));
    if let Some(now) = number("/status/currentReplicas") {
        told.push(&Text::new(format!(", now {now}"), format!("，现为 {now}")));
    }
    let condition = |kind: &str, status: &str| {
        hpa.list("/status/conditions")
            .iter()
            .find(|one| text(one, "/type") == kind && text(one, "/status") == status)
            .map(|one| text(one, "/reason"))
    };
    let stuck = condition("ScalingActive", "False").or_else(|| condition("AbleToScale", "False"));
    if let Some(why) = stuck {
        told.push(&Text::new(
            format!(", cannot scale ({why})"),
            format!("，无法伸缩（{why}）"),
        ));
        return (true, told);
    }
    let limited = condition("ScalingLimited", "True") == Some("TooManyReplicas");
    if limited {
        told.push(&Text::new(
            ", wants more than it may",
            "，需要的副本超过上限",
        ));
    }
    (limited, told)
}
