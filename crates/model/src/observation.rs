//! Observations of a workload, and the verdict they give.

use serde::{Deserialize, Serialize};

/// Which look at the workload it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// Before anything was changed.
    Before,
    /// While the change rolls out.
    Rollout,
    /// The last look at a rollout whose time is up. It is always written down: what was seen before
    /// an interruption is no ground for a verdict after it.
    Last,
    /// The second look, after the rollout was seen to be good.
    Second,
}

/// How a rollout stands, in the controller's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The controller has not caught up or pods are still coming.
    Underway,
    /// Every wanted pod is of the newest revision and available.
    Complete,
    /// The controller has given up waiting.
    Stalled,
}

/// One pod as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodSeen {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Whether it is ready.
    pub ready: bool,
    /// Restarts of all its containers together.
    pub restarts: u32,
    /// What its containers wait for or died of, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// A workload as it was seen at one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Which look.
    pub look: Look,
    /// The workload's generation.
    pub generation: i64,
    /// The workload's revision, as its controller counts them, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// How the rollout stands.
    pub progress: Progress,
    /// Pods wanted.
    pub desired: u32,
    /// Pods of the newest revision.
    pub updated: u32,
    /// Pods ready, of whatever revision.
    pub ready: u32,
    /// The pods, by name.
    pub pods: Vec<PodSeen>,
}

impl Observation {
    /// Whether the workload is as it should be: rolled out, and every wanted pod ready. One that
    /// wants no pods shows nothing of its health.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.progress == Progress::Complete
            && self.desired > 0
            && self.ready >= self.desired
            && self.pods.iter().filter(|pod| pod.ready).count() >= self.desired as usize
    }

    /// Restarts of all pods together.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.pods.iter().map(|pod| pod.restarts).sum()
    }

    /// Whether two observations saw the same, whichever look they were.
    #[must_use]
    pub fn same_sight(&self, other: &Self) -> bool {
        Self {
            look: other.look,
            ..self.clone()
        } == *other
    }

    /// Whether this later look confirms an earlier good one: still healthy, the same ready pods, and
    /// no restart in between.
    #[must_use]
    pub fn confirms(&self, earlier: &Self) -> bool {
        self.healthy()
            && earlier.pods.iter().filter(|pod| pod.ready).all(|pod| {
                self.pods
                    .iter()
                    .any(|now| now.uid == pod.uid && now.ready && now.restarts == pod.restarts)
            })
    }

    /// Whether this later look leaves open what an earlier good one showed: pods were added, moved
    /// or taken away (a node was drained, the workload was scaled), but none that was ready has
    /// fallen back, and it is still the same revision. That is no proof of health, and no ground to
    /// take anything back.
    #[must_use]
    pub fn leaves_open(&self, earlier: &Self) -> bool {
        let fell_back = earlier.pods.iter().filter(|pod| pod.ready).any(|pod| {
            self.pods
                .iter()
                .any(|now| now.uid == pod.uid && (!now.ready || now.restarts != pod.restarts))
        });
        !fell_back
            && !self.confirms(earlier)
            && self.progress != Progress::Stalled
            && self.revision == earlier.revision
    }
}

/// Whether a remedy helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The workload is healthy and stayed so.
    Healed,
    /// It is as bad as before.
    NoBetter,
    /// It is worse than before.
    Worse,
}

impl Verdict {
    /// The word used in JSON and in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healed => "healed",
            Self::NoBetter => "no_better",
            Self::Worse => "worse",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "healed" => Some(Self::Healed),
            "no_better" => Some(Self::NoBetter),
            "worse" => Some(Self::Worse),
            _ => None,
        }
    }

    /// The verdict on a remedy that did not heal, from the sight before and the sight now. Pods that
    /// are not wanted any more are not missed.
    #[must_use]
    pub fn unhealed(before: Option<&Observation>, now: Option<&Observation>) -> Self {
        match (before, now) {
            (Some(before), Some(now)) if now.ready < before.ready.min(now.desired) => Self::Worse,
            _ => Self::NoBetter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(desired: u32, ready: u32) -> Observation {
        Observation {
            look: Look::Rollout,
            generation: 1,
            revision: None,
            progress: Progress::Complete,
            desired,
            updated: desired,
            ready,
            pods: (0..ready)
                .map(|n| PodSeen {
                    name: format!("web-{n}"),
                    uid: format!("uid-{n}"),
                    ready: true,
                    restarts: 0,
                    trouble: None,
                })
                .collect(),
        }
    }

    #[test]
    fn a_workload_scaled_to_nothing_is_not_healthy() {
        assert!(seen(1, 1).healthy());
        assert!(!seen(0, 0).healthy(), "no pod proves anything");
    }

    #[test]
    fn fewer_ready_pods_are_worse_only_if_as_many_are_wanted() {
        let table = [
            ((3, 2), (3, 1), Verdict::Worse),
            ((3, 2), (3, 2), Verdict::NoBetter),
            ((10, 9), (5, 5), Verdict::NoBetter),
            ((10, 9), (5, 4), Verdict::Worse),
            ((3, 2), (0, 0), Verdict::NoBetter),
        ];
        for ((wanted, ready), (wanted_now, ready_now), verdict) in table {
            let (before, now) = (seen(wanted, ready), seen(wanted_now, ready_now));
            assert_eq!(Verdict::unhealed(Some(&before), Some(&now)), verdict);
        }
    }
}
