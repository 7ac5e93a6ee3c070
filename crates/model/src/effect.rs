//! Effects on the outside world: the intent written before, the settlement written after.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{Digest, EffectKey, IncidentId, PlanHash};
use crate::object::ObjectRef;
use crate::plan::{Field, PatchOp};
use crate::time::Timestamp;

/// Whether a plan's change is made or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Made.
    Apply,
    /// Taken back.
    Undo,
}

impl Direction {
    /// The word used in JSON and in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }
}

impl EffectKey {
    /// The annotation under which a write carries its key.
    pub const ANNOTATION: &'static str = "kintsugi.dev/effect";

    /// The key of one effect: the same effect of the same incident always has the same key.
    #[must_use]
    pub fn of(
        incident: IncidentId,
        plan: PlanHash,
        direction: Direction,
        change: u32,
        attempt: u32,
    ) -> Self {
        let digest = Digest::of(
            "kintsugi.effect.v1",
            &[
                incident.uuid().as_bytes(),
                plan.as_bytes(),
                direction.as_str().as_bytes(),
                &change.to_be_bytes(),
                &attempt.to_be_bytes(),
            ],
        );
        Self::from_bytes(*digest.as_bytes())
    }
}

/// What is about to be done, written before it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The idempotency key, which the write carries as an annotation.
    pub key: EffectKey,
    /// The plan.
    pub plan: PlanHash,
    /// Made or taken back.
    pub direction: Direction,
    /// Which change of the plan.
    pub change: u32,
    /// Which attempt at it, from 1.
    pub attempt: u32,
    /// The object, bound to its UID.
    pub target: ObjectRef,
    /// The digest of the fields read and written.
    pub fields: Digest,
    /// The write itself, without its mark: that is added when it is made.
    pub patch: Vec<PatchOp>,
    /// The values before it.
    pub prior: Vec<Field>,
    /// When the write counts as lost at the latest.
    pub deadline: Timestamp,
}

/// How an effect was settled: the object as the write left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The object's generation after the write.
    pub generation: i64,
    /// The object's resourceVersion after the write.
    pub resource_version: String,
    /// Whether the write was found standing after an interruption instead of seen to succeed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found_standing: bool,
}

/// Why an effect did not happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Failure {
    /// The object is gone, or another one stands in its place.
    Gone,
    /// What the plan rests on has changed since.
    Changed {
        /// The fields that differ, as they are now.
        now: Vec<Field>,
    },
    /// The cluster refused the write, for good.
    Refused {
        /// Its words.
        message: String,
    },
    /// The cluster could not be asked; nothing was written.
    Unreachable {
        /// What happened.
        message: String,
    },
    /// It had not happened when it was looked up after an interruption, and policy does not allow it
    /// any more.
    Withdrawn,
    /// It cannot be told whether the write happened: a person has to look.
    Undecidable {
        /// What stands there now.
        message: String,
    },
}

impl Failure {
    /// The word used in metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Changed { .. } => "changed",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Withdrawn => "withdrawn",
            Self::Undecidable { .. } => "undecidable",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the object is gone"),
            Self::Changed { now } => {
                f.write_str("changed since:")?;
                now.iter()
                    .try_for_each(|field| match (&field.value, &field.digest) {
                        (Some(value), _) => write!(f, " {} is now {value}", field.path),
                        (None, Some(_)) => write!(f, " {} is not what it was", field.path),
                        (None, None) => write!(f, " {} is gone", field.path),
                    })
            }
            Self::Refused { message } => write!(f, "refused: {message}"),
            Self::Unreachable { message } => write!(f, "unreachable: {message}"),
            Self::Withdrawn => f.write_str("withdrawn: policy does not allow it any more"),
            Self::Undecidable { message } => write!(f, "undecidable: {message}"),
        }
    }
}
