//! What conditions see of a Job.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Object;
use crate::container::{condition, first_line, text};
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
    json!({
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
        "suspended": job.at("/spec/suspend").and_then(Value::as_bool).unwrap_or(false),
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
