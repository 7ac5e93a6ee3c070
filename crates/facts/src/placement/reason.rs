//! The reasons that keep a pod from a node.

/// What kind of reason keeps a pod from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonKind {
    /// The pod waits for somebody to take its scheduling gates away.
    SchedulingGated,
    /// The node that the pod names is not there.
    NodeMissing,
    /// A claim of the pod, or the volume behind it, is not there.
    VolumeMissing,
    /// A claim of the pod is not bound, and waits for no node.
    VolumeUnbound,
    /// A volume of the pod cannot be reached from the node.
    VolumeNodeAffinity,
    /// The node has as many volumes as it can have.
    TooManyVolumes,
    /// The node is not ready.
    NodeNotReady,
    /// The node is cordoned.
    Unschedulable,
    /// The node has not the labels of the pod's node selector.
    NodeSelector,
    /// The node has not the labels of the pod's node affinity.
    NodeAffinity,
    /// The node has a taint that the pod does not tolerate.
    Taint,
    /// Too little of a resource is free on the node.
    InsufficientResource,
    /// The node has as many pods as it can have.
    TooManyPods,
    /// A port of the node is taken.
    HostPort,
    /// The pods that this one wants to be with are not there.
    PodAffinity,
    /// Pods that this one wants to be away from are there.
    PodAntiAffinity,
    /// Pods that want to be away from this one are there.
    ExistingAntiAffinity,
    /// The pods would be spread too unevenly.
    TopologySpread,
    /// None of these.
    Other,
}

impl ReasonKind {
    /// The word used in facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SchedulingGated => "scheduling_gated",
            Self::NodeMissing => "node_missing",
            Self::VolumeMissing => "volume_missing",
            Self::VolumeUnbound => "volume_unbound",
            Self::VolumeNodeAffinity => "volume_node_affinity",
            Self::TooManyVolumes => "too_many_volumes",
            Self::NodeNotReady => "node_not_ready",
            Self::Unschedulable => "unschedulable",
            Self::NodeSelector => "node_selector",
            Self::NodeAffinity => "node_affinity",
            Self::Taint => "taint",
            Self::InsufficientResource => "insufficient_resource",
            Self::TooManyPods => "too_many_pods",
            Self::HostPort => "host_port",
            Self::PodAffinity => "pod_affinity",
            Self::PodAntiAffinity => "pod_anti_affinity",
            Self::ExistingAntiAffinity => "existing_anti_affinity",
            Self::TopologySpread => "topology_spread",
            Self::Other => "other",
        }
    }

    /// What a taint's key means: some are put there by Kubernetes itself.
    pub(super) fn of_taint(key: &str) -> Self {
        match key {
            "node.kubernetes.io/unschedulable" => Self::Unschedulable,
            "node.kubernetes.io/not-ready"
            | "node.kubernetes.io/unreachable"
            | "node.kubernetes.io/network-unavailable"
            | "node.cloudprovider.kubernetes.io/uninitialized" => Self::NodeNotReady,
            _ => Self::Taint,
        }
    }
}

/// One reason that keeps a pod from nodes. What does not apply is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What kind of reason.
    pub kind: ReasonKind,
    /// How many nodes it keeps the pod from.
    pub nodes: usize,
    /// How many nodes it alone keeps the pod from: as many would take the pod without it.
    pub only: usize,
    /// What the pod wants: `disktype=ssd`, `2 cpu`, the claim; or the taint it does not tolerate.
    pub what: String,
    /// What there is instead: the values of that label, the largest free amount, who has the port.
    pub instead: String,
    /// The resource of which there is too little.
    pub resource: String,
    /// How much of it the pod asks for.
    pub wanted: String,
    /// The largest amount of it that is free on one of these nodes.
    pub free: String,
    /// The node that has it.
    pub free_node: String,
    /// The largest amount of it that any node can give to pods at all.
    pub allocatable: String,
    /// Whether no node could ever give as much, however empty.
    pub never: bool,
    /// The key of the label or taint.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The nearest label, value or name that exists.
    pub nearest: String,
    /// The names of the first nodes that it keeps the pod from.
    pub on: Vec<String>,
    /// The scheduler's words for it, if it is read from them.
    pub said: String,
}

impl Reason {
    pub(super) fn new(kind: ReasonKind, what: &str) -> Self {
        Self {
            kind,
            nodes: 0,
            only: 0,
            what: what.to_owned(),
            instead: String::new(),
            resource: String::new(),
            wanted: String::new(),
            free: String::new(),
            free_node: String::new(),
            allocatable: String::new(),
            never: false,
            key: String::new(),
            value: String::new(),
            nearest: String::new(),
            on: Vec::new(),
            said: String::new(),
        }
    }
}
