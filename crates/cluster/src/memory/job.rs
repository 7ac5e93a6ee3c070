//! The Job controller: pods that run to their end, and are tried again as often as the Job says.

use facts::container::pod_ready;
use facts::{Json, Object};
use model::Timestamp;
use serde_json::{Value, json};

use super::event::Happening;
use super::pace::Pace;
use super::pods::NewPod;
use super::replica_set::controllers;
use super::store::{Key, set};
use super::world::World;

const CONTROLLER: &str = "job-controller";

/// How a Job has ended: the type, the reason and the message of its condition.
type Outcome = (&'static str, &'static str, &'static str);

const OUT_OF_TRIES: Outcome = (
    "Failed",
    "BackoffLimitExceeded",
    "Job has reached the specified backoff limit",
);
const TOO_SLOW: Outcome = (
    "Failed",
    "DeadlineExceeded",
    "Job was active longer than specified deadline",
);
const THROUGH: Outcome = (
    "Complete",
    "CompletionsReached",
    "Reached expected number of succeeded pods",
);

/// The pods of a Job, counted.
struct Counted {
    running: Vec<Object>,
    succeeded: u64,
    failed: u64,
    /// How often containers of running pods were started anew.
    restarts: u64,
    /// When the last pod failed.
    last_failure: Option<Timestamp>,
}

impl World {
    /// Looks at one Job.
    pub(super) fn sync_job(&mut self, key: &Key) {
        let Some(job) = self.store.get(key).cloned() else {
            return;
        };
        if ended(&job).is_some() {
            return;
        }
        let suspended = job.at("/spec/suspend") == Some(&Json::Bool(true));
        let now = self.stamp();
        if job.at("/status/startTime").is_none() && !suspended {
            self.update(key, |object| {
                set(object, &["status", "startTime"], json!(now))
            });
            self.job_began.insert(job.uid().to_owned(), self.now);
        }
        let counted = self.count_job(&job);
        let most = number(&job, "/spec/backoffLimit", 6);
        let wanted = number(&job, "/spec/completions", 1);
        let began = self.job_began.get(job.uid()).copied().unwrap_or(self.now);
        let limit = job
            .int("/spec/activeDeadlineSeconds")
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(|seconds| began.plus(self.pace.seconds(seconds)));
        let restarted_too_often = counted.restarts > 0 && counted.restarts >= most.max(1);
        if counted.failed > most || restarted_too_often {
            self.end_job(&job, &counted, OUT_OF_TRIES);
        } else if limit.is_some_and(|limit| limit <= self.now) {
            self.end_job(&job, &counted, TOO_SLOW);
        } else if counted.succeeded >= wanted {
            self.end_job(&job, &counted, THROUGH);
        } else if suspended {
            for pod in &counted.running {
                self.stop_pod(&Key::of(pod));
            }
        } else {
            if let Some(limit) = limit {
                self.wake_after(key, limit.since(self.now));
            }
            self.make_job_pods(&job, &counted, wanted);
        }
        self.job_status(key);
    }

    fn count_job(&self, job: &Object) -> Counted {
        let mut counted = Counted {
            running: Vec::new(),
            succeeded: 0,
            failed: 0,
            restarts: 0,
            last_failure: None,
        };
        for pod in self.store.owned(job.uid(), "Pod") {
            match pod.text("/status/phase") {
                "Succeeded" => counted.succeeded += 1,
                "Failed" => {
                    counted.failed += 1;
                    let ends = self.pods.get(pod.uid()).and_then(|run| {
                        let ends = run.containers.iter().filter_map(|one| one.end.as_ref());
                        ends.map(|end| end.finished).max()
                    });
                    counted.last_failure = counted.last_failure.max(ends);
                }
                _ => {
                    for run in self
                        .pods
                        .get(pod.uid())
                        .into_iter()
                        .flat_map(|r| &r.containers)
                    {
                        counted.restarts += u64::from(run.restarts);
                    }
                    counted.running.push(pod.clone());
                }
            }
        }
        counted
    }

    fn make_job_pods(&mut self, job: &Object, counted: &Counted, wanted: u64) {
        let at_once = number(job, "/spec/parallelism", 1);
        let active = u64::try_from(counted.running.len()).unwrap_or(u64::MAX);
        let missing = wanted
            .saturating_sub(counted.succeeded)
            .min(at_once)
            .saturating_sub(active)
            .min(500);
        if missing == 0 {
            return;
        }
        // After a failure the next try waits, twice as long each time.
        if let Some(last) = counted.last_failure {
            let failures = u32::try_from(counted.failed).unwrap_or(u32::MAX);
            let until = last.plus(Pace::back_off(self.pace.crash_back_off, failures));
            if until > self.now {
                self.wake_after(&Key::of(job), until.since(self.now));
                return;
            }
        }
        for _ in 0..missing {
            let suffix = self.store.mint_suffix();
            let name = format!("{}-{suffix}", job.name());
            let new = NewPod {
                owner: job,
                name: name.clone(),
                template: job.at("/spec/template").unwrap_or(&Json::Null),
            };
            match self.create_pod(new, |_| {}) {
                Ok(_) => {
                    self.pod_accepted(job);
                    let message = format!("Created pod: {name}");
                    self.emit(job, controllers("SuccessfulCreate", &message, CONTROLLER));
                }
                Err(why) => {
                    self.pod_refused(job, CONTROLLER, &format!("Error creating: {why}"));
                    return;
                }
            }
        }
    }

    fn end_job(&mut self, job: &Object, counted: &Counted, outcome: Outcome) {
        let (kind, reason, message) = outcome;
        for pod in &counted.running {
            self.stop_pod(&Key::of(pod));
        }
        let now = self.stamp();
        let first = match kind {
            "Complete" => "SuccessCriteriaMet",
            _ => "FailureTarget",
        };
        let conditions: Vec<Value> = [first, kind]
            .into_iter()
            .map(|kind| {
                json!({
                    "type": kind,
                    "status": "True",
                    "lastProbeTime": now,
                    "lastTransitionTime": now,
                    "reason": reason,
                    "message": message,
                })
            })
            .collect();
        self.update(&Key::of(job), |object| {
            set(object, &["status", "conditions"], Value::Array(conditions));
            if kind == "Complete" {
                set(object, &["status", "completionTime"], json!(now));
            }
        });
        let complete = kind == "Complete";
        self.emit(
            job,
            Happening {
                normal: complete,
                reason: if complete { "Completed" } else { reason },
                message: if complete { "Job completed" } else { message },
                component: CONTROLLER,
                host: "",
                field: "",
            },
        );
        if let Some(owner) = job.controller() {
            self.wake_owner(owner);
        }
    }

    fn job_status(&mut self, key: &Key) {
        let Some(job) = self.store.get(key).cloned() else {
            return;
        };
        let counted = self.count_job(&job);
        let through = ended(&job).is_some();
        let active = if through { 0 } else { counted.running.len() };
        let ready = counted.running.iter().filter(|pod| pod_ready(pod)).count();
        let failed = match ended(&job) {
            // What ran when the Job was given up has failed with it.
            Some("Failed") => counted.failed + u64::try_from(counted.running.len()).unwrap_or(0),
            _ => counted.failed,
        };
        self.update(key, |object| {
            for (field, count) in [
                ("active", u64::try_from(active).unwrap_or(0)),
                ("succeeded", counted.succeeded),
                ("failed", failed),
            ] {
                if count > 0 {
                    set(object, &["status", field], json!(count));
                } else {
                    super::store::unset(object, &["status", field]);
                }
            }
            let ready = if through { 0 } else { ready };
            set(object, &["status", "ready"], json!(ready));
            set(object, &["status", "terminating"], json!(0));
        });
    }

    /// Has a Job of a `CronJob` made.
    pub(super) fn labelled_job(&mut self, object: Object) -> Object {
        let job = self.create(object);
        self.label_job(&Key::of(&job));
        self.store.get(&Key::of(&job)).cloned().unwrap_or(job)
    }

    /// Gives a new Job the selector and the labels by which it knows its pods.
    pub(super) fn label_job(&mut self, key: &Key) {
        let Some(job) = self.store.get(key).cloned() else {
            return;
        };
        let labels = [
            ("batch.kubernetes.io/controller-uid", job.uid()),
            ("batch.kubernetes.io/job-name", job.name()),
            ("controller-uid", job.uid()),
            ("job-name", job.name()),
        ];
        self.update(key, |object| {
            for (label, value) in labels {
                set(object, &["metadata", "labels", label], json!(value));
                let path = ["spec", "template", "metadata", "labels", label];
                set(object, &path, json!(value));
            }
            let selector = json!({"batch.kubernetes.io/controller-uid": job.uid()});
            set(object, &["spec", "selector", "matchLabels"], selector);
        });
    }
}

/// How a Job has ended, if it has: `Complete` or `Failed`.
pub(super) fn ended(job: &Object) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| {
        super::conditions::told(job, kind)
            .and_then(|found| found.get("status")?.as_str())
            .is_some_and(|status| status == "True")
    })
}

fn number(job: &Object, path: &str, otherwise: u64) -> u64 {
    job.int(path)
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(otherwise)
}
