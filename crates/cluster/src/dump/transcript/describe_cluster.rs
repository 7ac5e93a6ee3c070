//! Descriptions of the cluster itself: nodes and namespaces.

use serde_json::{Value, json};

use super::describe::{Node, texts};
use super::looks::put;

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>) {
    match kind {
        "Node" => node(object, tree),
        "Namespace" => texts(object, tree, &[("Status", "/status/phase")]),
        _ => {}
    }
}

fn node(object: &mut Value, tree: &Node<'_>) {
    if let Some(node) = tree.child(&["Taints"]) {
        let taints: Vec<Value> = node
            .lines()
            .into_iter()
            .filter_map(|taint| {
                let (key, effect) = taint.rsplit_once(':')?;
                let (key, value) = key.split_once('=').unwrap_or((key, ""));
                let mut shown = json!({"key": key, "effect": effect});
                if !value.is_empty() {
                    put(&mut shown, "/value", json!(value));
                }
                Some(shown)
            })
            .collect();
        put(object, "/spec/taints", Value::Array(taints));
    }
    if let Some(cordoned) = tree.value_of("Unschedulable") {
        put(object, "/spec/unschedulable", json!(cordoned == "true"));
    }
    for (key, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if let Some(node) = tree.child(&[key]) {
            for amount in node.children.iter().filter(|amount| !amount.key.is_empty()) {
                let name = amount.key.replace('/', "~1");
                put(
                    object,
                    &format!("/status/{field}/{name}"),
                    json!(amount.value),
                );
            }
        }
    }
    if let Some(node) = tree.child(&["Addresses"]) {
        let addresses: Vec<Value> = node
            .children
            .iter()
            .filter(|address| !address.key.is_empty())
            .map(|address| json!({"type": address.key, "address": address.value}))
            .collect();
        put(object, "/status/addresses", Value::Array(addresses));
    }
    if let Some(node) = tree.child(&["System Info"]) {
        for (key, field) in [
            ("Kubelet Version", "kubeletVersion"),
            ("Architecture", "architecture"),
            ("Operating System", "operatingSystem"),
            ("OS Image", "osImage"),
            ("Kernel Version", "kernelVersion"),
            ("Container Runtime Version", "containerRuntimeVersion"),
        ] {
            if let Some(value) = node.value_of(key) {
                put(object, &format!("/status/nodeInfo/{field}"), json!(value));
            }
        }
    }
}
