//! A pod beside its object: what its kubelet knows of it and of its containers.

use facts::{Json, Object};
use model::{Millis, Timestamp};

use super::probe::ProbeKind;
use super::script::{Life, Nature};

/// Something that happens to a pod.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// It gets a node.
    Scheduled,
    /// Its volumes are mounted.
    Mounted,
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
    /// The kubelet tries again to make the container.
    TryAgain,
    /// The container is ready.
    Ready,
    /// It is probed.
    Probe(ProbeKind),
    /// Its program ends.
    Ends,
    /// It is started anew.
    Restart,
}

/// Where a container stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for its turn, or its image is being pulled for the first time.
    Creating,
    /// It cannot be made: the reason and the kubelet's words.
    Blocked(&'static str, String),
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
    /// It has ended for good.
    Done,
}

/// Which part of a pod a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It ends before the next one starts.
    Init,
    /// It starts among the init containers and runs on.
    Sidecar,
    /// One of the containers that the pod is there for.
    Main,
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
    pub(super) part: Part,
    pub(super) state: State,
    pub(super) ready: bool,
    pub(super) restarts: u32,
    /// When the present or the last life began.
    pub(super) started: Option<Timestamp>,
    /// What the present life does.
    pub(super) plays: Option<Life>,
    /// The last end.
    pub(super) end: Option<End>,
    /// The end before that: what is told as the last state while the last end is the present state.
    pub(super) earlier: Option<End>,
    /// Whether its turn has come.
    pub(super) begun: bool,
    /// Whether it runs and its startup probe, if it has one, is through.
    pub(super) up: bool,
    /// Whether the kubelet is killing it.
    pub(super) killed: bool,
    /// How often in a row each probe of it has failed, or succeeded if that is below zero.
    pub(super) probes: [i64; 3],
    pub(super) pulls_failed: u32,
    pub(super) crashes: u32,
    pub(super) life: u32,
}

/// One pod beside its object.
#[derive(Debug, Clone)]
pub(super) struct PodRun {
    pub(super) made: Timestamp,
    pub(super) ready_since: Option<Timestamp>,
    /// Init containers first, each part in its order.
    pub(super) containers: Vec<ContainerRun>,
    pub(super) started: Option<Timestamp>,
    pub(super) address: String,
    pub(super) stopping: bool,
    /// Until when the scheduler, or the mounting of volumes, waits before it tries again.
    pub(super) waits_until: Option<Timestamp>,
    /// How often the volumes could not be mounted.
    pub(super) mounts_failed: u32,
}

impl PodRun {
    /// A pod that has just been made.
    pub(super) fn new(pod: &Object, nature: Nature, made: Timestamp, number: u64) -> Self {
        let init = match nature {
            Nature::Simple => &[],
            Nature::Whole => pod.list("/spec/initContainers"),
        };
        let containers = init
            .iter()
            .map(|container| match container.get("restartPolicy") {
                Some(Json::Text(policy)) if **policy == *"Always" => (Part::Sidecar, container),
                Some(_) | None => (Part::Init, container),
            })
            .chain(
                pod.list("/spec/containers")
                    .iter()
                    .map(|container| (Part::Main, container)),
            )
            .map(|(part, container)| ContainerRun::new(part, container))
            .collect();
        Self {
            made,
            ready_since: None,
            containers,
            started: None,
            address: format!("10.244.{}.{}", number / 250 % 250, number % 250 + 2),
            stopping: false,
            waits_until: None,
            mounts_failed: 0,
        }
    }

    /// The containers that have to be ready for the pod to be: all but those that end first.
    pub(super) fn serving(&self) -> impl Iterator<Item = &ContainerRun> {
        self.containers
            .iter()
            .filter(|container| container.part != Part::Init)
    }

    /// The init containers that hold the others back.
    pub(super) fn incomplete(&self) -> Vec<&str> {
        self.containers
            .iter()
            .filter(|container| container.holds_back())
            .map(|container| container.name.as_str())
            .collect()
    }

    /// Whether all that the pod is there for has ended for good.
    pub(super) fn finished(&self) -> bool {
        let failed_early = self.containers.iter().any(|container| {
            container.part == Part::Init && container.is_done() && !container.succeeded()
        });
        let mut mains = self
            .containers
            .iter()
            .filter(|container| container.part == Part::Main)
            .peekable();
        failed_early || (mains.peek().is_some() && mains.all(ContainerRun::is_done))
    }

    /// The pod's phase.
    pub(super) fn phase(&self) -> &'static str {
        if self.finished() {
            let failed = self.containers.iter().any(|container| {
                container.part != Part::Sidecar && container.is_done() && !container.succeeded()
            });
            return if failed { "Failed" } else { "Succeeded" };
        }
        let begun = self
            .containers
            .iter()
            .filter(|container| container.part == Part::Main)
            .all(|container| container.started.is_some());
        if begun { "Running" } else { "Pending" }
    }
}

impl ContainerRun {
    fn new(part: Part, container: &Json) -> Self {
        let text = |key: &str| {
            let found = container.get(key).and_then(Json::as_str);
            found.unwrap_or_default().to_owned()
        };
        Self {
            name: text("name"),
            image: text("image"),
            part,
            state: State::Creating,
            ready: false,
            restarts: 0,
            started: None,
            plays: None,
            end: None,
            earlier: None,
            begun: false,
            up: false,
            killed: false,
            probes: [0; 3],
            pulls_failed: 0,
            crashes: 0,
            life: 0,
        }
    }

    /// Whether it has ended for good.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether its last life ended well.
    pub(super) fn succeeded(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end.code == 0)
    }

    /// Whether the containers after it have to wait for it.
    pub(super) fn holds_back(&self) -> bool {
        match self.part {
            Part::Init => !(self.is_done() && self.succeeded()),
            Part::Sidecar => !self.up,
            Part::Main => false,
        }
    }

    /// The field of a pod's spec that lists it.
    pub(super) const fn list(&self) -> &'static str {
        match self.part {
            Part::Init | Part::Sidecar => "initContainers",
            Part::Main => "containers",
        }
    }
}

/// One container in a pod's spec.
pub(super) fn spec_of<'a>(pod: &'a Object, run: &ContainerRun) -> Option<&'a Json> {
    pod.list(&format!("/spec/{}", run.list()))
        .iter()
        .find(|container| container.get("name").and_then(Json::as_str) == Some(&run.name))
}
