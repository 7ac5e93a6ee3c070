//! Probes: the kubelet asks a container whether it is up, ready and alive.
//!
//! A life answers the same from the time when it listens to its end, so a probe that has succeeded
//! often enough is not asked again; one that fails is, since every failure is an event.

use facts::{Json, Object};

use super::pod_run::{Move, Part, State, spec_of};
use super::world::World;

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeKind {
    /// Whether it has started.
    Startup,
    /// Whether it may be sent requests.
    Readiness,
    /// Whether it is to be killed.
    Liveness,
}

impl ProbeKind {
    const fn index(self) -> usize {
        match self {
            Self::Startup => 0,
            Self::Readiness => 1,
            Self::Liveness => 2,
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Startup => "startupProbe",
            Self::Readiness => "readinessProbe",
            Self::Liveness => "livenessProbe",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Readiness => "Readiness",
            Self::Liveness => "Liveness",
        }
    }
}

impl World {
    /// Begins to probe a container that has just started; what has no probe is up and ready.
    pub(super) fn begin_probes(&mut self, pod: &Object, index: usize) {
        if self.probe_spec(pod, index, ProbeKind::Startup).is_some() {
            self.probe_later(pod, index, ProbeKind::Startup, "initialDelaySeconds");
        } else {
            self.is_up(pod, index);
        }
    }

    fn is_up(&mut self, pod: &Object, index: usize) {
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        run.up = true;
        let part = run.part;
        if part != Part::Init
            && self.probe_spec(pod, index, ProbeKind::Readiness).is_none()
            && let Some(run) = self.container_mut(pod.uid(), index)
        {
            run.ready = true;
        }
        for kind in [ProbeKind::Readiness, ProbeKind::Liveness] {
            if self.probe_spec(pod, index, kind).is_some() {
                self.probe_later(pod, index, kind, "initialDelaySeconds");
            }
        }
        if part == Part::Sidecar {
            self.after_it_is_up(pod);
        }
    }

    fn probe_spec<'a>(&self, pod: &'a Object, index: usize, kind: ProbeKind) -> Option<&'a Json> {
        let run = self.container(pod.uid(), index)?;
        spec_of(pod, run)?.get(kind.field())
    }

    fn probe_later(&mut self, pod: &Object, index: usize, kind: ProbeKind, field: &str) {
        let seconds = self
            .probe_spec(pod, index, kind)
            .and_then(|probe| probe.get(field))
            .and_then(Json::as_u64)
            .unwrap_or(0);
        let wait = self.pace.seconds(seconds.max(1));
        self.container_due(pod, index, wait, Move::Probe(kind));
    }

    /// Probes a container.
    pub(super) fn probe(&mut self, pod: &Object, index: usize, kind: ProbeKind) {
        let Some(spec) = self.probe_spec(pod, index, kind).cloned() else {
            return;
        };
        let answer = self.answer(pod, index, &spec);
        let threshold = |field: &str, otherwise: i64| {
            let given = spec.get(field).and_then(Json::as_i64);
            given.unwrap_or(otherwise).max(1)
        };
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        if run.state != State::Running || run.killed {
            return;
        }
        let Some(count) = run.probes.get_mut(kind.index()) else {
            return;
        };
        *count = match &answer {
            Ok(()) => count.min(&mut 0).saturating_sub(1),
            Err(_) => count.max(&mut 0).saturating_add(1),
        };
        let count = *count;
        match answer {
            Ok(()) if count.saturating_neg() < threshold("successThreshold", 1) => {
                self.probe_later(pod, index, kind, "periodSeconds");
            }
            Ok(()) => match kind {
                ProbeKind::Startup => self.is_up(pod, index),
                ProbeKind::Readiness => run.ready = true,
                ProbeKind::Liveness => {}
            },
            Err(words) => {
                let failed = count >= threshold("failureThreshold", 3);
                let name = run.name.clone();
                if failed && kind == ProbeKind::Readiness {
                    run.ready = false;
                }
                let message = format!("{} probe failed: {words}", kind.word());
                self.tell(pod, index, false, "Unhealthy", &message);
                if failed && kind != ProbeKind::Readiness {
                    let message = format!(
                        "Container {name} failed {} probe, will be restarted",
                        kind.word().to_lowercase()
                    );
                    self.tell(pod, index, true, "Killing", &message);
                    self.kill(pod, index);
                } else {
                    self.probe_later(pod, index, kind, "periodSeconds");
                }
            }
        }
    }

    /// What a container answers to a probe: nothing bad, or the kubelet's words.
    fn answer(&self, pod: &Object, index: usize, probe: &Json) -> Result<(), String> {
        let Some(run) = self.container(pod.uid(), index) else {
            return Ok(());
        };
        let Some(life) = &run.plays else {
            return Ok(());
        };
        let action = ["httpGet", "tcpSocket", "grpc"]
            .into_iter()
            .find_map(|action| Some((action, probe.get(action)?)));
        // A program inside the container is believed to be content.
        let Some((action, target)) = action else {
            return Ok(());
        };
        let address = self
            .pods
            .get(pod.uid())
            .map_or("", |run| run.address.as_str());
        let port = match target.get("port") {
            Some(Json::Number(port)) => port.as_u64().and_then(|port| u16::try_from(port).ok()),
            Some(Json::Text(name)) => name
                .parse()
                .ok()
                .or_else(|| spec_of(pod, run).and_then(|spec| named_port(spec, name))),
            _ => None,
        };
        let Some(port) = port else {
            let given = target.get("port").unwrap_or(&Json::Null);
            return Err(format!("couldn't find port: {given}"));
        };
        let since = run
            .started
            .map_or(model::Millis(0), |at| self.now.since(at));
        let listens = life
            .listens
            .as_ref()
            .is_none_or(|ports| ports.contains(&port));
        let refused = format!("dial tcp {address}:{port}: connect: connection refused");
        let heard = listens && since >= life.listens_after;
        match action {
            "httpGet" => {
                let path = target.get("path").and_then(Json::as_str).unwrap_or("/");
                let scheme = target.get("scheme").and_then(Json::as_str);
                let scheme = scheme.unwrap_or("HTTP").to_lowercase();
                if !heard {
                    return Err(format!(
                        "Get \"{scheme}://{address}:{port}{path}\": {refused}"
                    ));
                }
                match life.answers.get(path) {
                    Some(status) if *status >= 400 => {
                        Err(format!("HTTP probe failed with statuscode: {status}"))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            "grpc" if !heard => Err(format!(
                "timeout: failed to connect service \"{address}:{port}\" within 1s: context \
                 deadline exceeded"
            )),
            _ if !heard => Err(refused),
            _ => Ok(()),
        }
    }
}

fn named_port(container: &Json, name: &str) -> Option<u16> {
    let ports = container.get("ports")?.as_array()?;
    let port = ports
        .iter()
        .find(|port| port.get("name").and_then(Json::as_str) == Some(name))?;
    u16::try_from(port.get("containerPort")?.as_u64()?).ok()
}
