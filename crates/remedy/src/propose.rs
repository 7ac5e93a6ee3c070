//! From a kind of remedy to a plan for one workload.

use cluster::{Cluster, ClusterError};
use model::{ObjectRef, Plan, RemedyKind, Text};
use thiserror::Error;

use crate::defaults::Defaults;
use crate::restore;
use crate::sight::surroundings;

/// Why there is no plan.
#[derive(Debug, Error)]
pub enum ProposeError {
    /// The cluster cannot be asked now.
    #[error("{0}")]
    Unreachable(String),
    /// This kind of remedy is not possible here.
    #[error("{}", .0.en)]
    NotPossible(Text),
}

impl From<ClusterError> for ProposeError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Unreachable { .. } => Self::Unreachable(error.to_string()),
            ClusterError::Forbidden { .. }
            | ClusterError::NotFound { .. }
            | ClusterError::Unusable { .. }
            | ClusterError::NotRecorded { .. } => Self::NotPossible(error.told()),
        }
    }
}

/// Makes a plan of a kind for a workload, other than those that were tried and given up.
///
/// # Errors
/// When the cluster cannot be asked, or this kind of remedy is not possible here.
pub async fn propose(
    cluster: &dyn Cluster,
    kind: RemedyKind,
    target: &ObjectRef,
    given_up: &[Plan],
    defaults: &Defaults,
) -> Result<Plan, ProposeError> {
    match kind {
        RemedyKind::RestoreLastGood => {
            let Some((snapshot, workload)) = surroundings(cluster, target).await? else {
                return Err(ProposeError::NotPossible(Text::new(
                    format!("{target} does not exist"),
                    format!("{target} 不存在"),
                )));
            };
            restore::plan(&snapshot, &workload, given_up, defaults)
                .map_err(ProposeError::NotPossible)
        }
    }
}
