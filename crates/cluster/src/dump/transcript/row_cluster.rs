//! What a row of a table says of the cluster itself: nodes, namespaces, aggregated APIs.

use serde_json::{Value, json};

use super::looks::put;
use super::rows::texts;

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    match kind {
        "Node" => node(object, cell),
        "Namespace" => texts(object, cell, &[("STATUS", "/status/phase")]),
        "APIService" => {
            if let Some(available) = cell("AVAILABLE") {
                let (status, reason) = available.split_once(" (").unwrap_or((available, ""));
                let reason = reason.trim_end_matches(')');
                put(
                    object,
                    "/status/conditions",
                    json!([{"type": "Available", "status": status, "reason": reason}]),
                );
            }
        }
        _ => {}
    }
}

fn node<'a>(object: &mut Value, cell: &impl Fn(&str) -> Option<&'a str>) {
    let status = cell("STATUS").unwrap_or_default();
    let mut words = status.split(',');
    let ready = match words.next() {
        Some("Ready") => "True",
        Some("NotReady") => "False",
        _ => "Unknown",
    };
    put(
        object,
        "/status/conditions",
        json!([{"type": "Ready", "status": ready}]),
    );
    if words.any(|word| word == "SchedulingDisabled") {
        put(object, "/spec/unschedulable", json!(true));
    }
    if let Some(roles) = cell("ROLES") {
        let roles = roles
            .split(',')
            .map(|role| (format!("node-role.kubernetes.io/{role}"), Value::from("")));
        put(object, "/metadata/labels", roles.collect());
    }
    if let Some(version) = cell("VERSION") {
        put(object, "/status/nodeInfo/kubeletVersion", json!(version));
    }
    if let Some(ip) = cell("INTERNAL-IP") {
        put(
            object,
            "/status/addresses",
            json!([{"type": "InternalIP", "address": ip}]),
        );
    }
}
