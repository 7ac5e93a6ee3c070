//! What a workload looks like now.

use cluster::{Cluster, ClusterError};
use facts::{Object, Snapshot};
use model::{Look, ObjectRef, Observation};

/// What was seen of a workload.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// It is there.
    Seen(Observation),
    /// It is not there, or another one of that name is.
    Gone,
}

/// Takes a short look at a workload.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn sight(cluster: &dyn Cluster, target: &ObjectRef, look: Look) -> Result<Sight, String> {
    Ok(
        match surroundings(cluster, target)
            .await
            .map_err(|error| error.to_string())?
        {
            None => Sight::Gone,
            Some((snapshot, workload)) => Sight::Seen(facts::observe(&snapshot, &workload, look)),
        },
    )
}

/// A workload with its ReplicaSets and pods.
pub(crate) async fn surroundings(
    cluster: &dyn Cluster,
    target: &ObjectRef,
) -> Result<Option<(Snapshot, Object)>, ClusterError> {
    let Some(workload) = cluster.get(target).await? else {
        return Ok(None);
    };
    let mut snapshot = Snapshot::default();
    for kind in ["ReplicaSet", "Pod"] {
        snapshot.extend(cluster.list(kind, Some(&target.namespace)).await?);
        snapshot.mark_complete(kind, Some(&target.namespace));
    }
    snapshot.add(workload.clone());
    Ok(Some((snapshot, workload)))
}
