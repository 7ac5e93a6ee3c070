//! Writes down a whole cluster as plain files, with `kubectl` alone and nothing masked: raw material
//! for tests of those who read such files. (`kintsugi record` is what users have for this.)

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use crate::kubernetes::{Kubectl, KubectlError};

/// The kinds that are written down, as `kubectl` and the files call them.
const KINDS: [&str; 32] = [
    "pods",
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "services",
    "endpointslices",
    "ingresses",
    "ingressclasses",
    "configmaps",
    "serviceaccounts",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses",
    "nodes",
    "namespaces",
    "events",
    "resourcequotas",
    "limitranges",
    "horizontalpodautoscalers",
    "poddisruptionbudgets",
    "networkpolicies",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "priorityclasses",
    "apiservices",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
];

/// Why a cluster could not be written down.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The cluster did not answer.
    #[error(transparent)]
    Kubectl(#[from] KubectlError),
    /// A file could not be written.
    #[error("failed to write {path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes `KIND.json` for every kind, and `logs/NAMESPACE/POD/CONTAINER.log` and `.previous.log`.
///
/// # Errors
/// When the cluster does not answer or a file cannot be written. A log that the cluster does not
/// give is no error; it has no file.
pub fn record(kubectl: &Kubectl, out: &Path) -> Result<(), RecordError> {
    fs::create_dir_all(out).map_err(at(out))?;
    let mut pods = Value::Null;
    for kind in KINDS {
        let answer = kubectl.run(&["get", kind, "-A", "-o", "json"])?;
        let path = out.join(format!("{kind}.json"));
        fs::write(&path, &answer).map_err(at(&path))?;
        if kind == "pods" {
            pods = serde_json::from_str(&answer).unwrap_or_default();
        }
    }
    let leases = kubectl.run(&["get", "leases", "-n", "kube-node-lease", "-o", "json"])?;
    let path = out.join("leases.json");
    fs::write(&path, leases).map_err(at(&path))?;
    let none = Vec::new();
    let items = pods.get("items").and_then(Value::as_array).unwrap_or(&none);
    for pod in items {
        logs_of(kubectl, pod, out)?;
    }
    Ok(())
}

fn logs_of(kubectl: &Kubectl, pod: &Value, out: &Path) -> Result<(), RecordError> {
    let word = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let (namespace, name) = (word("/metadata/namespace"), word("/metadata/name"));
    let place = out.join("logs").join(namespace).join(name);
    for field in ["initContainerStatuses", "containerStatuses"] {
        let path = format!("/status/{field}");
        let Some(containers) = pod.pointer(&path).and_then(Value::as_array) else {
            continue;
        };
        for status in containers {
            let container = status.get("name").and_then(Value::as_str).unwrap_or("");
            // What has never run has no log; asking would cost a request each.
            let state = |pointer: &str| status.pointer(pointer).is_some();
            if state("/state/running")
                || state("/state/terminated")
                || state("/lastState/terminated")
            {
                let path = place.join(format!("{container}.log"));
                write_log(kubectl, namespace, name, container, &[], &path)?;
            }
            if status.get("restartCount").and_then(Value::as_i64) > Some(0) {
                let path = place.join(format!("{container}.previous.log"));
                write_log(kubectl, namespace, name, container, &["--previous"], &path)?;
            }
        }
    }
    Ok(())
}

fn write_log(
    kubectl: &Kubectl,
    namespace: &str,
    pod: &str,
    container: &str,
    more: &[&str],
    path: &Path,
) -> Result<(), RecordError> {
    let mut words = vec!["logs", "-n", namespace, pod, "-c", container];
    words.extend(["--limit-bytes=262144"]);
    words.extend(more);
    let Ok(log) = kubectl.run(&words) else {
        return Ok(());
    };
    // The kubelet says in the place of a log that there is none.
    if log.starts_with("unable to retrieve container logs") {
        return Ok(());
    }
    if let Some(place) = path.parent() {
        fs::create_dir_all(place).map_err(at(place))?;
    }
    fs::write(path, log).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> RecordError + '_ {
    move |source| RecordError::Path {
        path: path.to_owned(),
        source,
    }
}
