//! A pod's status as its kubelet writes it.

use facts::Json;
use model::{Digest, Timestamp};
use serde_json::{Value, json};

use super::conditions::{self, Condition, Tells};
use super::image::full_name;
use super::pod_run::{ContainerRun, End, Part, PodRun, State};
use super::script::Nature;
use super::store::{Key, set};
use super::world::{World, stamp};

impl World {
    /// Writes the status of a pod that has a node.
    pub(super) fn write_pod_status(&mut self, key: &Key, uid: &str) {
        let now = self.now;
        let Some(run) = self.pods.get_mut(uid) else {
            return;
        };
        let ready = !run.finished() && run.serving().all(|container| container.ready);
        if !ready {
            run.ready_since = None;
        } else if run.ready_since.is_none() {
            run.ready_since = Some(now);
        }
        let run = run.clone();
        let node = self
            .store
            .get(key)
            .map(|pod| pod.text("/spec/nodeName").to_owned());
        let host = self.node_address(node.as_deref().unwrap_or_default());
        let name = key.name.clone();
        let namespace = key.namespace.clone();
        let init = run
            .containers
            .iter()
            .any(|container| container.part != Part::Main);
        let nature = self.nature;
        let statuses = |part: &dyn Fn(&ContainerRun) -> bool| -> Vec<Value> {
            run.containers
                .iter()
                .filter(|container| part(container))
                .map(|container| {
                    let waits = if init {
                        "PodInitializing"
                    } else {
                        "ContainerCreating"
                    };
                    container_status(container, nature, waits, (&namespace, &name, uid))
                })
                .collect()
        };
        self.update(key, |pod| {
            let mut status = json!({
                "phase": run.phase(),
                "conditions": pod.pointer("/status/conditions").cloned().unwrap_or(json!([])),
                "hostIP": host,
                "hostIPs": [{"ip": host}],
                "podIP": run.address,
                "podIPs": [{"ip": run.address}],
                "startTime": stamp(run.started.unwrap_or(now)),
                "containerStatuses": statuses(&|container| container.part == Part::Main),
            });
            if init {
                let init = statuses(&|container| container.part != Part::Main);
                set(&mut status, &["initContainerStatuses"], json!(init));
            }
            if let Some(class) = pod.pointer("/status/qosClass") {
                set(&mut status, &["qosClass"], class.clone());
            }
            set(pod, &["status"], status);
            write_conditions(pod, &run, now);
        });
    }

    fn node_address(&self, node: &str) -> String {
        self.store
            .get(&Key::new("Node", "", node))
            .and_then(|node| {
                node.list("/status/addresses")
                    .iter()
                    .find(|address| {
                        address.get("type").and_then(Json::as_str) == Some("InternalIP")
                    })?
                    .get("address")?
                    .as_str()
                    .map(str::to_owned)
            })
            .unwrap_or_else(|| "10.0.0.10".to_owned())
    }
}

fn write_conditions(pod: &mut Value, run: &PodRun, now: Timestamp) {
    let now = stamp(now);
    let unready: Vec<&str> = run
        .serving()
        .filter(|container| !container.ready)
        .map(|container| container.name.as_str())
        .collect();
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    let no = |kind, reason, message| Condition {
        kind,
        status: "False",
        reason,
        message,
    };
    let holds = |kind| Condition {
        kind,
        status: "True",
        reason: "",
        message: "",
    };
    let ready = |kind| match run.phase() {
        "Succeeded" => no(kind, "PodCompleted", ""),
        "Failed" => no(kind, "PodFailed", ""),
        _ if unready.is_empty() => holds(kind),
        _ => no(kind, "ContainersNotReady", &message),
    };
    let incomplete = run.incomplete();
    let incomplete_message = format!(
        "containers with incomplete status: [{}]",
        incomplete.join(" ")
    );
    let initialized = if incomplete.is_empty() || run.phase() == "Running" {
        holds("Initialized")
    } else {
        no(
            "Initialized",
            "ContainersNotInitialized",
            &incomplete_message,
        )
    };
    let sandbox = if run.finished() {
        no("PodReadyToStartContainers", "", "")
    } else {
        holds("PodReadyToStartContainers")
    };
    for condition in [
        sandbox,
        initialized,
        ready("Ready"),
        ready("ContainersReady"),
        holds("PodScheduled"),
    ] {
        conditions::put(pod, condition, &now, Tells::Probe);
    }
}

/// The status of one container of a pod (namespace, name and UID).
fn container_status(
    run: &ContainerRun,
    nature: Nature,
    waits: &str,
    (namespace, pod, uid): (&str, &str, &str),
) -> Value {
    let up = match nature {
        Nature::Simple => run.state == State::Running,
        Nature::Whole => run.up,
    };
    let id = |started: Option<Timestamp>| container_id(uid, &run.name, started);
    let state = match &run.state {
        State::Creating => json!({"waiting": {"reason": waits}}),
        State::Blocked(reason, message) => {
            json!({"waiting": {"reason": reason, "message": message}})
        }
        State::PullFailed(message) => {
            json!({"waiting": {"reason": "ErrImagePull", "message": message}})
        }
        State::PullBackOff(message) => {
            json!({"waiting": {"reason": "ImagePullBackOff", "message": message}})
        }
        State::Running => {
            json!({"running": {"startedAt": run.started.map(stamp).unwrap_or_default()}})
        }
        State::Ended | State::Done => run
            .end
            .as_ref()
            .map_or(json!({}), |end| terminated(end, &id(Some(end.started)))),
        State::CrashBackOff(wait) => json!({"waiting": {
            "reason": "CrashLoopBackOff",
            "message": format!(
                "back-off {} restarting failed container={} pod={pod}_{namespace}({uid})",
                go_duration(wait.0),
                run.name
            ),
        }}),
    };
    let last = match &run.state {
        State::Ended | State::Done => run.earlier.as_ref(),
        State::Creating
        | State::Blocked(..)
        | State::PullFailed(_)
        | State::PullBackOff(_)
        | State::Running
        | State::CrashBackOff(_) => run.end.as_ref(),
    };
    let last = last.map_or(json!({}), |end| terminated(end, &id(Some(end.started))));
    let mut status = json!({
        "name": run.name,
        "state": state,
        "lastState": last,
        "ready": run.ready,
        "restartCount": run.restarts,
        "image": if run.started.is_some() { full_name(&run.image) } else { run.image.clone() },
        "imageID": if run.started.is_some() { image_id(&run.image) } else { String::new() },
    });
    if run.started.is_some() {
        set(&mut status, &["containerID"], json!(id(run.started)));
    }
    set(&mut status, &["started"], json!(up));
    status
}

fn terminated(end: &End, id: &str) -> Value {
    json!({"terminated": {
        "exitCode": end.code,
        "reason": end.reason,
        "startedAt": stamp(end.started),
        "finishedAt": stamp(end.finished),
        "containerID": id,
    }})
}

fn container_id(uid: &str, name: &str, started: Option<Timestamp>) -> String {
    let started = started.map_or(0, Timestamp::micros).to_be_bytes();
    let digest = Digest::of(
        "kintsugi.memory.container.v1",
        &[uid.as_bytes(), name.as_bytes(), &started],
    );
    format!("containerd://{digest}")
}

fn image_id(image: &str) -> String {
    let digest = Digest::of("kintsugi.memory.image.v1", &[image.as_bytes()]);
    let repository = facts::image::parse(image).map_or_else(
        || image.to_owned(),
        |image| format!("{}/{}", image.registry, image.repository),
    );
    format!("{repository}@sha256:{digest}")
}

/// A length of time as Go writes it: `10s`, `2m40s`, `350ms`.
fn go_duration(millis: u64) -> String {
    match (millis / 60_000, millis % 60_000) {
        (0, rest) if rest % 1000 == 0 => format!("{}s", rest / 1000),
        (0, rest) if rest < 1000 => format!("{rest}ms"),
        (0, rest) => format!("{}.{}s", rest / 1000, rest % 1000 / 100),
        (minutes, rest) => format!("{minutes}m{}s", rest / 1000),
    }
}
