//! Ports: what a container declares, what its probes ask, what a Service sends to it, what its log
//! says that it listens on; and what a failed probe met.
//!
//! A port that a container declares is only a note. What counts is what its program listens on,
//! and only its log tells of that.

mod life;
mod probe;

use crate::container::{Container, containers, text};
use crate::{Json, Object, Presence};

pub use life::{Life, life};
pub use probe::{ProbeFailure, ProbeHow, ProbeKind, probe_failure};

/// A port that a container declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The container.
    pub container: String,
    /// The port's name; empty if it has none.
    pub name: String,
    /// Its number.
    pub number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The node's port that is taken for it; 0 if none is.
    pub host_port: u16,
}

/// One probe of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The container.
    pub container: String,
    /// Which of the three it is.
    pub probe: ProbeKind,
    /// How it asks.
    pub how: ProbeHow,
    /// The port it asks, as a number; 0 for a command, and for a name that no port has.
    pub port: u16,
    /// The port as the spec names it, if it is a name.
    pub port_name: String,
    /// Whether its port can be told: false for a name that no port of the container has.
    pub resolved: bool,
    /// Whether the container declares a port of that number.
    pub declared: bool,
    /// The path that is asked for.
    pub path: String,
    /// `HTTP` or `HTTPS`.
    pub scheme: String,
    /// The command that is run.
    pub command: Vec<String>,
    /// Seconds until it is first asked.
    pub initial_delay: i64,
    /// Seconds between two times.
    pub period: i64,
    /// Seconds that an answer may take.
    pub timeout: i64,
    /// How often it has to fail in a row.
    pub failures: i64,
}

impl Probe {
    /// How long after a container's start it may fail before it has an effect, in seconds.
    #[must_use]
    pub const fn budget(&self) -> i64 {
        self.initial_delay
            .saturating_add(self.period.saturating_mul(self.failures))
    }
}

/// The ports that a pod's containers declare. Init containers have ports only if they stay.
#[must_use]
pub fn declared(pod: &Object) -> Vec<Port> {
    containers(pod)
        .filter(serves)
        .flat_map(|container| ports_of(container.spec))
        .collect()
}

/// Whether a container serves while its pod does: an init container only if it is a sidecar.
fn serves(container: &Container<'_>) -> bool {
    !container.init || text(container.spec, "/restartPolicy") == "Always"
}

fn ports_of(spec: &Json) -> Vec<Port> {
    spec.get("ports")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|port| Port {
            container: text(spec, "/name").to_owned(),
            name: text(port, "/name").to_owned(),
            number: number(port.get("containerPort")),
            protocol: protocol(port).to_owned(),
            host_port: number(port.get("hostPort")),
        })
        .collect()
}

pub(crate) fn number(value: Option<&Json>) -> u16 {
    value
        .and_then(Json::as_u64)
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(0)
}

pub(crate) fn protocol(port: &Json) -> &str {
    match text(port, "/protocol") {
        "" => "TCP",
        protocol => protocol,
    }
}

/// The probes of a pod's containers.
#[must_use]
pub fn probes(pod: &Object) -> Vec<Probe> {
    let mut found = Vec::new();
    for container in containers(pod).filter(serves) {
        for kind in ProbeKind::ALL {
            if let Some(probe) = container.spec.get(kind.field()) {
                found.push(read_probe(container.spec, *kind, probe));
            }
        }
    }
    found
}

fn read_probe(spec: &Json, kind: ProbeKind, probe: &Json) -> Probe {
    let int = |field: &str, usual: i64| probe.get(field).and_then(Json::as_i64).unwrap_or(usual);
    let (how, handler) = [
        (ProbeHow::Http, "httpGet"),
        (ProbeHow::Tcp, "tcpSocket"),
        (ProbeHow::Grpc, "grpc"),
        (ProbeHow::Exec, "exec"),
    ]
    .into_iter()
    .find_map(|(how, field)| probe.get(field).map(|handler| (how, handler)))
    .unwrap_or((ProbeHow::Unknown, &Json::Null));
    let ports = ports_of(spec);
    let (port, port_name) = resolve(&ports, handler.get("port"));
    Probe {
        container: text(spec, "/name").to_owned(),
        probe: kind,
        how,
        port,
        resolved: port != 0 || handler.get("port").is_none(),
        declared: ports.iter().any(|declared| declared.number == port),
        port_name,
        path: match (how, text(handler, "/path")) {
            (ProbeHow::Http, "") => "/".to_owned(),
            (_, path) => path.to_owned(),
        },
        scheme: match (how, text(handler, "/scheme")) {
            (ProbeHow::Http, "") => "HTTP".to_owned(),
            (_, scheme) => scheme.to_owned(),
        },
        command: handler
            .get("command")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect(),
        initial_delay: int("initialDelaySeconds", 0),
        period: int("periodSeconds", 10),
        timeout: int("timeoutSeconds", 1),
        failures: int("failureThreshold", 3),
    }
}

/// A port by number or by name among these; 0 for a name that none of them has. And its name.
fn resolve(ports: &[Port], wanted: Option<&Json>) -> (u16, String) {
    match wanted {
        Some(Json::Text(name)) => {
            // A number in quotes is a number to a kubelet too.
            let number = ports
                .iter()
                .find(|port| port.name == **name)
                .map(|port| port.number)
                .or_else(|| name.parse().ok());
            (number.unwrap_or(0), name.to_string())
        }
        wanted => (number(wanted), String::new()),
    }
}

/// A Service's port, and where it leads in one pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The port's name at the Service; empty if it has none.
    pub name: String,
    /// The port at the Service.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The target as the spec writes it: a number or a name.
    pub target: String,
    /// The port in the pod; 0 for a name that no port of the pod has.
    pub number: u16,
    /// The container that declares it; empty if none does.
    pub container: String,
    /// Whether a container declares it, with this protocol.
    pub declared: bool,
    /// Whether the pod's logs say that something listens there: unknown without a log that speaks
    /// of ports.
    pub listened: Presence<()>,
}

/// Where each port of a Service leads in a pod. `listening` are the ports that the pod's logs say
/// it listens on; empty if they do not speak of any.
#[must_use]
pub fn targets(service: &Object, pod: &Object, listening: &[u16]) -> Vec<Target> {
    let declared = declared(pod);
    service
        .list("/spec/ports")
        .iter()
        .map(|port| {
            let protocol = protocol(port);
            let own = port.get("port");
            let wanted = port
                .get("targetPort")
                .filter(|target| target.as_i64() != Some(0))
                .or(own);
            let same: Vec<Port> = declared
                .iter()
                .filter(|declared| declared.protocol == protocol)
                .cloned()
                .collect();
            let (number_in_pod, _) = resolve(&same, wanted);
            let holder = same
                .iter()
                .find(|declared| declared.number == number_in_pod && number_in_pod != 0);
            Target {
                name: text(port, "/name").to_owned(),
                port: number(own),
                protocol: protocol.to_owned(),
                target: match wanted {
                    Some(Json::Text(name)) => name.to_string(),
                    Some(number) => number.to_string(),
                    None => String::new(),
                },
                number: number_in_pod,
                container: holder
                    .map(|holder| holder.container.clone())
                    .unwrap_or_default(),
                declared: holder.is_some(),
                listened: listened(number_in_pod, protocol, listening),
            }
        })
        .collect()
}

/// Whether something listens on a port, by what the logs say. Programs do not always tell of every
/// port, so that one which is not told is absent only if another is.
#[must_use]
pub fn listened(port: u16, protocol: &str, listening: &[u16]) -> Presence<()> {
    if protocol != "TCP" || port == 0 || listening.is_empty() {
        Presence::Unknown
    } else if listening.contains(&port) {
        Presence::Present(())
    } else {
        Presence::Absent
    }
}
