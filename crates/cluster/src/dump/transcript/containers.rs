//! Containers of pods that only a table showed: how many there are and how they stand, but not
//! their names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::looks::{Fullness, LogLook, Look, PodRow, put};
use super::settle::{GUESSED, Key};
use super::{age, owners, rows};

/// Gives pods that only a table showed the containers that its row counts. Their names are those
/// of the pod's logs, or of what made the pod, and then marked as guessed.
pub(super) fn fill(things: &mut BTreeMap<Key, Look>, logs: &[LogLook]) {
    let mut of_pod: BTreeMap<&str, Vec<&LogLook>> = BTreeMap::new();
    for log in logs {
        of_pod.entry(&log.pod).or_default().push(log);
    }
    for ((kind, _, name), look) in things.iter_mut() {
        if kind != "Pod" {
            continue;
        }
        if look.fullness <= Fullness::Row
            && let Some(row) = look.row.clone()
        {
            conditions(&mut look.object, &row);
        }
        if look.object.pointer("/spec/containers").is_some() {
            continue;
        }
        let Some(row) = look
            .row
            .clone()
            .filter(|row| row.total > 0 && row.total <= 100)
        else {
            continue;
        };
        let mut names: Vec<String> = Vec::new();
        for log in of_pod.get(name.as_str()).into_iter().flatten().take(200) {
            if let Some(container) = &log.container
                && !names.contains(container)
            {
                names.push(container.clone());
            }
        }
        let total = usize::try_from(row.total).unwrap_or(1);
        if names.len() < total {
            put(
                &mut look.object,
                &format!("{GUESSED}-containers"),
                json!("true"),
            );
        }
        let plain = owners::plain_name(name);
        for at in names.len()..total {
            names.push(if at == 0 {
                plain.clone()
            } else {
                format!("{plain}-{}", at + 1)
            });
        }
        names.truncate(total);
        let specs: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        put(&mut look.object, "/spec/containers", Value::Array(specs));
        let down = total - usize::try_from(row.ready).unwrap_or(0).min(total);
        let statuses: Vec<Value> = names
            .iter()
            .enumerate()
            .map(|(at, name)| status(name, at < down, &row))
            .collect();
        // Before it is bound to a node, no container of a pod has a status.
        if matches!(
            row.status.as_str(),
            "Pending" | "SchedulingGated" | "Evicted"
        ) {
            continue;
        }
        if !row.status.starts_with("Init:") && row.status != "PodInitializing" {
            put(
                &mut look.object,
                "/status/containerStatuses",
                Value::Array(statuses),
            );
        } else {
            init(&mut look.object, &row, &plain);
        }
    }
}

/// The conditions that a row tells: whether the pod has a node, and whether it is ready. Where it
/// does not tell, PodScheduled is `Unknown` and Ready is left out.
fn conditions(object: &mut Value, row: &PodRow) {
    let answer = |told: Option<bool>| match told {
        Some(true) => "True",
        Some(false) => "False",
        None => "Unknown",
    };
    let mut told = vec![("PodScheduled", answer(scheduled(row)))];
    let full = row.ready == row.total;
    let ready = match row.status.as_str() {
        _ if row.total == 0 => None,
        "Running" => Some(full && !row.gated),
        // The kubelet is not heard, or the pod is on its way out: what READY shows is old.
        "Unknown" | "NodeLost" | "Terminating" => None,
        _ if full => None,
        _ => Some(false),
    };
    if let Some(ready) = ready {
        told.push(("ContainersReady", answer(Some(full))));
        told.push(("Ready", answer(Some(ready))));
    }
    let known = object
        .pointer_mut("/status/conditions")
        .and_then(Value::as_array_mut)
        .map(std::mem::take);
    let mut all = known.unwrap_or_default();
    for (kind, status) in told {
        if !all
            .iter()
            .any(|one| one.get("type").and_then(Value::as_str) == Some(kind))
        {
            all.push(json!({"type": kind, "status": status}));
        }
    }
    put(object, "/status/conditions", Value::Array(all));
}

/// Whether a pod has a node, as far as its row tells. All but a few words are the kubelet's.
fn scheduled(row: &PodRow) -> Option<bool> {
    match row.status.as_str() {
        "Pending" | "Failed" | "Unknown" => row.placed,
        "SchedulingGated" => Some(false),
        "Terminating" => (row.ready > 0).then_some(true).or(row.placed),
        _ => Some(true),
    }
}

/// One container as a row shows it. The restarts of a pod with several are those of the sick one.
fn status(name: &str, down: bool, row: &PodRow) -> Value {
    let mut status = json!({"name": name, "ready": !down});
    let waits = [
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "ContainerCreating",
        "ImageInspectError",
    ];
    let ended = [
        "Error",
        "OOMKilled",
        "Completed",
        "ContainerCannotRun",
        "DeadlineExceeded",
        "StartError",
    ];
    let sick = down || row.ready == row.total;
    put(
        &mut status,
        "/restartCount",
        json!(if sick { row.restarts } else { 0 }),
    );
    let what = row.status.as_str();
    if !down || matches!(what, "Running" | "Terminating") {
        put(&mut status, "/state/running", json!({}));
    } else if waits.contains(&what) {
        put(&mut status, "/state/waiting/reason", json!(what));
    } else if ended.contains(&what) {
        put(&mut status, "/state/terminated/reason", json!(what));
    } else if let Some(code) = what
        .strip_prefix("ExitCode:")
        .and_then(|code| code.parse::<i64>().ok())
    {
        put(&mut status, "/state/terminated/exitCode", json!(code));
    } else {
        put(&mut status, "/state", json!({}));
    }
    if let Some(ago) = row.restarted {
        put(
            &mut status,
            "/lastState/terminated/finishedAt",
            age::ago(ago),
        );
    }
    if let Some(code) = match what {
        "OOMKilled" => Some(137),
        "Completed" => Some(0),
        _ => None,
    } && down
    {
        put(&mut status, "/state/terminated/exitCode", json!(code));
    }
    status
}

/// `Init:CrashLoopBackOff`, `Init:0/1`, `Init:Error`: the init container that holds the pod up.
fn init(object: &mut Value, row: &PodRow, plain: &str) {
    let what = row.status.strip_prefix("Init:").unwrap_or_default();
    if object.pointer("/spec/initContainers").is_some() {
        return;
    }
    let (done, total) = rows::fraction(what).unwrap_or((0, 1));
    if total == 0 || total > 100 || what.is_empty() {
        return;
    }
    let mut specs = Vec::new();
    let mut statuses = Vec::new();
    for at in 0..total {
        let name = if at == 0 {
            format!("{plain}-init")
        } else {
            format!("{plain}-init-{}", at + 1)
        };
        specs.push(json!({"name": name}));
        let mut status = json!({"name": name, "ready": at < done});
        if at < done {
            put(
                &mut status,
                "/state/terminated",
                json!({"reason": "Completed", "exitCode": 0}),
            );
        } else if at == done {
            put(&mut status, "/restartCount", json!(row.restarts));
            match what {
                "Error" | "OOMKilled" => put(&mut status, "/state/terminated/reason", json!(what)),
                _ if what.contains('/') => put(&mut status, "/state/running", json!({})),
                _ => put(&mut status, "/state/waiting/reason", json!(what)),
            }
        }
        statuses.push(status);
    }
    put(object, "/spec/initContainers", Value::Array(specs));
    put(
        object,
        "/status/initContainerStatuses",
        Value::Array(statuses),
    );
}
