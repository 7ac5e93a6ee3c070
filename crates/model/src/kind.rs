//! The kinds of event, each with the word it has everywhere and its present version.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::payload::{
    Applied, Approved, Closed, Diagnosed, EffectFailed, Escalated, GateDecided, Intended,
    LessonKept, Observed, PlanChanged, Rehearsed, Rejected, RemedyProposed, Repaired, RolledBack,
    SignalCleared, SignalSeen, SkillMatched, StepFailed, ToolCalled, ToolReturned, UndoRequested,
    Verified,
};

macro_rules! kinds {
    ($($name:ident = $word:literal, $version:literal;)*) => {
        /// A kind of event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $(
                #[doc = concat!("`", $word, "`")]
                $name,
            )*
        }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word used on the wire and in tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The version in which new events of this kind are written.
            #[must_use]
            pub const fn version(self) -> u16 {
                match self {
                    $(Self::$name => $version,)*
                }
            }

            /// The kind of that word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }

        /// What happened: a kind with what it carries.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact {
            $(
                #[doc = concat!("`", $word, "`")]
                $name($name),
            )*
        }

        impl Fact {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(_) => Kind::$name,)*
                }
            }

            /// What it carries, as JSON.
            ///
            /// # Errors
            /// Never for our own types; `serde_json` cannot promise that.
            pub fn to_value(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $(Self::$name(inner) => serde_json::to_value(inner),)*
                }
            }

            /// Reads what an event of this kind, in its present version, carries.
            ///
            /// # Errors
            /// When the value has not the shape of that kind.
            pub fn from_value(kind: Kind, value: Value) -> Result<Self, serde_json::Error> {
                match kind {
                    $(Kind::$name => serde_json::from_value(value).map(Self::$name),)*
                }
            }
        }

        $(
            impl From<$name> for Fact {
                fn from(inner: $name) -> Self {
                    Self::$name(inner)
                }
            }
        )*
    };
}

kinds! {
    SignalSeen = "signal_seen", 1;
    SignalCleared = "signal_cleared", 1;
    SkillMatched = "skill_matched", 1;
    ToolCalled = "tool_called", 1;
    ToolReturned = "tool_returned", 1;
    Diagnosed = "diagnosed", 1;
    RemedyProposed = "remedy_proposed", 1;
    Rehearsed = "rehearsed", 1;
    GateDecided = "gate_decided", 1;
    Approved = "approved", 1;
    Rejected = "rejected", 1;
    PlanChanged = "plan_changed", 1;
    Observed = "observed", 1;
    Intended = "intended", 1;
    Applied = "applied", 1;
    RolledBack = "rolled_back", 1;
    EffectFailed = "effect_failed", 1;
    Verified = "verified", 1;
    Repaired = "repaired", 1;
    StepFailed = "step_failed", 1;
    Escalated = "escalated", 1;
    UndoRequested = "undo_requested", 1;
    LessonKept = "lesson_kept", 1;
    Closed = "closed", 1;
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
