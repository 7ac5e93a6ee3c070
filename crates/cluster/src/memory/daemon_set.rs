//! The DaemonSet controller: one pod on every node that may have one.

use facts::placement::Room;
use facts::{Json, Object, Snapshot};
use serde_json::{Value, json};

use super::pods::NewPod;
use super::replica_set::controllers;
use super::scheduler::pinned;
use super::stateful_set::template_hash;
use super::store::{Key, set};
use super::world::World;

const CONTROLLER: &str = "daemonset-controller";
const REVISION: &str = "controller-revision-hash";

/// The taints that daemons put up with: key and effect.
const TOLERATED: [(&str, &str); 6] = [
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
];

impl World {
    /// Looks at one DaemonSet.
    pub(super) fn sync_daemon_set(&mut self, key: &Key) {
        let Some(owner) = self.store.get(key).cloned() else {
            return;
        };
        let nodes = self.nodes_for(&owner);
        let hash = template_hash(owner.at("/spec/template").unwrap_or(&Json::Null));
        let pods: Vec<Object> = self.store.owned(owner.uid(), "Pod").cloned().collect();
        let mut leaving = false;
        for pod in &pods {
            let stopping = pod.at("/metadata/deletionTimestamp").is_some();
            leaving = leaving || stopping;
            let ended = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
            let misplaced = !nodes.iter().any(|node| node == node_of(pod));
            if !stopping && (ended || misplaced) {
                self.delete_daemon(&owner, pod);
                leaving = true;
            }
        }
        let mut refused = false;
        for node in &nodes {
            if !refused && !pods.iter().any(|pod| node_of(pod) == node) {
                refused = !self.make_daemon(&owner, node, &hash);
            }
        }
        // Updates go node by node, and pods that serve nothing do not hold them up.
        let old = pods
            .iter()
            .filter(|pod| {
                pod.at("/metadata/labels").and_then(|l| l.get(REVISION))
                    != Some(&hash.as_str().into())
            })
            .min_by_key(|pod| (facts::container::pod_ready(pod), pod.name().to_owned()));
        let tally = self.tally(&owner);
        let all_ready = tally.ready == tally.all;
        if let Some(pod) = old
            && !leaving
            && (all_ready || !facts::container::pod_ready(pod))
            && owner.text("/spec/updateStrategy/type") != "OnDelete"
        {
            self.delete_daemon(&owner, pod);
        }
        self.daemon_set_status(key, u64::try_from(nodes.len()).unwrap_or(u64::MAX), &hash);
    }

    /// The nodes that may have a pod of a DaemonSet, by name.
    fn nodes_for(&self, owner: &Object) -> Vec<String> {
        let mut snapshot = Snapshot::default();
        snapshot.extend(self.store.list("Node", None).cloned());
        for kind in ["Node", "Pod", "PersistentVolumeClaim"] {
            snapshot.mark_complete(kind, None);
        }
        let room = Room::of(&snapshot);
        let mut spec = owner
            .at("/spec/template/spec")
            .map_or(Value::Null, Json::to_value);
        tolerate(&mut spec);
        // Volumes and amounts are the scheduler's business.
        set(&mut spec, &["volumes"], json!([]));
        let pod = Object::new(json!({
            "kind": "Pod",
            "metadata": {"namespace": owner.namespace(), "name": owner.name()},
            "spec": spec,
        }));
        self.store
            .list("Node", None)
            .map(Object::name)
            .filter(|node| room.explain(&pinned(&pod, node)).fits > 0)
            .map(str::to_owned)
            .collect()
    }

    fn make_daemon(&mut self, owner: &Object, node: &str, hash: &str) -> bool {
        let suffix = self.store.mint_suffix();
        let name = format!("{}-{suffix}", owner.name());
        let new = NewPod {
            owner,
            name: name.clone(),
            template: owner.at("/spec/template").unwrap_or(&Json::Null),
        };
        let made = self.create_pod(new, |pod| {
            set(pod, &["metadata", "labels", REVISION], json!(hash));
            set(
                pod,
                &["metadata", "labels", "pod-template-generation"],
                json!(owner.generation().to_string()),
            );
            if let Some(spec) = pod.get_mut("spec") {
                tolerate(spec);
            }
            *pod = pinned(&Object::new(pod.clone()), node).to_value();
        });
        match made {
            Ok(_) => {
                self.pod_accepted(owner);
                let message = format!("Created pod: {name}");
                self.emit(owner, controllers("SuccessfulCreate", &message, CONTROLLER));
                true
            }
            Err(why) => {
                self.pod_refused(owner, CONTROLLER, &format!("Error creating: {why}"));
                false
            }
        }
    }

    fn delete_daemon(&mut self, owner: &Object, pod: &Object) {
        self.stop_pod(&Key::of(pod));
        let message = format!("Deleted pod: {}", pod.name());
        self.emit(owner, controllers("SuccessfulDelete", &message, CONTROLLER));
    }

    fn daemon_set_status(&mut self, key: &Key, wanted: u64, hash: &str) {
        let Some(owner) = self.store.get(key).cloned() else {
            return;
        };
        let tally = self.tally(&owner);
        let updated = self
            .active_pods(&owner)
            .filter(|pod| {
                pod.at("/metadata/labels").and_then(|l| l.get(REVISION)) == Some(&hash.into())
            })
            .count();
        self.update(key, |object| {
            let mut status = json!({
                "observedGeneration": owner.generation(),
                "currentNumberScheduled": tally.all,
                "desiredNumberScheduled": wanted,
                "numberMisscheduled": 0,
                "numberReady": tally.ready,
            });
            for (field, count) in [
                (
                    "updatedNumberScheduled",
                    u64::try_from(updated).unwrap_or(0),
                ),
                ("numberAvailable", tally.available),
                ("numberUnavailable", wanted.saturating_sub(tally.available)),
            ] {
                if count > 0 {
                    set(&mut status, &[field], json!(count));
                }
            }
            set(object, &["status"], status);
        });
        self.wake_at(key, tally.next);
    }
}

/// The node that a daemon's pod is for.
fn node_of(pod: &Object) -> &str {
    pod.text(
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution\
         /nodeSelectorTerms/0/matchFields/0/values/0",
    )
}

fn tolerate(spec: &mut Value) {
    let given = spec.get("tolerations").and_then(Value::as_array);
    let mut all = given.cloned().unwrap_or_default();
    all.extend(TOLERATED.iter().map(|(key, effect)| {
        json!({
            "key": format!("node.kubernetes.io/{key}"),
            "operator": "Exists",
            "effect": effect,
        })
    }));
    set(spec, &["tolerations"], Value::Array(all));
}
