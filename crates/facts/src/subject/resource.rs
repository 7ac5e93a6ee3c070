//! The sorts of things that skills judge.

/// What sort of thing a subject is: the `resource` of a skill's trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A workload as a whole.
    Workload,
    /// One pod as a whole.
    Pod,
    /// One container of one pod.
    Container,
    /// A Service.
    Service,
    /// An Ingress.
    Ingress,
    /// A PersistentVolumeClaim.
    Pvc,
    /// A node.
    Node,
    /// A Job.
    Job,
    /// A CronJob.
    CronJob,
    /// A HorizontalPodAutoscaler.
    Hpa,
    /// A PodDisruptionBudget.
    Pdb,
    /// A ResourceQuota.
    Quota,
    /// One webhook of a configuration of admission webhooks.
    Webhook,
    /// A certificate that a Secret holds.
    Certificate,
    /// A namespace.
    Namespace,
    /// An APIService: an API that another server serves.
    ApiService,
}

impl Resource {
    /// Every sort there is.
    pub const ALL: &'static [Self] = &[
        Self::Container,
        Self::Pod,
        Self::Workload,
        Self::Service,
        Self::Ingress,
        Self::Pvc,
        Self::Node,
        Self::Job,
        Self::CronJob,
        Self::Hpa,
        Self::Pdb,
        Self::Quota,
        Self::Webhook,
        Self::Certificate,
        Self::Namespace,
        Self::ApiService,
    ];

    /// The word used in skills.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Pod => "pod",
            Self::Container => "container",
            Self::Service => "service",
            Self::Ingress => "ingress",
            Self::Pvc => "pvc",
            Self::Node => "node",
            Self::Job => "job",
            Self::CronJob => "cronjob",
            Self::Hpa => "hpa",
            Self::Pdb => "pdb",
            Self::Quota => "quota",
            Self::Webhook => "webhook",
            Self::Certificate => "certificate",
            Self::Namespace => "namespace",
            Self::ApiService => "apiservice",
        }
    }

    /// What an object of a kind is as a subject, or a part of it: a pod's container.
    #[must_use]
    pub fn of(kind: &str, part: Option<&str>) -> Option<Self> {
        Some(match (kind, part) {
            ("Pod", Some(_)) => Self::Container,
            ("Pod", None) => Self::Pod,
            ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet", _) => Self::Workload,
            ("Job", _) => Self::Job,
            ("CronJob", _) => Self::CronJob,
            ("Service", _) => Self::Service,
            ("Ingress", _) => Self::Ingress,
            ("PersistentVolumeClaim", _) => Self::Pvc,
            ("Node", _) => Self::Node,
            ("HorizontalPodAutoscaler", _) => Self::Hpa,
            ("PodDisruptionBudget", _) => Self::Pdb,
            ("ResourceQuota", _) => Self::Quota,
            ("ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration", _) => Self::Webhook,
            ("Secret", _) => Self::Certificate,
            ("Namespace", _) => Self::Namespace,
            ("APIService", _) => Self::ApiService,
            _ => return None,
        })
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == word)
    }
}
