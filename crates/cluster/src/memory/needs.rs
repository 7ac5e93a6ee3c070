//! What a pod needs before its containers can be made: its images by name, the objects that it
//! refers to, and its volumes. The words are the kubelet's.

use facts::references::{By, Reference, ReferenceKind, references};
use facts::{Json, Object};

use super::pace::Pace;
use super::pod_run::{Part, Step, spec_of};
use super::script::Life;
use super::store::Key;
use super::world::World;

impl World {
    /// Why an image cannot even be asked for.
    pub(super) fn cannot_pull(&self, pod: &Object, index: usize) -> Option<(&'static str, String)> {
        let run = self.container(pod.uid(), index)?;
        let spec = spec_of(pod, run)?;
        let image = &run.image;
        if facts::image::parse(image).is_none() {
            let problem = format!(
                "Failed to apply default image tag \"{image}\": couldn't parse image name \
                 \"{image}\": invalid reference format"
            );
            return Some(("InvalidImageName", problem));
        }
        let node = pod.text("/spec/nodeName").to_owned();
        let never = spec.get("imagePullPolicy").and_then(Json::as_str) == Some("Never");
        (never && !self.pulled.contains(&(node, image.clone()))).then(|| {
            let problem =
                format!("Container image \"{image}\" is not present with pull policy of Never");
            ("ErrImageNeverPull", problem)
        })
    }

    /// Why a container cannot be made of what it refers to.
    pub(super) fn cannot_configure(&self, pod: &Object, index: usize) -> Option<String> {
        let run = self.container(pod.uid(), index)?;
        references(pod.at("/spec")?)
            .iter()
            .filter(|reference| reference.container == run.name)
            .filter(|reference| matches!(reference.by, By::Env | By::EnvFrom))
            .find_map(|reference| self.lacks(pod, reference))
    }

    /// Mounts a pod's volumes and begins its containers, or says what is missing and tries later.
    pub(super) fn mount(&mut self, key: &Key, pod: &Object) {
        let spec = pod.at("/spec").cloned().unwrap_or_default();
        let missing = references(&spec)
            .into_iter()
            .filter(|reference| matches!(reference.by, By::Volume | By::VolumeItem))
            .find_map(|reference| Some((self.lacks(pod, &reference)?, reference)));
        let Some((words, reference)) = missing else {
            self.begin_containers(pod);
            self.write_pod_status(key, pod.uid());
            return;
        };
        let words = match reference.by {
            By::VolumeItem if !words.ends_with("not found") => {
                format!("references non-existent config key: {}", reference.key)
            }
            By::VolumeItem | By::Volume | By::Env | By::EnvFrom | By::PullSecret | By::Pod => words,
        };
        let message = format!(
            "MountVolume.SetUp failed for volume \"{}\" : {words}",
            reference.volume
        );
        self.tell_of(pod, "", false, "FailedMount", &message);
        let Some(run) = self.pods.get_mut(pod.uid()) else {
            return;
        };
        run.mounts_failed = run.mounts_failed.saturating_add(1);
        let failures = run.mounts_failed;
        let wait = Pace::back_off(self.pace.seconds(1), failures);
        self.pod_due(self.now.plus(wait), key, pod.uid(), Step::Mounted);
    }

    /// The kubelet's words when what a pod refers to is not there and has to be.
    fn lacks(&self, pod: &Object, reference: &Reference) -> Option<String> {
        if reference.optional {
            return None;
        }
        let (kind, word) = match reference.kind {
            ReferenceKind::ConfigMap => ("ConfigMap", "configmap"),
            ReferenceKind::Secret => ("Secret", "secret"),
            ReferenceKind::PersistentVolumeClaim
            | ReferenceKind::ServiceAccount
            | ReferenceKind::PriorityClass
            | ReferenceKind::RuntimeClass => return None,
        };
        let name = &reference.name;
        let Some(object) = self.store.get(&Key::new(kind, pod.namespace(), name)) else {
            return Some(format!("{word} \"{name}\" not found"));
        };
        let key = &reference.key;
        let has = ["data", "binaryData", "stringData"].iter().any(|part| {
            let part = object.json().get(part);
            part.and_then(|part| part.get(key)).is_some()
        });
        (!key.is_empty() && !has).then(|| {
            format!(
                "couldn't find key {key} in {kind} {}/{name}",
                pod.namespace()
            )
        })
    }

    /// What the script, or else the manifest, says that a container does in the life that begins.
    pub(super) fn scripted_life(&mut self, pod: &Object, index: usize) -> Option<Life> {
        let run = self.container(pod.uid(), index)?;
        let (container, image, part) = (run.name.clone(), run.image.clone(), run.part);
        let workload = self.topmost(pod);
        let program = self.programs.iter().find(|program| {
            program.namespace == pod.namespace()
                && program.workload == workload
                && program.container == container
                && program.image.as_ref().is_none_or(|only| *only == image)
        });
        if let Some(program) = program {
            let key = (pod.namespace().to_owned(), workload, container);
            let lives = self.lives.entry(key).or_default();
            let life = program.lives.get(*lives).or_else(|| program.lives.last());
            *lives = lives.saturating_add(1);
            return Some(life.cloned().unwrap_or_default());
        }
        let told = self.images.get(&image);
        if told.is_some_and(|told| *told != super::ImageBehaviour::Runs) {
            return None;
        }
        // What is there to end does so; what is there to serve goes on.
        let ends = part == Part::Init
            || (part == Part::Main && pod.text("/spec/restartPolicy") != "Always");
        Some(if ends {
            Life::exits(self.pace.start, 0, "")
        } else {
            Life::default()
        })
    }

    /// The name of the topmost owner of a pod; its own if it has none.
    fn topmost(&self, pod: &Object) -> String {
        let mut name = pod.name().to_owned();
        let mut owner = pod.controller().map(str::to_owned);
        // A CronJob's pod has two owners above it; no chain is longer than that.
        for _ in 0..4 {
            let above = owner
                .as_deref()
                .and_then(|uid| self.store.place(uid))
                .and_then(|key| self.store.get(key));
            let Some(above) = above else { break };
            above.name().clone_into(&mut name);
            owner = above.controller().map(str::to_owned);
        }
        name
    }
}
