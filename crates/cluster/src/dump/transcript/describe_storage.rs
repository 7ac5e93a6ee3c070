//! Descriptions of claims, volumes and their classes.

use serde_json::{Value, json};

use super::describe::{Node, texts};
use super::looks::put;

/// Puts what a description shows into an object.
pub(super) fn fill(object: &mut Value, kind: &str, tree: &Node<'_>) {
    match kind {
        "PersistentVolumeClaim" => {
            texts(
                object,
                tree,
                &[
                    ("StorageClass", "/spec/storageClassName"),
                    ("Volume", "/spec/volumeName"),
                    ("Status", "/status/phase"),
                    ("Capacity", "/status/capacity/storage"),
                    ("VolumeMode", "/spec/volumeMode"),
                ],
            );
            modes(object, tree);
        }
        "PersistentVolume" => {
            texts(
                object,
                tree,
                &[
                    ("StorageClass", "/spec/storageClassName"),
                    ("Status", "/status/phase"),
                    ("Capacity", "/spec/capacity/storage"),
                    ("Reclaim Policy", "/spec/persistentVolumeReclaimPolicy"),
                    ("Message", "/status/message"),
                ],
            );
            modes(object, tree);
            if let Some((space, name)) = tree
                .value_of("Claim")
                .and_then(|claim| claim.split_once('/'))
            {
                put(
                    object,
                    "/spec/claimRef",
                    json!({"namespace": space, "name": name}),
                );
            }
        }
        "StorageClass" => texts(
            object,
            tree,
            &[
                ("Provisioner", "/provisioner"),
                ("VolumeBindingMode", "/volumeBindingMode"),
                ("ReclaimPolicy", "/reclaimPolicy"),
            ],
        ),
        _ => {}
    }
}

fn modes(object: &mut Value, tree: &Node<'_>) {
    let modes: Vec<&str> = tree
        .value_of("Access Modes")
        .unwrap_or_default()
        .split(',')
        .filter_map(|mode| match mode.trim() {
            "RWO" => Some("ReadWriteOnce"),
            "ROX" => Some("ReadOnlyMany"),
            "RWX" => Some("ReadWriteMany"),
            "RWOP" => Some("ReadWriteOncePod"),
            _ => None,
        })
        .collect();
    if !modes.is_empty() {
        put(object, "/spec/accessModes", json!(modes));
    }
}
