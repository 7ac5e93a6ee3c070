//! Plans: a remedy's concrete change, frozen and hashed.
//!
//! An approval is bound to a plan's hash, and the hash covers everything that an approver could
//! have read: the target, what is read and written, how it is verified and how it is undone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{Digest, PlanHash};
use crate::json;
use crate::object::ObjectRef;
use crate::text::{Lang, Text};
use crate::time::Millis;

/// How much harm a tool or a remedy could do, and hence who must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Looks only.
    ReadOnly,
    /// Small and easily taken back.
    LowRisk,
    /// Needs a named person's approval of exactly that plan.
    HighRisk,
    /// Never done.
    Forbidden,
}

impl Tier {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::LowRisk => "low_risk",
            Self::HighRisk => "high_risk",
            Self::Forbidden => "forbidden",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kinds of remedy there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// Put a workload's pod template back to the last revision that is known to be good.
    RestoreLastGood,
}

impl RemedyKind {
    /// Every kind there is.
    pub const ALL: &'static [Self] = &[Self::RestoreLastGood];

    /// The word used in skills and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestoreLastGood => "restore_last_good",
        }
    }

    /// How much harm its plans could do, at the least.
    #[must_use]
    pub const fn tier(self) -> Tier {
        match self {
            Self::RestoreLastGood => Tier::HighRisk,
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::RestoreLastGood, Lang::En) => "go back to the last revision that works",
            (Self::RestoreLastGood, Lang::Zh) => "回到最近一个正常的版本",
        }
    }
}

impl FromStr for RemedyKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a known remedy"))
    }
}

impl fmt::Display for RemedyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One operation of a JSON Patch (RFC 6902), of the kinds we use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum PatchOp {
    /// The value there must be this one.
    Test {
        /// JSON pointer.
        path: String,
        /// Expected value.
        value: Value,
    },
    /// Put a value where there may be none.
    Add {
        /// JSON pointer.
        path: String,
        /// New value.
        value: Value,
    },
    /// Put another value in the place of the one there.
    Replace {
        /// JSON pointer.
        path: String,
        /// New value.
        value: Value,
    },
    /// Take the value away.
    Remove {
        /// JSON pointer.
        path: String,
    },
}

/// One field of an object as it was when the plan was made. What is only read is kept as a digest:
/// a pod template may hold secrets, and a ledger cannot forget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// JSON pointer.
    pub path: String,
    /// The value, if there was one and it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The digest of the value, if there was one and it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl Field {
    /// A field with its value, or without one where there was none.
    #[must_use]
    pub fn kept(path: impl Into<String>, value: Option<&Value>) -> Self {
        Self {
            path: path.into(),
            value: value.cloned(),
            digest: None,
        }
    }

    /// A field of which only the digest is kept.
    #[must_use]
    pub fn sealed(path: impl Into<String>, value: Option<&Value>) -> Self {
        Self {
            path: path.into(),
            value: None,
            digest: value.map(|value| json::digest("kintsugi.field.v1", value)),
        }
    }

    /// The same field as it is now, kept or sealed as it was.
    #[must_use]
    pub fn now(&self, value: Option<&Value>) -> Self {
        if self.digest.is_some() {
            Self::sealed(self.path.as_str(), value)
        } else {
            Self::kept(self.path.as_str(), value)
        }
    }
}

/// The change to one object: one write, one effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The object, bound to its UID.
    pub object: ObjectRef,
    /// What the plan rests on: every field that it reads or writes, as it was.
    pub fields: Vec<Field>,
    /// The write.
    pub patch: Vec<PatchOp>,
    /// Its inverse, which tests that our write still stands.
    pub undo: Vec<PatchOp>,
    /// The change for the eyes of a person, as a unified diff.
    pub diff: String,
}

impl Change {
    /// The digest of the fields read and written, as they were.
    #[must_use]
    pub fn fields_digest(&self) -> Digest {
        json::digest("kintsugi.fields.v1", &self.fields)
    }
}

/// How it is proven that a plan helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// How long the rollout may take.
    pub rollout_within: Millis,
    /// How long after the first good look the second one comes.
    pub second_look_after: Millis,
}

/// A remedy's concrete change, frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The kind of remedy.
    pub kind: RemedyKind,
    /// What it does, in one sentence.
    pub summary: Text,
    /// How risky it is.
    pub tier: Tier,
    /// The workload whose health proves it.
    pub target: ObjectRef,
    /// What it changes, in order.
    pub changes: Vec<Change>,
    /// How it is verified.
    pub verification: Verification,
    /// What a rehearsal cannot show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrehearsed: Vec<Text>,
    /// Whoever owns the target elsewhere (Helm, Argo CD, Flux, a kubectl manifest), if anybody:
    /// then the source is to be changed, and this plan is a proposal only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl Plan {
    /// The hash that an approval is bound to.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        PlanHash::from_bytes(*json::digest("kintsugi.plan.v1", self).as_bytes())
    }
}
