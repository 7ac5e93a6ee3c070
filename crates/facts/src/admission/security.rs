//! Pod security levels: what the one that a namespace enforces forbids of a pod.

use std::collections::BTreeSet;

use super::containers;
use crate::Json;
use crate::container::text;
use crate::subject::Scene;

/// Every sort of container: what has been debugged once is not made anew, so two are enough.
const ALL: &[&str] = &["containers", "initContainers"];
/// What a container may add at the level `baseline`.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// The volumes of the level `restricted`.
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
/// The settings of the kernel that concern the pod alone.
const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// What the level of a namespace refuses of a pod.
pub(super) fn refusal(scene: Scene<'_>, namespace: &str, spec: &Json) -> Option<String> {
    let labels = scene
        .snapshot
        .get("Namespace", "", namespace)
        .present()?
        .at("/metadata/labels")?;
    let label = |name: &str| labels.get(name).and_then(Json::as_str);
    let level = label("pod-security.kubernetes.io/enforce")?;
    let version = label("pod-security.kubernetes.io/enforce-version").unwrap_or("latest");
    let breaks = match level {
        "baseline" => baseline(spec, false),
        "restricted" => {
            let mut all = baseline(spec, true);
            all.extend(restricted(spec));
            all
        }
        _ => return None,
    };
    (!breaks.is_empty()).then(|| {
        format!(
            "violates PodSecurity \"{level}:{version}\": {}",
            breaks.join(", ")
        )
    })
}

/// Whether a pod is for Windows, for which half of the rules are not.
fn is_windows(spec: &Json) -> bool {
    text(spec, "/os/name") == "windows"
}

/// The names of the containers of which something holds.
fn of_which(spec: &Json, holds: impl Fn(&Json) -> bool) -> Vec<&str> {
    containers(spec, ALL)
        .filter(|container| holds(container))
        .map(|container| text(container, "/name"))
        .collect()
}

/// `container "web"`, or `containers "web", "proxy"`.
fn named(sort: &str, names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{sort}{plural} {}", quoted.join(", "))
}

fn flag(value: &Json, place: &str) -> Option<bool> {
    value.pointer(place).and_then(Json::as_bool)
}

fn texts<'a>(value: &'a Json, place: &str) -> impl Iterator<Item = &'a str> {
    value
        .pointer(place)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
}

fn volumes(spec: &Json) -> &[Json] {
    spec.get("volumes")
        .and_then(Json::as_array)
        .unwrap_or_default()
}

/// What the level `baseline` forbids; where a stricter level says the same more strictly it speaks.
fn baseline(spec: &Json, stricter: bool) -> Vec<String> {
    let mut found = Vec::new();
    let hosts: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .into_iter()
        .filter(|field| spec.get(field).and_then(Json::as_bool) == Some(true))
        .map(|field| format!("{field}=true"))
        .collect();
    if !hosts.is_empty() {
        found.push(format!("host namespaces ({})", hosts.join(", ")));
    }
    let paths: Vec<&str> = volumes(spec)
        .iter()
        .filter(|volume| volume.get("hostPath").is_some())
        .map(|volume| text(volume, "/name"))
        .collect();
    if !paths.is_empty() && !stricter {
        found.push(format!("hostPath volumes ({})", named("volume", &paths)));
    }
    let host_ports = |container: &Json| {
        let ports = container.get("ports").and_then(Json::as_array);
        ports
            .into_iter()
            .flatten()
            .filter_map(|port| port.get("hostPort")?.as_i64())
            .filter(|port| *port > 0)
            .map(|port| port.to_string())
            .collect::<Vec<_>>()
    };
    let users = of_which(spec, |container| !host_ports(container).is_empty());
    if !users.is_empty() {
        let ports: BTreeSet<String> = containers(spec, ALL).flat_map(host_ports).collect();
        let (verb, plural) = match (users.len(), ports.len()) {
            (1, 1) => ("uses", ""),
            (1, _) => ("uses", "s"),
            (_, 1) => ("use", ""),
            _ => ("use", "s"),
        };
        found.push(format!(
            "hostPort ({} {verb} hostPort{plural} {})",
            named("container", &users),
            ports.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    let privileged = of_which(spec, |container| {
        flag(container, "/securityContext/privileged") == Some(true)
    });
    if !privileged.is_empty() {
        found.push(format!(
            "privileged ({} must not set securityContext.privileged=true)",
            named("container", &privileged)
        ));
    }
    if !stricter {
        found.extend(added(spec, CAPABILITIES, "non-default capabilities"));
        let unconfined =
            |value: &Json| text(value, "/securityContext/seccompProfile/type") == "Unconfined";
        let names = of_which(spec, unconfined);
        if unconfined(spec) || !names.is_empty() {
            let who = if names.is_empty() {
                "pod".to_owned()
            } else {
                named("container", &names)
            };
            found.push(format!(
                "seccompProfile ({who} must not set securityContext.seccompProfile.type to \"Unconfined\")"
            ));
        }
    }
    let mounts = of_which(spec, |container| {
        !matches!(
            text(container, "/securityContext/procMount"),
            "" | "Default"
        )
    });
    if !mounts.is_empty() {
        found.push(format!(
            "procMount ({} must not set securityContext.procMount)",
            named("container", &mounts)
        ));
    }
    let kernel: Vec<&str> = spec
        .pointer("/securityContext/sysctls")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|sysctl| text(sysctl, "/name"))
        .filter(|name| !SYSCTLS.contains(name))
        .collect();
    if !kernel.is_empty() {
        found.push(format!("forbidden sysctls ({})", kernel.join(", ")));
    }
    found
}

/// Capabilities that are added beyond those allowed.
fn added(spec: &Json, allowed: &[&str], title: &str) -> Option<String> {
    let beyond = |container: &Json| {
        texts(container, "/securityContext/capabilities/add")
            .filter(|one| !allowed.contains(one))
            .map(|one| format!("\"{one}\""))
            .collect::<Vec<_>>()
    };
    let names = of_which(spec, |container| !beyond(container).is_empty());
    let all: BTreeSet<String> = containers(spec, ALL).flat_map(beyond).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{title} ({} must not include {} in securityContext.capabilities.add)",
            named("container", &names),
            all.into_iter().collect::<Vec<_>>().join(", ")
        )
    })
}

/// What the level `restricted` forbids beyond `baseline`.
fn restricted(spec: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let windows = is_windows(spec);
    let escalating = of_which(spec, |container| {
        flag(container, "/securityContext/allowPrivilegeEscalation") != Some(false)
    });
    if !escalating.is_empty() && !windows {
        found.push(format!(
            "allowPrivilegeEscalation != false ({} must set securityContext.allowPrivilegeEscalation=false)",
            named("container", &escalating)
        ));
    }
    let keeping = of_which(spec, |container| {
        !texts(container, "/securityContext/capabilities/drop").any(|one| one == "ALL")
    });
    if !keeping.is_empty() && !windows {
        found.push(format!(
            "unrestricted capabilities ({} must set securityContext.capabilities.drop=[\"ALL\"])",
            named("container", &keeping)
        ));
    }
    found.extend(
        added(spec, &["NET_BIND_SERVICE"], "unrestricted capabilities").filter(|_| !windows),
    );
    let others: Vec<&str> = volumes(spec)
        .iter()
        .filter(|volume| {
            volume.as_object().is_some_and(|volume| {
                volume
                    .keys()
                    .any(|sort| sort != "name" && !VOLUMES.contains(&sort))
            })
        })
        .map(|volume| text(volume, "/name"))
        .collect();
    if !others.is_empty() {
        found.push(format!(
            "restricted volume types ({})",
            named("volume", &others)
        ));
    }
    // In a user namespace of its own a pod may be root.
    if spec.get("hostUsers").and_then(Json::as_bool) != Some(false) {
        found.extend(root(spec));
    }
    let profiled = |value: &Json| {
        matches!(
            text(value, "/securityContext/seccompProfile/type"),
            "RuntimeDefault" | "Localhost"
        )
    };
    let sets = |value: &Json| !text(value, "/securityContext/seccompProfile/type").is_empty();
    let open = of_which(spec, |container| {
        if sets(container) {
            !profiled(container)
        } else {
            !profiled(spec)
        }
    });
    if !open.is_empty() && !windows {
        found.push(format!(
            "seccompProfile (pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
            named("container", &open)
        ));
    }
    found
}

/// Containers that may run as root, or are told to.
fn root(spec: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let place = "/securityContext/runAsNonRoot";
    let may = of_which(spec, |container| {
        flag(container, place).or_else(|| flag(spec, place)) != Some(true)
    });
    if !may.is_empty() {
        found.push(format!(
            "runAsNonRoot != true (pod or {} must set securityContext.runAsNonRoot=true)",
            named("container", &may)
        ));
    }
    let zero = |value: &Json| {
        value
            .pointer("/securityContext/runAsUser")
            .and_then(Json::as_i64)
            == Some(0)
    };
    let told = of_which(spec, zero);
    if !told.is_empty() {
        found.push(format!(
            "runAsUser=0 ({} must not set runAsUser=0)",
            named("container", &told)
        ));
    } else if zero(spec) {
        found.push("runAsUser=0 (pod must not set runAsUser=0)".to_owned());
    }
    found
}
