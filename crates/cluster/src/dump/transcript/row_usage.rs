//! What a row of `top` says: how much a node, a pod or a container uses.

use serde_json::{Value, json};

use super::looks::{Fullness, Transcript};
use super::table::{Row, Table};

/// What `top` shows.
pub(super) fn usage(
    looks: &mut Transcript,
    table: &Table,
    row: &Row,
    kind: &str,
    (space, name): (Option<String>, &str),
    line: usize,
) {
    let cpu = table.cell(row, "CPU(cores)");
    let memory = table.cell(row, "MEMORY(bytes)");
    let usage = json!({"cpu": cpu, "memory": memory});
    let version = json!("metrics.k8s.io/v1beta1");
    if kind == "Node" {
        let object = json!({"apiVersion": version, "usage": usage});
        looks.look(
            "NodeMetrics",
            Some(String::new()),
            name,
            object,
            Fullness::Row,
            line,
        );
        return;
    }
    let container = if table.has("POD") {
        table.cell(row, "NAME")
    } else {
        None
    };
    let shown = match container {
        Some(container) => json!({"name": container, "usage": usage}),
        // The whole pod was shown: the names of its containers were not.
        None => json!({"usage": usage}),
    };
    let object = json!({"apiVersion": version, "containers": [shown]});
    let more = looks.looks.iter_mut().rev().take(50).find(|look| {
        container.is_some() && look.kind == "PodMetrics" && look.name == name && look.space == space
    });
    if let Some(known) = more
        && let Some(Value::Array(containers)) = known.object.get_mut("containers")
    {
        containers.push(shown);
        return;
    }
    looks.look("PodMetrics", space, name, object, Fullness::Row, line);
}
