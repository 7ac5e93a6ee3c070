//! The lives of a container: its image is pulled, it starts, it ends, and it is started anew.

use facts::Object;
use model::Millis;

use super::image::ImageBehaviour;
use super::pace::Pace;
use super::pod_run::{End, Move, Part, State};
use super::script::{Life, Nature};
use super::store::Key;
use super::world::World;

/// A container that has lived this long starts from the first back-off again.
const SETTLED: Millis = Millis::secs(600);

/// How many seconds the kubelet waits before it tries again to make a container.
const TRY_AGAIN: u64 = 12;

/// How a container that was killed by its kubelet has ended.
const KILLED: (i32, &str) = (137, "Error");

impl World {
    /// Begins the containers whose turn it is: init containers one after another, then all others.
    pub(super) fn begin_containers(&mut self, pod: &Object) {
        let Some(run) = self.pods.get(pod.uid()) else {
            return;
        };
        let held_at = run.containers.iter().position(|run| run.holds_back());
        let last = held_at.map_or(run.containers.len(), |at| at + 1);
        let turn: Vec<usize> = run
            .containers
            .iter()
            .enumerate()
            .take(last)
            .filter(|(_, run)| !run.begun)
            .map(|(index, _)| index)
            .collect();
        for index in turn {
            self.begin_container(pod, index);
        }
    }

    fn begin_container(&mut self, pod: &Object, index: usize) {
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        run.begun = true;
        let image = run.image.clone();
        if self.nature == Nature::Whole {
            if let Some((reason, message)) = self.cannot_pull(pod, index) {
                self.block(pod, index, reason, message);
                return;
            }
            if self.is_on_node(pod, &image) {
                self.say_present(pod, index, &image);
                self.start(pod, index);
                return;
            }
        }
        let message = format!("Pulling image \"{image}\"");
        self.tell(pod, index, true, "Pulling", &message);
        self.container_due(pod, index, self.pace.pull, Move::Pulled);
    }

    fn say_present(&mut self, pod: &Object, index: usize, image: &str) {
        let message = format!("Container image \"{image}\" already present on machine");
        self.tell(pod, index, true, "Pulled", &message);
    }

    fn is_on_node(&self, pod: &Object, image: &str) -> bool {
        let node = pod.text("/spec/nodeName").to_owned();
        self.pulled.contains(&(node, image.to_owned()))
    }

    /// Lets something happen to a container.
    pub(super) fn container_step(&mut self, pod: &Object, index: usize, what: Move) {
        let Some(run) = self.container(pod.uid(), index) else {
            return;
        };
        let image = run.image.clone();
        match what {
            Move::Pulled => self.pull_answered(pod, index, &image),
            Move::ShowBackOff => {
                if let State::PullFailed(error) = run.state.clone() {
                    let words = format!("Back-off pulling image \"{image}\"");
                    self.tell(pod, index, true, "BackOff", &words);
                    self.tell(pod, index, false, "Failed", "Error: ImagePullBackOff");
                    if let Some(run) = self.container_mut(pod.uid(), index) {
                        run.state = State::PullBackOff(format!("{words}: ErrImagePull: {error}"));
                    }
                }
            }
            Move::PullAgain => {
                let message = format!("Pulling image \"{image}\"");
                self.tell(pod, index, true, "Pulling", &message);
                self.container_due(pod, index, self.pace.pull, Move::Pulled);
            }
            Move::TryAgain => match self.cannot_pull(pod, index) {
                Some((reason, message)) => self.block(pod, index, reason, message),
                None => {
                    self.say_present(pod, index, &image);
                    self.start(pod, index);
                }
            },
            Move::Ready => {
                if let Some(run) = self.container_mut(pod.uid(), index) {
                    run.ready = true;
                }
            }
            Move::Probe(kind) => self.probe(pod, index, kind),
            Move::Ends => self.end(pod, index),
            Move::Restart => {
                self.say_present(pod, index, &image);
                if let Some(run) = self.container_mut(pod.uid(), index) {
                    run.restarts = run.restarts.saturating_add(1);
                }
                self.start(pod, index);
            }
        }
    }

    fn pull_answered(&mut self, pod: &Object, index: usize, image: &str) {
        match ImageBehaviour::pull_error(self.images.get(image), image) {
            Some(error) => self.pull_failed(pod, index, image, error),
            None => {
                let took = self.pace.pull;
                let message = format!(
                    "Successfully pulled image \"{image}\" in {took} ({took} including \
                         waiting). Image size: 52428800 bytes."
                );
                self.tell(pod, index, true, "Pulled", &message);
                let node = pod.text("/spec/nodeName").to_owned();
                self.pulled.insert((node, image.to_owned()));
                self.start(pod, index);
            }
        }
    }

    fn pull_failed(&mut self, pod: &Object, index: usize, image: &str, error: String) {
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.tell(pod, index, false, "Failed", &message);
        self.tell(pod, index, false, "Failed", "Error: ErrImagePull");
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        run.pulls_failed = run.pulls_failed.saturating_add(1);
        run.state = State::PullFailed(error);
        let failures = run.pulls_failed;
        let wait = Pace::back_off(self.pace.image_back_off, failures);
        self.container_due(pod, index, Millis(wait.0.div_ceil(4)), Move::ShowBackOff);
        self.container_due(pod, index, wait, Move::PullAgain);
    }

    /// Tells that a container cannot be made, and tries again later.
    fn block(&mut self, pod: &Object, index: usize, reason: &'static str, message: String) {
        let words = format!("Error: {message}");
        self.tell(pod, index, false, "Failed", &words);
        if let Some(run) = self.container_mut(pod.uid(), index) {
            run.state = State::Blocked(reason, message);
        }
        let wait = self.pace.seconds(TRY_AGAIN);
        self.container_due(pod, index, wait, Move::TryAgain);
    }

    fn start(&mut self, pod: &Object, index: usize) {
        if self.nature == Nature::Whole
            && let Some(message) = self.cannot_configure(pod, index)
        {
            self.block(pod, index, "CreateContainerConfigError", message);
            return;
        }
        let now = self.now;
        let plays = self.next_life(pod, index);
        if let Some(run) = self.container_mut(pod.uid(), index) {
            run.life = run.life.wrapping_add(1);
            run.state = State::Running;
            run.ready = false;
            run.started = Some(now);
            run.pulls_failed = 0;
            run.plays = Some(plays.clone());
            run.killed = false;
            run.probes = [0; 3];
            run.up = false;
        }
        let name = self
            .container(pod.uid(), index)
            .map(|run| run.name.clone())
            .unwrap_or_default();
        let created = format!("Created container: {name}");
        self.tell(pod, index, true, "Created", &created);
        let started = format!("Started container {name}");
        self.tell(pod, index, true, "Started", &started);
        match self.nature {
            Nature::Simple => {
                if let Some(run) = self.container_mut(pod.uid(), index) {
                    run.up = true;
                }
                if !plays.is_deaf() {
                    self.container_due(pod, index, self.pace.start, Move::Ready);
                }
            }
            Nature::Whole => self.begin_probes(pod, index),
        }
        if let Some(ending) = &plays.ends {
            self.container_due(pod, index, ending.after, Move::Ends);
        }
    }

    /// What a container does in the life that begins now.
    fn next_life(&mut self, pod: &Object, index: usize) -> Life {
        let Some(run) = self.container(pod.uid(), index) else {
            return Life::default();
        };
        let (image, cached) = (run.image.clone(), run.plays.clone());
        if self.nature == Nature::Whole
            && let Some(life) = self.scripted_life(pod, index)
        {
            return life;
        }
        // An image that has gone from the registry since stays on the node.
        self.images
            .get(&image)
            .filter(|now| ImageBehaviour::pull_error(Some(now), "").is_none())
            .map(Life::from)
            .or(cached)
            .unwrap_or_else(|| Life::from(&ImageBehaviour::Runs))
    }

    /// The kubelet kills a container that fails its probe.
    pub(super) fn kill(&mut self, pod: &Object, index: usize) {
        if let Some(run) = self.container_mut(pod.uid(), index) {
            run.killed = true;
        }
        self.container_due(pod, index, self.pace.stop, Move::Ends);
    }

    fn end(&mut self, pod: &Object, index: usize) {
        let now = self.now;
        let policy = pod.text("/spec/restartPolicy").to_owned();
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        let plays = run.plays.clone().unwrap_or_default();
        let (code, reason) = if run.killed { KILLED } else { plays.end() };
        let started = run.started.unwrap_or(now);
        if now.since(started) >= SETTLED {
            run.crashes = 0;
        }
        run.crashes = run.crashes.saturating_add(1);
        run.life = run.life.wrapping_add(1);
        run.ready = false;
        run.up = false;
        run.earlier = run.end.take();
        run.end = Some(End {
            code,
            reason,
            started,
            finished: now,
            log: plays.log,
        });
        let again = match (run.part, policy.as_str()) {
            (Part::Sidecar, _) => true,
            (_, "Never") => false,
            (Part::Init, _) | (Part::Main, "OnFailure") => code != 0,
            (Part::Main, _) => true,
        };
        if again {
            self.back_off(pod, index);
        } else {
            run.state = State::Done;
            run.ready = run.part == Part::Init && code == 0;
            self.after_the_end(pod);
        }
    }

    /// Has a container that has ended started anew: at first at once, then later and later.
    fn back_off(&mut self, pod: &Object, index: usize) {
        let base = self.pace.crash_back_off;
        let Some(run) = self.container_mut(pod.uid(), index) else {
            return;
        };
        let name = run.name.clone();
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
                self.tell(pod, index, false, "BackOff", &message);
                wait
            }
        };
        self.container_due(pod, index, wait, Move::Restart);
    }

    /// A container has ended for good: the next one begins, or the sidecars end with the pod.
    fn after_the_end(&mut self, pod: &Object) {
        let now = self.now;
        let Some(run) = self.pods.get_mut(pod.uid()) else {
            return;
        };
        if !run.finished() {
            self.begin_containers(pod);
            return;
        }
        for container in &mut run.containers {
            if container.part == Part::Sidecar && !container.is_done() {
                container.life = container.life.wrapping_add(1);
                container.ready = false;
                container.up = false;
                container.state = State::Done;
                container.earlier = container.end.take();
                container.end = Some(End {
                    code: 0,
                    reason: "Completed",
                    started: container.started.unwrap_or(now),
                    finished: now,
                    log: container.plays.clone().unwrap_or_default().log,
                });
            }
        }
    }

    /// A sidecar is up: the containers after it may begin.
    pub(super) fn after_it_is_up(&mut self, pod: &Object) {
        let key = Key::of(pod);
        if let Some(pod) = self.store.get(&key).cloned() {
            self.begin_containers(&pod);
        }
    }
}
