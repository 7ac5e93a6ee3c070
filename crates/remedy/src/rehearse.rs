//! Rehearsals: the whole plan as a server-side dry run.

use cluster::{Cluster, WriteError, WriteMode};
use model::{Millis, Plan};
use thiserror::Error;

/// Why a rehearsal says nothing.
#[derive(Debug, Error)]
pub enum RehearseError {
    /// The cluster does not answer.
    #[error("failed to rehearse the plan for {target}: {problem}")]
    Unreachable {
        /// What was to be changed.
        target: String,
        /// What happened.
        problem: String,
    },
}

/// Rehearses a plan: `None` when the cluster would accept it, else its words.
///
/// A rehearsal of a workload does not rehearse its pods; what it cannot show stands in the plan.
///
/// # Errors
/// When the cluster does not answer.
pub async fn rehearse(
    cluster: &dyn Cluster,
    plan: &Plan,
    within: Millis,
) -> Result<Option<String>, RehearseError> {
    for change in &plan.changes {
        let unreachable = |problem| RehearseError::Unreachable {
            target: change.object.to_string(),
            problem,
        };
        let dry = cluster.patch(&change.object, &change.patch, WriteMode::DryRun);
        let Ok(answer) = tokio::time::timeout(within.duration(), dry).await else {
            return Err(unreachable(format!("no answer within {within}")));
        };
        match answer {
            Ok(_) => {}
            Err(WriteError::Unreachable { message } | WriteError::Unknown { message }) => {
                return Err(unreachable(message.en));
            }
            // Whatever moved since the plan was made is found again, and told better, when the plan
            // is applied; a rehearsal only asks whether the cluster would take it.
            Err(WriteError::Conflict { .. }) => {}
            Err(
                refused @ (WriteError::NotFound { .. }
                | WriteError::TestFailed { .. }
                | WriteError::Refused { .. }),
            ) => return Ok(Some(refused.to_string())),
        }
    }
    Ok(None)
}
