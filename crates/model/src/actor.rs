//! Who did something.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Kintsugi itself.
    Kintsugi,
    /// A source of signals: an alert manager, a webhook, a cluster.
    Source,
    /// A person.
    Person,
}

/// Who did something, and how they reached us.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Their name: a component, a source, or a person's user name.
    pub name: String,
    /// The way by which they reached us: `local` (the operating system's user, not authenticated),
    /// `demo` (the scripted approver), `cluster`, `webhook`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Actor {
    /// Kintsugi itself.
    #[must_use]
    pub fn kintsugi() -> Self {
        Self {
            kind: ActorKind::Kintsugi,
            name: "kintsugi".to_owned(),
            via: None,
        }
    }

    /// A source of signals.
    #[must_use]
    pub fn source(name: &str, via: &str) -> Self {
        Self {
            kind: ActorKind::Source,
            name: name.to_owned(),
            via: Some(via.to_owned()),
        }
    }

    /// A person at the local command line: the operating system's user, not authenticated.
    #[must_use]
    pub fn local_person(user: &str) -> Self {
        Self {
            kind: ActorKind::Person,
            name: user.to_owned(),
            via: Some(Self::VIA_LOCAL.to_owned()),
        }
    }

    /// The scripted approver of the demo, whose word counts for clusters in memory only.
    #[must_use]
    pub fn demo_person() -> Self {
        Self {
            kind: ActorKind::Person,
            name: "demo".to_owned(),
            via: Some(Self::VIA_DEMO.to_owned()),
        }
    }

    /// How an unauthenticated person at the local command line is marked.
    pub const VIA_LOCAL: &'static str = "local";
    /// How the demo's scripted approver is marked.
    pub const VIA_DEMO: &'static str = "demo";

    /// Whether this is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.kind == ActorKind::Person
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.via {
            Some(via) => write!(f, "{} ({via})", self.name),
            None => f.write_str(&self.name),
        }
    }
}
