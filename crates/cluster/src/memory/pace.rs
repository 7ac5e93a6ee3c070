//! How fast things happen in the cluster in memory.

use model::Millis;
use serde::{Deserialize, Serialize};

/// How fast things happen. The order of what happens is the same at every pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// How long a controller takes to see a change, and the scheduler to place a pod.
    pub react: Millis,
    /// How long a registry takes to answer, and an image to be pulled.
    pub pull: Millis,
    /// How long a container takes from its start until it is ready.
    pub start: Millis,
    /// How long a pod takes to stop.
    pub stop: Millis,
    /// The kubelet's first back-off after a failed pull; it doubles up to thirty times this.
    pub image_back_off: Millis,
    /// The kubelet's first back-off after a crash; it doubles up to thirty times this.
    pub crash_back_off: Millis,
    /// How long a second in a spec lasts (`progressDeadlineSeconds`, `minReadySeconds`).
    pub second: Millis,
}

impl Pace {
    /// As fast as a real cluster.
    #[must_use]
    pub const fn real() -> Self {
        Self {
            react: Millis(200),
            pull: Millis(2_500),
            start: Millis(2_000),
            stop: Millis(1_500),
            image_back_off: Millis(10_000),
            crash_back_off: Millis(10_000),
            second: Millis(1_000),
        }
    }

    /// Fast enough to be watched: a rollout takes a few seconds, and is given up after twelve.
    #[must_use]
    pub const fn demo() -> Self {
        Self {
            react: Millis(40),
            pull: Millis(350),
            start: Millis(450),
            stop: Millis(250),
            image_back_off: Millis(1_000),
            crash_back_off: Millis(1_000),
            second: Millis(20),
        }
    }

    /// For tests: a rollout takes some tens of milliseconds, and is given up after 1.2 seconds.
    #[must_use]
    pub const fn quick() -> Self {
        Self {
            react: Millis(1),
            pull: Millis(2),
            start: Millis(2),
            stop: Millis(2),
            image_back_off: Millis(10),
            crash_back_off: Millis(10),
            second: Millis(2),
        }
    }

    /// How long so many seconds of a spec last.
    pub(super) const fn seconds(&self, seconds: u64) -> Millis {
        Millis(self.second.0.saturating_mul(seconds))
    }

    /// A back-off after so many failures in a row, from 1.
    pub(super) fn back_off(base: Millis, failures: u32) -> Millis {
        let doubled = base
            .0
            .saturating_mul(1 << failures.saturating_sub(1).min(16));
        Millis(doubled.min(base.0.saturating_mul(30)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_up_to_thirty_times_its_base() {
        let grown: Vec<_> = (1..=7)
            .map(|failures| Pace::back_off(Millis(10), failures).0)
            .collect();
        assert_eq!(grown, [10, 20, 40, 80, 160, 300, 300]);
    }
}
