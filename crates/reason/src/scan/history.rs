//! The revisions of StatefulSets and DaemonSets that have sick pods, asked for before skills are: they
//! are no part of a reading, since those of what is well say nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::{BlindSpot, Cluster, ClusterError};
use facts::{Candidate, Resource, Snapshot};
use model::Text;
use tokio::time::timeout;

use super::{Scanned, no_answer};

const KIND: &str = "ControllerRevision";
/// How long one list may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Up to so many namespaces are asked for one by one, and else all at once.
const NAMESPACES: usize = 3;

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
            !owned.any(|object| object.kind() == KIND)
        })
        .collect();
    let uids: BTreeSet<String> = homes.iter().map(|home| home.uid().to_owned()).collect();
    let spaces: BTreeSet<String> = homes
        .iter()
        .map(|home| home.namespace().to_owned())
        .collect();
    let lists: Vec<Option<String>> = match spaces.len() {
        0..=NAMESPACES => spaces.into_iter().map(Some).collect(),
        _ => vec![None],
    };
    for namespace in lists {
        let why = match timeout(PATIENCE, source.list(KIND, namespace.as_deref())).await {
            Ok(Ok(revisions)) => {
                let ours = revisions
                    .into_iter()
                    .filter(|one| one.controller().is_some_and(|uid| uids.contains(uid)));
                snapshot.extend(ours);
                continue;
            }
            // A record holds what was asked for then; what serves none has none.
            Ok(Err(ClusterError::NotRecorded { .. } | ClusterError::NotFound { .. })) => return,
            Ok(Err(why)) => why.words(),
            Err(_) => no_answer(PATIENCE),
        };
        let spot = BlindSpot::new(Text::same("controllerrevisions.apps"), &why);
        scanned.blind_spots.push(spot);
        return;
    }
}
