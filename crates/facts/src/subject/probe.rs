//! Which probe of a container fails, on what, and what the container listens on instead.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::container::{Container, text};
use crate::ports::{self, Probe, ProbeFailure, ProbeKind};
use crate::{Json, LogKey, Object, Presence, log};

pub(super) const SCHEMA: Section = &[
    // `liveness`, `readiness` or `startup`; empty if none is known to fail.
    ("facts.probe.kind", Type::Text),
    // How it asks: `http`, `tcp`, `grpc`, `exec`.
    ("facts.probe.how", Type::Text),
    ("facts.probe.port", Type::Int),
    // The port as the spec names it, and whether a container has a port of that name.
    ("facts.probe.port_name", Type::Text),
    ("facts.probe.resolved", Type::Bool),
    ("facts.probe.path", Type::Text),
    ("facts.probe.command", Type::Text),
    // What it met: a status, a refusal, silence; and the kubelet's words.
    ("facts.probe.status", Type::Int),
    ("facts.probe.refused", Type::Bool),
    ("facts.probe.timed_out", Type::Bool),
    ("facts.probe.said", Type::Text),
    // Whether the failure is told by an event, or only follows from the state.
    ("facts.probe.told", Type::Bool),
    // The ports that the container declares and that its log says it listens on.
    ("facts.probe.declared", Type::Texts),
    ("facts.probe.listening", Type::Texts),
    // Whether something is known to listen on the probe's port: `present`, `absent`, `unknown`.
    ("facts.probe.listened", Type::Text),
    // Seconds from start that the probe allows, its timeout and period.
    ("facts.probe.budget", Type::Int),
    ("facts.probe.timeout", Type::Int),
    ("facts.probe.period", Type::Int),
    ("facts.probe.failures", Type::Int),
    // Whether the container is restarted because of it.
    ("facts.probe.kills", Type::Bool),
];

pub(super) fn data(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Value {
    let declared: Vec<ports::Port> = ports::declared(pod)
        .into_iter()
        .filter(|port| port.container == container.name())
        .collect();
    let listening = listening(scene, pod, container.name());
    let failing = failing(scene, pod, container);
    let probe = failing.as_ref().and_then(|failing| {
        ports::probes(pod)
            .into_iter()
            .find(|probe| probe.container == container.name() && probe.probe == failing.kind)
    });
    let said = failing.as_ref().and_then(|failing| failing.told.as_ref());
    let number = |number: fn(&Probe) -> i64| probe.as_ref().map_or(0, number);
    let port = probe.as_ref().map_or(0, |probe| probe.port);
    let port = if port == 0 {
        said.map_or(0, |said| said.port)
    } else {
        port
    };
    let path = probe
        .as_ref()
        .map_or(String::new(), |probe| probe.path.clone());
    json!({
        "kind": failing.as_ref().map_or("", |failing| failing.kind.as_str()),
        "how": probe.as_ref().map_or("", |probe| probe.how.as_str()),
        "port": port,
        "port_name": probe.as_ref().map_or("", |probe| probe.port_name.as_str()),
        "resolved": probe.as_ref().is_some_and(|probe| probe.resolved),
        "path": if path.is_empty() { said.map_or(String::new(), |said| said.path.clone()) } else { path },
        "command": probe.as_ref().map_or(String::new(), |probe| probe.command.join(" ")),
        "status": said.map_or(0, |said| said.status),
        "refused": said.is_some_and(|said| said.refused),
        "timed_out": said.is_some_and(|said| said.timed_out),
        "said": said.map_or("", |said| said.said.as_str()),
        "told": said.is_some(),
        "declared": declared.iter().map(named).collect::<Vec<_>>(),
        "listening": listening.iter().map(u16::to_string).collect::<Vec<_>>(),
        "listened": match ports::listened(port, "TCP", &listening) {
            Presence::Present(()) => "present",
            Presence::Absent => "absent",
            Presence::Unknown => "unknown",
        },
        "budget": number(Probe::budget),
        "timeout": number(|probe| probe.timeout),
        "period": number(|probe| probe.period),
        "failures": number(|probe| probe.failures),
        "kills": failing.as_ref().is_some_and(|failing| failing.kills),
    })
}

fn named(port: &ports::Port) -> String {
    match port.name.as_str() {
        "" => port.number.to_string(),
        name => format!("{name}={}", port.number),
    }
}

/// The ports that the logs of a container say it listens on.
pub(super) fn listening(scene: Scene<'_>, pod: &Object, container: &str) -> Vec<u16> {
    let current = LogKey::current(pod.namespace(), pod.name(), container);
    let previous = LogKey {
        previous: true,
        ..current.clone()
    };
    let read = |key: &LogKey| {
        scene
            .snapshot
            .log(key)
            .present()
            .map(log::listening)
            .unwrap_or_default()
    };
    let mut heard = read(&current);
    if heard.is_empty() {
        heard = read(&previous);
    }
    heard
}

struct Failing {
    kind: ProbeKind,
    told: Option<ProbeFailure>,
    kills: bool,
}

/// The probe that fails now: as the newest event of this container tells, or as follows from its
/// state where events have expired.
fn failing(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Option<Failing> {
    let marker = format!("{{{}}}", container.name());
    let mut told: Vec<(&Object, ProbeFailure)> = scene
        .snapshot
        .events_about(pod.uid())
        .filter(|event| matches!(event.text("/reason"), "Unhealthy" | "ProbeWarning"))
        .filter(|event| {
            let path = event.text("/involvedObject/fieldPath");
            path.is_empty() || path.contains(&marker)
        })
        .filter_map(|event| Some((event, ports::probe_failure(event.text("/message"))?)))
        .collect();
    told.sort_by_key(|(event, failure)| (crate::event::last_seen(event), failure.port != 0));
    let killed = was_killed(scene, pod, container);
    let since = text(container.status, "/state/running/startedAt");
    let up = container.ready();
    let running = container.state() == "running";
    let of = |wanted: ProbeKind| {
        told.iter()
            .rev()
            .find(|(_, failure)| failure.probe == wanted)
    };
    // A container that is restarted again and again by a probe: the one that restarts it is told.
    for kind in [ProbeKind::Startup, ProbeKind::Liveness] {
        let Some(probe) = container
            .spec
            .get(kind.field())
            .filter(|probe| !probe.is_null())
        else {
            continue;
        };
        let event = of(kind);
        let by_signal = matches!(container.exit_code(), 0 | 137 | 143);
        // Events expire: what was killed after the probe could have given up, and not for its
        // memory, was killed by it where nothing is told at all.
        let silent = event.is_none()
            && container.exit_code() != 0
            && scene.snapshot.events_about(pod.uid()).next().is_none();
        let fits = killed == Some(kind)
            || (event.is_some() || silent)
                && container.restarts() > 0
                && by_signal
                && outlived(container, probe);
        if fits && (!up || event.is_some()) {
            return Some(Failing {
                kind,
                told: event.map(|(_, failure)| failure.clone()),
                kills: true,
            });
        }
    }
    if up || !running {
        return None;
    }
    let running_for = scene.since(since);
    let budget = |kind: ProbeKind| {
        ports::probes(pod)
            .into_iter()
            .find(|probe| probe.container == container.name() && probe.probe == kind)
            .map(|probe| probe.budget())
    };
    let held_back = container.status.get("started").and_then(Json::as_bool) == Some(false);
    for kind in [
        ProbeKind::Startup,
        ProbeKind::Readiness,
        ProbeKind::Liveness,
    ] {
        let Some(budget) = budget(kind) else { continue };
        if kind == ProbeKind::Startup && !held_back {
            continue;
        }
        let late = running_for.is_some_and(|seconds| seconds > budget.max(30));
        if let Some((_, failure)) = of(kind).filter(|_| late || running_for.is_none()) {
            return Some(Failing {
                kind,
                told: Some(failure.clone()),
                kills: false,
            });
        }
        if late && kind == ProbeKind::Readiness {
            return Some(Failing {
                kind,
                told: None,
                kills: false,
            });
        }
    }
    None
}

/// The probe for which the kubelet says it has killed the container.
fn was_killed(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Option<ProbeKind> {
    let name = format!("Container {} failed", container.name());
    let event = scene
        .snapshot
        .events_about(pod.uid())
        .filter(|event| {
            event.text("/reason") == "Killing" && event.text("/message").starts_with(&name)
        })
        .max_by_key(|event| crate::event::last_seen(event))?;
    ports::probe_failure(event.text("/message")).map(|failure| failure.probe)
}

/// Whether the last life of a container ended as one does that a probe has killed: by a signal, and
/// no earlier than the probe could have given up.
fn outlived(container: &Container<'_>, probe: &Json) -> bool {
    let number =
        |field: &str, otherwise: i64| probe.get(field).and_then(Json::as_i64).unwrap_or(otherwise);
    let least = number("initialDelaySeconds", 0)
        + number("periodSeconds", 10) * (number("failureThreshold", 3) - 1);
    let end = container.last_end().unwrap_or(&Json::Null);
    let at = |field| model::Timestamp::parse(text(end, field));
    let lived = match (at("/startedAt"), at("/finishedAt")) {
        (Some(start), Some(finish)) => {
            i64::try_from(finish.since(start).0 / 1000).unwrap_or(i64::MAX)
        }
        _ => return matches!(container.exit_code(), 137 | 143),
    };
    lived >= least && container.end_reason() != "OOMKilled"
}
