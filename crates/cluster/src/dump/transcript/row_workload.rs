//! What a row of a table says of what makes pods: Deployments, their kin, Jobs and CronJobs.

use serde_json::{Value, json};

use super::age;
use super::looks::put;
use super::rows::{fraction, labels_of, numbers, texts};

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    match kind {
        "Deployment" | "StatefulSet" => {
            if let Some((ready, wanted)) = cell("READY").and_then(fraction) {
                put(object, "/spec/replicas", json!(wanted));
                put(object, "/status/readyReplicas", json!(ready));
                put(object, "/status/replicas", json!(wanted));
            }
            numbers(
                object,
                cell,
                &[
                    ("UP-TO-DATE", "/status/updatedReplicas"),
                    ("AVAILABLE", "/status/availableReplicas"),
                ],
            );
            workload(object, cell);
        }
        "ReplicaSet" | "ReplicationController" => {
            numbers(
                object,
                cell,
                &[
                    ("DESIRED", "/spec/replicas"),
                    ("CURRENT", "/status/replicas"),
                    ("READY", "/status/readyReplicas"),
                ],
            );
            workload(object, cell);
        }
        "DaemonSet" => {
            numbers(
                object,
                cell,
                &[
                    ("DESIRED", "/status/desiredNumberScheduled"),
                    ("CURRENT", "/status/currentNumberScheduled"),
                    ("READY", "/status/numberReady"),
                    ("UP-TO-DATE", "/status/updatedNumberScheduled"),
                    ("AVAILABLE", "/status/numberAvailable"),
                ],
            );
            if let Some(selector) = cell("NODE SELECTOR") {
                put(
                    object,
                    "/spec/template/spec/nodeSelector",
                    labels_of(selector),
                );
            }
            workload(object, cell);
        }
        "Job" => {
            if let Some((done, wanted)) = cell("COMPLETIONS").and_then(fraction) {
                put(object, "/spec/completions", json!(wanted));
                put(object, "/status/succeeded", json!(done));
            }
            if let Some(status @ ("Failed" | "Complete" | "Suspended")) = cell("STATUS") {
                let conditions = json!([{"type": status, "status": "True"}]);
                put(object, "/status/conditions", conditions);
            }
        }
        "CronJob" => {
            texts(
                object,
                cell,
                &[
                    ("SCHEDULE", "/spec/schedule"),
                    ("TIMEZONE", "/spec/timeZone"),
                ],
            );
            if let Some(suspend) = cell("SUSPEND") {
                put(object, "/spec/suspend", json!(suspend == "True"));
            }
            if let Some(last) = cell("LAST SCHEDULE").and_then(age::seconds) {
                put(object, "/status/lastScheduleTime", age::ago(last));
            }
        }
        _ => {}
    }
}

fn workload<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    if let (Some(names), Some(images)) = (cell("CONTAINERS"), cell("IMAGES")) {
        let containers: Vec<Value> = names
            .split(',')
            .zip(images.split(','))
            .map(|(name, image)| json!({"name": name, "image": image}))
            .collect();
        put(
            object,
            "/spec/template/spec/containers",
            Value::Array(containers),
        );
    }
    if let Some(selector) = cell("SELECTOR") {
        put(object, "/spec/selector/matchLabels", labels_of(selector));
    }
}
