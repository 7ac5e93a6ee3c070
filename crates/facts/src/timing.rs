//! How long to wait before looking again, from what the workload itself says about time.

use model::{Millis, Timestamp};

use crate::container::{containers, text};
use crate::{Json, Object, Snapshot, pods_of};

/// The longest that a second look waits.
pub const LONGEST: Millis = Millis::secs(600);

/// When the second look at a mended workload comes: the longest of the given default, half as long
/// again as the longest life of its failed containers, the probes' budget, and minReadySeconds; at
/// most [`LONGEST`]. What died after a minute must have outlived that minute to count as mended.
#[must_use]
pub fn second_look_after(snapshot: &Snapshot, deployment: &Object, default: Millis) -> Millis {
    let life = longest_failed_life(snapshot, deployment);
    default
        .max(Millis(life.0.saturating_mul(3) / 2))
        .max(probes_budget(
            deployment.at("/spec/template").unwrap_or(&Json::Null),
        ))
        .max(seconds(deployment.json(), "/spec/minReadySeconds", 0))
        .min(LONGEST)
}

/// The longest that a container of the workload ran before it ended in failure.
#[must_use]
pub fn longest_failed_life(snapshot: &Snapshot, workload: &Object) -> Millis {
    pods_of(snapshot, workload)
        .into_iter()
        .flat_map(containers)
        .filter(|container| !container.init)
        .flat_map(|container| {
            ["/state/terminated", "/lastState/terminated"]
                .into_iter()
                .filter_map(move |state| container.status.pointer(state))
        })
        .filter(|end| end.get("exitCode").and_then(Json::as_i64) != Some(0))
        .filter_map(|end| {
            let started = Timestamp::parse(text(end, "/startedAt"))?;
            let finished = Timestamp::parse(text(end, "/finishedAt"))?;
            Some(finished.since(started))
        })
        .max()
        .unwrap_or_default()
}

/// How long the probes of a pod template may take to find a container sick: the startup probe's
/// time, then the slower of the others.
#[must_use]
pub fn probes_budget(template: &Json) -> Millis {
    let list = template
        .pointer("/spec/containers")
        .and_then(Json::as_array)
        .unwrap_or_default();
    list.iter()
        .map(|container| {
            let budget = |probe: &str| container.get(probe).map_or(Millis(0), probe_budget);
            let later = budget("readinessProbe").max(budget("livenessProbe"));
            Millis(budget("startupProbe").0.saturating_add(later.0))
        })
        .max()
        .unwrap_or_default()
}

fn probe_budget(probe: &Json) -> Millis {
    let delay = seconds(probe, "/initialDelaySeconds", 0);
    let period = seconds(probe, "/periodSeconds", 10);
    let failures = probe
        .get("failureThreshold")
        .and_then(Json::as_u64)
        .unwrap_or(3);
    Millis(delay.0.saturating_add(period.0.saturating_mul(failures)))
}

fn seconds(value: &Json, pointer: &str, default: u64) -> Millis {
    let seconds = value.pointer(pointer).and_then(Json::as_u64);
    Millis(seconds.unwrap_or(default).saturating_mul(1000))
}
