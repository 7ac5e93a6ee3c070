//! Containers of pods that only a table showed: how many there are and how they stand, but not
//! their names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::container_names::{Names, Shown};
use super::looks::{Fullness, LogLook, Look, PodRow, put};
use super::settle::Key;
use super::{age, rows};

/// Gives pods that only a table showed the containers that its row counts. They bear the names that
/// were shown elsewhere, and no others: one whose name nobody has shown is [`facts::container::UNNAMED`].
pub(super) fn fill(things: &mut BTreeMap<Key, Look>, logs: &[LogLook]) {
    let mut names = Names::of(things, logs);
    for (key, look) in things.iter_mut() {
        if key.0 != "Pod" {
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
        let shown = names.take(key);
        let (down, names) = shown.regular(&row);
        let specs: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        put(&mut look.object, "/spec/containers", Value::Array(specs));
        // Before it is bound to a node, no container of a pod has a status.
        if matches!(
            row.status.as_str(),
            "Pending" | "SchedulingGated" | "Evicted"
        ) {
            continue;
        }
        if row.status.starts_with("Init:") || row.status == "PodInitializing" {
            init(&mut look.object, &row, &shown);
            continue;
        }
        let statuses: Vec<Value> = names
            .iter()
            .enumerate()
            .map(|(at, name)| status(name, at < down, at == 0, &row))
            .collect();
        put(
            &mut look.object,
            "/status/containerStatuses",
            Value::Array(statuses),
        );
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

/// One container as a row shows it: its STATUS is that of the first that is down, its restarts are
/// told of that one.
fn status(name: &str, down: bool, first: bool, row: &PodRow) -> Value {
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
    put(
        &mut status,
        "/restartCount",
        json!(if first { row.restarts } else { 0 }),
    );
    let what = row.status.as_str();
    let all = matches!(what, "ContainerCreating" | "Running" | "Terminating");
    if down && !first && !all {
        put(&mut status, "/state", json!({}));
        return status;
    }
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
    if let Some(ago) = row.restarted.filter(|_| first) {
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
fn init(object: &mut Value, row: &PodRow, shown: &Shown) {
    let what = row.status.strip_prefix("Init:").unwrap_or_default();
    if object.pointer("/spec/initContainers").is_some() {
        return;
    }
    // Only the fraction tells how many there are.
    let counted = rows::fraction(what);
    let (done, total) = counted.unwrap_or((0, 1));
    if total == 0 || total > 100 || what.is_empty() {
        return;
    }
    let names = shown.init(counted);
    let mut specs = Vec::new();
    let mut statuses = Vec::new();
    for (at, name) in (0..total).zip(names) {
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
            let code = match what.split_once(':') {
                Some(("ExitCode", code)) => code.parse::<i64>().ok(),
                // As a shell counts it.
                Some(("Signal", signal)) => signal.parse::<i64>().ok().map(|signal| 128 + signal),
                Some(_) | None => (what == "OOMKilled").then_some(137),
            };
            match what {
                _ if counted.is_some() => put(&mut status, "/state/running", json!({})),
                "Error" | "OOMKilled" | "StartError" | "ContainerCannotRun" => {
                    put(&mut status, "/state/terminated/reason", json!(what));
                }
                _ if code.is_some() => {}
                _ => put(&mut status, "/state/waiting/reason", json!(what)),
            }
            if let Some(code) = code {
                put(&mut status, "/state/terminated/exitCode", json!(code));
            }
            if let Some(ago) = row.restarted {
                put(
                    &mut status,
                    "/lastState/terminated/finishedAt",
                    age::ago(ago),
                );
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
