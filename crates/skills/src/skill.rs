//! A skill: what it is triggered by, what it knows, and the tree by which it concludes.

use std::collections::BTreeMap;

use facts::Resource;
use model::{Digest, RemedyKind, Text};

use crate::cel::Expression;
use crate::tree::{Node, NodeRef};

/// A skill with all that it inherits.
#[derive(Debug, Clone)]
pub struct Skill {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Text,
    /// The skill it extends; only `base` extends none.
    pub extends: Option<String>,
    /// Its family: the root of what it extends, under `base`.
    pub family: String,
    /// What chooses it. Never inherited: an heir is chosen by triggers of its own.
    pub triggers: Vec<Trigger>,
    /// What a model is told: the parents' words first, then its own.
    pub system_prompt: Text,
    /// The tools a model may use with it; empty means all.
    pub required_tools: Vec<String>,
    /// The first node of its tree, which may be a parent's; `None` if it has no tree.
    pub start: Option<NodeRef>,
    /// The nodes that stand in its own file, by name.
    pub nodes: BTreeMap<String, Node>,
    /// What memory is asked for it.
    pub memory_policy: MemoryPolicy,
    /// Remedies worth proposing after the one that its conclusion names.
    pub remedies: Vec<RemedyKind>,
    /// The cases that test it, as patterns relative to the skills' directory.
    pub cases: Vec<String>,
    /// The digest of its source and of what it inherits from.
    pub digest: Digest,
    /// The file it stands in.
    pub file: String,
}

/// What a skill asks of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryPolicy {
    /// How far back recent events matter, as written: `1h`.
    pub short_term_window: Option<String>,
    /// How many lessons to look for.
    pub long_term_top_k: Option<u32>,
    /// Metrics that belong to this kind of fault.
    pub relevant_metrics: Vec<String>,
}

/// What chooses a skill: an alert, a state, or an alert in a state.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// The signal's name.
    pub alert_name: Option<String>,
    /// Labels that the signal must have.
    pub labels: BTreeMap<String, String>,
    /// The kind of subject.
    pub resource: Option<Resource>,
    /// The subject's state: all of it must hold.
    pub when: Vec<Expression>,
    /// The highest wins.
    pub priority: i32,
}

impl Trigger {
    /// How many conditions it has: among equal priorities the most specific wins.
    #[must_use]
    pub fn specificity(&self) -> usize {
        usize::from(self.alert_name.is_some())
            + self.labels.len()
            + usize::from(self.resource.is_some())
            + usize::from(!self.when.is_empty())
    }

    /// The trigger in words, as it is kept in the ledger.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if let Some(alert) = &self.alert_name {
            parts.push(format!("alert {alert}"));
        }
        for (label, value) in &self.labels {
            parts.push(format!("{label}={value}"));
        }
        if let Some(resource) = self.resource {
            parts.push(resource.as_str().to_owned());
        }
        if !self.when.is_empty() {
            let several = self.when.len() > 1;
            let sources = self.when.iter().map(|when| match when.source() {
                source if several && source.contains(" || ") => format!("({source})"),
                source => source.to_owned(),
            });
            let sources: Vec<String> = sources.collect();
            parts.push(format!("when {}", sources.join(" and ")));
        }
        parts.join(", ")
    }
}
