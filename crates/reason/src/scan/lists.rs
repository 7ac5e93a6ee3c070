//! Lists that are no part of a reading, since they tell only of what is sick: asked for where that
//! is, and kept as far as they are about it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::{BlindSpot, Cluster, ClusterError};
use facts::{Object, Snapshot};
use model::Text;
use tokio::time::timeout;

use super::{Scanned, no_answer};

/// Up to so many namespaces are asked for one by one, and else all at once.
const NAMESPACES: usize = 3;

/// What is asked for.
pub(super) struct Lists {
    /// The kind.
    pub(super) kind: &'static str,
    /// What it is called where it could not be seen.
    pub(super) resource: &'static str,
    /// Whether a cluster that does not serve it has none of it, and nothing is missed.
    pub(super) may_be_unserved: bool,
    /// How long one list may take.
    pub(super) patience: Duration,
}

impl Lists {
    /// Lists it in these namespaces, and puts into a snapshot what is ours. Who failed once is not
    /// asked again.
    pub(super) async fn read(
        &self,
        spaces: BTreeSet<String>,
        ours: impl Fn(&Object) -> bool,
        snapshot: &mut Snapshot,
        source: &Arc<dyn Cluster>,
        scanned: &mut Scanned,
    ) {
        let lists: Vec<Option<String>> = match spaces.len() {
            0..=NAMESPACES => spaces.into_iter().map(Some).collect(),
            _ => vec![None],
        };
        for namespace in lists {
            let list = source.list(self.kind, namespace.as_deref());
            let why = match timeout(self.patience, list).await {
                Ok(Ok(found)) => {
                    snapshot.extend(found.into_iter().filter(&ours));
                    continue;
                }
                // A record holds what was asked for then.
                Ok(Err(ClusterError::NotRecorded { .. })) => return,
                Ok(Err(ClusterError::NotFound { .. })) if self.may_be_unserved => return,
                Ok(Err(why)) => why.words(),
                Err(_) => no_answer(self.patience),
            };
            let spot = BlindSpot::new(Text::same(self.resource), &why);
            scanned.blind_spots.push(spot);
            return;
        }
    }
}
