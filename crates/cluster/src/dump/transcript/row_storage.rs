//! What a row of a table says of claims, volumes and their classes.

use serde_json::{Value, json};

use super::looks::put;
use super::rows::texts;

/// Puts what the cells of a row show into an object.
pub(super) fn fill<'a>(object: &mut Value, kind: &str, cell: &impl Fn(&str) -> Option<&'a str>) {
    match kind {
        "PersistentVolumeClaim" => {
            texts(
                object,
                cell,
                &[
                    ("STATUS", "/status/phase"),
                    ("VOLUME", "/spec/volumeName"),
                    ("STORAGECLASS", "/spec/storageClassName"),
                    ("CAPACITY", "/status/capacity/storage"),
                ],
            );
            modes(object, cell("ACCESS MODES"));
        }
        "PersistentVolume" => {
            texts(
                object,
                cell,
                &[
                    ("STATUS", "/status/phase"),
                    ("STORAGECLASS", "/spec/storageClassName"),
                    ("CAPACITY", "/spec/capacity/storage"),
                    ("RECLAIM POLICY", "/spec/persistentVolumeReclaimPolicy"),
                    ("REASON", "/status/reason"),
                ],
            );
            modes(object, cell("ACCESS MODES"));
            if let Some((space, name)) = cell("CLAIM").and_then(|claim| claim.split_once('/')) {
                put(
                    object,
                    "/spec/claimRef",
                    json!({"namespace": space, "name": name}),
                );
            }
        }
        "StorageClass" => {
            texts(
                object,
                cell,
                &[
                    ("PROVISIONER", "/provisioner"),
                    ("RECLAIMPOLICY", "/reclaimPolicy"),
                    ("VOLUMEBINDINGMODE", "/volumeBindingMode"),
                ],
            );
            if let Some(expand) = cell("ALLOWVOLUMEEXPANSION") {
                put(object, "/allowVolumeExpansion", json!(expand == "true"));
            }
        }
        _ => {}
    }
}

/// Access modes by their short names, as rows and descriptions have them.
pub(super) fn modes(object: &mut Value, short: Option<&str>) {
    let modes: Vec<&str> = short
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
