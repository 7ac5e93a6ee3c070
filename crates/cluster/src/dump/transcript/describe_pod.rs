//! Descriptions of pods, and of the pod templates of workloads: all but their containers.

use serde_json::{Map, Value, json};

use super::age;
use super::describe::{Node, conditions, pairs};
use super::describe_container::{container, status};
use super::looks::put;

/// Puts what the description of a pod shows into an object.
pub(super) fn fill(object: &mut Value, tree: &Node<'_>) {
    spec(object, "/spec", tree);
    for (key, field) in [("Init Containers", "init"), ("Containers", "")] {
        let Some(node) = tree.child(&[key]) else {
            continue;
        };
        let statuses: Vec<Value> = node.children.iter().filter_map(status).collect();
        let at = if field.is_empty() {
            "/status/containerStatuses"
        } else {
            "/status/initContainerStatuses"
        };
        if !statuses.is_empty() {
            put(object, at, Value::Array(statuses));
        }
    }
    if let Some((name, ip)) = tree
        .value_of("Node")
        .map(|node| node.split_once('/').unwrap_or((node, "")))
    {
        put(object, "/spec/nodeName", json!(name));
        if !ip.is_empty() {
            put(object, "/status/hostIP", json!(ip));
        }
    }
    if let Some(at) = tree.value_of("Start Time").and_then(age::date) {
        put(object, "/status/startTime", json!(at));
        // A description does not tell when a pod was made; it was not made after it started.
        put(object, "/metadata/creationTimestamp", json!(at));
    }
    if let Some(status) = tree.value_of("Status") {
        let (phase, rest) = status.split_once(" (lasts ").unwrap_or((status, ""));
        if phase == "Terminating" {
            let ago = age::seconds(rest.trim_end_matches(')')).unwrap_or(0);
            put(object, "/metadata/deletionTimestamp", age::ago(ago));
        } else {
            put(object, "/status/phase", json!(phase));
        }
    }
    for (key, at) in [
        ("Reason", "/status/reason"),
        ("Message", "/status/message"),
        ("IP", "/status/podIP"),
        ("QoS Class", "/status/qosClass"),
    ] {
        if let Some(value) = tree.value_of(key) {
            put(object, at, json!(value));
        }
    }
    if let Some(priority) = tree.number("Priority") {
        put(object, "/spec/priority", json!(priority));
    }
    if let Some(gates) = tree.child(&["Readiness Gates"]) {
        let gates: Vec<Value> = gates
            .children
            .iter()
            .filter_map(|row| row.raw.split_whitespace().next())
            .filter(|name| *name != "Type")
            .map(|name| json!({"conditionType": name}))
            .collect();
        put(object, "/spec/readinessGates", Value::Array(gates));
    }
    if let Some(conditions) = conditions(tree) {
        put(object, "/status/conditions", conditions);
    }
}

/// What a pod and a pod template share: containers, volumes, where it may run.
pub(super) fn spec(object: &mut Value, at: &str, tree: &Node<'_>) {
    for (key, field) in [
        ("Init Containers", "initContainers"),
        ("Containers", "containers"),
    ] {
        if let Some(node) = tree.child(&[key]) {
            let containers: Vec<Value> = node.children.iter().filter_map(container).collect();
            put(object, &format!("{at}/{field}"), Value::Array(containers));
        }
    }
    if let Some(node) = tree.child(&["Volumes"]) {
        let volumes: Vec<Value> = node
            .children
            .iter()
            .filter(|volume| !volume.key.is_empty() && !volume.children.is_empty())
            .map(volume)
            .collect();
        put(object, &format!("{at}/volumes"), Value::Array(volumes));
    }
    for (key, field) in [
        ("Service Account", "serviceAccountName"),
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
    ] {
        if let Some(value) = tree.value_of(key) {
            put(object, &format!("{at}/{field}"), json!(value));
        }
    }
    if let Some(node) = tree.child(&["Node-Selectors", "Node-Selector"]) {
        let selector = pairs(node, '=');
        if selector.as_object().is_some_and(|pairs| !pairs.is_empty()) {
            put(object, &format!("{at}/nodeSelector"), selector);
        }
    }
    if let Some(node) = tree.child(&["Tolerations"]) {
        let tolerations: Vec<Value> = node.lines().into_iter().map(toleration).collect();
        put(
            object,
            &format!("{at}/tolerations"),
            Value::Array(tolerations),
        );
    }
}

/// `key=value:NoExecute op=Exists for 300s`.
fn toleration(text: &str) -> Value {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let (key, effect) = first.rsplit_once(':').unwrap_or((first, ""));
    let (key, value) = key.split_once('=').unwrap_or((key, ""));
    let exists = value.is_empty() || text.contains("op=Exists");
    let mut toleration = json!({"operator": if exists { "Exists" } else { "Equal" }});
    for (at, value) in [("/key", key), ("/value", value), ("/effect", effect)] {
        if !value.is_empty() && value != "op" {
            put(&mut toleration, at, json!(value));
        }
    }
    if let Some((_, seconds)) = text.split_once(" for ")
        && let Some(seconds) = age::seconds(seconds)
    {
        put(&mut toleration, "/tolerationSeconds", json!(seconds));
    }
    toleration
}

fn volume(node: &Node<'_>) -> Value {
    let mut volume = json!({"name": node.key});
    let kind = node.value_of("Type").unwrap_or_default();
    let kind = kind.split(" (").next().unwrap_or_default();
    let text = |key: &str| node.value_of(key);
    let optional = text("Optional") == Some("true");
    let mut set = |field: &str, values: &[(&str, Option<&str>)]| {
        let mut fields = Map::new();
        for (name, value) in values {
            if let Some(value) = value {
                fields.insert((*name).to_owned(), json!(value));
            }
        }
        if optional {
            fields.insert("optional".to_owned(), json!(true));
        }
        put(&mut volume, &format!("/{field}"), Value::Object(fields));
    };
    match kind {
        "ConfigMap" => set("configMap", &[("name", text("Name"))]),
        "Secret" => set("secret", &[("secretName", text("SecretName"))]),
        "PersistentVolumeClaim" => {
            set("persistentVolumeClaim", &[("claimName", text("ClaimName"))])
        }
        "EmptyDir" => set(
            "emptyDir",
            &[("medium", text("Medium")), ("sizeLimit", text("SizeLimit"))],
        ),
        "HostPath" => set(
            "hostPath",
            &[("path", text("Path")), ("type", text("HostPathType"))],
        ),
        "NFS" => set("nfs", &[("server", text("Server")), ("path", text("Path"))]),
        "CSI" => set("csi", &[("driver", text("Driver"))]),
        "Projected" => {
            let mut sources = Vec::new();
            for child in &node.children {
                let source = match child.key {
                    "ConfigMapName"
                        if !child.value.is_empty() && child.value != "kube-root-ca.crt" =>
                    {
                        json!({"configMap": {"name": child.value}})
                    }
                    "SecretName" if !child.value.is_empty() => {
                        json!({"secret": {"name": child.value}})
                    }
                    _ => continue,
                };
                sources.push(source);
            }
            if !sources.is_empty() {
                put(&mut volume, "/projected/sources", Value::Array(sources));
            }
        }
        _ => {}
    }
    volume
}
