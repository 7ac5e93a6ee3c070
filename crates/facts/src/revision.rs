//! The revisions of a workload, and which of them is known to be good.

mod stored;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use model::ObjectRef;
use serde::{Deserialize, Serialize};

use crate::container::{pod_ready, text};
use crate::{Fields, Json, Object, Snapshot, replica_sets_of};

/// The annotation in which the Deployment controller numbers revisions.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The label by which the Deployment controller tells the pods of ReplicaSets apart.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

/// One revision of a workload: a ReplicaSet of a Deployment, or a ControllerRevision of a StatefulSet
/// or a DaemonSet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Its number, as the controller counts; 0 if the ReplicaSet bears none.
    pub number: u64,
    /// Its ReplicaSet or ControllerRevision.
    pub replica_set: ObjectRef,
    /// The pod template, as the Deployment would hold it: without the hash label.
    pub template: Json,
    /// Pods wanted of it.
    pub desired: u32,
    /// Pods of it that are ready now, counted from the pods themselves.
    pub ready: u32,
    /// The image of each container, by the container's name.
    pub images: BTreeMap<String, String>,
    /// Whether the workload's template is this one.
    pub newest: bool,
}

impl Revision {
    /// Whether a pod is of this revision.
    #[must_use]
    pub fn has(&self, pod: &Object) -> bool {
        if self.replica_set.kind == stored::KIND {
            return stored::is_of(&self.replica_set.name, pod);
        }
        let uid = self.replica_set.uid.as_deref();
        uid.is_some() && pod.controller() == uid
    }
}

/// The revisions of a workload that the snapshot holds, newest first.
#[must_use]
pub fn revisions(snapshot: &Snapshot, deployment: &Object) -> Vec<Revision> {
    chosen(snapshot, deployment, |_| true)
}

/// Those of them that are worth comparing: the newest, and all that have ready pods.
pub(crate) fn revisions_that_run(snapshot: &Snapshot, deployment: &Object) -> Vec<Revision> {
    let current = number(deployment);
    let newest = |set: &Object| number(set) == current;
    chosen(snapshot, deployment, |set| {
        newest(set) || ready_pods(snapshot, set) > 0
    })
}

/// The revisions whose ReplicaSets are chosen, and the newest.
fn chosen(
    snapshot: &Snapshot,
    deployment: &Object,
    choose: impl Fn(&Object) -> bool,
) -> Vec<Revision> {
    if matches!(deployment.kind(), "StatefulSet" | "DaemonSet") {
        return stored::revisions(snapshot, deployment);
    }
    let wanted = deployment.at("/spec/template");
    let mut found: Vec<Revision> = replica_sets_of(snapshot, deployment)
        .into_iter()
        .filter_map(|set| {
            let template = set.at("/spec/template");
            let newest = wanted.is_some() && same_template(wanted, template);
            if !newest && !choose(set) {
                return None;
            }
            let template = template.map(bare_template).unwrap_or_default();
            Some(Revision {
                number: number(set),
                replica_set: set.reference(),
                desired: count(set, "/spec/replicas"),
                ready: ready_pods(snapshot, set),
                images: images(&template),
                newest,
                template,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        (Reverse(a.number), &a.replica_set).cmp(&(Reverse(b.number), &b.replica_set))
    });
    if !found.iter().any(|revision| revision.newest) && caught_up(deployment) {
        // Defaults added by a newer API server make an old ReplicaSet's template differ from the
        // Deployment's; once the controller has caught up its number tells them apart as well.
        let current = number(deployment);
        if let Some(revision) = found
            .iter_mut()
            .find(|r| r.number == current && current > 0)
        {
            revision.newest = true;
        }
    }
    found
}

/// The revisions that one could go back to: other than the newest, with pods that are ready now,
/// those with the most ready pods first, then the newest.
#[must_use]
pub fn last_good(revisions: &[Revision]) -> Vec<&Revision> {
    let mut good: Vec<_> = revisions
        .iter()
        .filter(|revision| !revision.newest && revision.ready > 0)
        .collect();
    good.sort_by_key(|revision| (Reverse(revision.ready), Reverse(revision.number)));
    good
}

/// A pod template without the hash label and without the null creation time that some writers add.
#[must_use]
pub fn bare_template(template: &Json) -> Json {
    let Some(fields) = template.as_object() else {
        return template.clone();
    };
    let Some(Json::Fields(metadata)) = fields.get("metadata") else {
        return template.clone();
    };
    let mut metadata = metadata.clone();
    if let Some(Json::Fields(labels)) = metadata.get("labels") {
        metadata = metadata.with("labels", labels.without(TEMPLATE_HASH).into());
    }
    if metadata.get("creationTimestamp") == Some(&Json::Null) {
        metadata = metadata.without("creationTimestamp");
    }
    fields.with("metadata", metadata.into()).into()
}

/// Whether two pod templates are the same once both are bare.
fn same_template(one: Option<&Json>, other: Option<&Json>) -> bool {
    fn part<'a>(template: Option<&'a Json>, path: &str) -> Option<&'a Json> {
        template?.pointer(path)
    }
    same_fields(one, other, |key, _| key == "metadata")
        && same_fields(
            part(one, "/metadata"),
            part(other, "/metadata"),
            |key, value| key == "labels" || (key == "creationTimestamp" && value.is_null()),
        )
        && same_fields(
            part(one, "/metadata/labels"),
            part(other, "/metadata/labels"),
            |key, _| key == TEMPLATE_HASH,
        )
}

/// Whether two values are the same but for some of their fields.
fn same_fields(
    one: Option<&Json>,
    other: Option<&Json>,
    left_out: impl Fn(&str, &Json) -> bool,
) -> bool {
    let (Some(Json::Fields(one)), Some(Json::Fields(other))) = (one, other) else {
        return one == other;
    };
    let kept = |fields: &Fields| {
        let fields = fields.iter();
        fields.filter(|(key, value)| !left_out(key, value)).count()
    };
    kept(one) == kept(other)
        && one
            .iter()
            .filter(|(key, value)| !left_out(key, value))
            .all(|(key, value)| other.get(key) == Some(value))
}

/// Whether the controller has seen the newest spec of a workload.
#[must_use]
pub fn caught_up(workload: &Object) -> bool {
    workload.int("/status/observedGeneration").unwrap_or(0) >= workload.generation()
}

/// The images of a pod template by the names of the containers, init containers included.
#[must_use]
pub fn images(template: &Json) -> BTreeMap<String, String> {
    ["/spec/initContainers", "/spec/containers"]
        .into_iter()
        .filter_map(|list| template.pointer(list).and_then(Json::as_array))
        .flatten()
        .map(|container| {
            (
                text(container, "/name").to_owned(),
                text(container, "/image").to_owned(),
            )
        })
        .collect()
}

/// The revision number that an object bears; 0 if none.
#[must_use]
pub fn number(object: &Object) -> u64 {
    object
        .annotation(REVISION)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn ready_pods(snapshot: &Snapshot, set: &Object) -> u32 {
    let ready = snapshot
        .controlled_by(set.uid())
        .filter(|pod| pod.kind() == "Pod" && pod_ready(pod))
        .count();
    u32::try_from(ready).unwrap_or(u32::MAX)
}

pub(crate) fn count(object: &Object, pointer: &str) -> u32 {
    u32::try_from(object.int(pointer).unwrap_or(0).max(0)).unwrap_or(u32::MAX)
}
