//! What plans are made with where the workload itself says nothing.

use model::Millis;
use serde::{Deserialize, Serialize};

/// What plans are made with where the workload itself says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// How long a rollout may take at most.
    pub rollout_within: Millis,
    /// How long after the first good look the second one comes at the earliest.
    pub second_look_after: Millis,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            rollout_within: Millis::secs(300),
            second_look_after: Millis::secs(30),
        }
    }
}
