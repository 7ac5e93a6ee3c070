//! What conditions see of a container.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{Container, first_line, text};

pub(super) const SCHEMA: Section = &[
    ("container.name", Type::Text),
    ("container.image", Type::Text),
    ("container.ready", Type::Bool),
    ("container.restarts", Type::Int),
    ("container.state", Type::Text),
    ("container.waiting_reason", Type::Text),
    ("container.waiting_message", Type::Text),
    // Of its last end; 0 and empty if it never ended.
    ("container.exit_code", Type::Int),
    ("container.signal", Type::Int),
    ("container.end_reason", Type::Text),
    ("container.end_message", Type::Text),
    // Seconds since its last end, and how long it had lived then.
    ("container.ended_ago", Type::Int),
    ("container.lived", Type::Int),
    // Seconds since its present life began, unknown where a table did not tell; 0 if it does not run.
    ("container.running_for", Type::Int),
    // Down because its program ended in failure.
    ("container.crashed", Type::Bool),
    // Down again and again although its program ends with exit code 0.
    ("container.exits_cleanly", Type::Bool),
    // Up now, but it keeps ending in failure at about the same interval.
    ("container.flapping", Type::Bool),
    // The mean seconds between restarts; 0 if it was never restarted.
    ("container.every", Type::Int),
    // Its program keeps ending in failure: it is down for that, has only been up for ten minutes after
    // two restarts, or is flapping; and its pod was neither ended as a whole nor is it being deleted.
    ("container.failing", Type::Bool),
    ("container.oom_killed", Type::Bool),
    ("container.init", Type::Bool),
    // A native sidecar: an init container that is always restarted.
    ("container.sidecar", Type::Bool),
    ("container.command", Type::Text),
    ("container.memory_limit", Type::Text),
    ("container.memory_request", Type::Text),
    ("container.cpu_limit", Type::Text),
    ("container.cpu_request", Type::Text),
    ("container.read_only_root", Type::Bool),
    ("container.has_liveness", Type::Bool),
    ("container.has_readiness", Type::Bool),
    ("container.has_startup", Type::Bool),
];

/// How many restarts make a habit.
const HABIT: u32 = 3;
/// Who is up for less than this, in seconds, after a crash may well crash again.
const YOUNG: i64 = 600;
/// A crash that comes less often than this, in seconds, is not flapping.
const RARE: i64 = 6 * 3600;

pub(super) fn data(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Value {
    let end = container.last_end().unwrap_or(&Json::Null);
    let ended_ago = scene.since(text(end, "/finishedAt"));
    let every = mean_interval(scene, pod, container);
    let running = text(container.status, "/state/running/startedAt");
    let resource = |path: &str| amount(container.spec, path);
    let flapping = flapping(container, every, ended_ago);
    let down = container.state() != "running"
        || container.restarts() >= 2 && scene.since(running).is_some_and(|since| since < YOUNG);
    let whole =
        pod.text("/status/reason").is_empty() && pod.text("/metadata/deletionTimestamp").is_empty();
    let mut data = json!({
        "name": container.name(),
        "image": container.image(),
        "ready": container.ready(),
        "restarts": container.restarts(),
        "state": container.state(),
        "waiting_reason": container.waiting_reason(),
        "waiting_message": container.waiting_message(),
        "exit_code": container.exit_code(),
        "signal": end.get("signal").and_then(Json::as_i64).unwrap_or(0),
        "end_reason": container.end_reason(),
        "end_message": first_line(text(end, "/message")),
        "ended_ago": if end.is_null() { json!(0) } else { ended_ago.map(Value::from).unwrap_or_default() },
        "lived": lived(end),
        "running_for": if container.state() != "running" { json!(0) } else { scene.since(running).map(Value::from).unwrap_or_default() },
        "crashed": container.crashed(),
        "exits_cleanly": exits_cleanly(pod, container),
        "flapping": flapping,
        "failing": whole && (flapping || container.crashed() && down),
        "every": every.unwrap_or(0),
        "oom_killed": container.end_reason() == "OOMKilled",
        "init": container.init,
        "sidecar": container.init && text(container.spec, "/restartPolicy") == "Always",
        "command": command(container.spec),
        "memory_limit": resource("/resources/limits/memory"),
        "memory_request": resource("/resources/requests/memory"),
        "cpu_limit": resource("/resources/limits/cpu"),
        "cpu_request": resource("/resources/requests/cpu"),
        "read_only_root": container.spec.pointer("/securityContext/readOnlyRootFilesystem").and_then(Json::as_bool).unwrap_or(false),
        "has_liveness": container.spec.get("livenessProbe").is_some(),
        "has_readiness": container.spec.get("readinessProbe").is_some(),
        "has_startup": container.spec.get("startupProbe").is_some(),
    });
    if let Value::Object(data) = &mut data {
        super::memory::put(scene, pod, container, data);
    }
    data
}

/// Whether a container is down again although its program only ever ends well, where it should run.
pub(crate) fn exits_cleanly(pod: &Object, container: &Container<'_>) -> bool {
    !container.init
        && !container.ready()
        && pod.text("/spec/restartPolicy") != "Never"
        && pod.text("/spec/restartPolicy") != "OnFailure"
        && container.last_end().is_some()
        && container.exit_code() == 0
        && container.restarts() >= HABIT
}

/// Whether a container that is up keeps failing at about the same interval: a habit of restarts,
/// the last of them no longer ago than two such intervals.
pub(crate) fn is_flapping(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> bool {
    let end = container.last_end().unwrap_or(&Json::Null);
    let ended_ago = scene.since(text(end, "/finishedAt"));
    flapping(container, mean_interval(scene, pod, container), ended_ago)
}

fn flapping(container: &Container<'_>, every: Option<i64>, ended_ago: Option<i64>) -> bool {
    let (Some(every), Some(ended_ago)) = (every, ended_ago) else {
        return false;
    };
    container.state() == "running"
        && container.restarts() >= HABIT
        && container.exit_code() != 0
        && every <= RARE
        && ended_ago <= every.saturating_mul(2).max(600)
}

fn mean_interval(scene: Scene<'_>, pod: &Object, container: &Container<'_>) -> Option<i64> {
    let lived = match scene.since(pod.text("/status/startTime")) {
        Some(lived) => lived,
        None => scene.age(pod)?,
    };
    lived.checked_div(i64::from(container.restarts()))
}

fn lived(end: &Json) -> Value {
    let at = |field| model::Timestamp::parse(text(end, field));
    match (at("/startedAt"), at("/finishedAt")) {
        // What never started bears the beginning of time.
        (Some(start), Some(_)) if start.micros() <= 0 => json!(0),
        (Some(start), Some(finish)) => json!(finish.since(start).0 / 1000),
        _ if end.is_null() => json!(0),
        _ => Value::Null,
    }
}

/// An amount as it stands in the spec: a text, though YAML lets people write numbers.
pub(crate) fn amount(spec: &Json, pointer: &str) -> String {
    match spec.pointer(pointer) {
        Some(Json::Text(text)) => text.to_string(),
        Some(Json::Number(number)) => number.to_string(),
        Some(Json::Null | Json::Bool(_) | Json::List(_) | Json::Fields(_)) | None => String::new(),
    }
}

/// The command line that the spec asks for, cut to a readable length; empty if the image's own is
/// used.
fn command(spec: &Json) -> String {
    let words = ["command", "args"]
        .into_iter()
        .filter_map(|field| spec.get(field)?.as_array())
        .flatten()
        .filter_map(Json::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    first_line(&words).to_owned()
}

/// The ports that the logs of a pod's containers say they listen on.
pub(crate) fn listening(scene: Scene<'_>, pod: &Object) -> Vec<u16> {
    crate::container::containers(pod)
        .flat_map(|container| super::probe::listening(scene, pod, container.name()))
        .collect()
}
