//! What conditions see of a CronJob.

use serde_json::{Value, json};

use super::{Scene, Section, Type};
use crate::Json;
use crate::Object;
use crate::container::{condition, first_line, text};

pub(super) const SCHEMA: Section = &[
    ("cronjob.name", Type::Text),
    ("cronjob.namespace", Type::Text),
    ("cronjob.schedule", Type::Text),
    ("cronjob.suspended", Type::Bool),
    ("cronjob.age", Type::Int),
    ("cronjob.active", Type::Int),
    // Seconds since it last made a Job, and since one last succeeded; -1 if that never happened.
    ("cronjob.scheduled_ago", Type::Int),
    ("cronjob.succeeded_ago", Type::Int),
    // Its Jobs that failed since one succeeded, and the newest of them.
    ("cronjob.failed_in_a_row", Type::Int),
    ("cronjob.failed_job", Type::Text),
    ("cronjob.failed_reason", Type::Text),
    ("cronjob.last_failed_ago", Type::Int),
    // `Allow`, `Forbid` or `Replace`; the oldest Job that runs, and for how many seconds; whether
    // new ones are held back by it.
    ("cronjob.concurrency", Type::Text),
    ("cronjob.active_job", Type::Text),
    ("cronjob.active_for", Type::Int),
    ("cronjob.held_back", Type::Bool),
    // What is wrong with the schedule or the time zone, as far as the spec shows it.
    ("cronjob.schedule_problem", Type::Text),
    // What keeps the controller from making Jobs, in its own words.
    ("cronjob.trouble_reason", Type::Text),
    ("cronjob.trouble_message", Type::Text),
];

pub(super) fn data(scene: Scene<'_>, cronjob: &Object) -> Vec<(&'static str, Value)> {
    let failing = failing_jobs(scene, cronjob);
    let newest = failing.first();
    let ago = |field: &str| match cronjob.text(field) {
        "" => json!(-1),
        stamp => scene.since(stamp).map(Value::from).unwrap_or_default(),
    };
    let trouble = super::pod::newest_event(
        scene,
        cronjob,
        &[
            "TooManyMissedTimes",
            "UnParseableCronJobSchedule",
            "UnparseableSchedule",
            "InvalidSchedule",
            "FailedNeedsStart",
            "FailedCreate",
            "UnknownTimeZone",
        ],
    );
    let mut running: Vec<&Object> = scene
        .snapshot
        .controlled_by(cronjob.uid())
        .filter(|job| job.kind() == "Job" && job.int("/status/active").unwrap_or(0) > 0)
        .collect();
    running.sort_by_key(|job| job.created());
    let oldest = running.first();
    let concurrency = match cronjob.text("/spec/concurrencyPolicy") {
        "" => "Allow",
        policy => policy,
    };
    let active_for = oldest.and_then(|job| scene.age(job));
    let waiting = super::pod::newest_event(scene, cronjob, &["JobAlreadyActive"]).is_some();
    let section = json!({
        "last_failed_ago": newest.and_then(|job| condition(job, "Failed")).map_or(Some(0), |failed| scene.since(text(failed, "/lastTransitionTime"))),
        "concurrency": concurrency,
        "active_job": oldest.map_or("", |job| job.name()),
        "active_for": oldest.map_or(Some(0), |_| active_for),
        "held_back": concurrency == "Forbid" && oldest.is_some() && waiting,
        "schedule_problem": schedule_problem(cronjob),
        "name": cronjob.name(),
        "namespace": cronjob.namespace(),
        "schedule": cronjob.text("/spec/schedule"),
        "suspended": cronjob.at("/spec/suspend").and_then(Json::as_bool).unwrap_or(false),
        "age": scene.age(cronjob),
        "active": cronjob.list("/status/active").len(),
        "scheduled_ago": ago("/status/lastScheduleTime"),
        "succeeded_ago": ago("/status/lastSuccessfulTime"),
        "failed_in_a_row": failing.len(),
        "failed_job": newest.map_or("", |job| job.name()),
        "failed_reason": newest.and_then(|job| condition(job, "Failed")).map_or("", |failed| text(failed, "/reason")),
        "trouble_reason": trouble.map_or("", |event| event.text("/reason")),
        "trouble_message": trouble.map_or("", |event| first_line(event.text("/message"))),
    });
    vec![
        ("cronjob", section),
        ("workload", super::workload::data(scene, cronjob)),
    ]
}

/// The Jobs of a CronJob that failed since one of them succeeded, newest first.
pub(crate) fn failing_jobs<'a>(scene: Scene<'a>, cronjob: &Object) -> Vec<&'a Object> {
    let mut jobs: Vec<_> = scene
        .snapshot
        .controlled_by(cronjob.uid())
        .filter(|job| job.kind() == "Job")
        .collect();
    jobs.sort_by_key(|job| std::cmp::Reverse((job.created(), job.name().to_owned())));
    let ended = |job: &&Object| {
        super::job::succeeded(job)
            || condition(job, "Failed").is_some_and(|failed| text(failed, "/status") == "True")
    };
    jobs.into_iter()
        .filter(ended)
        .take_while(|job| !super::job::succeeded(job))
        .collect()
}

/// What is wrong with a schedule that a controller cannot read.
fn schedule_problem(cronjob: &Object) -> String {
    let schedule = cronjob.text("/spec/schedule");
    if schedule.is_empty() {
        return String::new();
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if schedule.starts_with('@') {
        let known = [
            "@yearly",
            "@annually",
            "@monthly",
            "@weekly",
            "@daily",
            "@midnight",
            "@hourly",
        ];
        let right = known.contains(&schedule) || schedule.starts_with("@every ");
        return if right {
            String::new()
        } else {
            format!("`{schedule}` is no schedule")
        };
    }
    let fields = match fields.split_first() {
        Some((first, rest)) if first.starts_with("TZ=") || first.starts_with("CRON_TZ=") => {
            rest.to_vec()
        }
        _ => fields,
    };
    if fields.len() != 5 {
        return format!("`{schedule}` has {} fields, not 5", fields.len());
    }
    let highest = [59_u32, 23, 31, 12, 7];
    for (field, most) in fields.iter().zip(highest) {
        // A step may be larger than the field: `*/90` is odd, and runs.
        let first = field.split([',', '-', '/']).next().unwrap_or_default();
        if first.parse::<u32>().is_ok_and(|number| number > most) {
            return format!("`{field}` in `{schedule}` is above {most}");
        }
    }
    String::new()
}
