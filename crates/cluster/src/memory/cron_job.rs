//! The `CronJob` controller: Jobs by the cluster's clock, and how many of the old ones stay.

use facts::{Json, Object};
use model::Timestamp;
use serde_json::{Value, json};

use super::job::ended;
use super::replica_set::{controllers, owner_reference};
use super::schedule::Schedule;
use super::store::{Key, set, unset};
use super::world::{World, stamp};

const CONTROLLER: &str = "cronjob-controller";

impl World {
    /// Looks at one `CronJob`.
    pub(super) fn sync_cron_job(&mut self, key: &Key) {
        let Some(cron) = self.store.get(key).cloned() else {
            return;
        };
        self.see_ended_jobs(&cron);
        self.forget_jobs(&cron, "Complete", "/spec/successfulJobsHistoryLimit", 3);
        self.forget_jobs(&cron, "Failed", "/spec/failedJobsHistoryLimit", 1);
        self.cron_job_status(key);
        if cron.at("/spec/suspend") == Some(&Json::Bool(true)) {
            return;
        }
        let Some(schedule) = Schedule::parse(cron.text("/spec/schedule")) else {
            let message = format!("unparseable schedule: {}", cron.text("/spec/schedule"));
            self.cron_trouble(&cron, "UnparseableSchedule", &message);
            return;
        };
        let since = self.ticked.get(cron.uid()).copied().unwrap_or(self.now);
        self.ticked.entry(cron.uid().to_owned()).or_insert(since);
        if let Some(due) = last_missed(&schedule, since, self.now) {
            self.ticked.insert(cron.uid().to_owned(), due);
            self.run_cron_job(&cron, due);
            self.cron_job_status(key);
        }
        let since = self.ticked.get(cron.uid()).copied().unwrap_or(self.now);
        if let Some(next) = schedule.after(since.max(self.now)) {
            self.wake_after(key, next.since(self.now));
        }
    }

    fn run_cron_job(&mut self, cron: &Object, due: Timestamp) {
        let running: Vec<Object> = self
            .jobs_of(cron)
            .into_iter()
            .filter(|job| ended(job).is_none())
            .collect();
        if !running.is_empty() {
            match cron.text("/spec/concurrencyPolicy") {
                "Forbid" => {
                    let message = format!(
                        "Not starting job because prior execution is running and concurrency \
                         policy is Forbid: {}",
                        cron.name()
                    );
                    self.emit(cron, controllers("JobAlreadyActive", &message, CONTROLLER));
                    return;
                }
                "Replace" => {
                    for job in &running {
                        self.drop_job(cron, job);
                    }
                }
                _ => {}
            }
        }
        let name = format!("{}-{}", cron.name(), due.micros().div_euclid(60_000_000));
        let mut metadata = json!({
            "name": name,
            "namespace": cron.namespace(),
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(due)},
            "ownerReferences": [owner_reference("batch/v1", cron)],
        });
        if let Some(labels) = cron.at("/spec/jobTemplate/metadata/labels") {
            set(&mut metadata, &["labels"], labels.clone());
        }
        self.labelled_job(Object::new(json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": cron.at("/spec/jobTemplate/spec").cloned().unwrap_or_default(),
            "status": {},
        })));
        let message = format!("Created job {name}");
        self.emit(cron, controllers("SuccessfulCreate", &message, CONTROLLER));
        self.update(&Key::of(cron), |object| {
            set(object, &["status", "lastScheduleTime"], json!(stamp(due)));
        });
    }

    /// Tells of Jobs that have ended since the last look.
    fn see_ended_jobs(&mut self, cron: &Object) {
        let active = cron.list("/status/active").to_vec();
        for job in self.jobs_of(cron) {
            let known = active
                .iter()
                .any(|one| one.get("uid").and_then(Json::as_str) == Some(job.uid()));
            let Some(how) = ended(&job).filter(|_| known) else {
                continue;
            };
            let message = format!("Saw completed job: {}, condition: {how}", job.name());
            self.emit(cron, controllers("SawCompletedJob", &message, CONTROLLER));
            if how == "Complete" {
                let when = job.text("/status/completionTime").to_owned();
                self.update(&Key::of(cron), |object| {
                    set(object, &["status", "lastSuccessfulTime"], json!(when));
                });
            }
        }
    }

    /// Removes the oldest Jobs that ended in a way, beyond those that are to be kept.
    fn forget_jobs(&mut self, cron: &Object, how: &str, limit: &str, otherwise: i64) {
        let limit = usize::try_from(cron.int(limit).unwrap_or(otherwise)).unwrap_or(0);
        let mut jobs: Vec<Object> = self
            .jobs_of(cron)
            .into_iter()
            .filter(|job| ended(job) == Some(how))
            .collect();
        jobs.sort_by_key(|job| (job.created(), job.name().to_owned()));
        let gone = jobs.len().saturating_sub(limit);
        for job in jobs.iter().take(gone) {
            self.drop_job(cron, job);
        }
    }

    fn drop_job(&mut self, cron: &Object, job: &Object) {
        self.remove(job);
        let message = format!("Deleted job {}", job.name());
        self.emit(cron, controllers("SuccessfulDelete", &message, CONTROLLER));
    }

    fn jobs_of(&self, cron: &Object) -> Vec<Object> {
        self.store.owned(cron.uid(), "Job").cloned().collect()
    }

    fn cron_job_status(&mut self, key: &Key) {
        let Some(cron) = self.store.get(key).cloned() else {
            return;
        };
        let active: Vec<Value> = self
            .jobs_of(&cron)
            .iter()
            .filter(|job| ended(job).is_none())
            .map(|job| {
                json!({
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "name": job.name(),
                    "namespace": job.namespace(),
                    "uid": job.uid(),
                })
            })
            .collect();
        self.update(key, |object| {
            if active.is_empty() {
                unset(object, &["status", "active"]);
            } else {
                set(object, &["status", "active"], Value::Array(active));
            }
        });
    }

    fn cron_trouble(&mut self, cron: &Object, reason: &str, message: &str) {
        let mut happening = controllers(reason, message, CONTROLLER);
        happening.normal = false;
        self.emit(cron, happening);
    }
}

/// The last time between two at which a schedule was due.
fn last_missed(schedule: &Schedule, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut found = None;
    let mut from = since;
    // Who slept for long runs once, not once for every time that was missed.
    for _ in 0..100 {
        match schedule.after(from).filter(|next| *next <= now) {
            Some(next) => {
                found = Some(next);
                from = next;
            }
            None => break,
        }
    }
    found
}
