//! Diagnoses: what is wrong at the root, how sure we are, and on which evidence it rests.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::ids::EvidenceId;
use crate::object::ObjectRef;
use crate::plan::RemedyKind;
use crate::signal::Severity;
use crate::text::Text;

/// How sure a diagnosis is, in hundredths: 0 to 100. On the wire a number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// From a share between 0 and 1; what lies outside, or is no number, is refused.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let hundredths = format!("{:.0}", share * 100.0);
        hundredths.parse().ok().map(Self)
    }

    /// As a share between 0 and 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// In hundredths.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl Serialize for Confidence {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.share())
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(d)?;
        Self::new(share).ok_or_else(|| {
            serde::de::Error::custom(format!("a confidence is between 0 and 1, not {share}"))
        })
    }
}

/// The rung of the ladder of minds that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// A lesson kept from before.
    Recall,
    /// The decision tree of a skill.
    Tree,
    /// A small language model.
    Small,
    /// A large language model.
    Large,
}

impl Rung {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Tree => "tree",
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}

/// Something a person can do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextStep {
    /// In words.
    pub text: Text,
    /// As a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// What is wrong at the root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// The cause, from the closed vocabulary.
    pub cause: Cause,
    /// The object at the root.
    pub object: ObjectRef,
    /// The whole sentence, naming the actual object, value and line.
    pub root_cause: Text,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence it rests on.
    pub evidence: Vec<EvidenceId>,
    /// Which rung answered.
    pub rung: Rung,
    /// The skill whose tree concluded, with the node that did.
    pub skill: String,
    /// The node of the skill's tree that concluded.
    pub node: String,
    /// How bad it is, if the skill says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What a person can do next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_steps: Vec<NextStep>,
    /// The remedies worth proposing, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<RemedyKind>,
}
