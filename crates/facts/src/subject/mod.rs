//! Subjects: what the conditions of skills see of the things they judge.
//!
//! Every key of [`schema`] is always there, with an empty value of its type where there is nothing,
//! and with `null`, which no condition holds for, where nothing is known. What a key means is said
//! beside it, in the file that fills it in.

mod blank;
mod budget;
mod changed;
mod cluster;
pub(crate) mod container;
pub(crate) mod cronjob;
mod ending;
mod failure;
mod file;
mod hpa;
mod ingress;
pub(crate) mod job;
mod lost_port;
pub(crate) mod memory;
mod node;
mod pending;
mod pod;
mod probe;
mod pull;
mod resource;
mod rollout;
mod say;
mod seen;
pub(crate) mod service;
mod stale;
mod storage;
mod volume;
mod wanted;
mod workload;

use std::sync::LazyLock;

use model::{ObjectRef, Timestamp};
use serde_json::{Map, Value};

use crate::container::containers;
use crate::workload::home_of;
use crate::{Object, Snapshot, pods_of};

pub(crate) use cluster::backed_by;
pub use pull::pull_failure;
pub use resource::Resource;

/// One thing that skills judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What sort of thing.
    pub resource: Resource,
    /// The object: the pod for a container.
    pub object: ObjectRef,
    /// The part of the object, where it has several: a container, or one webhook of a
    /// configuration.
    pub part: Option<String>,
    /// The workload it belongs to, or the object itself.
    pub home: ObjectRef,
    /// What conditions see.
    pub data: Value,
}

/// The type of a value in a subject's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A text; empty where there is none.
    Text,
    /// A list of texts.
    Texts,
    /// A list of maps, whose fields are named beside the key.
    Maps,
    /// A reference: `{kind, namespace, name}`, or an empty map.
    Ref,
    /// A list of maps `{path, old, new}`: texts, the last two being the JSON of any value.
    Changes,
}

/// The keys of a section of a subject's data, with their types.
type Section = &'static [(&'static str, Type)];

/// The paths that are there in every subject's data, and their types.
#[must_use]
pub fn schema() -> &'static [(&'static str, Type)] {
    static SCHEMA: LazyLock<Vec<(&'static str, Type)>> = LazyLock::new(|| {
        let mut all = vec![("resource", Type::Text)];
        for section in SECTIONS {
            all.extend_from_slice(section);
        }
        all
    });
    &SCHEMA
}

const SECTIONS: &[Section] = &[
    pod::SCHEMA,
    container::SCHEMA,
    memory::SCHEMA,
    workload::SCHEMA,
    job::SCHEMA,
    cronjob::SCHEMA,
    service::SCHEMA,
    ingress::SCHEMA,
    storage::SCHEMA,
    node::SCHEMA,
    hpa::SCHEMA,
    budget::SCHEMA,
    cluster::SCHEMA,
    failure::SCHEMA,
    file::SCHEMA,
    wanted::SCHEMA,
    stale::SCHEMA,
    volume::SCHEMA,
    pending::SCHEMA,
    probe::SCHEMA,
    pull::SCHEMA,
    rollout::SCHEMA,
    say::SCHEMA,
    ending::SCHEMA,
];

/// The snapshot that subjects are made from, and the time at which it was taken.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) now: Option<Timestamp>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        // What does not say when it was taken is as old as the newest thing in it.
        let now = snapshot.taken().or_else(|| snapshot.newest_stamp());
        Self { snapshot, now }
    }

    /// The seconds since a time stamp; unknown where either time is.
    pub(crate) fn since(self, stamp: &str) -> Option<i64> {
        let then = Timestamp::parse(stamp)?;
        let passed = self.now?.since(then);
        i64::try_from(passed.0 / 1000).ok()
    }

    /// How old an object is, in seconds.
    pub(crate) fn age(self, object: &Object) -> Option<i64> {
        self.since(object.text("/metadata/creationTimestamp"))
    }
}

/// The subjects of a workload: itself first, then each of its pods with its containers.
#[must_use]
pub fn subjects(snapshot: &Snapshot, workload: &Object) -> Vec<Subject> {
    let maker = Maker::of(snapshot, workload);
    let whole = Resource::of(workload.kind(), None)
        .filter(|whole| *whole != Resource::Pod)
        .and_then(|whole| subject(snapshot, whole, &workload.reference(), None));
    let mut subjects: Vec<Subject> = whole.into_iter().collect();
    for pod in pods_of(snapshot, workload) {
        subjects.push(maker.pod(pod));
        for container in containers(pod) {
            subjects.push(maker.container(pod, &container));
        }
    }
    subjects
}

/// One subject as the snapshot shows it now; `None` if its object is not there any more.
#[must_use]
pub fn subject(
    snapshot: &Snapshot,
    resource: Resource,
    object: &ObjectRef,
    part: Option<&str>,
) -> Option<Subject> {
    let found = snapshot.find(object).present()?;
    let scene = Scene::new(snapshot);
    match resource {
        Resource::Workload => Some(Maker::of(snapshot, found).workload()),
        Resource::Pod => Some(Maker::of(snapshot, top_of(snapshot, found)).pod(found)),
        Resource::Container => {
            let container = containers(found).find(|container| Some(container.name()) == part)?;
            Some(Maker::of(snapshot, top_of(snapshot, found)).container(found, &container))
        }
        Resource::Service => Some(alone(
            snapshot,
            resource,
            found,
            service::data(scene, found),
        )),
        Resource::Ingress => Some(alone(
            snapshot,
            resource,
            found,
            ingress::data(scene, found),
        )),
        Resource::Pvc => Some(alone(
            snapshot,
            resource,
            found,
            storage::data(scene, found),
        )),
        Resource::Node => Some(alone(snapshot, resource, found, node::data(scene, found))),
        Resource::Job => Some(alone(snapshot, resource, found, job::data(scene, found))),
        Resource::CronJob => Some(alone(
            snapshot,
            resource,
            found,
            cronjob::data(scene, found),
        )),
        Resource::Hpa => Some(alone(snapshot, resource, found, hpa::data(scene, found))),
        Resource::Pdb => Some(alone(
            snapshot,
            resource,
            found,
            budget::disruption(scene, found),
        )),
        Resource::Quota => Some(alone(
            snapshot,
            resource,
            found,
            budget::quota(scene, found),
        )),
        Resource::Namespace => Some(alone(
            snapshot,
            resource,
            found,
            cluster::namespace(scene, found),
        )),
        Resource::ApiService => Some(alone(
            snapshot,
            resource,
            found,
            cluster::api_service(scene, found),
        )),
        Resource::Certificate => Some(alone(
            snapshot,
            resource,
            found,
            cluster::certificate(scene, found),
        )),
        Resource::Webhook => {
            let mut subject = alone(
                snapshot,
                resource,
                found,
                cluster::webhook(scene, found, part?)?,
            );
            subject.part = part.map(str::to_owned);
            Some(subject)
        }
    }
}

/// Puts pieces of sentences beside those that stay empty.
fn put_said(data: &mut Map<String, Value>, said: Value) {
    if let (Some(Value::Object(say)), Value::Object(said)) = (data.get_mut("say"), said) {
        say.extend(said);
    }
}

/// The names of the webhooks of a configuration.
pub fn webhooks(configuration: &Object) -> impl Iterator<Item = &str> {
    configuration
        .list("/webhooks")
        .iter()
        .filter_map(|webhook| webhook.get("name")?.as_str())
}

fn top_of<'a>(snapshot: &'a Snapshot, pod: &'a Object) -> &'a Object {
    crate::owner_of(snapshot, pod).unwrap_or(pod)
}

/// Makes the subjects of one workload, whose own part is read once for all of them.
pub(crate) struct Maker<'a> {
    scene: Scene<'a>,
    top: &'a Object,
    home: ObjectRef,
    rollout: rollout::Rollout,
    whole: Value,
}

impl<'a> Maker<'a> {
    pub(crate) fn of(snapshot: &'a Snapshot, top: &'a Object) -> Self {
        let scene = Scene::new(snapshot);
        Self {
            scene,
            top,
            home: home_of(snapshot, top),
            rollout: rollout::Rollout::of(snapshot, top),
            whole: workload::data(scene, top),
        }
    }

    pub(crate) fn workload(&self) -> Subject {
        let mut data = blank::of(Resource::Workload);
        blank::put(&mut data, "workload", self.whole.clone());
        blank::put(&mut data, "facts.rollout", self.rollout.data("", false));
        put_said(
            &mut data,
            say::data(self.top, None, "", &self.rollout, true),
        );
        blank::put(&mut data, "facts.stale", stale::data(self.scene, self.top));
        self.finish(Resource::Workload, self.top.reference(), None, data)
    }

    pub(crate) fn pod(&self, pod: &Object) -> Subject {
        let mut data = blank::of(Resource::Pod);
        self.put_pod(&mut data, pod);
        let newest = self.rollout.is_newest(pod);
        blank::put(
            &mut data,
            "facts.missing",
            failure::missing(self.scene, pod, None),
        );
        blank::put(&mut data, "facts.rollout", self.rollout.data("", newest));
        let said = say::data(self.top, Some(pod), "", &self.rollout, newest);
        put_said(&mut data, said);
        blank::put(&mut data, "facts.placement", pending::data(self.scene, pod));
        let words = |field: &str| {
            data.get("pod")
                .and_then(|pod| pod.get(field)?.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        // A claim for one pod alone keeps the next one from every node.
        let alone = Some(words("unscheduled_message"))
            .filter(|said| said.contains("ReadWriteOncePod"))
            .unwrap_or_default();
        let said = [words("mount_failure"), words("attach_failure"), alone];
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        blank::put(
            &mut data,
            "facts.volume",
            volume::data(self.scene, pod, &said),
        );
        self.finish(Resource::Pod, pod.reference(), None, data)
    }

    pub(crate) fn container(
        &self,
        pod: &Object,
        container: &crate::container::Container<'_>,
    ) -> Subject {
        let mut data = blank::of(Resource::Container);
        self.put_pod(&mut data, pod);
        blank::put(
            &mut data,
            "container",
            container::data(self.scene, pod, container),
        );
        let pull = pull::data(self.scene.snapshot, pod, container);
        blank::put(&mut data, "facts.image_pull", pull);
        for (path, section) in failure::data(self.scene, pod, container) {
            blank::put(&mut data, path, section);
        }
        let probe = probe::data(self.scene, pod, container);
        blank::put(&mut data, "facts.probe", probe);
        let newest = self.rollout.is_newest(pod);
        let rollout = self.rollout.data(container.name(), newest);
        blank::put(&mut data, "facts.rollout", rollout);
        let mut said = say::data(self.top, Some(pod), container.name(), &self.rollout, newest);
        ending::put(self.top.kind(), pod, container, &data, &mut said);
        put_said(&mut data, said);
        let part = Some(container.name().to_owned());
        self.finish(Resource::Container, pod.reference(), part, data)
    }

    fn put_pod(&self, data: &mut Map<String, Value>, pod: &Object) {
        blank::put(data, "workload", self.whole.clone());
        blank::put(data, "pod", pod::data(self.scene, pod));
        if self.top.kind() == "Job" || self.top.kind() == "CronJob" {
            let job = pod
                .controller()
                .and_then(|uid| self.scene.snapshot.by_uid(uid));
            if let Some(job) = job.filter(|job| job.kind() == "Job") {
                blank::put(data, "job", job::section(self.scene, job));
            }
        }
    }

    fn finish(
        &self,
        resource: Resource,
        object: ObjectRef,
        part: Option<String>,
        data: Map<String, Value>,
    ) -> Subject {
        let mut data = data;
        data.insert(
            "namespace".to_owned(),
            Value::from(object.namespace.as_str()),
        );
        Subject {
            resource,
            object,
            part,
            home: self.home.clone(),
            data: Value::Object(data),
        }
    }
}

/// A subject that stands for itself.
fn alone(
    snapshot: &Snapshot,
    resource: Resource,
    object: &Object,
    sections: Vec<(&'static str, Value)>,
) -> Subject {
    let mut data = blank::of(resource);
    let target = say::target(object.kind(), object.namespace(), object.name());
    let named = format!("{} `{}`", object.kind(), object.name());
    blank::put(&mut data, "say.subject_en", Value::from(named.as_str()));
    blank::put(&mut data, "say.subject_zh", Value::from(named));
    blank::put(&mut data, "say.target", Value::from(target));
    blank::put(&mut data, "namespace", Value::from(object.namespace()));
    for (name, section) in sections {
        blank::put(&mut data, name, section);
    }
    Subject {
        resource,
        object: object.reference(),
        part: None,
        home: home_of(snapshot, object),
        data: Value::Object(data),
    }
}
