//! The scheduler and the kubelets: what becomes of a pod once it is made.
//!
//! Each container goes its own way from pulling its image over running to its end and its restart;
//! the pod's status is written from these ways after every step. Init containers are not played.

use facts::Object;
use model::{Millis, Timestamp};
use serde_json::Value;

use super::event::Happening;
use super::image::{ImageBehaviour, full_name};
use super::pace::Pace;
use super::store::{Key, set};
use super::world::{Due, World, stamp};

/// A container that has lived this long starts from the first back-off again.
const SETTLED: Millis = Millis::secs(600);

/// Something that happens to a pod.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// It gets a node.
    Scheduled,
    /// It is gone for good.
    Gone,
    /// Something happens to one of its containers, in one of its lives.
    Container(usize, u32, Move),
}

/// Something that happens to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// The registry has answered.
    Pulled,
    /// The kubelet shows that it waits before it pulls again.
    ShowBackOff,
    /// It pulls again.
    PullAgain,
    /// The container is ready.
    Ready,
    /// Its program ends.
    Ends,
    /// It is started anew.
    Restart,
}

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Its image is being pulled for the first time.
    Creating,
    /// Its image could not be pulled: the kubelet's words.
    PullFailed(String),
    /// The kubelet waits before it pulls again.
    PullBackOff(String),
    /// It runs.
    Running,
    /// It has ended and is about to be started anew.
    Ended,
    /// It has ended, and the kubelet waits so long before it starts it anew.
    CrashBackOff(Millis),
}

/// How a life of a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
    pub(super) log: String,
}

/// One container of a pod.
#[derive(Debug, Clone)]
pub(super) struct ContainerRun {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) state: State,
    pub(super) ready: bool,
    pub(super) restarts: u32,
    /// When the present or the last life began.
    pub(super) started: Option<Timestamp>,
    /// What the present life does.
    pub(super) plays: Option<ImageBehaviour>,
    /// The last end.
    pub(super) end: Option<End>,
    /// The end before that: what is told as the last state while the last end is the present state.
    pub(super) earlier: Option<End>,
    pulls_failed: u32,
    crashes: u32,
    life: u32,
}

/// One pod beside its object.
#[derive(Debug, Clone)]
pub(super) struct PodRun {
    pub(super) made: Timestamp,
    pub(super) ready_since: Option<Timestamp>,
    pub(super) containers: Vec<ContainerRun>,
    pub(super) started: Option<Timestamp>,
    pub(super) address: String,
    stopping: bool,
}

impl World {
    /// Takes a new pod up.
    pub(super) fn begin_pod(&mut self, pod: &Object) {
        let containers = pod
            .list("/spec/containers")
            .iter()
            .map(|container| ContainerRun {
                name: text(container, "name"),
                image: text(container, "image"),
                state: State::Creating,
                ready: false,
                restarts: 0,
                started: None,
                plays: None,
                end: None,
                earlier: None,
                pulls_failed: 0,
                crashes: 0,
                life: 0,
            })
            .collect();
        let number = self.store.mint();
        let run = PodRun {
            made: self.now,
            ready_since: None,
            containers,
            started: None,
            address: format!("10.244.{}.{}", number / 250 % 250, number % 250 + 2),
            stopping: false,
        };
        self.pods.insert(pod.uid().to_owned(), run);
        let at = self.now.plus(self.pace.react);
        self.pod_due(at, &Key::of(pod), pod.uid(), Step::Scheduled);
    }

    /// Stops a pod: it is being deleted, and gone a little later.
    pub(super) fn stop_pod(&mut self, key: &Key) {
        let Some(pod) = self.store.get(key).cloned() else {
            return;
        };
        match self.pods.get_mut(pod.uid()) {
            Some(run) if run.stopping => return,
            Some(run) => run.stopping = true,
            None => {}
        }
        let until = self.now.plus(self.pace.stop);
        let grace = pod.int("/spec/terminationGracePeriodSeconds").unwrap_or(30);
        let now = stamp(self.now);
        self.update(key, |pod| {
            set(pod, &["metadata", "deletionTimestamp"], now.into());
            set(
                pod,
                &["metadata", "deletionGracePeriodSeconds"],
                grace.into(),
            );
        });
        self.pod_due(until, key, pod.uid(), Step::Gone);
        let names: Vec<String> = self
            .pods
            .get(pod.uid())
            .into_iter()
            .flat_map(|run| &run.containers)
            .filter(|container| container.state == State::Running)
            .map(|container| container.name.clone())
            .collect();
        for name in names {
            let message = format!("Stopping container {name}");
            self.tell(&pod, &name, true, "Killing", &message);
        }
        if let Some(owner) = pod.controller() {
            self.wake_owner(owner);
        }
    }

    /// Lets something happen to a pod.
    pub(super) fn pod_step(&mut self, key: &Key, uid: &str, step: Step) {
        let Some(pod) = self.store.get(key).filter(|pod| pod.uid() == uid).cloned() else {
            self.pods.remove(uid);
            return;
        };
        let stopping = self.pods.get(uid).is_none_or(|run| run.stopping);
        match step {
            Step::Gone => {
                self.pods.remove(uid);
                self.store.remove(key);
                self.wake_grandowner(&pod);
            }
            Step::Scheduled if !stopping => self.place(key, &pod),
            Step::Container(index, life, what) if !stopping => {
                let current = self.container(uid, index).map(|container| container.life);
                if current != Some(life) {
                    return;
                }
                self.container_step(&pod, index, what);
                self.write_pod_status(key, uid);
            }
            Step::Scheduled | Step::Container(..) => return,
        }
        if let Some(owner) = pod.controller() {
            self.wake_owner(owner);
        }
    }

    /// Has the Deployment of a pod that is gone look: it may have waited for that (`Recreate`).
    fn wake_grandowner(&mut self, pod: &Object) {
        let above = pod
            .controller()
            .and_then(|uid| self.store.place(uid))
            .and_then(|key| self.store.get(key))
            .and_then(|set| set.controller())
            .map(str::to_owned);
        if let Some(above) = above {
            self.wake_owner(&above);
        }
    }

    fn place(&mut self, key: &Key, pod: &Object) {
        let nodes: Vec<String> = self
            .store
            .list("Node", None)
            .map(|node| node.name().to_owned())
            .collect();
        let turn = self.store.mint();
        let turn = usize::try_from(turn).unwrap_or(0) % nodes.len().max(1);
        let node = nodes.get(turn).map_or("node-1", String::as_str).to_owned();
        self.update(key, |pod| {
            set(pod, &["spec", "nodeName"], node.clone().into());
        });
        let message = format!(
            "Successfully assigned {}/{} to {node}",
            pod.namespace(),
            pod.name()
        );
        self.emit(
            pod,
            Happening {
                normal: true,
                reason: "Scheduled",
                message: &message,
                component: "default-scheduler",
                host: "",
                field: "",
            },
        );
        let mut images = Vec::new();
        if let Some(run) = self.pods.get_mut(pod.uid()) {
            run.started = Some(self.now);
            images.extend(
                run.containers
                    .iter()
                    .map(|container| (container.name.clone(), container.image.clone())),
            );
        }
        let Some(pod) = self.store.get(key).cloned() else {
            return;
        };
        for (index, (name, image)) in images.into_iter().enumerate() {
            let message = format!("Pulling image \"{image}\"");
            self.tell(&pod, &name, true, "Pulling", &message);
            self.container_due(&pod, index, self.pace.pull, Move::Pulled);
        }
        self.write_pod_status(key, pod.uid());
    }

    fn container_step(&mut self, pod: &Object, index: usize, what: Move) {
        let Some(run) = self.container(pod.uid(), index) else {
            return;
        };
        let (name, image) = (run.name.clone(), run.image.clone());
        match what {
            Move::Pulled => match ImageBehaviour::pull_error(self.images.get(&image), &image) {
                Some(error) => self.pull_failed(pod, index, &name, &image, error),
                None => {
                    let took = self.pace.pull;
                    let message = format!(
                        "Successfully pulled image \"{image}\" in {took} ({took} including \
                             waiting). Image size: 52428800 bytes."
                    );
                    self.tell(pod, &name, true, "Pulled", &message);
                    self.start(pod, index);
                }
            },
            Move::ShowBackOff => {
                if let State::PullFailed(error) = run.state.clone() {
                    let words = format!("Back-off pulling image \"{image}\"");
                    self.tell(pod, &name, true, "BackOff", &words);
                    self.tell(pod, &name, false, "Failed", "Error: ImagePullBackOff");
                    if let Some(run) = self.container_mut(pod.uid(), index) {
                        run.state = State::PullBackOff(format!("{words}: ErrImagePull: {error}"));
                    }
                }
            }
            Move::PullAgain => {
                let message = format!("Pulling image \"{image}\"");
                self.tell(pod, &name, true, "Pulling", &message);
                self.container_due(pod, index, self.pace.pull, Move::Pulled);
            }
            Move::Ready => {
                if let Some(run) = self.container_mut(pod.uid(), index) {
                    run.ready = true;
                }
            }
            Move::Ends => self.end(pod, index),
            Move::Restart => {
                let message = format!("Container image \"{image}\" already present on machine");
                self.tell(pod, &name, true, "Pulled", &message);
                if let Some(run) = self.container_mut(pod.uid(), index) {
                    run.restarts = run.restarts.saturating_add(1);
                }
                self.start(pod, index);
            }
        }
    }

    fn pull_failed(&mut self, pod: &Object, index: usize, name: &str, image: &str, error: String) {
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.tell(pod, name, false, "Failed", &message);
        self.tell(pod, name, false, "Failed", "Error: ErrImagePull");
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        run.pulls_failed = run.pulls_failed.saturating_add(1);
        run.state = State::PullFailed(error);
        let wait = Pace::back_off(self.pace.image_back_off, self.failures(pod, index));
        self.container_due(pod, index, Millis(wait.0.div_ceil(4)), Move::ShowBackOff);
        self.container_due(pod, index, wait, Move::PullAgain);
    }

    fn failures(&self, pod: &Object, index: usize) -> u32 {
        self.container(pod.uid(), index)
            .map_or(1, |run| run.pulls_failed)
    }

    fn start(&mut self, pod: &Object, index: usize) {
        let now = self.now;
        let Some(run) = self.container(pod.uid(), index) else {
            return;
        };
        let (name, cached) = (run.name.clone(), run.plays.clone());
        // An image that has gone from the registry since stays on the node.
        let plays = self
            .images
            .get(&run.image)
            .filter(|now| ImageBehaviour::pull_error(Some(now), "").is_none())
            .cloned()
            .or(cached)
            .unwrap_or(ImageBehaviour::Runs);
        if let Some(run) = self.container_mut(pod.uid(), index) {
            run.life = run.life.wrapping_add(1);
            run.state = State::Running;
            run.ready = false;
            run.started = Some(now);
            run.pulls_failed = 0;
            run.plays = Some(plays.clone());
        }
        let created = format!("Created container: {name}");
        self.tell(pod, &name, true, "Created", &created);
        let started = format!("Started container {name}");
        self.tell(pod, &name, true, "Started", &started);
        if plays.becomes_ready() {
            self.container_due(pod, index, self.pace.start, Move::Ready);
        }
        if let Some(life) = plays.life() {
            self.container_due(pod, index, life, Move::Ends);
        }
    }

    fn end(&mut self, pod: &Object, index: usize) {
        let now = self.now;
        let base = self.pace.crash_back_off;
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        let plays = run.plays.clone().unwrap_or(ImageBehaviour::Runs);
        let (code, reason) = plays.end();
        let started = run.started.unwrap_or(now);
        if now.since(started) >= SETTLED {
            run.crashes = 0;
        }
        run.crashes = run.crashes.saturating_add(1);
        run.life = run.life.wrapping_add(1);
        run.ready = false;
        run.earlier = run.end.take();
        run.end = Some(End {
            code,
            reason,
            started,
            finished: now,
            log: plays.log(),
        });
        let name = run.name.clone();
        // The first restart comes at once; from then on the kubelet backs off.
        let wait = match run.crashes {
            0 | 1 => {
                run.state = State::Ended;
                self.pace.react
            }
            crashes => {
                let wait = Pace::back_off(base, crashes - 1);
                run.state = State::CrashBackOff(wait);
                let message = format!(
                    "Back-off restarting failed container {name} in pod {}_{}({})",
                    pod.name(),
                    pod.namespace(),
                    pod.uid()
                );
                self.tell(pod, &name, false, "BackOff", &message);
                wait
            }
        };
        self.container_due(pod, index, wait, Move::Restart);
    }

    fn tell(&mut self, pod: &Object, container: &str, normal: bool, reason: &str, message: &str) {
        self.emit(
            pod,
            Happening {
                normal,
                reason,
                message,
                component: "kubelet",
                host: pod.text("/spec/nodeName"),
                field: &format!("spec.containers{{{container}}}"),
            },
        );
    }

    fn container_due(&mut self, pod: &Object, index: usize, after: Millis, what: Move) {
        let life = self
            .container(pod.uid(), index)
            .map_or(0, |container| container.life);
        let at = self.now.plus(after);
        let step = Step::Container(index, life, what);
        self.pod_due(at, &Key::of(pod), pod.uid(), step);
    }

    fn pod_due(&mut self, at: Timestamp, key: &Key, uid: &str, step: Step) {
        self.at(
            at,
            Due::Pod {
                key: key.clone(),
                uid: uid.to_owned(),
                step,
            },
        );
    }

    /// One container of a pod.
    pub(super) fn container(&self, uid: &str, index: usize) -> Option<&ContainerRun> {
        self.pods.get(uid)?.containers.get(index)
    }

    fn container_mut(&mut self, uid: &str, index: usize) -> Option<&mut ContainerRun> {
        self.pods.get_mut(uid)?.containers.get_mut(index)
    }
}

/// An image as it is named in a status.
pub(super) fn status_image(image: &str) -> String {
    full_name(image)
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
