//! The revisions of StatefulSets and DaemonSets that have sick pods, asked for before skills are: they
//! are no part of a reading, since those of what is well say nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::Cluster;
use facts::{Candidate, Object, Resource, Snapshot};

use super::Scanned;
use super::lists::Lists;

const REVISIONS: Lists = Lists {
    kind: "ControllerRevision",
    resource: "controllerrevisions.apps",
    may_be_unserved: true,
    patience: Duration::from_secs(10),
};

/// Reads the revisions into a snapshot, as far as they are not in it already.
pub(super) async fn read(
    snapshot: &mut Snapshot,
    all: &[Candidate],
    source: &Arc<dyn Cluster>,
    scanned: &mut Scanned,
) {
    let sick = |candidate: &&Candidate| {
        matches!(candidate.resource, Resource::Pod | Resource::Container)
            && matches!(candidate.home.kind.as_str(), "StatefulSet" | "DaemonSet")
    };
    let homes: Vec<_> = all
        .iter()
        .filter(sick)
        .filter_map(|candidate| snapshot.find(&candidate.home).present())
        .filter(|home| {
            let mut owned = snapshot.controlled_by(home.uid());
            !owned.any(|object| object.kind() == REVISIONS.kind)
        })
        .collect();
    let uids: BTreeSet<String> = homes.iter().map(|home| home.uid().to_owned()).collect();
    let spaces: BTreeSet<String> = homes
        .iter()
        .map(|home| home.namespace().to_owned())
        .collect();
    let ours = |one: &Object| one.controller().is_some_and(|uid| uids.contains(uid));
    REVISIONS
        .read(spaces, ours, snapshot, source, scanned)
        .await;
}
