//! What a row of a table says of a pod.

use serde_json::{Value, json};

use super::age;
use super::looks::{PodRow, put};
use super::rows::fraction;

/// Puts what the cells of a row show into a pod, and keeps what they say of its containers, whose
/// names they do not tell.
pub(super) fn fill<'a>(
    object: &mut Value,
    cell: &impl Fn(&str) -> Option<&'a str>,
    nodes: bool,
) -> Option<PodRow> {
    let status = cell("STATUS")?;
    let (ready, total) = match cell("READY") {
        Some(ready) => fraction(ready)?,
        None => (0, 0),
    };
    let (restarts, restarted) = cell("RESTARTS")
        .and_then(age::restarts)
        .unwrap_or((0, None));
    let phase = match status {
        "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown" => status,
        // A container that ends and is started again belongs to a pod that runs.
        "Completed" if restarts == 0 => "Succeeded",
        "Evicted" | "Error" if ready == 0 && restarts == 0 => "Failed",
        "ContainerCreating"
        | "PodInitializing"
        | "ErrImagePull"
        | "ImagePullBackOff"
        | "SchedulingGated"
        | "CreateContainerConfigError"
        | "InvalidImageName"
        | "ErrImageNeverPull" => "Pending",
        _ if status.starts_with("Init:") => "Pending",
        _ => "Running",
    };
    put(object, "/status/phase", json!(phase));
    match status {
        "Evicted"
        | "NodeLost"
        | "NodeAffinity"
        | "OutOfcpu"
        | "OutOfmemory"
        | "Shutdown"
        | "UnexpectedAdmissionError" => put(object, "/status/reason", json!(status)),
        "SchedulingGated" => put(
            object,
            "/status/conditions",
            json!([{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]),
        ),
        // When it was asked to end is not shown; that it was is.
        "Terminating" => put(object, "/metadata/deletionTimestamp", age::ago(0)),
        _ => {}
    }
    if let Some(ip) = cell("IP") {
        put(object, "/status/podIP", json!(ip));
    }
    if let Some(node) = cell("NODE") {
        put(object, "/spec/nodeName", json!(node));
    }
    Some(PodRow {
        ready,
        total,
        status: status.to_owned(),
        restarts,
        restarted,
        placed: nodes.then(|| cell("NODE").is_some()),
        gated: cell("READINESS GATES")
            .and_then(fraction)
            .is_some_and(|(met, all)| met < all),
    })
}
