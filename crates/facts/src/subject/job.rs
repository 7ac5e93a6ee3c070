//! What conditions see of a Job.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{condition, containers, first_line, text};
use crate::revision::count;

pub(super) const SCHEMA: Section = &[
    ("job.name", Type::Text),
    ("job.namespace", Type::Text),
    // Its pods, as the controller counts them.
    ("job.active", Type::Int),
    ("job.succeeded", Type::Int),
    ("job.failed", Type::Int),
    ("job.backoff_limit", Type::Int),
    ("job.completions", Type::Int),
    // How it ended: `complete`, `failed`, or empty while it runs.
    ("job.ended", Type::Text),
    // Why it failed: `BackoffLimitExceeded`, `DeadlineExceeded`, `PodFailurePolicy`.
    ("job.reason", Type::Text),
    ("job.message", Type::Text),
    ("job.suspended", Type::Bool),
    ("job.deadline", Type::Int),
    ("job.age", Type::Int),
    // Seconds that it ran, or has been running; and since it ended.
    ("job.ran_for", Type::Int),
    ("job.ended_ago", Type::Int),
    // Its newest pod, a failed one first, with the container that failed, its exit code and the
    // last line of its log; empty if the pod is gone.
    ("job.pod", Type::Text),
    // Whether it is known to have no pod any more.
    ("job.pod_gone", Type::Bool),
    ("job.container", Type::Text),
    ("job.exit_code", Type::Int),
    ("job.last_words", Type::Text),
    // The CronJob that made it.
    ("job.cronjob", Type::Text),
];

pub(super) fn data(scene: Scene<'_>, job: &Object) -> Vec<(&'static str, Value)> {
    vec![
        ("job", section(scene, job)),
        ("workload", super::workload::data(scene, job)),
    ]
}

pub(super) fn section(scene: Scene<'_>, job: &Object) -> Value {
    let holds =
        |kind: &str| condition(job, kind).filter(|condition| text(condition, "/status") == "True");
    let failed = holds("Failed").or_else(|| holds("FailureTarget"));
    let ended = match (
        holds("Complete").is_some() || holds("SuccessCriteriaMet").is_some(),
        failed,
    ) {
        (true, _) => "complete",
        (false, Some(_)) => "failed",
        (false, None) => "",
    };
    let owner = job
        .list("/metadata/ownerReferences")
        .iter()
        .find(|owner| text(owner, "/kind") == "CronJob")
        .map_or("", |owner| text(owner, "/name"));
    let ending = failed.map_or_else(
        || job.text("/status/completionTime"),
        |failed| text(failed, "/lastTransitionTime"),
    );
    let started = scene.since(job.text("/status/startTime"));
    let ended_ago = scene.since(ending);
    let mut pods = crate::pods_of(scene.snapshot, job);
    pods.sort_by_key(|pod| {
        std::cmp::Reverse((pod.text("/status/phase") == "Failed", pod.created()))
    });
    let pod = pods.first();
    let container = pod.and_then(|pod| {
        let mut all = containers(pod);
        all.find(|container| container.exit_code() != 0)
            .or_else(|| containers(pod).next())
    });
    let words = match (pod, &container) {
        (Some(pod), Some(container)) => super::failure::last_words(scene, pod, container),
        _ => String::new(),
    };
    json!({
        "ran_for": started.map(|started| started - ended_ago.unwrap_or(0)),
        "ended_ago": if ending.is_empty() { Some(0) } else { ended_ago },
        "pod": pod.map_or("", |pod| pod.name()),
        "pod_gone": pod.is_none() && scene.snapshot.is_complete("Pod", job.namespace()),
        "container": container.map_or("", |container| container.name()),
        "exit_code": container.map_or(0, |container| container.exit_code()),
        "last_words": words,
        "name": job.name(),
        "namespace": job.namespace(),
        "active": count(job, "/status/active"),
        "succeeded": count(job, "/status/succeeded"),
        "failed": count(job, "/status/failed"),
        "backoff_limit": job.int("/spec/backoffLimit").unwrap_or(6),
        "completions": job.int("/spec/completions").unwrap_or(1),
        "ended": ended,
        "reason": failed.map_or("", |failed| text(failed, "/reason")),
        "message": failed.map_or("", |failed| first_line(text(failed, "/message"))),
        "suspended": job.at("/spec/suspend").and_then(Json::as_bool).unwrap_or(false),
        "deadline": job.int("/spec/activeDeadlineSeconds").unwrap_or(0),
        "age": scene.age(job),
        "cronjob": owner,
    })
}

/// Whether a Job has ended well.
pub(crate) fn succeeded(job: &Object) -> bool {
    ["Complete", "SuccessCriteriaMet"].into_iter().any(|kind| {
        condition(job, kind).is_some_and(|condition| text(condition, "/status") == "True")
    })
}
