//! Descriptions of claims, volumes and their classes.

use serde_json::{Value, json};

use super::describe::{Node, texts};
use super::looks::put;
use super::row_storage::modes;

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
            modes(object, tree.value_of("Access Modes"));
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
            modes(object, tree.value_of("Access Modes"));
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
