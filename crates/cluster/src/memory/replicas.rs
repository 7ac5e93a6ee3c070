//! How many pods a Deployment and its ReplicaSets have, want and may have.

use facts::revision::caught_up;
use facts::{Json, Object};

/// Whether a rollout is through.
pub(super) fn complete(deployment: &Object) -> bool {
    let wanted = desired(deployment);
    status(deployment, "updatedReplicas") == wanted
        && status(deployment, "replicas") == wanted
        && status(deployment, "availableReplicas") == wanted
        && caught_up(deployment)
}

/// How many pods more and how many fewer than wanted there may be.
pub(super) fn limits(deployment: &Object) -> (u64, u64) {
    if deployment.text("/spec/strategy/type") == "Recreate" {
        return (0, 0);
    }
    let wanted = desired(deployment);
    let part = |field: &str, up: bool| {
        let value = deployment.at(&format!("/spec/strategy/rollingUpdate/{field}"));
        match value {
            Some(Json::Text(percent)) => {
                let percent: u64 = percent.trim_end_matches('%').parse().unwrap_or(25);
                let hundredths = wanted.saturating_mul(percent);
                if up {
                    hundredths.div_ceil(100)
                } else {
                    hundredths / 100
                }
            }
            Some(other) => other.as_u64().unwrap_or(0),
            None => 0,
        }
    };
    match (part("maxSurge", true), part("maxUnavailable", false)) {
        // With neither a rollout could not move at all.
        (0, 0) => (0, 1),
        (surge, unavailable) => (surge, unavailable.min(wanted)),
    }
}

/// How many pods the new ReplicaSet may have now.
pub(super) fn new_replicas(deployment: &Object, present: u64, others: u64) -> u64 {
    let wanted = desired(deployment);
    if deployment.text("/spec/strategy/type") == "Recreate" {
        return if others == 0 { wanted } else { present };
    }
    if present > wanted {
        return wanted;
    }
    let most = wanted + limits(deployment).0;
    let room = most.saturating_sub(present + others);
    present + room.min(wanted.saturating_sub(present))
}

pub(super) fn desired(deployment: &Object) -> u64 {
    u64::from(facts::rollout::desired(deployment))
}

pub(super) fn spec_replicas(set: &Object) -> u64 {
    u64::try_from(set.int("/spec/replicas").unwrap_or(0)).unwrap_or(0)
}

pub(super) fn available(set: &Object) -> u64 {
    status(set, "availableReplicas")
}

pub(super) fn status(object: &Object, field: &str) -> u64 {
    object
        .at("/status")
        .and_then(|status| status.get(field))
        .and_then(Json::as_u64)
        .unwrap_or(0)
}
