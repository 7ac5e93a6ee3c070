//! The port of a Service that leads to nothing.

use super::Scene;
use crate::container::{containers, pod_ready, text};
use crate::{Json, Object};

/// A port of a Service that leads nowhere.
pub(super) struct Lost {
    pub(super) port: i64,
    pub(super) target: String,
    pub(super) named: bool,
    pub(super) name: String,
    pub(super) other_served: bool,
    pub(super) declared: Vec<String>,
    pub(super) listening: Vec<String>,
}

/// The first port that leads to nothing: a name that no container declares, or a number that none
/// declares while others are declared and the log tells of another one.
pub(super) fn of(scene: Scene<'_>, service: &Object, pods: &[&Object]) -> Option<Lost> {
    let pod = pods.first()?;
    let mut declared = Vec::new();
    let mut numbers = Vec::new();
    let mut names = Vec::new();
    for container in containers(pod) {
        for port in container
            .spec
            .get("ports")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            let number = port
                .get("containerPort")
                .and_then(Json::as_i64)
                .unwrap_or(0);
            let name = text(port, "/name");
            numbers.push(number);
            names.push(name);
            declared.push(match name {
                "" => number.to_string(),
                name => format!("{name}={number}"),
            });
        }
    }
    let mut listening = crate::subject::container::listening(scene, pod);
    if pod_ready(pod) {
        // What a probe asks of a ready pod answers.
        listening.extend(
            crate::ports::probes(pod)
                .iter()
                .map(|probe| probe.port)
                .filter(|port| *port > 0),
        );
        listening.sort_unstable();
        listening.dedup();
    }
    let nothing_there = |port: &Json| {
        // The API server stores no 0: it stands for a target that a table does not show.
        if port.get("targetPort").and_then(Json::as_i64) == Some(0) {
            return false;
        }
        let target = target(port);
        let lost = match target.parse::<i64>() {
            Ok(number) => {
                let heard = listening.iter().any(|port| i64::from(*port) == number);
                let other = !listening.is_empty() || !numbers.is_empty();
                !heard && !numbers.contains(&number) && other
            }
            Err(_) => !names.contains(&target.as_str()),
        };
        lost && text(port, "/protocol") != "UDP"
    };
    let ports = service.list("/spec/ports");
    let port = ports.iter().find(|port| nothing_there(port))?;
    let target = target(port);
    Some(Lost {
        port: port.get("port").and_then(Json::as_i64).unwrap_or(0),
        named: target.parse::<i64>().is_err(),
        target,
        name: text(port, "/name").to_owned(),
        // What is known to listen may be there for that one.
        other_served: ports.iter().any(|port| !nothing_there(port)),
        declared,
        listening: listening.iter().map(u16::to_string).collect(),
    })
}

/// Whether a pod declares every port that a Service leads to.
pub(super) fn all_are_declared(service: &Object, pod: &Object) -> bool {
    let declared: Vec<&Json> = containers(pod)
        .flat_map(|container| container.spec.get("ports").and_then(Json::as_array))
        .flatten()
        .collect();
    service.list("/spec/ports").iter().all(|port| {
        let target = target(port);
        declared.iter().any(|declared| {
            let number = declared.get("containerPort").and_then(Json::as_i64);
            match target.parse::<i64>() {
                Ok(wanted) => number == Some(wanted),
                Err(_) => text(declared, "/name") == target,
            }
        })
    })
}

/// Where a port leads: its target as written, or the port itself.
pub(super) fn target(port: &Json) -> String {
    match port.get("targetPort") {
        Some(Json::Text(name)) => name.to_string(),
        Some(Json::Number(number)) if number.as_i64() != Some(0) => number.to_string(),
        _ => port.get("port").map(Json::to_string).unwrap_or_default(),
    }
}
