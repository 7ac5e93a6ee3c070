//! The kinds that Kintsugi reads, how the API server serves them, and what people call them.
//!
//! The table is closed: what is not in it is never listed. It says nothing of what the kinds mean.

/// How a kind is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Read {
    /// Its objects, made small by [`crate::slim`].
    Whole,
    /// Only what `metadata` says.
    Metadata,
    /// Only when somebody asked for it, and then only what it is opted into.
    OptIn(OptIn),
    /// Never by a survey of the whole cluster; one at a time, where something leads to it.
    OnDemand,
}

/// What may be read of Secrets when it was asked for. Values are dropped while parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptIn {
    /// Helm's releases: `type=helm.sh/release.v1`.
    HelmRelease,
    /// Certificates (`tls.crt` alone): `type=kubernetes.io/tls`.
    Certificate,
    /// The names of all Secrets and nothing else of them, so that one that is not there is known
    /// not to be.
    Name,
}

impl OptIn {
    /// The field selector by which the API server gives only these.
    #[must_use]
    pub const fn field_selector(self) -> Option<&'static str> {
        match self {
            Self::HelmRelease => Some("type=helm.sh/release.v1"),
            Self::Certificate => Some("type=kubernetes.io/tls"),
            Self::Name => None,
        }
    }
}

/// One kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Its name, as objects bear it: `Pod`.
    pub kind: &'static str,
    /// Its API group; empty for the core.
    pub group: &'static str,
    /// The version that is read.
    pub version: &'static str,
    /// Its resource, as addresses bear it: `pods`.
    pub plural: &'static str,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// How it is read.
    pub read: Read,
    /// What else people call it, in lower case.
    pub short: &'static [&'static str],
}

impl Kind {
    /// Its `apiVersion`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Its resource with its group, as the API server names it in messages and roles.
    #[must_use]
    pub fn resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// The path of its list, in one namespace or in all.
    #[must_use]
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }

    const fn of(group: &'static str, kind: &'static str, plural: &'static str) -> Self {
        Self {
            kind,
            group,
            version: "v1",
            plural,
            namespaced: true,
            read: Read::Whole,
            short: &[],
        }
    }

    const fn cluster_wide(mut self) -> Self {
        self.namespaced = false;
        self
    }

    const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    const fn read(mut self, read: Read) -> Self {
        self.read = read;
        self
    }

    const fn called(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }
}

const CORE: &str = "";
const APPS: &str = "apps";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const METRICS: &str = "metrics.k8s.io";

/// Every kind, those that lead to most findings first.
pub const ALL: &[Kind] = &[
    Kind::of(CORE, "Pod", "pods").called(&["po"]),
    Kind::of(CORE, "Event", "events").called(&["ev"]),
    Kind::of(APPS, "ReplicaSet", "replicasets").called(&["rs"]),
    Kind::of(APPS, "Deployment", "deployments").called(&["deploy"]),
    Kind::of(CORE, "ConfigMap", "configmaps").called(&["cm"]),
    Kind::of("discovery.k8s.io", "EndpointSlice", "endpointslices").called(&[
        "eps",
        "ep",
        "endpoints",
        "endpoint",
    ]),
    Kind::of(CORE, "Service", "services").called(&["svc"]),
    Kind::of(APPS, "StatefulSet", "statefulsets").called(&["sts"]),
    Kind::of(APPS, "DaemonSet", "daemonsets").called(&["ds"]),
    Kind::of(APPS, "ControllerRevision", "controllerrevisions").read(Read::OnDemand),
    Kind::of("batch", "Job", "jobs"),
    Kind::of("batch", "CronJob", "cronjobs").called(&["cj"]),
    Kind::of("networking.k8s.io", "Ingress", "ingresses").called(&["ing"]),
    Kind::of("networking.k8s.io", "IngressClass", "ingressclasses").cluster_wide(),
    Kind::of("networking.k8s.io", "NetworkPolicy", "networkpolicies").called(&["netpol"]),
    Kind::of(CORE, "ServiceAccount", "serviceaccounts").called(&["sa"]),
    Kind::of(CORE, "PersistentVolumeClaim", "persistentvolumeclaims").called(&["pvc"]),
    Kind::of(CORE, "PersistentVolume", "persistentvolumes")
        .cluster_wide()
        .called(&["pv"]),
    Kind::of(STORAGE, "StorageClass", "storageclasses")
        .cluster_wide()
        .called(&["sc"]),
    Kind::of(STORAGE, "VolumeAttachment", "volumeattachments").cluster_wide(),
    Kind::of(STORAGE, "CSIDriver", "csidrivers").cluster_wide(),
    Kind::of(STORAGE, "CSINode", "csinodes").cluster_wide(),
    Kind::of(CORE, "Node", "nodes")
        .cluster_wide()
        .called(&["no"]),
    Kind::of(CORE, "Namespace", "namespaces")
        .cluster_wide()
        .called(&["ns"]),
    Kind::of(CORE, "ResourceQuota", "resourcequotas").called(&["quota"]),
    Kind::of(CORE, "LimitRange", "limitranges").called(&["limits"]),
    Kind::of(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
    )
    .version("v2")
    .called(&["hpa"]),
    Kind::of("policy", "PodDisruptionBudget", "poddisruptionbudgets").called(&["pdb"]),
    Kind::of(RBAC, "Role", "roles"),
    Kind::of(RBAC, "RoleBinding", "rolebindings"),
    Kind::of(RBAC, "ClusterRole", "clusterroles").cluster_wide(),
    Kind::of(RBAC, "ClusterRoleBinding", "clusterrolebindings").cluster_wide(),
    Kind::of("scheduling.k8s.io", "PriorityClass", "priorityclasses")
        .cluster_wide()
        .called(&["pc"]),
    Kind::of("apiregistration.k8s.io", "APIService", "apiservices").cluster_wide(),
    Kind::of(
        ADMISSION,
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
    )
    .cluster_wide(),
    Kind::of(
        ADMISSION,
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
    )
    .cluster_wide(),
    Kind::of(METRICS, "PodMetrics", "pods")
        .version("v1beta1")
        .read(Read::OnDemand),
    Kind::of(METRICS, "NodeMetrics", "nodes")
        .version("v1beta1")
        .cluster_wide()
        .read(Read::OnDemand),
];

/// Secrets, and only what was asked for of them.
pub const SECRETS: &[Kind] = &[
    Kind::of(CORE, "Secret", "secrets").read(Read::OptIn(OptIn::HelmRelease)),
    Kind::of(CORE, "Secret", "secrets").read(Read::OptIn(OptIn::Certificate)),
    Kind::of(CORE, "Secret", "secrets").read(Read::OptIn(OptIn::Name)),
];

/// What recordings of others hold beside, and no reading asks for.
pub const RECORDED: &[Kind] = &[
    Kind::of(CORE, "Endpoints", "endpoints").called(&["ep"]),
    Kind::of(CORE, "ReplicationController", "replicationcontrollers").called(&["rc"]),
    Kind::of(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    )
    .cluster_wide()
    .called(&["crd", "crds"]),
];

/// The kind of a name: `Pod`, `pods`, `po`, `deployments.apps`, in any case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Kind> {
    let asked = name.trim().to_ascii_lowercase();
    // `deployments.apps` and `deployments.v1.apps`: the group may say which of two kinds is meant.
    let (asked, group) = match asked.split_once('.') {
        Some((asked, group)) => (asked.to_owned(), Some(group.to_owned())),
        None => (asked, None),
    };
    ALL.iter().chain(SECRETS).find(|kind| {
        let group_fits = match &group {
            None => true,
            Some(group) => {
                group == kind.group
                    || group.strip_prefix(kind.version) == Some(&format!(".{}", kind.group))
            }
        };
        group_fits && is_called(kind, &asked)
    })
}

fn is_called(kind: &Kind, asked: &str) -> bool {
    kind.kind.eq_ignore_ascii_case(asked) || kind.plural == asked || kind.short.contains(&asked)
}

/// The kind whose objects bear this `kind` and this `apiVersion` (in any version of its group).
#[must_use]
pub fn of_object(kind: &str, api_version: &str) -> Option<&'static Kind> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    ALL.iter()
        .chain(SECRETS)
        .find(|known| known.kind == kind && known.group == group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_every_name_people_use() {
        let table = [
            ("Pod", "Pod"),
            ("pods", "Pod"),
            ("PO", "Pod"),
            ("deploy", "Deployment"),
            ("deployments.apps", "Deployment"),
            ("deployment.v1.apps", "Deployment"),
            ("sts", "StatefulSet"),
            ("ds", "DaemonSet"),
            ("rs", "ReplicaSet"),
            ("svc", "Service"),
            ("ing", "Ingress"),
            ("ingresses", "Ingress"),
            ("pvc", "PersistentVolumeClaim"),
            ("pv", "PersistentVolume"),
            ("cm", "ConfigMap"),
            ("hpa", "HorizontalPodAutoscaler"),
            ("pdb", "PodDisruptionBudget"),
            ("no", "Node"),
            ("ns", "Namespace"),
            ("netpol", "NetworkPolicy"),
            ("sa", "ServiceAccount"),
            ("cj", "CronJob"),
            ("ep", "EndpointSlice"),
            ("sc", "StorageClass"),
            ("secret", "Secret"),
            ("quota", "ResourceQuota"),
            ("nodes", "Node"),
            ("nodes.metrics.k8s.io", "NodeMetrics"),
        ];
        for (name, kind) in table {
            assert_eq!(find(name).map(|kind| kind.kind), Some(kind), "{name}");
        }
        for name in ["", "p", "widgets", "deployments.batch"] {
            assert_eq!(find(name), None, "{name:?}");
        }
    }

    #[test]
    fn no_two_kinds_share_a_name_or_a_path() {
        let mut paths: Vec<_> = ALL.iter().map(|kind| kind.path(None)).collect();
        paths.sort();
        let mut names: Vec<_> = ALL
            .iter()
            .flat_map(|kind| std::iter::once(kind.kind).chain(kind.short.iter().copied()))
            .collect();
        names.sort_unstable();
        for list in [
            paths.windows(2).all(|two| two.first() != two.last()),
            names.windows(2).all(|two| two.first() != two.last()),
        ] {
            assert!(list);
        }
    }

    #[test]
    fn a_path_bears_a_namespace_only_where_the_kind_has_them() {
        let path = |name: &str, namespace| find(name).unwrap().path(namespace);
        assert_eq!(path("po", None), "/api/v1/pods");
        assert_eq!(path("po", Some("shop")), "/api/v1/namespaces/shop/pods");
        assert_eq!(
            path("hpa", Some("shop")),
            "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
        );
        assert_eq!(path("no", Some("shop")), "/api/v1/nodes");
    }

    #[test]
    fn events_of_both_groups_are_the_same_kind_only_in_the_core() {
        assert!(of_object("Event", "v1").is_some());
        assert!(of_object("Event", "events.k8s.io/v1").is_none());
        assert_eq!(
            of_object("HorizontalPodAutoscaler", "autoscaling/v1").map(|kind| kind.version),
            Some("v2")
        );
    }
}
