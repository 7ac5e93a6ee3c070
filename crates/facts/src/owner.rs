//! Who else manages an object, so that a change belongs into a source and not into the cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::container::text;
use crate::{Json, LAST_APPLIED, Object};

/// What kind of thing manages an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerTool {
    /// An Argo CD application.
    ArgoCd,
    /// A Flux Kustomization or HelmRelease.
    Flux,
    /// A Helm release.
    Helm,
    /// Another object of the cluster, as its controller: an operator's resource.
    Controller,
    /// A manifest applied with kubectl.
    KubectlApply,
}

/// Who manages an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manager {
    /// What kind of thing.
    pub tool: ManagerTool,
    /// Its name: application, release, Kustomization, owner; empty if it is not told.
    pub name: String,
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.tool {
            ManagerTool::ArgoCd => "Argo CD application",
            ManagerTool::Flux => "Flux",
            ManagerTool::Helm => "Helm release",
            ManagerTool::Controller => "controller",
            ManagerTool::KubectlApply => "a manifest applied with kubectl",
        };
        if self.name.is_empty() {
            f.write_str(what)
        } else {
            write!(f, "{what} {}", self.name)
        }
    }
}

/// Who manages an object, if anybody's mark is on it. Argo CD and Flux come before Helm, because
/// they leave Helm's marks on what they install from charts.
#[must_use]
pub fn managed_by(object: &Object) -> Option<Manager> {
    argo(object)
        .or_else(|| flux(object))
        .or_else(|| helm(object))
        .or_else(|| controller(object))
        .or_else(|| kubectl(object))
}

fn argo(object: &Object) -> Option<Manager> {
    let tracked = object
        .annotation("argocd.argoproj.io/tracking-id")
        .map(|id| id.split(':').next().unwrap_or_default());
    let name = match tracked.or_else(|| label(object, "argocd.argoproj.io/instance")) {
        Some(name) => name,
        None if marked(object, "argocd.argoproj.io/")
            || wrote(
                object,
                &["argocd-controller", "argocd-application-controller"],
            ) =>
        {
            instance(object)
        }
        None => return None,
    };
    manager(ManagerTool::ArgoCd, name)
}

fn flux(object: &Object) -> Option<Manager> {
    for (prefix, kind) in [
        ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ] {
        if let Some(name) = label(object, &format!("{prefix}/name")) {
            let namespace = label(object, &format!("{prefix}/namespace")).unwrap_or_default();
            return manager(ManagerTool::Flux, &format!("{kind} {namespace}/{name}"));
        }
    }
    (wrote(object, &["kustomize-controller", "helm-controller"])
        || marked(object, "kustomize.toolkit.fluxcd.io/")
        || marked(object, "helm.toolkit.fluxcd.io/"))
    .then(|| Manager {
        tool: ManagerTool::Flux,
        name: String::new(),
    })
}

fn helm(object: &Object) -> Option<Manager> {
    if let Some(release) = object.annotation("meta.helm.sh/release-name") {
        return manager(ManagerTool::Helm, release);
    }
    (label(object, "app.kubernetes.io/managed-by") == Some("Helm")
        || label(object, "heritage") == Some("Helm"))
    .then(|| Manager {
        tool: ManagerTool::Helm,
        name: label(object, "release")
            .unwrap_or_else(|| instance(object))
            .to_owned(),
    })
}

fn controller(object: &Object) -> Option<Manager> {
    let owner = object
        .list("/metadata/ownerReferences")
        .iter()
        .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true))?;
    manager(
        ManagerTool::Controller,
        &format!("{}/{}", text(owner, "/kind"), text(owner, "/name")),
    )
}

fn kubectl(object: &Object) -> Option<Manager> {
    let applied = object.annotation(LAST_APPLIED).is_some();
    let server_side = object
        .list("/metadata/managedFields")
        .iter()
        .any(|entry| text(entry, "/manager") == "kubectl" && text(entry, "/operation") == "Apply");
    (applied || server_side).then(|| Manager {
        tool: ManagerTool::KubectlApply,
        name: String::new(),
    })
}

fn manager(tool: ManagerTool, name: &str) -> Option<Manager> {
    Some(Manager {
        tool,
        name: name.to_owned(),
    })
}

fn label<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.at("/metadata/labels")?.get(name)?.as_str()
}

fn instance(object: &Object) -> &str {
    label(object, "app.kubernetes.io/instance").unwrap_or_default()
}

/// Whether an annotation or a label starts with a prefix.
fn marked(object: &Object, prefix: &str) -> bool {
    ["/metadata/annotations", "/metadata/labels"]
        .into_iter()
        .filter_map(|map| object.at(map).and_then(Json::as_object))
        .any(|map| map.keys().any(|key| key.starts_with(prefix)))
}

/// Whether one of these has written fields of the object, as the API server notes it.
fn wrote(object: &Object, names: &[&str]) -> bool {
    object
        .list("/metadata/managedFields")
        .iter()
        .any(|entry| names.contains(&text(entry, "/manager")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn argo_cd_and_flux_come_before_the_helm_marks_they_leave() {
        let table = [
            (json!({}), ""),
            (
                json!({"annotations": {"meta.helm.sh/release-name": "shop"}}),
                "Helm release shop",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm",
                                  "app.kubernetes.io/instance": "shop"}}),
                "Helm release shop",
            ),
            (
                json!({"annotations": {
                    "meta.helm.sh/release-name": "shop",
                    "argocd.argoproj.io/tracking-id": "store:apps/Deployment:shop/web"}}),
                "Argo CD application store",
            ),
            (
                json!({"labels": {"app.kubernetes.io/instance": "store"},
                       "annotations": {"argocd.argoproj.io/sync-wave": "1"}}),
                "Argo CD application store",
            ),
            (
                json!({"labels": {"app.kubernetes.io/instance": "store"}}),
                "",
            ),
            (
                json!({"annotations": {"meta.helm.sh/release-name": "shop"},
                       "labels": {"helm.toolkit.fluxcd.io/name": "shop",
                                  "helm.toolkit.fluxcd.io/namespace": "flux-system"}}),
                "Flux HelmRelease flux-system/shop",
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps",
                                  "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
                "Flux Kustomization flux-system/apps",
            ),
            (
                json!({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}),
                "a manifest applied with kubectl",
            ),
            (
                json!({"ownerReferences": [
                    {"kind": "WebApp", "name": "web", "uid": "1", "controller": true}]}),
                "controller WebApp/web",
            ),
        ];
        for (metadata, expected) in table {
            let object = Object::new(json!({"kind": "Deployment", "metadata": metadata}));
            let manager = managed_by(&object).map(|manager| manager.to_string());
            assert_eq!(manager.unwrap_or_default(), expected, "{metadata}");
        }
    }
}
