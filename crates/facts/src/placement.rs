//! Why no node takes a pod, computed for each node as the scheduler does it, beside the
//! scheduler's own words.
//!
//! Preferences, preemption and extenders are not looked at: they never keep a pod from every node.

mod agree;
mod describe;
mod labels;
mod others;
mod reason;
mod requests;
mod room;
mod volumes;
mod words;

use crate::{Object, Snapshot};

pub use reason::{Reason, ReasonKind};
pub(crate) use requests::{limits, requests};
pub use room::Room;
pub(crate) use room::Standing;
pub use words::read_words;

/// Why a pod has no node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// The reasons, the decisive one first.
    pub reasons: Vec<Reason>,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many of them would take the pod now, by what was read.
    pub fits: usize,
    /// Whether the reasons are computed: from nodes and pods that were all read, or from the nodes
    /// where these suffice. Otherwise they are the scheduler's words alone.
    pub computed: bool,
    /// The scheduler's words.
    pub said: String,
}

impl Placement {
    /// The one reason whose removal would free most nodes.
    #[must_use]
    pub fn decisive(&self) -> Option<&Reason> {
        self.reasons.first()
    }
}

/// Why a pod has no node. For several pods of one snapshot make a [`Room`] once.
#[must_use]
pub fn explain(snapshot: &Snapshot, pod: &Object) -> Placement {
    Room::of(snapshot).explain(pod)
}
