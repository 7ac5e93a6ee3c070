//! What a workload looks like now.

use cluster::{Cluster, ClusterError};
use facts::{Json, Object, Snapshot};
use model::{Field, Look, ObjectRef, Observation, Plan};

use crate::write::{after_apply, differing};

/// The longest chain of controllers that is climbed.
const MOST_CONTROLLERS: usize = 4;

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

/// What somebody else has changed of what the plan wrote, if anything; nothing while the object is
/// not there, which is seen otherwise.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn overtaken(cluster: &dyn Cluster, plan: &Plan) -> Result<Option<Vec<Field>>, String> {
    for change in &plan.changes {
        let found = cluster.get(&change.object).await;
        let Some(object) = found.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let changed = differing(&object, &after_apply(change));
        if !changed.is_empty() {
            return Ok(Some(changed));
        }
    }
    Ok(None)
}

/// A workload with its ReplicaSets and pods. A pod or a ReplicaSet stands for what controls it.
pub(crate) async fn surroundings(
    cluster: &dyn Cluster,
    target: &ObjectRef,
) -> Result<Option<(Snapshot, Object)>, ClusterError> {
    let there = workload(cluster, target).await?;
    // What is being deleted may look healthy to its end.
    let Some(workload) = there.filter(|it| it.at("/metadata/deletionTimestamp").is_none()) else {
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

/// The object at the top of the chain of controllers.
async fn workload(
    cluster: &dyn Cluster,
    target: &ObjectRef,
) -> Result<Option<Object>, ClusterError> {
    let mut found = cluster.get(target).await?;
    for _ in 0..MOST_CONTROLLERS {
        let Some(object) = &found else { break };
        let Some(owner) = controller(object) else {
            break;
        };
        found = cluster.get(&owner).await?;
    }
    Ok(found)
}

/// A reference to what controls an object.
fn controller(object: &Object) -> Option<ObjectRef> {
    let owner = object
        .list("/metadata/ownerReferences")
        .iter()
        .find(|owner| owner.get("controller").and_then(Json::as_bool) == Some(true))?;
    let text = |field: &str| owner.get(field).and_then(Json::as_str);
    let reference = ObjectRef::new(text("kind")?, object.namespace(), text("name")?);
    Some(match text("uid") {
        Some(uid) => reference.with_uid(uid),
        None => reference,
    })
}
