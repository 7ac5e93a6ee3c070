//! A healer with everything real but the cluster, which is in memory and quick.

use std::sync::Arc;

use cluster::memory::Clock;
use cluster::{Cluster, MemoryCluster};
use healer::{Clock as _, Healer, Limits, Observer, SystemClock, SystemIds};
use ledger::Ledger;
use model::Millis;
use policy::Policy;
use remedy::{Defaults, WriteLimits};
use skills::{Shelf, SkillSet};
use tools::Registry;

/// The clock of clusters in memory: the machine's.
pub(crate) fn clock() -> Clock {
    Clock::new(|| SystemClock.now())
}

/// A healer whose waits last milliseconds.
pub(crate) fn healer(
    ledger: Arc<dyn Ledger>,
    cluster: &Arc<MemoryCluster>,
    observer: Arc<dyn Observer>,
) -> Healer {
    let wired = Arc::clone(cluster) as Arc<dyn Cluster>;
    Healer {
        ledger,
        tools: Arc::new(Registry::new(Arc::clone(&wired))),
        cluster: wired,
        skills: Shelf::new(Arc::new(SkillSet::builtin().unwrap())),
        policy: Arc::new(Policy::default()),
        limits: Limits {
            back_off: Millis(2),
            watch_every: Millis(2),
            look_again_every: Millis(2),
            ..Limits::default()
        },
        defaults: Defaults {
            rollout_within: Millis(250),
            second_look_after: Millis(20),
        },
        write_limits: WriteLimits::default(),
        lease: Millis::secs(30),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        observer,
        metrics: Arc::default(),
    }
}
