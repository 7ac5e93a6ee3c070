//! The kubelets: what becomes of a pod once it is made.
//!
//! Each container goes its own way from pulling its image over running to its end and its restart
//! (`lives`); the pod's status is written from these ways after every step.

use facts::Object;
use model::Millis;

use super::event::Happening;
use super::pod_run::{ContainerRun, Move, PodRun, State, Step};
use super::script::Nature;
use super::store::{Key, set};
use super::world::{Due, World, stamp};

impl World {
    /// Takes a new pod up.
    pub(super) fn begin_pod(&mut self, pod: &Object) {
        let number = self.store.mint();
        let run = PodRun::new(pod, self.nature, self.now, number);
        self.pods.insert(pod.uid().to_owned(), run);
        let at = self.now.plus(self.pace.react);
        self.pod_due(at, &Key::of(pod), pod.uid(), Step::Scheduled);
    }

    /// Stops a pod: it is being deleted, and gone a little later. One that has ended is gone at
    /// once.
    pub(super) fn stop_pod(&mut self, key: &Key) {
        let Some(pod) = self.store.get(key).cloned() else {
            return;
        };
        if self.pods.get(pod.uid()).is_some_and(PodRun::finished) {
            self.pod_step(key, pod.uid(), Step::Gone);
            return;
        }
        match self.pods.get_mut(pod.uid()) {
            Some(run) if run.stopping => return,
            Some(run) => run.stopping = true,
            None => {}
        }
        let until = self.now.plus(self.pace.stop);
        let grace = pod.int("/spec/terminationGracePeriodSeconds").unwrap_or(30);
        let now = stamp(self.now);
        self.update(key, |pod| {
            set(pod, &["metadata", "deletionTimestamp"], now);
            set(pod, &["metadata", "deletionGracePeriodSeconds"], grace);
        });
        self.pod_due(until, key, pod.uid(), Step::Gone);
        let names: Vec<(String, &'static str)> = self
            .pods
            .get(pod.uid())
            .into_iter()
            .flat_map(|run| &run.containers)
            .filter(|container| container.state == State::Running)
            .map(|container| (container.name.clone(), container.list()))
            .collect();
        for (name, list) in names {
            let message = format!("Stopping container {name}");
            let field = format!("spec.{list}{{{name}}}");
            self.tell_of(&pod, &field, true, "Killing", &message);
        }
        self.pod_changed(&pod);
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
                self.room_has_changed();
            }
            Step::Scheduled if !stopping => self.place(key, &pod),
            Step::Mounted if !stopping => self.mount(key, &pod),
            Step::Container(index, life, what) if !stopping => {
                let current = self.container(uid, index).map(|container| container.life);
                if current != Some(life) {
                    return;
                }
                self.container_step(&pod, index, what);
                self.write_pod_status(key, uid);
            }
            Step::Scheduled | Step::Mounted | Step::Container(..) => return,
        }
        self.pod_changed(&pod);
    }

    /// Has those look who count on a pod: its controller, and the Services that select it.
    fn pod_changed(&mut self, pod: &Object) {
        if let Some(owner) = pod.controller() {
            self.wake_owner(owner);
        }
        self.wake_services_of(pod);
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
        let node = match self.nature {
            Nature::Simple => self.node_in_turn(),
            Nature::Whole => match self.schedule(key, pod) {
                Some(node) => node,
                None => return,
            },
        };
        self.update(key, |pod| {
            set(pod, &["spec", "nodeName"], node.clone());
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
        if let Some(run) = self.pods.get_mut(pod.uid()) {
            run.started = Some(self.now);
            run.waits_until = None;
        }
        let Some(pod) = self.store.get(key).cloned() else {
            return;
        };
        match self.nature {
            Nature::Simple => {
                self.begin_containers(&pod);
                self.write_pod_status(key, pod.uid());
            }
            Nature::Whole => {
                self.write_pod_status(key, pod.uid());
                let at = self.now.plus(self.pace.react);
                self.pod_due(at, key, pod.uid(), Step::Mounted);
            }
        }
    }

    fn node_in_turn(&mut self) -> String {
        let nodes: Vec<String> = self
            .store
            .list("Node", None)
            .map(|node| node.name().to_owned())
            .collect();
        let turn = self.store.mint();
        let turn = usize::try_from(turn).unwrap_or(0) % nodes.len().max(1);
        nodes.get(turn).map_or("node-1", String::as_str).to_owned()
    }

    /// Emits an event about a container.
    pub(super) fn tell(
        &mut self,
        pod: &Object,
        index: usize,
        normal: bool,
        reason: &str,
        message: &str,
    ) {
        let field = self
            .container(pod.uid(), index)
            .map(|run| format!("spec.{}{{{}}}", run.list(), run.name))
            .unwrap_or_default();
        self.tell_of(pod, &field, normal, reason, message);
    }

    /// Emits an event of a pod's kubelet about a part of the pod, or about all of it.
    pub(super) fn tell_of(
        &mut self,
        pod: &Object,
        field: &str,
        normal: bool,
        reason: &str,
        message: &str,
    ) {
        self.emit(
            pod,
            Happening {
                normal,
                reason,
                message,
                component: "kubelet",
                host: pod.text("/spec/nodeName"),
                field,
            },
        );
    }

    /// Has something happen to a container after a while, unless its life has ended by then.
    pub(super) fn container_due(&mut self, pod: &Object, index: usize, after: Millis, what: Move) {
        let life = self
            .container(pod.uid(), index)
            .map_or(0, |container| container.life);
        let at = self.now.plus(after);
        let step = Step::Container(index, life, what);
        self.pod_due(at, &Key::of(pod), pod.uid(), step);
    }

    /// Has something happen to a pod at some time.
    pub(super) fn pod_due(&mut self, at: model::Timestamp, key: &Key, uid: &str, step: Step) {
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

    /// One container of a pod, to be changed.
    pub(super) fn container_mut(&mut self, uid: &str, index: usize) -> Option<&mut ContainerRun> {
        self.pods.get_mut(uid)?.containers.get_mut(index)
    }
}
