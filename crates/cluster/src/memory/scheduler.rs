//! The scheduler: the node that takes a pod, or why none does, in the real one's words.
//!
//! What keeps a pod from a node is found by `facts::placement`; here a node is chosen among those
//! that are left, and the words are put together as the scheduler does: the first reason of each
//! node, counted.

use std::collections::BTreeMap;

use facts::placement::{Reason, ReasonKind, Room};
use facts::{Json, Object, Snapshot};
use serde_json::{Value, json};

use super::conditions::{self, Condition, Tells};
use super::event::Happening;
use super::pod_run::Step;
use super::store::{Key, set};
use super::world::World;

/// What decides where a pod may go.
const KINDS: [&str; 6] = [
    "Node",
    "Pod",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "Namespace",
];

/// How many seconds the scheduler waits before it looks at a pod again that fits nowhere.
const LOOK_AGAIN: u64 = 60;

impl World {
    /// The node for a pod. If there is none, says so and looks again later.
    pub(super) fn schedule(&mut self, key: &Key, pod: &Object) -> Option<String> {
        let given = pod.text("/spec/nodeName");
        if !given.is_empty() {
            let taken_up = self
                .pods
                .get(pod.uid())
                .is_some_and(|run| run.started.is_some());
            return (!taken_up).then(|| given.to_owned());
        }
        let message = match self.find_node(pod) {
            Ok(node) => return Some(node),
            Err(message) => message,
        };
        let now = self.stamp();
        self.update(key, |pod| {
            let condition = Condition {
                kind: "PodScheduled",
                status: "False",
                reason: "Unschedulable",
                message: &message,
            };
            conditions::put(pod, condition, &now, Tells::Probe);
            set(pod, &["status", "phase"], json!("Pending"));
        });
        self.emit(
            pod,
            Happening {
                normal: false,
                reason: "FailedScheduling",
                message: &message,
                component: "default-scheduler",
                host: "",
                field: "",
            },
        );
        let at = self.now.plus(self.pace.seconds(LOOK_AGAIN));
        let run = self.pods.get_mut(pod.uid())?;
        // One look in store is enough, however often something made the scheduler look before.
        if run.waits_until.is_none_or(|until| until <= self.now) {
            run.waits_until = Some(at);
            self.pod_due(at, key, pod.uid(), Step::Scheduled);
        }
        None
    }

    fn find_node(&self, pod: &Object) -> Result<String, String> {
        let mut snapshot = Snapshot::default();
        for kind in KINDS {
            snapshot.extend(self.store.list(kind, None).cloned());
            snapshot.mark_complete(kind, None);
        }
        let room = Room::of(&snapshot);
        let mut nodes: Vec<&Object> = snapshot.of_kind("Node", None).collect();
        nodes.sort_by_key(|node| (snapshot.pods_on(node.name()).count(), node.name()));
        if nodes.is_empty() {
            return Err("no nodes available to schedule pods".to_owned());
        }
        let asked = room.explain(pod);
        if asked.fits > 0 {
            let fit = nodes
                .iter()
                .find(|node| room.explain(&pinned(pod, node.name())).fits > 0);
            if let Some(node) = fit {
                return Ok(node.name().to_owned());
            }
        }
        let names: Vec<&str> = nodes.iter().map(|node| node.name()).collect();
        Err(words(&asked.reasons, &names))
    }

    /// Has the scheduler look again at every pod that has no node: a node or what is free of one has
    /// changed.
    pub(super) fn room_has_changed(&mut self) {
        if self.nature.is_simple() {
            return;
        }
        let waiting: Vec<(Key, String)> = self
            .store
            .list("Pod", None)
            .filter(|pod| pod.text("/spec/nodeName").is_empty())
            .map(|pod| (Key::of(pod), pod.uid().to_owned()))
            .collect();
        let at = self.now.plus(self.pace.react);
        for (key, uid) in waiting {
            let in_store = self.pods.get(&uid).and_then(|run| run.waits_until);
            if in_store.is_some() {
                self.pod_due(at, &key, &uid, Step::Scheduled);
            }
        }
    }
}

/// The pod as it would be if it wanted this node alone.
pub(super) fn pinned(pod: &Object, node: &str) -> Object {
    let mut pod = pod.clone();
    let required = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let terms = pod.list(&format!("{required}/nodeSelectorTerms"));
    let mut terms: Vec<Value> = terms.iter().map(Json::to_value).collect();
    if terms.is_empty() {
        terms.push(json!({}));
    }
    for term in &mut terms {
        let mut fields = term
            .get("matchFields")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        fields.push(field.clone());
        set(term, &["matchFields"], Value::Array(fields));
    }
    let path = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    pod.set(&path, Value::Array(terms));
    pod
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). …`
fn words(reasons: &[Reason], nodes: &[&str]) -> String {
    let all = nodes.len();
    let whole = reasons.iter().find(|reason| reason.on.is_empty());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut room = 0_usize;
    if let Some(reason) = whole {
        let said = say(reason);
        // What holds for the pod itself is told without a count.
        if said.starts_with("pod has") || said.starts_with("persistentvolumeclaim") {
            return format!(
                "0/{all} nodes are available: {said}. {}",
                preemption(all, 0)
            );
        }
        counts.insert(said, all);
    } else {
        for node in nodes {
            let first = reasons
                .iter()
                .filter(|reason| reason.on.iter().any(|on| on == node))
                .min_by_key(|reason| turn(reason.kind));
            let Some(first) = first else { continue };
            // All that a node has too little of is told at once.
            for reason in reasons.iter().filter(|reason| {
                turn(reason.kind) == turn(first.kind)
                    && reason.on.iter().any(|on| on == node)
                    && (first.kind == ReasonKind::InsufficientResource
                        || first.kind == ReasonKind::TooManyPods
                        || std::ptr::eq(*reason, first))
            }) {
                *counts.entry(say(reason)).or_default() += 1;
            }
            room += usize::from(may_be_made(first.kind));
        }
    }
    let mut told: Vec<String> = counts
        .into_iter()
        .map(|(said, count)| format!("{count} {said}"))
        .collect();
    told.sort();
    format!(
        "0/{all} nodes are available: {}. {}",
        told.join(", "),
        preemption(all, room)
    )
}

/// What the scheduler says of making room: on so many nodes it could help, and nobody is there to go.
fn preemption(all: usize, room: usize) -> String {
    let mut told = Vec::new();
    if room > 0 {
        told.push(format!(
            "{room} No preemption victims found for incoming pod"
        ));
    }
    if all > room {
        told.push(format!(
            "{} Preemption is not helpful for scheduling",
            all - room
        ));
    }
    format!(
        "no new claims to deallocate, preemption: 0/{all} nodes are available: {}.",
        told.join(", ")
    )
}

/// The turn in which the scheduler asks.
const fn turn(kind: ReasonKind) -> u8 {
    match kind {
        ReasonKind::SchedulingGated | ReasonKind::NodeMissing => 0,
        ReasonKind::Unschedulable => 1,
        ReasonKind::NodeNotReady | ReasonKind::Taint => 2,
        ReasonKind::NodeSelector | ReasonKind::NodeAffinity => 3,
        ReasonKind::HostPort => 4,
        ReasonKind::InsufficientResource | ReasonKind::TooManyPods => 5,
        ReasonKind::TooManyVolumes => 6,
        ReasonKind::VolumeMissing | ReasonKind::VolumeUnbound | ReasonKind::VolumeNodeAffinity => 7,
        ReasonKind::TopologySpread => 8,
        ReasonKind::PodAffinity
        | ReasonKind::PodAntiAffinity
        | ReasonKind::ExistingAntiAffinity => 9,
        ReasonKind::Other => 10,
    }
}

/// Whether room could be made by sending other pods away.
const fn may_be_made(kind: ReasonKind) -> bool {
    matches!(
        kind,
        ReasonKind::HostPort
            | ReasonKind::InsufficientResource
            | ReasonKind::TooManyPods
            | ReasonKind::PodAntiAffinity
            | ReasonKind::TopologySpread
    )
}

fn say(reason: &Reason) -> String {
    match reason.kind {
        ReasonKind::SchedulingGated => {
            "Scheduling is blocked due to non-empty scheduling gates".to_owned()
        }
        ReasonKind::NodeMissing => "node(s) didn't match the requested node name".to_owned(),
        ReasonKind::VolumeMissing => {
            format!("persistentvolumeclaim \"{}\" not found", reason.what)
        }
        ReasonKind::VolumeUnbound => "pod has unbound immediate PersistentVolumeClaims".to_owned(),
        ReasonKind::VolumeNodeAffinity => {
            "node(s) didn't match PersistentVolume's node affinity".to_owned()
        }
        ReasonKind::TooManyVolumes => "node(s) exceed max volume count".to_owned(),
        ReasonKind::Unschedulable => "node(s) were unschedulable".to_owned(),
        ReasonKind::NodeNotReady | ReasonKind::Taint => {
            "node(s) had untolerated taint(s)".to_owned()
        }
        ReasonKind::NodeSelector | ReasonKind::NodeAffinity => {
            "node(s) didn't match Pod's node affinity/selector".to_owned()
        }
        ReasonKind::InsufficientResource => format!("Insufficient {}", reason.resource),
        ReasonKind::TooManyPods => "Too many pods".to_owned(),
        ReasonKind::HostPort => {
            "node(s) didn't have free ports for the requested pod ports".to_owned()
        }
        ReasonKind::PodAffinity => "node(s) didn't match pod affinity rules".to_owned(),
        ReasonKind::PodAntiAffinity => "node(s) didn't match pod anti-affinity rules".to_owned(),
        ReasonKind::ExistingAntiAffinity => {
            "node(s) didn't satisfy existing pods anti-affinity rules".to_owned()
        }
        ReasonKind::TopologySpread => {
            "node(s) didn't match pod topology spread constraints".to_owned()
        }
        ReasonKind::Other => reason.what.clone(),
    }
}
