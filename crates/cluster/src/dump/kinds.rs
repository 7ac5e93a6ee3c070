//! The names of kinds as people and files write them: `po`, `pods`, `Pod`, `deployments.apps`.

/// A kind that Kintsugi reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// `Pod`.
    pub(super) kind: &'static str,
    /// `apps/v1`.
    pub(super) version: &'static str,
    /// `pods`.
    pub(super) plural: &'static str,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
    /// `po`.
    short: &'static [&'static str],
}

macro_rules! kinds {
    ($($kind:literal $version:literal $plural:literal $namespaced:literal [$($short:literal)*])*) => {
        &[$(Kind {
            kind: $kind,
            version: $version,
            plural: $plural,
            namespaced: $namespaced,
            short: &[$($short),*],
        }),*]
    };
}

/// Every kind that is known by name.
pub(super) const ALL: &[Kind] = kinds! {
    "Pod" "v1" "pods" true ["po"]
    "Deployment" "apps/v1" "deployments" true ["deploy"]
    "ReplicaSet" "apps/v1" "replicasets" true ["rs"]
    "StatefulSet" "apps/v1" "statefulsets" true ["sts"]
    "DaemonSet" "apps/v1" "daemonsets" true ["ds"]
    "ControllerRevision" "apps/v1" "controllerrevisions" true []
    "ReplicationController" "v1" "replicationcontrollers" true ["rc"]
    "Job" "batch/v1" "jobs" true []
    "CronJob" "batch/v1" "cronjobs" true ["cj"]
    "Service" "v1" "services" true ["svc"]
    "Endpoints" "v1" "endpoints" true ["ep"]
    "EndpointSlice" "discovery.k8s.io/v1" "endpointslices" true []
    "Ingress" "networking.k8s.io/v1" "ingresses" true ["ing"]
    "IngressClass" "networking.k8s.io/v1" "ingressclasses" false []
    "NetworkPolicy" "networking.k8s.io/v1" "networkpolicies" true ["netpol"]
    "ConfigMap" "v1" "configmaps" true ["cm"]
    "Secret" "v1" "secrets" true []
    "ServiceAccount" "v1" "serviceaccounts" true ["sa"]
    "PersistentVolumeClaim" "v1" "persistentvolumeclaims" true ["pvc"]
    "PersistentVolume" "v1" "persistentvolumes" false ["pv"]
    "StorageClass" "storage.k8s.io/v1" "storageclasses" false ["sc"]
    "VolumeAttachment" "storage.k8s.io/v1" "volumeattachments" false []
    "CSIDriver" "storage.k8s.io/v1" "csidrivers" false []
    "CSINode" "storage.k8s.io/v1" "csinodes" false []
    "Node" "v1" "nodes" false ["no"]
    "Namespace" "v1" "namespaces" false ["ns"]
    "Event" "v1" "events" true ["ev"]
    "ResourceQuota" "v1" "resourcequotas" true ["quota"]
    "LimitRange" "v1" "limitranges" true ["limits"]
    "HorizontalPodAutoscaler" "autoscaling/v2" "horizontalpodautoscalers" true ["hpa"]
    "PodDisruptionBudget" "policy/v1" "poddisruptionbudgets" true ["pdb"]
    "Role" "rbac.authorization.k8s.io/v1" "roles" true []
    "RoleBinding" "rbac.authorization.k8s.io/v1" "rolebindings" true []
    "ClusterRole" "rbac.authorization.k8s.io/v1" "clusterroles" false []
    "ClusterRoleBinding" "rbac.authorization.k8s.io/v1" "clusterrolebindings" false []
    "PriorityClass" "scheduling.k8s.io/v1" "priorityclasses" false ["pc"]
    "APIService" "apiregistration.k8s.io/v1" "apiservices" false []
    "ValidatingWebhookConfiguration" "admissionregistration.k8s.io/v1" "validatingwebhookconfigurations" false []
    "MutatingWebhookConfiguration" "admissionregistration.k8s.io/v1" "mutatingwebhookconfigurations" false []
    "CustomResourceDefinition" "apiextensions.k8s.io/v1" "customresourcedefinitions" false ["crd" "crds"]
};

/// The kind of a name, whatever its case, its number, its group, or the dashes in it.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    if name.len() > 80 {
        return None;
    }
    let bare = name.split('.').next().unwrap_or_default();
    let plain: String = bare
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect();
    ALL.iter().find(|kind| {
        plain == kind.plural
            || plain == kind.kind.to_ascii_lowercase()
            || kind.short.contains(&plain.as_str())
    })
}

/// The kind by its own name.
pub(super) fn named(kind: &str) -> Option<&'static Kind> {
    ALL.iter().find(|known| known.kind == kind)
}

/// Whether diagnoses usually ask for a kind, so that its absence from a recording is worth a word.
pub(super) fn usual(kind: &Kind) -> bool {
    !matches!(
        kind.kind,
        "ControllerRevision"
            | "Endpoints"
            | "ReplicationController"
            | "VolumeAttachment"
            | "CSIDriver"
            | "CSINode"
            | "CustomResourceDefinition"
    )
}

/// Whether objects of a kind live outside of namespaces; unknown kinds are taken to live in them.
pub(super) fn cluster_wide(kind: &str) -> bool {
    named(kind).is_some_and(|known| !known.namespaced)
}

/// What a file's name says: the kind in it, and what else it says, which may be a namespace.
pub(super) fn in_file_name(stem: &str) -> Option<(&'static Kind, String)> {
    if let Some(kind) = find_word(stem) {
        return Some((kind, String::new()));
    }
    let cuts: Vec<usize> = stem
        .char_indices()
        .filter(|(_, letter)| matches!(letter, '-' | '_' | '.' | ' '))
        .map(|(at, _)| at)
        .collect();
    // The longest part at the end or at the start that names a kind: `shop-persistent-volume-claims`.
    for cut in &cuts {
        let (rest, kind) = (stem.get(..*cut)?, stem.get(cut + 1..)?);
        if let Some(kind) = find_word(kind) {
            return Some((kind, rest.to_owned()));
        }
    }
    for cut in cuts.iter().rev() {
        let (kind, rest) = (stem.get(..*cut)?, stem.get(cut + 1..)?);
        if let Some(kind) = find_word(kind) {
            return Some((kind, rest.to_owned()));
        }
    }
    None
}

/// A whole word: a group behind a dot is no part of a file's name.
fn find_word(word: &str) -> Option<&'static Kind> {
    if word.contains('.') && !word.ends_with(".k8s.io") {
        return None;
    }
    find(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_however_they_are_written() {
        for (name, kind) in [
            ("po", "Pod"),
            ("PODS", "Pod"),
            ("deployment.apps", "Deployment"),
            ("deployments.v1.apps", "Deployment"),
            ("NetworkPolicy", "NetworkPolicy"),
            ("replication-controllers", "ReplicationController"),
            ("ep", "Endpoints"),
        ] {
            assert_eq!(find(name).map(|found| found.kind), Some(kind), "{name}");
        }
        assert_eq!(find("widgets"), None);
    }

    #[test]
    fn a_file_name_tells_a_kind_and_perhaps_a_namespace() {
        for (stem, kind, rest) in [
            ("pods", "Pod", ""),
            ("configmaps", "ConfigMap", ""),
            ("shop-configmaps", "ConfigMap", "shop"),
            ("pods-kube-system", "Pod", "kube-system"),
            (
                "shop_persistent-volume-claims",
                "PersistentVolumeClaim",
                "shop",
            ),
            ("get.svc", "Service", "get"),
        ] {
            let found = in_file_name(stem).unwrap();
            assert_eq!((found.0.kind, found.1.as_str()), (kind, rest), "{stem}");
        }
        assert!(in_file_name("everything").is_none());
    }
}
