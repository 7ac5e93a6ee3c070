//! The revisions of a StatefulSet or a DaemonSet: its ControllerRevisions, each of which holds a
//! patch of the whole pod template.

use std::cmp::Reverse;

use super::{Revision, bare_template, caught_up, count, images};
use crate::container::pod_ready;
use crate::{Json, Object, Snapshot};

/// The kind of object that holds a revision.
pub(super) const KIND: &str = "ControllerRevision";
/// The label by which pods, and the revisions of DaemonSets, bear the revision's hash.
const HASH: &str = "controller-revision-hash";
/// How a patch says that the template takes the place of the one before as a whole.
const DIRECTIVE: &str = "$patch";

/// The revisions of a workload that the snapshot holds, newest first.
pub(super) fn revisions(snapshot: &Snapshot, workload: &Object) -> Vec<Revision> {
    let pods: Vec<&Object> = snapshot
        .controlled_by(workload.uid())
        .filter(|pod| pod.kind() == "Pod")
        .collect();
    let mut found: Vec<Revision> = snapshot
        .controlled_by(workload.uid())
        .filter(|object| object.kind() == KIND)
        .map(|stored| {
            let template = template(stored);
            let mine = pods.iter().filter(|pod| is_of(stored.name(), pod));
            let number_of = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            Revision {
                number: u64::try_from(stored.int("/revision").unwrap_or(0)).unwrap_or(0),
                replica_set: stored.reference(),
                desired: number_of(mine.clone().count()),
                ready: number_of(mine.filter(|pod| pod_ready(pod)).count()),
                images: images(&template),
                newest: false,
                template,
            }
        })
        .collect();
    found.sort_by(|a, b| {
        (Reverse(a.number), &a.replica_set).cmp(&(Reverse(b.number), &b.replica_set))
    });
    // Going back to a revision gives it a new number: the highest is always the one that is meant.
    if caught_up(workload)
        && let Some(newest) = found.first_mut()
    {
        newest.newest = true;
        newest.desired = match workload.kind() {
            "DaemonSet" => count(workload, "/status/desiredNumberScheduled"),
            _ => count(workload, "/spec/replicas"),
        };
    }
    found
}

/// The pod template that a revision holds.
fn template(stored: &Object) -> Json {
    let template = stored
        .at("/data/spec/template")
        .map(bare_template)
        .unwrap_or_default();
    match template.as_object() {
        Some(fields) => fields.without(DIRECTIVE).into(),
        None => template,
    }
}

/// Whether a pod is of the revision of a name: it bears the name, or the hash at its end.
pub(super) fn is_of(name: &str, pod: &Object) -> bool {
    let label = pod
        .at("/metadata/labels")
        .and_then(|labels| labels.get(HASH)?.as_str())
        .unwrap_or_default();
    !label.is_empty()
        && name
            .strip_suffix(label)
            .is_some_and(|before| before.is_empty() || before.ends_with('-'))
}
