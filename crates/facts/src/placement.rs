//! Why no node takes a pod, computed for each node as the scheduler does it, beside the
//! scheduler's own words.
//!
//! Preferences, preemption and extenders are not looked at: they never keep a pod from every node.

mod labels;
mod others;
mod requests;
mod volumes;
mod words;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::container::{condition, first_line, text};
use crate::{Object, Snapshot, nearest, quantity};
use labels::label;
use others::{Around, Others};
use requests::{Amounts, list};

pub(crate) use requests::requests;
pub use words::read_words;

/// How many values or nodes are named in a reason.
const NAMED: usize = 8;

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
    fn of_taint(key: &str) -> Self {
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
    fn new(kind: ReasonKind, what: &str) -> Self {
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

/// Why a pod has no node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// The reasons, the decisive one first.
    pub reasons: Vec<Reason>,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many of them would take the pod now, by what was read.
    pub fits: usize,
    /// Whether the reasons are computed from nodes and pods that were all read; otherwise they are
    /// the scheduler's words alone.
    pub computed: bool,
    /// The scheduler's words.
    pub said: String,
}

impl Placement {
    /// The one reason whose removal would free most nodes.
    #[must_use]
    pub fn decisive(&self) -> Option<&Reason> {
        self.reasons.first()
    }
}

/// What is taken of every node, gathered once for all pods that are asked about.
#[derive(Debug)]
pub struct Room<'a> {
    snapshot: &'a Snapshot,
    nodes: BTreeMap<&'a str, &'a Object>,
    pods: BTreeMap<&'a str, Vec<&'a Object>>,
    apart: Vec<(&'a str, &'a Object)>,
    free: BTreeMap<&'a str, Amounts>,
    complete: bool,
}

impl<'a> Room<'a> {
    /// Gathers what is taken of every node of a snapshot.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let nodes: BTreeMap<&str, &Object> = snapshot
            .of_kind("Node", None)
            .map(|node| (node.name(), node))
            .collect();
        let mut apart = Vec::new();
        let mut pods: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
        for pod in snapshot.of_kind("Pod", None) {
            let node = pod.text("/spec/nodeName");
            let ended = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
            if !node.is_empty() && !ended {
                pods.entry(node).or_default().push(pod);
                if others::wants_apart(pod) {
                    apart.push((node, pod));
                }
            }
        }
        let mut free = BTreeMap::new();
        for node in nodes.values() {
            let mut taken = Amounts::new();
            for pod in pods.get(node.name()).into_iter().flatten() {
                if let Some(spec) = pod.at("/spec") {
                    requests::take(&mut taken, spec);
                }
            }
            let mut left = requests::allocatable(node);
            for (resource, amount) in &mut left {
                let used = taken.get(resource).copied().unwrap_or(0);
                *amount = amount.saturating_sub(used);
            }
            free.insert(node.name(), left);
        }
        let complete =
            snapshot.is_complete("Node", "") && everywhere(snapshot, "Pod") && !nodes.is_empty();
        Self {
            snapshot,
            nodes,
            pods,
            apart,
            free,
            complete,
        }
    }

    /// What is free of a resource on a node, in thousandths.
    #[must_use]
    pub fn free(&self, node: &str, resource: &str) -> Option<i128> {
        self.free.get(node)?.get(resource).copied()
    }

    /// Why a pod has no node.
    #[must_use]
    pub fn explain(&self, pod: &Object) -> Placement {
        let said = condition(pod, "PodScheduled")
            .filter(|found| text(found, "/status") == "False")
            .map(|found| first_line(text(found, "/message")))
            .unwrap_or_default();
        let (count, told) = read_words(said);
        let spec = pod.at("/spec").unwrap_or(&Value::Null);
        let mut placement = Placement {
            nodes: if self.complete {
                self.nodes.len()
            } else {
                count
            },
            said: said.to_owned(),
            ..Placement::default()
        };
        if let Some(reasons) = self.before_nodes(pod, spec) {
            placement.reasons = reasons;
            placement.computed = true;
            return placement;
        }
        if self.complete {
            let (reasons, fits) = self.by_node(pod, spec);
            placement.fits = fits;
            // Where a node would take the pod by what was read, the scheduler knows of something
            // that was not, or has not looked again: then its words are all there is.
            if fits == 0 {
                placement.reasons = reasons;
                placement.computed = true;
                self.compare(&mut placement.reasons, &told);
                return placement;
            }
        }
        placement.reasons = told;
        placement
            .reasons
            .sort_by_key(|reason| Reverse(reason.nodes));
        placement
    }

    /// What keeps the pod from nodes before any node is looked at.
    fn before_nodes(&self, pod: &Object, spec: &Value) -> Option<Vec<Reason>> {
        let gates: Vec<&str> = list(spec, "schedulingGates")
            .iter()
            .map(|gate| text(gate, "/name"))
            .collect();
        if !gates.is_empty() {
            return Some(vec![self.everywhere(Reason::new(
                ReasonKind::SchedulingGated,
                &gates.join(", "),
            ))]);
        }
        let named = text(spec, "/nodeName");
        if !named.is_empty() && self.snapshot.get("Node", "", named).is_absent() {
            let mut reason = Reason::new(ReasonKind::NodeMissing, named);
            let names = self.nodes.keys().copied();
            nearest(named, names)
                .unwrap_or_default()
                .clone_into(&mut reason.nearest);
            return Some(vec![self.everywhere(reason)]);
        }
        let volumes = volumes::of_pod(self.snapshot, pod, spec);
        (!volumes.is_empty()).then(|| {
            volumes
                .into_iter()
                .map(|reason| self.everywhere(reason))
                .collect()
        })
    }

    fn everywhere(&self, mut reason: Reason) -> Reason {
        reason.nodes = self.nodes.len();
        reason.only = self.nodes.len();
        reason
    }

    /// The reasons of all nodes together, and how many nodes have none.
    fn by_node(&self, pod: &Object, spec: &Value) -> (Vec<Reason>, usize) {
        let wanted = requests(spec);
        let mut fits: usize = 0;
        let mut all: BTreeMap<(ReasonKind, String), Reason> = BTreeMap::new();
        let around = Around {
            snapshot: self.snapshot,
            nodes: &self.nodes,
            pods: &self.pods,
            apart: &self.apart,
        };
        let others = Others::of(&around, pod, spec);
        for node in self.nodes.values().copied() {
            let mut found = self.check(spec, &wanted, node);
            for (kind, failed) in [
                (ReasonKind::HostPort, others::host_port(&around, spec, node)),
                (ReasonKind::PodAffinity, others.affinity(node)),
                (ReasonKind::PodAntiAffinity, others.anti_affinity(node)),
                (ReasonKind::ExistingAntiAffinity, others.existing(node)),
                (ReasonKind::TopologySpread, others.spread(node)),
            ] {
                found.extend(failed.map(|what| Reason::new(kind, &what)));
            }
            found.extend(volumes::of_node(self.snapshot, pod, spec, node));
            if found.is_empty() {
                fits = fits.saturating_add(1);
            }
            let alone = found.len() == 1;
            for reason in found {
                let known = all
                    .entry((reason.kind, reason.what.clone()))
                    .or_insert_with(|| reason.clone());
                known.nodes = known.nodes.saturating_add(1);
                known.only = known.only.saturating_add(usize::from(alone));
                if known.on.len() < NAMED {
                    known.on.push(node.name().to_owned());
                }
            }
        }
        let mut reasons: Vec<Reason> = all.into_values().collect();
        for reason in &mut reasons {
            self.describe(reason, spec, &wanted);
        }
        reasons.sort_by(|a, b| {
            (b.only, b.nodes)
                .cmp(&(a.only, a.nodes))
                .then_with(|| a.kind.cmp(&b.kind))
        });
        (reasons, fits)
    }

    /// What a node itself has against a pod: taints, labels, too little left.
    fn check(&self, spec: &Value, wanted: &Amounts, node: &Object) -> Vec<Reason> {
        let mut found = Vec::new();
        let cordoned = node.at("/spec/unschedulable") == Some(&Value::Bool(true));
        let mut kept = false;
        for taint in labels::untolerated(node, spec) {
            let kind = ReasonKind::of_taint(text(taint, "/key"));
            kept = kept || kind == ReasonKind::Unschedulable;
            // A node that is not ready has several taints for one thing.
            if kind != ReasonKind::Taint && found.iter().any(|known: &Reason| known.kind == kind) {
                continue;
            }
            let what = if kind == ReasonKind::Taint {
                labels::taint(taint)
            } else {
                String::new()
            };
            let mut reason = Reason::new(kind, &what);
            text(taint, "/key").clone_into(&mut reason.key);
            text(taint, "/value").clone_into(&mut reason.value);
            found.push(reason);
        }
        let tolerated = list(spec, "tolerations").iter().any(|toleration| {
            let taint = serde_json::json!(
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
            labels::tolerates(toleration, &taint)
        });
        if cordoned && !kept && !tolerated {
            found.push(Reason::new(ReasonKind::Unschedulable, ""));
        }
        found.extend(missing_labels(spec, node));
        found.extend(self.short(wanted, node));
        found
    }

    /// The resources of which a node has too little left.
    fn short(&self, wanted: &Amounts, node: &Object) -> Vec<Reason> {
        let mut found = Vec::new();
        let free = |resource: &str| self.free(node.name(), resource);
        if free("pods").is_some_and(|left| left < 1000) {
            found.push(Reason::new(ReasonKind::TooManyPods, "pods"));
        }
        for (resource, amount) in wanted {
            // A node that does not know a resource has nothing of it, unless its own numbers are
            // not there at all.
            let known = self
                .free
                .get(node.name())
                .is_some_and(|left| !left.is_empty());
            if known && free(resource).unwrap_or(0) < *amount {
                let wanted = quantity::show(resource, *amount);
                let mut reason = Reason::new(
                    ReasonKind::InsufficientResource,
                    &format!("{wanted} {resource}"),
                );
                reason.resource.clone_from(resource);
                reason.wanted = wanted;
                found.push(reason);
            }
        }
        found
    }

    /// Adds what there is instead of what is wanted.
    fn describe(&self, reason: &mut Reason, spec: &Value, wanted: &Amounts) {
        match reason.kind {
            ReasonKind::InsufficientResource => self.describe_amount(reason, wanted),
            ReasonKind::TooManyPods => {
                let most = self
                    .nodes
                    .values()
                    .filter_map(|node| requests::allocatable(node).get("pods").copied())
                    .max();
                reason.allocatable = most.map(quantity::plain).unwrap_or_default();
                reason.instead = format!("at most {} pods a node", reason.allocatable);
            }
            ReasonKind::NodeSelector => {
                let (key, value) = (reason.key.clone(), reason.value.clone());
                self.describe_label(reason, &key, &[&value]);
            }
            ReasonKind::NodeAffinity => {
                let required = spec.pointer(
                    "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
                );
                let expression = required
                    .into_iter()
                    .flat_map(|required| list(required, "nodeSelectorTerms"))
                    .flat_map(|term| list(term, "matchExpressions"))
                    .find(|expression| {
                        !self.nodes.values().any(|node| {
                            labels::holds(expression, label(node, text(expression, "/key")))
                        })
                    });
                if let Some(expression) = expression {
                    let key = text(expression, "/key").to_owned();
                    let values: Vec<&str> = list(expression, "values")
                        .iter()
                        .filter_map(Value::as_str)
                        .collect();
                    reason.value = values.first().copied().unwrap_or_default().to_owned();
                    reason.key.clone_from(&key);
                    self.describe_label(reason, &key, &values);
                } else {
                    "no node meets all of it together".clone_into(&mut reason.instead);
                }
            }
            ReasonKind::SchedulingGated
            | ReasonKind::NodeMissing
            | ReasonKind::VolumeMissing
            | ReasonKind::VolumeUnbound
            | ReasonKind::VolumeNodeAffinity
            | ReasonKind::TooManyVolumes
            | ReasonKind::NodeNotReady
            | ReasonKind::Unschedulable
            | ReasonKind::Taint
            | ReasonKind::HostPort
            | ReasonKind::PodAffinity
            | ReasonKind::PodAntiAffinity
            | ReasonKind::ExistingAntiAffinity
            | ReasonKind::TopologySpread
            | ReasonKind::Other => {}
        }
    }

    fn describe_amount(&self, reason: &mut Reason, wanted: &Amounts) {
        let resource = reason.resource.as_str();
        let best = self
            .nodes
            .values()
            .map(|node| (self.free(node.name(), resource).unwrap_or(0), node.name()))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        let largest = self
            .nodes
            .values()
            .filter_map(|node| requests::allocatable(node).get(resource).copied())
            .max();
        let asked = wanted.get(resource).copied().unwrap_or(0);
        reason.never = largest.unwrap_or(0) < asked;
        let allocatable = largest.map(|amount| quantity::show(resource, amount));
        if let Some((free, node)) = best {
            let free = quantity::show(resource, free.max(0));
            reason.instead = match &allocatable {
                None => format!("no node has {resource}"),
                Some(all) => format!("{node} has most left: {free} of {all}"),
            };
            reason.free = free;
            node.clone_into(&mut reason.free_node);
        }
        reason.allocatable = allocatable.unwrap_or_default();
    }

    fn describe_label(&self, reason: &mut Reason, key: &str, wanted: &[&str]) {
        let mut values: BTreeMap<&str, usize> = BTreeMap::new();
        for value in self.nodes.values().filter_map(|node| label(node, key)) {
            let count = values.entry(value).or_default();
            *count = count.saturating_add(1);
        }
        if values.is_empty() {
            let keys = self
                .nodes
                .values()
                .filter_map(|node| node.at("/metadata/labels")?.as_object())
                .flat_map(|labels| labels.keys().map(String::as_str));
            let near = nearest(key, keys).unwrap_or_default();
            near.clone_into(&mut reason.nearest);
            reason.instead = if near.is_empty() {
                format!("no node has a label {key}")
            } else {
                format!("no node has a label {key}; there is {near}")
            };
            return;
        }
        let shown: Vec<String> = values
            .iter()
            .take(NAMED)
            .map(|(value, count)| format!("{key}={value} ({count})"))
            .collect();
        reason.instead = shown.join(", ");
        if let [wanted] = wanted {
            nearest(wanted, values.keys().copied())
                .unwrap_or_default()
                .clone_into(&mut reason.nearest);
        }
    }

    /// Adds the scheduler's words to the reasons that it gives too, and takes over those that
    /// cannot be computed.
    fn compare(&self, reasons: &mut Vec<Reason>, told: &[Reason]) {
        for words in told {
            let same = reasons.iter_mut().find(|reason| {
                let labels =
                    |kind| matches!(kind, ReasonKind::NodeSelector | ReasonKind::NodeAffinity);
                (reason.kind == words.kind || (labels(reason.kind) && labels(words.kind)))
                    && (words.resource.is_empty() || words.resource == reason.resource)
                    && (words.key.is_empty() || reason.key.is_empty() || words.key == reason.key)
            });
            match same {
                Some(reason) => reason.said.clone_from(&words.said),
                None if words.kind == ReasonKind::TooManyVolumes => reasons.push(words.clone()),
                None => {}
            }
        }
    }
}

/// The labels of a pod's node selector and affinity that a node has not.
fn missing_labels(spec: &Value, node: &Object) -> Vec<Reason> {
    let mut found: Vec<Reason> = spec
        .get("nodeSelector")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(key, value)| label(node, key) != value.as_str())
        .map(|(key, value)| {
            let value = value.as_str().unwrap_or_default();
            let mut reason = Reason::new(ReasonKind::NodeSelector, &format!("{key}={value}"));
            reason.key.clone_from(key);
            value.clone_into(&mut reason.value);
            reason
        })
        .collect();
    let required =
        spec.pointer("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution");
    if let Some(required) = required
        && !labels::fits_terms(required, node)
    {
        found.push(Reason::new(
            ReasonKind::NodeAffinity,
            &labels::shown_terms(required),
        ));
    }
    found
}

/// Whether a namespaced kind was read completely in every namespace: no name of a namespace is the
/// empty one, so that only a reading of all of them answers for it.
fn everywhere(snapshot: &Snapshot, kind: &str) -> bool {
    snapshot.is_complete(kind, "")
}

/// Why a pod has no node. For several pods of one snapshot make a [`Room`] once.
#[must_use]
pub fn explain(snapshot: &Snapshot, pod: &Object) -> Placement {
    Room::of(snapshot).explain(pod)
}
