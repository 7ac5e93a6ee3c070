//! What is taken of every node, and what each node has against a pod.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::agree::{agree, tells_the_first};
use super::labels::{self, label};
use super::others::{self, Around, Others};
use super::requests::{self, Amounts, list, requests};
use super::{Placement, Reason, ReasonKind, read_words, volumes};
use crate::container::{condition, first_line, text};
use crate::{Json, Object, Snapshot, nearest, quantity};

/// How many nodes are named in a reason.
const NAMED: usize = 8;

/// What is taken of every node, gathered once for all pods that are asked about.
#[derive(Debug)]
pub struct Room<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) nodes: BTreeMap<&'a str, &'a Object>,
    pods: BTreeMap<&'a str, Vec<&'a Object>>,
    apart: Vec<(&'a str, &'a Object)>,
    free: BTreeMap<&'a str, Amounts>,
    /// Whether all nodes were read.
    all_nodes: bool,
    /// Whether all pods of all namespaces were read too.
    complete: bool,
}

/// By what a node is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// By what it is, and by the pods that stand on it.
    NodesAndPods,
    /// By what it is alone: its labels, its taints, and what no node could ever give. None of this
    /// hangs on pods that were not read, nor on nodes that came or went.
    Nodes,
}

/// What stands on the nodes: worked out once for a snapshot, for it is asked of every pod that waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// What the pods take of each node, those that have ended left out.
    taken: BTreeMap<String, Amounts>,
    /// The places of these pods among the objects, by node.
    pods: BTreeMap<String, Vec<usize>>,
    /// Those of them that want to be away from others, with their nodes.
    apart: Vec<(String, usize)>,
}

impl Standing {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        for (place, pod) in snapshot.objects().iter().enumerate() {
            let node = pod.text("/spec/nodeName");
            let ended = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
            let Some(spec) = pod.at("/spec") else {
                continue;
            };
            if pod.kind() != "Pod" || node.is_empty() || ended {
                continue;
            }
            match all.taken.get_mut(node) {
                Some(taken) => requests::take(taken, spec),
                None => requests::take(all.taken.entry(node.to_owned()).or_default(), spec),
            }
            match all.pods.get_mut(node) {
                Some(pods) => pods.push(place),
                None => {
                    all.pods.insert(node.to_owned(), vec![place]);
                }
            }
            if others::wants_apart(pod) {
                all.apart.push((node.to_owned(), place));
            }
        }
        all
    }

    /// What the pods take of a node.
    pub(crate) fn taken(&self, node: &str) -> Option<&Amounts> {
        self.taken.get(node)
    }
}

impl<'a> Room<'a> {
    /// Gathers what is taken of every node of a snapshot.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let nodes: BTreeMap<&str, &Object> = snapshot
            .of_kind("Node", None)
            .map(|node| (node.name(), node))
            .collect();
        let standing = snapshot.standing();
        let objects = snapshot.objects();
        let apart = standing.apart.iter();
        let apart = apart
            .filter_map(|(node, place)| Some((node.as_str(), objects.get(*place)?)))
            .collect();
        let pods = standing.pods.iter();
        let pods = pods
            .map(|(node, places)| {
                let places = places.iter().filter_map(|place| objects.get(*place));
                (node.as_str(), places.collect())
            })
            .collect();
        let mut free = BTreeMap::new();
        for node in nodes.values() {
            let taken = standing.taken(node.name());
            let mut left = requests::allocatable(node);
            for (resource, amount) in &mut left {
                let used = taken.and_then(|taken| taken.get(resource)).copied();
                let used = used.unwrap_or(0);
                *amount = amount.saturating_sub(used);
            }
            free.insert(node.name(), left);
        }
        let all_nodes = snapshot.is_complete("Node", "") && !nodes.is_empty();
        let complete = all_nodes && everywhere(snapshot, "Pod");
        Self {
            snapshot,
            nodes,
            pods,
            apart,
            free,
            all_nodes,
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
        let spec = pod.at("/spec").unwrap_or(&Json::Null);
        let mut placement = Placement {
            nodes: if self.all_nodes {
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
        if self.all_nodes {
            let (reasons, fits) = self.by_node(pod, spec, Sight::NodesAndPods);
            // Pods that were not read can only be what the scheduler's own words bear out.
            let sure = self.complete || count == self.nodes.len() && agree(&reasons, &told);
            if self.complete {
                placement.fits = fits;
            }
            // Where a node would take the pod by what was read, the scheduler knows of something
            // that was not, or has not looked again: then its words are all there is.
            if fits == 0 && sure {
                placement.reasons = reasons;
                placement.computed = true;
                self.compare(&mut placement.reasons, &told);
                return placement;
            }
            let (reasons, fits) = self.by_node(pod, spec, Sight::Nodes);
            if fits == 0 && !self.complete && tells_the_first(&reasons, &told) {
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
    fn before_nodes(&self, pod: &Object, spec: &Json) -> Option<Vec<Reason>> {
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
    fn by_node(&self, pod: &Object, spec: &Json, sight: Sight) -> (Vec<Reason>, usize) {
        let wanted = requests(spec);
        let mut fits: usize = 0;
        let mut all: BTreeMap<(ReasonKind, String), Reason> = BTreeMap::new();
        // The nodes that each reason alone keeps the pod from: what is free elsewhere is no help.
        let mut alone_on: BTreeMap<(ReasonKind, String), Vec<&Object>> = BTreeMap::new();
        let around = Around {
            snapshot: self.snapshot,
            nodes: &self.nodes,
            pods: &self.pods,
            apart: &self.apart,
        };
        let others = Others::of(&around, pod, spec);
        for node in self.nodes.values().copied() {
            let mut found = check(spec, node);
            match sight {
                Sight::Nodes => found.extend(self.never(&wanted, node)),
                Sight::NodesAndPods => {
                    found.extend(self.short(&wanted, node));
                    found.extend(beside(&around, &others, spec, node));
                }
            }
            found.extend(volumes::of_node(self.snapshot, pod, spec, node));
            if found.is_empty() {
                fits = fits.saturating_add(1);
            }
            let alone = found.len() == 1;
            for reason in found {
                let id = (reason.kind, reason.what.clone());
                if alone {
                    alone_on.entry(id.clone()).or_default().push(node);
                }
                let known = all.entry(id).or_insert_with(|| reason.clone());
                known.nodes = known.nodes.saturating_add(1);
                known.only = known.only.saturating_add(usize::from(alone));
                if known.on.len() < NAMED {
                    known.on.push(node.name().to_owned());
                }
            }
        }
        let mut reasons: Vec<Reason> = all.into_values().collect();
        for reason in &mut reasons {
            let id = (reason.kind, reason.what.clone());
            let candidates = match alone_on.get(&id) {
                Some(nodes) => nodes.clone(),
                None => self.nodes.values().copied().collect(),
            };
            self.describe(reason, spec, &wanted, &candidates);
            if sight == Sight::Nodes {
                // What is free was not counted.
                reason.free.clear();
                reason.free_node.clear();
            }
        }
        let nodes = self.nodes.len();
        reasons.sort_by_key(|reason| {
            let (class, rank) = rank(reason, nodes);
            (
                class,
                Reverse(reason.only),
                rank,
                Reverse(reason.nodes),
                reason.kind,
            )
        });
        (reasons, fits)
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
                found.push(too_little(resource, *amount));
            }
        }
        found
    }

    /// The resources of which no node could ever give as much, however empty.
    fn never(&self, wanted: &Amounts, node: &Object) -> Vec<Reason> {
        let most = |resource: &str| {
            let nodes = self.nodes.values();
            nodes
                .filter_map(|node| requests::allocatable(node).get(resource).copied())
                .max()
        };
        let known = !requests::allocatable(node).is_empty();
        wanted
            .iter()
            .filter(|(resource, amount)| known && most(resource).unwrap_or(0) < **amount)
            .map(|(resource, amount)| too_little(resource, *amount))
            .collect()
    }
}

/// What a node itself has against a pod: taints and labels.
fn check(spec: &Json, node: &Object) -> Vec<Reason> {
    let mut found = Vec::new();
    let cordoned = node.at("/spec/unschedulable") == Some(&Json::Bool(true));
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
        let taint = Json::from(serde_json::json!(
            {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}));
        labels::tolerates(toleration, &taint)
    });
    if cordoned && !kept && !tolerated {
        found.push(Reason::new(ReasonKind::Unschedulable, ""));
    }
    found.extend(missing_labels(spec, node));
    found
}

/// What those that stand on the nodes have against a pod.
fn beside(around: &Around<'_>, others: &Others<'_>, spec: &Json, node: &Object) -> Vec<Reason> {
    [
        (ReasonKind::HostPort, others::host_port(around, spec, node)),
        (ReasonKind::PodAffinity, others.affinity(node)),
        (ReasonKind::PodAntiAffinity, others.anti_affinity(node)),
        (
            ReasonKind::ExistingAntiAffinity,
            // Replicas that keep away from one another do so both ways.
            others
                .existing(node)
                .filter(|_| others.anti_affinity(node).is_none()),
        ),
        (ReasonKind::TopologySpread, others.spread(node)),
    ]
    .into_iter()
    .filter_map(|(kind, failed)| Some(Reason::new(kind, &failed?)))
    .collect()
}

/// Where a reason stands among others: first its class, then, between reasons that free as many
/// nodes, its rank.
///
/// A node that is not ready, or is for the control plane, is not meant to take pods: that is no
/// reason to tell of while another node could. A wish for labels that some nodes have is met there,
/// and what keeps the pod from those nodes is the reason.
fn rank(reason: &Reason, nodes: usize) -> (u8, u8) {
    let all = reason.nodes == nodes;
    match reason.kind {
        ReasonKind::SchedulingGated
        | ReasonKind::NodeMissing
        | ReasonKind::VolumeMissing
        | ReasonKind::VolumeUnbound => (0, 0),
        ReasonKind::NodeNotReady if all => (0, 0),
        ReasonKind::NodeSelector | ReasonKind::NodeAffinity if all => (0, 0),
        ReasonKind::NodeNotReady | ReasonKind::NodeSelector | ReasonKind::NodeAffinity => (2, 1),
        ReasonKind::Taint if !all && set_aside(&reason.key) => (2, 0),
        _ if reason.only == 0 && !all => (1, 1),
        ReasonKind::Taint | ReasonKind::Unschedulable => (0, 2),
        ReasonKind::VolumeNodeAffinity
        | ReasonKind::TooManyVolumes
        | ReasonKind::InsufficientResource
        | ReasonKind::TooManyPods
        | ReasonKind::HostPort
        | ReasonKind::PodAffinity
        | ReasonKind::PodAntiAffinity
        | ReasonKind::ExistingAntiAffinity
        | ReasonKind::TopologySpread
        | ReasonKind::Other => (0, 1),
    }
}

/// Taints of nodes that are for the control plane, and of nodes under pressure.
fn set_aside(key: &str) -> bool {
    key.starts_with("node-role.kubernetes.io/")
        || (key.starts_with("node.kubernetes.io/") && key.ends_with("-pressure"))
}

/// A resource of which there is less than the pod asks for.
fn too_little(resource: &str, amount: i128) -> Reason {
    let wanted = quantity::show(resource, amount);
    let mut reason = Reason::new(
        ReasonKind::InsufficientResource,
        &format!("{wanted} {resource}"),
    );
    resource.clone_into(&mut reason.resource);
    reason.wanted = wanted;
    reason
}

/// The labels of a pod's node selector and affinity that a node has not.
fn missing_labels(spec: &Json, node: &Object) -> Vec<Reason> {
    let mut found: Vec<Reason> = spec
        .get("nodeSelector")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter(|(key, value)| label(node, key) != value.as_str())
        .map(|(key, value)| {
            let value = value.as_str().unwrap_or_default();
            let mut reason = Reason::new(ReasonKind::NodeSelector, &format!("{key}={value}"));
            key.clone_into(&mut reason.key);
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
