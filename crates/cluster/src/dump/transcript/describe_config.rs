//! Descriptions of what containers load: ConfigMaps and Secrets by their keys, ServiceAccounts.

use serde_json::{Value, json};

use super::describe::{Node, texts};
use super::looks::{named, put};

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>, data: &[(usize, &str)]) {
    match kind {
        "ConfigMap" => {
            for key in keys(data) {
                let key = key.replace('~', "~0").replace('/', "~1");
                put(object, &format!("/data/{key}"), json!(""));
            }
        }
        "Secret" => {
            texts(object, tree, &[("Type", "/type")]);
            for (_, line) in data {
                if let Some((key, size)) = line.split_once(':')
                    && size.trim_end().ends_with("bytes")
                {
                    let key = key.trim().replace('/', "~1");
                    put(object, &format!("/data/{key}"), json!(""));
                }
            }
        }
        "ServiceAccount" => {
            if let Some(node) = tree.child(&["Image pull secrets"]) {
                let names: Vec<Value> = node
                    .lines()
                    .into_iter()
                    .map(|name| json!({"name": name.split(" (").next()}))
                    .collect();
                if !names.is_empty() {
                    put(object, "/imagePullSecrets", Value::Array(names));
                }
            }
        }
        _ => {}
    }
}

/// The keys of a ConfigMap's data: a line that ends in a colon over a line of dashes.
fn keys(data: &[(usize, &str)]) -> Vec<String> {
    let mut keys = Vec::new();
    for pair in data.windows(2) {
        let [(_, key), (_, dashes)] = pair else {
            continue;
        };
        if dashes.trim_end() == "----"
            && let Some(key) = key.trim_end().strip_suffix(':')
            && keys.len() < 5_000
            && key.len() <= 253
        {
            keys.push(key.to_owned());
        }
    }
    // `key: 12 bytes` under BinaryData.
    for (_, line) in data {
        if let Some((key, size)) = line.split_once(": ")
            && size.trim_end().ends_with(" bytes")
            && named(key)
            && keys.len() < 5_000
        {
            keys.push(key.to_owned());
        }
    }
    keys
}
