//! A live cluster that is looked at again and again: what changes often is watched, and the rest is
//! read anew when it has got old.
//!
//! It judges nothing, and does nothing between two calls.

use std::time::Duration;

use model::Text;
use tokio::time::{Instant, timeout};

use super::watch::WATCHED;
use super::{LiveCluster, Watch, survey};
use crate::{BlindSpot, Reading, Scope, reading};

/// How old what is not watched may get.
const REST: Duration = Duration::from_secs(30);

/// A cluster as it is now.
pub struct Current {
    cluster: LiveCluster,
    scope: Scope,
    watch: Watch,
    rest: Reading,
    read_at: Option<Instant>,
}

impl LiveCluster {
    /// Begins to follow what a scope covers. Changes are told once it has been quiet for so long.
    #[must_use]
    pub fn follow(&self, scope: &Scope, quiet: Duration) -> Current {
        Current {
            watch: self.watch(&scope.namespaces, quiet),
            cluster: self.clone(),
            scope: scope.clone(),
            rest: Reading::default(),
            read_at: None,
        }
    }
}

impl Current {
    /// Waits until something that is watched has changed, but no longer than `most`. Nothing is lost
    /// if this is dropped half-way.
    pub async fn changed(&mut self, most: Duration) {
        // That nothing has changed is an answer too.
        let _ = timeout(most, self.watch.changed()).await;
    }

    /// The cluster as it is now; nothing while its first lists are still being read. What was seen
    /// and cannot be seen any more is kept, and is a blind spot.
    pub async fn reading(&mut self) -> Option<Reading> {
        if !self.watch.is_settled() {
            return None;
        }
        let mut lost = None;
        if self.read_at.is_none_or(|at| at.elapsed() >= REST) {
            let (wire, id) = (&self.cluster.wire, &self.cluster.id);
            let own = &self.cluster.namespace;
            match survey::read(wire, id, own, &self.scope, WATCHED).await {
                Ok(rest) => self.rest = rest,
                Err(error) => {
                    let what = Text::new("everything that is not watched", "所有未被监视的对象");
                    lost = Some(BlindSpot::new(what, &error.words()));
                }
            }
            self.read_at = Some(Instant::now()).filter(|_| lost.is_none());
        }
        let mut snapshot = self.rest.snapshot.clone();
        let watched = self.watch.snapshot();
        snapshot.extend(watched.objects().iter().cloned());
        for (kind, namespace) in watched.complete() {
            snapshot.mark_complete(kind, namespace.as_deref());
        }
        let mut blind_spots = self.rest.blind_spots.clone();
        blind_spots.extend(self.watch.blind_spots());
        blind_spots.extend(lost);
        blind_spots.sort();
        blind_spots.dedup();
        Some(Reading {
            snapshot: snapshot.taken_at(reading::now()),
            blind_spots,
            only_in: self.rest.only_in.clone(),
            requests: self.rest.requests,
            bytes: self.rest.bytes,
        })
    }
}
