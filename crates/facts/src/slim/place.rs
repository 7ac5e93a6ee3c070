//! Which place of an object a value is at, and what is kept there.

use crate::Json;

use crate::container::text;

/// The longest annotation that is kept.
pub(super) const MAX_ANNOTATION: usize = 1 << 10;
/// Annotations of ConfigMaps and Secrets that are read: who manages them, and what we put there.
const TELLING: &[&str] = &[
    "argocd.argoproj.io/",
    "helm.toolkit.fluxcd.io/",
    "kintsugi.dev/",
    "kustomize.toolkit.fluxcd.io/",
    "meta.helm.sh/",
];
/// The longest message of an event: the API server allows 1 KiB, older ones more.
const MAX_MESSAGE: usize = 4 << 10;
/// The longest of all other texts outside pod templates.
const MAX_TEXT: usize = 64 << 10;
/// Controllers and node components, whose writes say nothing about who manages an object.
const COMPONENTS: &[&str] = &[
    "kube-controller-manager",
    "kube-scheduler",
    "kube-apiserver",
    "kubelet",
    "kubeadm",
    "cloud-controller-manager",
];
/// What is true of every pod that is ready.
const BEFORE_READY: &[&str] = &["PodScheduled", "Initialized", "PodReadyToStartContainers"];
/// How the volume of a pod's own token is called.
const TOKEN_VOLUME: &str = "kube-api-access-";
/// Where it is mounted.
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What sort of object it is, as far as rules differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Pod,
    Event,
    Node,
    EndpointSlice,
    ConfigMap,
    Secret,
    Other,
    /// The kind has not been read yet.
    Unknown,
}

impl Sort {
    pub(super) fn of(kind: &str) -> Self {
        match kind {
            "" => Self::Unknown,
            "Pod" => Self::Pod,
            "Event" => Self::Event,
            "Node" => Self::Node,
            "EndpointSlice" => Self::EndpointSlice,
            "ConfigMap" => Self::ConfigMap,
            "Secret" => Self::Secret,
            _ => Self::Other,
        }
    }
}

/// A place in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anything without rules of its own: only what is `null` is dropped.
    Plain,
    /// What is kept to the letter.
    Intact,
    Metadata(Sort),
    Annotations,
    Annotation,
    /// Those of what holds values, of which there may be copies there.
    ValueAnnotations,
    /// Only that there is something is kept.
    Hidden,
    Managers,
    Manager,
    /// Those who wrote a ConfigMap or a Secret, of which it matters whether they wrote its values.
    ValueManagers,
    ValueManager,
    WrittenFields,
    /// Anything below it is dropped.
    Name,
    Owners,
    Owner,
    /// The spec of anything but a pod: a pod template may be below it.
    Spec,
    JobTemplate,
    PodSpec,
    Containers,
    Container,
    Ports,
    Port,
    Probe,
    Handler,
    Env,
    Variable,
    Source,
    FieldRef,
    Mounts,
    Mount,
    Volumes,
    Volume,
    Tolerations,
    Toleration,
    PodStatus,
    Conditions,
    Condition,
    ContainerStatuses,
    ContainerStatus,
    State,
    StateDetail,
    NodeSpec,
    NodeStatus,
    Endpoints,
    Endpoint,
    EventSubject,
    EventText,
}

impl Place {
    /// The place of a top-level field.
    pub(super) fn top(sort: Sort, key: &str) -> Option<Self> {
        Some(match (sort, key) {
            (_, "metadata") => Self::Metadata(sort),
            (Sort::Pod, "spec") => Self::PodSpec,
            (Sort::Pod, "status") => Self::PodStatus,
            (Sort::Node, "spec") => Self::NodeSpec,
            (Sort::Node, "status") => Self::NodeStatus,
            (Sort::EndpointSlice, "endpoints") => Self::Endpoints,
            (Sort::Event, "involvedObject" | "regarding" | "related") => Self::EventSubject,
            (Sort::Event, "message" | "note") => Self::EventText,
            (Sort::Event, "reportingInstance") => return None,
            (_, "spec") => Self::Spec,
            // What a ControllerRevision holds is compared with a pod template.
            (Sort::Other, "data") => Self::Intact,
            _ => Self::Plain,
        })
    }

    /// The place of a field; nothing if the field is dropped unread.
    #[expect(
        clippy::too_many_lines,
        reason = "it is one table, and reads best as one"
    )]
    pub(super) fn child(self, key: &str) -> Option<Self> {
        Some(match self {
            Self::Plain => Self::Plain,
            Self::Intact => Self::Intact,
            Self::Metadata(sort) => match (sort, key) {
                (_, "selfLink") => return None,
                (Sort::ConfigMap | Sort::Secret, "annotations") => Self::ValueAnnotations,
                (_, "annotations") => Self::Annotations,
                (_, "ownerReferences") => Self::Owners,
                (Sort::Pod | Sort::Event, "managedFields" | "generateName" | "generation") => {
                    return None;
                }
                (Sort::ConfigMap | Sort::Secret, "managedFields") => Self::ValueManagers,
                (_, "managedFields") => Self::Managers,
                _ => Self::Plain,
            },
            Self::Annotations => Self::Annotation,
            Self::ValueAnnotations if TELLING.iter().any(|start| key.starts_with(start)) => {
                Self::Annotation
            }
            Self::ValueAnnotations => Self::Hidden,
            Self::Manager => match key {
                "manager" | "operation" | "time" | "subresource" => Self::Plain,
                _ => return None,
            },
            Self::ValueManager => match key {
                "manager" | "operation" | "time" | "subresource" => Self::Plain,
                "fieldsV1" => Self::WrittenFields,
                _ => return None,
            },
            Self::WrittenFields => match key {
                "f:data" | "f:binaryData" => Self::Name,
                _ => return None,
            },
            Self::Name => return None,
            Self::Owner => match key {
                "blockOwnerDeletion" => return None,
                _ => Self::Plain,
            },
            Self::Spec => match key {
                "template" => Self::Intact,
                "jobTemplate" => Self::JobTemplate,
                _ => Self::Plain,
            },
            Self::JobTemplate => match key {
                "spec" => Self::Spec,
                _ => Self::Plain,
            },
            Self::PodSpec => match key {
                "containers" | "initContainers" | "ephemeralContainers" => Self::Containers,
                "volumes" => Self::Volumes,
                "tolerations" => Self::Tolerations,
                // The old name of serviceAccountName, which has the same value.
                "serviceAccount" => return None,
                _ => Self::Plain,
            },
            Self::Container => match key {
                "ports" => Self::Ports,
                "readinessProbe" | "livenessProbe" | "startupProbe" => Self::Probe,
                "env" => Self::Env,
                "volumeMounts" => Self::Mounts,
                _ => Self::Plain,
            },
            Self::Probe => match key {
                "httpGet" | "grpc" => Self::Handler,
                _ => Self::Plain,
            },
            Self::Variable => match key {
                "valueFrom" => Self::Source,
                _ => Self::Plain,
            },
            Self::Source => match key {
                "fieldRef" => Self::FieldRef,
                _ => Self::Plain,
            },
            Self::PodStatus => match key {
                "conditions" => Self::Conditions,
                "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses" => {
                    Self::ContainerStatuses
                }
                "podIPs" | "hostIPs" | "observedGeneration" | "resources"
                | "allocatedResources" => {
                    return None;
                }
                _ => Self::Plain,
            },
            Self::Condition => match key {
                "lastProbeTime" | "observedGeneration" => return None,
                _ => Self::Plain,
            },
            Self::ContainerStatus => match key {
                "state" | "lastState" => Self::State,
                // What runs is told by the spec; these repeat it.
                "containerID"
                | "volumeMounts"
                | "user"
                | "resources"
                | "allocatedResources"
                | "allocatedResourcesStatus" => return None,
                _ => Self::Plain,
            },
            Self::State => Self::StateDetail,
            Self::StateDetail => match key {
                "containerID" => return None,
                _ => Self::Plain,
            },
            Self::NodeSpec => match key {
                "podCIDRs" => return None,
                _ => Self::Plain,
            },
            Self::NodeStatus => match key {
                "images" | "daemonEndpoints" | "runtimeHandlers" | "features" | "volumesInUse" => {
                    return None;
                }
                _ => Self::Plain,
            },
            Self::Endpoint => match key {
                "deprecatedTopology" | "hints" => return None,
                _ => Self::Plain,
            },
            Self::EventSubject => match key {
                "resourceVersion" => return None,
                _ => Self::Plain,
            },
            Self::Hidden => return None,
            Self::Annotation
            | Self::Managers
            | Self::ValueManagers
            | Self::Owners
            | Self::Containers
            | Self::Ports
            | Self::Port
            | Self::Handler
            | Self::Env
            | Self::FieldRef
            | Self::Mounts
            | Self::Mount
            | Self::Volumes
            | Self::Volume
            | Self::Tolerations
            | Self::Toleration
            | Self::Conditions
            | Self::ContainerStatuses
            | Self::Endpoints
            | Self::EventText => Self::Plain,
        })
    }

    /// The place of a list's elements.
    pub(super) const fn element(self) -> Self {
        match self {
            Self::Intact => Self::Intact,
            Self::Hidden => Self::Hidden,
            Self::Managers => Self::Manager,
            Self::ValueManagers => Self::ValueManager,
            Self::Owners => Self::Owner,
            Self::Containers => Self::Container,
            Self::Ports => Self::Port,
            Self::Env => Self::Variable,
            Self::Mounts => Self::Mount,
            Self::Volumes => Self::Volume,
            Self::Tolerations => Self::Toleration,
            Self::Conditions => Self::Condition,
            Self::ContainerStatuses => Self::ContainerStatus,
            Self::Endpoints => Self::Endpoint,
            Self::Plain
            | Self::Metadata(_)
            | Self::Annotations
            | Self::ValueAnnotations
            | Self::Annotation
            | Self::Manager
            | Self::ValueManager
            | Self::WrittenFields
            | Self::Name
            | Self::Owner
            | Self::Spec
            | Self::JobTemplate
            | Self::PodSpec
            | Self::Container
            | Self::Port
            | Self::Probe
            | Self::Handler
            | Self::Variable
            | Self::Source
            | Self::FieldRef
            | Self::Mount
            | Self::Volume
            | Self::Toleration
            | Self::PodStatus
            | Self::Condition
            | Self::ContainerStatus
            | Self::State
            | Self::StateDetail
            | Self::NodeSpec
            | Self::NodeStatus
            | Self::Endpoint
            | Self::EventSubject
            | Self::EventText => Self::Plain,
        }
    }

    /// Whether a field is kept, now that its value is known.
    pub(super) fn keeps(self, key: &str, value: &Json) -> bool {
        if self == Self::Intact {
            return true;
        }
        if value.is_null() {
            return false;
        }
        let empty = is_empty(value);
        let default = match (self, key) {
            (Self::Metadata(_), "managedFields") => empty,
            (Self::PodSpec, "tolerations" | "volumes" | "securityContext")
            | (Self::Container, "resources" | "securityContext" | "volumeMounts")
            | (Self::ContainerStatus, "lastState") => empty,
            (Self::PodSpec, "dnsPolicy") => *value == *"ClusterFirst",
            (Self::PodSpec, "enableServiceLinks") => *value == true,
            (Self::PodSpec, "preemptionPolicy") => *value == *"PreemptLowerPriority",
            (Self::PodSpec, "priority") => *value == 0,
            (Self::PodSpec, "schedulerName") => *value == *"default-scheduler",
            (Self::PodSpec, "terminationGracePeriodSeconds") => *value == 30,
            (Self::Container, "terminationMessagePath") => *value == *"/dev/termination-log",
            (Self::Container, "terminationMessagePolicy") => *value == *"File",
            (Self::Container, "imagePullPolicy") => *value == *"IfNotPresent",
            (Self::Port, "protocol") => *value == *"TCP",
            (Self::Probe, "successThreshold") => *value == 1,
            (Self::Handler, "scheme") => *value == *"HTTP",
            (Self::Handler, "service") => *value == *"",
            (Self::FieldRef, "apiVersion") => *value == *"v1",
            _ => false,
        };
        !default
    }

    /// Whether an element of a list is kept, now that it is known.
    pub(super) fn keeps_element(self, element: &Json) -> bool {
        let name = |start| text(element, "/name").starts_with(start);
        let default = (matches!(self, Self::Managers | Self::ValueManagers)
            && COMPONENTS.contains(&text(element, "/manager")))
            || (self == Self::Mounts
                && name(TOKEN_VOLUME)
                && text(element, "/mountPath") == TOKEN_MOUNT)
            || (self == Self::Volumes && name(TOKEN_VOLUME) && element.get("projected").is_some())
            || (self == Self::Tolerations && is_default_toleration(element));
        !default
    }

    /// Drops elements of a list that others make needless, now that all of them are known.
    pub(super) fn settle(self, items: &mut Vec<Json>) {
        let holds = |item: &Json| text(item, "/status") == "True";
        if self == Self::Conditions
            && items
                .iter()
                .any(|item| text(item, "/type") == "Ready" && holds(item))
        {
            items.retain(|item| !(holds(item) && BEFORE_READY.contains(&text(item, "/type"))));
        }
    }

    /// The longest text that is kept here, in bytes.
    pub(super) fn longest_text(self) -> usize {
        if self == Self::Intact {
            usize::MAX
        } else if self == Self::Hidden {
            0
        } else if self == Self::Annotation {
            MAX_ANNOTATION
        } else if self == Self::EventText {
            MAX_MESSAGE
        } else {
            MAX_TEXT
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Fields(fields) => fields.is_empty(),
        Json::List(items) => items.is_empty(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => false,
    }
}

/// What the API server adds to every pod: five minutes on a node that does not answer.
fn is_default_toleration(toleration: &Json) -> bool {
    matches!(
        text(toleration, "/key"),
        "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable"
    ) && text(toleration, "/operator") == "Exists"
        && text(toleration, "/effect") == "NoExecute"
        && toleration.get("tolerationSeconds").and_then(Json::as_i64) == Some(300)
}
