//! The shop that every test begins with, and how it is looked at.

use std::collections::BTreeSet;

use cluster::memory::{HandClock, MemoryCluster, Pace, Setup};
use cluster::scenes::{self, NAMESPACE};
use facts::{Snapshot, observe};
use model::{Look, Millis, PatchOp, Timestamp};
use serde_json::Value;

/// The shop of the scenes, with a clock that is turned by hand.
pub(crate) struct Shop {
    pub(crate) clock: HandClock,
    pub(crate) cluster: MemoryCluster,
}

impl Shop {
    pub(crate) fn open(setup: Setup) -> Self {
        let clock = HandClock::at(Timestamp::parse("2026-03-01T09:00:00Z").unwrap());
        let cluster = MemoryCluster::open(None, setup, clock.clock()).unwrap();
        Self { clock, cluster }
    }

    pub(crate) fn new() -> Self {
        Self::open(scenes::shop(Pace::quick()))
    }

    pub(crate) fn wait(&self, millis: u64) {
        self.clock.advance(Millis(millis));
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let kinds = ["Pod", "ReplicaSet", "Deployment", "Event"];
        let complete: BTreeSet<_> = kinds.map(|kind| (kind.to_owned(), None)).into();
        Snapshot::new(self.cluster.all_objects().unwrap(), complete)
    }

    pub(crate) fn web(&self) -> facts::Object {
        self.get("Deployment", "web")
    }

    pub(crate) fn get(&self, kind: &str, name: &str) -> facts::Object {
        let snapshot = self.snapshot();
        snapshot
            .get(kind, NAMESPACE, name)
            .present()
            .unwrap()
            .clone()
    }

    pub(crate) fn seen(&self) -> model::Observation {
        observe(&self.snapshot(), &self.web(), Look::Rollout)
    }

    pub(crate) fn condition(&self, kind: &str) -> (String, String) {
        let web = self.web();
        let found = facts::container::condition(&web, kind).unwrap().clone();
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    }
}

pub(crate) fn set_web(value: Value, path: &str) -> Vec<PatchOp> {
    vec![PatchOp::Add {
        path: path.to_owned(),
        value,
    }]
}

/// Drives a future that never waits to its end.
pub(crate) fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("the cluster in memory does not answer"),
    }
}
