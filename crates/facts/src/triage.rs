//! Triage: which subjects of a snapshot are worth asking skills about.
//!
//! It is the one place where healthy things are left in peace: what has ended well, what is being
//! replaced, what somebody has switched off. Whether something is wrong, and what, is for skills.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use model::ObjectRef;

use crate::container::{Container, containers, pod_ready, text};
use crate::revision::TEMPLATE_HASH;
use crate::subject::container::{exits_cleanly, is_flapping};
use crate::subject::cronjob::failing_jobs;
use crate::subject::{Resource, Scene, job, service, webhooks};
use crate::workload::home_of;
use crate::{Json, Object, Snapshot, owner_of};

/// Something that may be sick, and everything that is sick in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What sort of thing.
    pub resource: Resource,
    /// The object: for a group of pods the one that tells most.
    pub object: ObjectRef,
    /// The container or webhook.
    pub part: Option<String>,
    /// The workload it belongs to, or the object itself.
    pub home: ObjectRef,
    /// All that show the same, the one that tells most among them.
    pub affected: Vec<ObjectRef>,
    /// Whether its logs may tell more.
    pub logs: bool,
}

/// Seconds after which a pod that should be gone is overdue.
const OVERDUE: i64 = 60;
/// Seconds for which the leftovers of an eviction are news.
const RECENT: i64 = 3600;

/// Whether an object is worth asking about.
type Matters = fn(Scene<'_>, &Object) -> bool;

/// The subjects worth asking about, in a fixed order.
#[must_use]
pub fn candidates(snapshot: &Snapshot) -> Vec<Candidate> {
    let scene = Scene::new(snapshot);
    let mut found = Vec::new();
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
        for workload in snapshot.of_kind(kind, None) {
            if kind != "ReplicaSet" || workload.controller().is_none() {
                found.push(alone(snapshot, Resource::Workload, workload));
            }
        }
    }
    pods(scene, &mut found);
    others(scene, &mut found);
    found
}

/// What is neither a workload nor a pod.
fn others(scene: Scene<'_>, found: &mut Vec<Candidate>) {
    let snapshot = scene.snapshot;
    let plain: [(&str, Resource, Matters); 9] = [
        ("Job", Resource::Job, job_matters),
        ("CronJob", Resource::CronJob, |_, cron| !suspended(cron)),
        ("Service", Resource::Service, service::matters),
        ("Ingress", Resource::Ingress, |_, _| true),
        ("PersistentVolumeClaim", Resource::Pvc, |_, claim| {
            claim.text("/status/phase") != "Bound"
        }),
        ("Node", Resource::Node, |_, _| true),
        ("HorizontalPodAutoscaler", Resource::Hpa, |_, _| true),
        ("PodDisruptionBudget", Resource::Pdb, |_, _| true),
        ("ResourceQuota", Resource::Quota, |_, _| true),
    ];
    for (kind, resource, matters) in plain {
        for object in snapshot.of_kind(kind, None) {
            if matters(scene, object) {
                found.push(alone(snapshot, resource, object));
            }
        }
    }
    for namespace in snapshot.of_kind("Namespace", None) {
        if namespace.at("/metadata/deletionTimestamp").is_some() {
            found.push(alone(snapshot, Resource::Namespace, namespace));
        }
    }
    for service in snapshot.of_kind("APIService", None) {
        if service.at("/spec/service").is_some_and(Json::is_object) {
            found.push(alone(snapshot, Resource::ApiService, service));
        }
    }
    for kind in [
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ] {
        for configuration in snapshot.of_kind(kind, None) {
            for webhook in webhooks(configuration) {
                let mut candidate = alone(snapshot, Resource::Webhook, configuration);
                candidate.part = Some(webhook.to_owned());
                found.push(candidate);
            }
        }
    }
    for secret in snapshot.of_kind("Secret", None) {
        if secret.annotation(crate::NOT_AFTER).is_some() {
            let mut candidate = alone(snapshot, Resource::Certificate, secret);
            // A Secret suffers nothing: who it concerns are the visitors of these.
            let shown: Vec<ObjectRef> = crate::wiring::showing(snapshot, secret)
                .map(Object::reference)
                .collect();
            if !shown.is_empty() {
                candidate.affected = shown;
            }
            found.push(candidate);
        }
    }
}

/// Logs that tell what is listened on behind Services whose target port no container declares:
/// one pod's of each.
#[must_use]
pub fn listeners(snapshot: &Snapshot) -> Vec<crate::LogKey> {
    let mut keys = Vec::new();
    for service in snapshot.of_kind("Service", None) {
        let Some(selector) = service.at("/spec/selector") else {
            continue;
        };
        let mut pods = snapshot.selected("Pod", service.namespace(), selector);
        let Some(pod) = pods.find(|pod| pod.text("/status/phase") == "Running") else {
            continue;
        };
        let undeclared = crate::ports::targets(service, pod, &[])
            .iter()
            .any(|target| !target.declared && target.number > 0);
        if undeclared {
            keys.extend(
                containers(pod)
                    .filter(|container| !container.init)
                    .map(|container| {
                        crate::LogKey::current(pod.namespace(), pod.name(), container.name())
                    }),
            );
        }
    }
    keys
}

fn alone(snapshot: &Snapshot, resource: Resource, object: &Object) -> Candidate {
    Candidate {
        resource,
        object: object.reference(),
        part: None,
        home: home_of(snapshot, object),
        affected: vec![object.reference()],
        logs: false,
    }
}

fn suspended(object: &Object) -> bool {
    object.at("/spec/suspend").and_then(Json::as_bool) == Some(true)
}

/// A Job matters while it runs, or when it failed and nothing of its kind has succeeded since.
fn job_matters(scene: Scene<'_>, job: &Object) -> bool {
    if job::succeeded(job) || suspended(job) {
        return false;
    }
    match job.controller().and_then(|uid| scene.snapshot.by_uid(uid)) {
        Some(cron) if cron.kind() == "CronJob" => {
            let failed = crate::container::condition(job, "Failed").is_some();
            !suspended(cron)
                && (!failed
                    || most_telling(scene, cron).is_some_and(|told| told.name() == job.name()))
        }
        _ => true,
    }
}

/// The run of a CronJob that tells why its runs fail: the newest that failed, or, where no log of that
/// one is known, the newest of which one is.
fn most_telling<'a>(scene: Scene<'a>, cron: &Object) -> Option<&'a Object> {
    let failing = failing_jobs(scene, cron);
    let tells = |job: &&&Object| {
        crate::pods_of(scene.snapshot, job).iter().any(|pod| {
            let mut keys = containers(pod).map(|container| {
                crate::LogKey::current(pod.namespace(), pod.name(), container.name())
            });
            keys.any(|key| scene.snapshot.log(&key).is_present())
        })
    };
    // Only of a transcript it is known that there is nothing else to be read.
    let told = failing
        .iter()
        .find(tells)
        .filter(|_| failing.first().is_some_and(|newest| newest.is_guessed()));
    told.or(failing.first()).copied()
}

/// What pods are alike in: their workload, revision and container, and how they are sick.
type Alike = (ObjectRef, String, Option<String>, String);

fn pods(scene: Scene<'_>, found: &mut Vec<Candidate>) {
    let mut groups: BTreeMap<Alike, Vec<(&Object, bool)>> = BTreeMap::new();
    let mut newest = Newest::default();
    for pod in scene.snapshot.of_kind("Pod", None) {
        let Some(sick) = sickness(scene, pod, &mut newest) else {
            continue;
        };
        let home = home_of(scene.snapshot, pod);
        let revision = revision_of(pod);
        if sick.whole {
            let key = (home.clone(), revision.clone(), None, pod_signature(pod));
            groups.entry(key).or_default().push((pod, false));
        }
        for container in &sick.containers {
            let key = (
                home.clone(),
                revision.clone(),
                Some(container.name().to_owned()),
                container_signature(container),
            );
            let ran = container.last_end().is_some() || container.state() == "running";
            groups.entry(key).or_default().push((pod, ran));
        }
    }
    for ((home, _, part, _), mut members) in groups {
        members.sort_by_key(|(pod, ran)| (Reverse(*ran), Reverse(restarts(pod)), pod.name()));
        let Some((first, logs)) = members.first().copied() else {
            continue;
        };
        let resource = if part.is_some() {
            Resource::Container
        } else {
            Resource::Pod
        };
        let mut affected: Vec<ObjectRef> = members.iter().map(|(pod, _)| pod.reference()).collect();
        affected.sort();
        found.push(Candidate {
            resource,
            object: first.reference(),
            part,
            home,
            affected,
            logs,
        });
    }
}

/// How a pod is sick: as a whole, and in which containers.
struct Sick<'a> {
    whole: bool,
    containers: Vec<Container<'a>>,
}

fn sickness<'a>(scene: Scene<'a>, pod: &'a Object, newest: &mut Newest<'a>) -> Option<Sick<'a>> {
    let deletion = pod.text("/metadata/deletionTimestamp");
    if !deletion.is_empty() {
        let overdue = scene.since(deletion).is_some_and(|late| late > OVERDUE);
        return overdue.then_some(Sick {
            whole: true,
            containers: Vec::new(),
        });
    }
    let above = pod.controller().and_then(|uid| scene.snapshot.by_uid(uid));
    let job = above.filter(|above| above.kind() == "Job");
    match pod.text("/status/phase") {
        "Succeeded" => return None,
        "Failed" => {
            if job.is_some_and(|job| !job_matters(scene, job)) {
                return None;
            }
            if above.is_none()
                && pod
                    .controller()
                    .is_some_and(|uid| succeeded_at_last(scene, uid))
            {
                return None;
            }
            let reason = pod.text("/status/reason");
            if !reason.is_empty() && job.is_none() {
                // What an eviction, a drain or a shutdown left behind: news only while it is new
                // and has hurt.
                let news = reason == "Evicted" && is_recent(scene, pod) && was_missed(scene, pod);
                return news.then_some(Sick {
                    whole: true,
                    containers: Vec::new(),
                });
            }
            let failed = containers(pod)
                .filter(|container| container.exit_code() != 0)
                .collect();
            return Some(Sick {
                whole: true,
                containers: failed,
            });
        }
        _ => {}
    }
    if job.is_some_and(|job| !job_matters(scene, job)) || newest.has_replaced(scene, pod) {
        return None;
    }
    if pod_ready(pod) {
        let flapping: Vec<_> = containers(pod)
            .filter(|container| is_flapping(scene, pod, container))
            .collect();
        return (!flapping.is_empty()).then_some(Sick {
            whole: false,
            containers: flapping,
        });
    }
    let sick = containers(pod)
        .filter(|container| {
            let waits_its_turn = matches!(container.waiting_reason(), "PodInitializing");
            // Of an end in failure a table does not tell the code.
            let done = container.init
                && container.exit_code() == 0
                && container.state() == "terminated"
                && !container.crashed();
            let well = container.ready() && !is_flapping(scene, pod, container);
            !(waits_its_turn || done || well && !exits_cleanly(pod, container))
        })
        .collect();
    Some(Sick {
        whole: true,
        containers: sick,
    })
}

/// Whether a pod of the same owner, which itself was not read, has succeeded.
fn succeeded_at_last(scene: Scene<'_>, owner: &str) -> bool {
    scene
        .snapshot
        .controlled_by(owner)
        .any(|pod| pod.text("/status/phase") == "Succeeded")
}

fn is_recent(scene: Scene<'_>, pod: &Object) -> bool {
    let ended = containers(pod)
        .filter_map(|container| scene.since(text(container.last_end()?, "/finishedAt")))
        .min();
    let known = ended.or_else(|| {
        let disrupted = crate::container::condition(pod, "DisruptionTarget")?;
        scene.since(text(disrupted, "/lastTransitionTime"))
    });
    known
        .or_else(|| scene.age(pod))
        .is_none_or(|ago| ago <= RECENT)
}

/// Whether the workload of a pod that was evicted is short of pods, or loses one after another.
fn was_missed(scene: Scene<'_>, pod: &Object) -> bool {
    let Some(owner) = owner_of(scene.snapshot, pod) else {
        return true;
    };
    let pods = crate::pods_of(scene.snapshot, owner);
    let evicted = pods
        .iter()
        .filter(|pod| pod.text("/status/reason") == "Evicted")
        .count();
    let ready = pods.iter().filter(|pod| pod_ready(pod)).count();
    let wanted = usize::try_from(crate::rollout::desired(owner)).unwrap_or(usize::MAX);
    evicted >= 2 || owner.kind() != "DaemonSet" && ready < wanted
}

/// Which ReplicaSet of each Deployment is the newest, worked out once for each.
#[derive(Default)]
struct Newest<'a>(BTreeMap<&'a str, Option<&'a str>>);

impl<'a> Newest<'a> {
    /// Whether a pod is of a revision that a newer one, which has pods, takes the place of.
    fn has_replaced(&mut self, scene: Scene<'a>, pod: &'a Object) -> bool {
        let Some(set) = pod.controller().and_then(|uid| scene.snapshot.by_uid(uid)) else {
            return false;
        };
        let Some(deployment) = set.controller().and_then(|uid| scene.snapshot.by_uid(uid)) else {
            return false;
        };
        if set.kind() != "ReplicaSet" || deployment.kind() != "Deployment" {
            return false;
        }
        let newest = self.0.entry(deployment.uid()).or_insert_with(|| {
            let sets = crate::replica_sets_of(scene.snapshot, deployment);
            let newest = sets
                .into_iter()
                .max_by_key(|set| (crate::revision::number(set), set.created()))?;
            let has_pods = scene.snapshot.controlled_by(newest.uid()).next().is_some();
            has_pods.then_some(newest.uid())
        });
        newest.is_some_and(|newest| newest != set.uid())
    }
}

fn revision_of(pod: &Object) -> String {
    let label = |name: &str| {
        pod.at("/metadata/labels")
            .and_then(|labels| labels.get(name)?.as_str())
    };
    label(TEMPLATE_HASH)
        .or_else(|| label("controller-revision-hash"))
        .unwrap_or_default()
        .to_owned()
}

fn pod_signature(pod: &Object) -> String {
    let placed = crate::container::condition(pod, "PodScheduled")
        .map_or("", |placed| text(placed, "/reason"));
    let failing = containers(pod).any(|container| container.trouble().is_some());
    format!(
        "{}/{}/{placed}/{failing}",
        pod.text("/status/phase"),
        pod.text("/status/reason")
    )
}

/// What a container's trouble looks like, without what changes from one try to the next.
fn container_signature(container: &Container<'_>) -> String {
    let waiting = match container.waiting_reason() {
        "CrashLoopBackOff" | "" if container.last_end().is_some() => "down",
        "" => container.state(),
        "ErrImagePull" | "ImagePullBackOff" => "image",
        reason => reason,
    };
    format!(
        "{waiting}/{}/{}",
        container.exit_code(),
        container.end_reason()
    )
}

fn restarts(pod: &Object) -> u32 {
    containers(pod)
        .map(|container| container.restarts())
        .fold(0, u32::saturating_add)
}
