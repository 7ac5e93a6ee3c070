//! Signals: single sightings that something is wrong.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ClusterId, Digest};
use crate::object::ObjectRef;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Needs attention.
    Warning,
    /// Needs attention now.
    Critical,
}

impl Severity {
    /// The word used in JSON and in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "info" => Some(Self::Info),
            "warning" => Some(Self::Warning),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a signal came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An alert of a monitoring system.
    Alert,
    /// A watch on a cluster.
    Cluster,
    /// A person who said so.
    Person,
}

/// One sighting that something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Where it came from.
    pub source: Source,
    /// The alert's or trigger's name: `KubePodImagePullBackOff`.
    pub name: String,
    /// The object it is about, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// How bad the source says it is.
    pub severity: Severity,
    /// The source's own words.
    pub title: String,
    /// The source's labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Signal {
    /// What makes two signals sightings of the same fault: the cluster, the object and the name.
    #[must_use]
    pub fn fingerprint(&self, cluster: &ClusterId) -> Fingerprint {
        let (kind, namespace, name) = self.object.as_ref().map_or(("", "", ""), |o| {
            (o.kind.as_str(), o.namespace.as_str(), o.name.as_str())
        });
        let parts = [cluster.as_str(), kind, namespace, name, self.name.as_str()];
        let digest = Digest::of("kintsugi.fingerprint.v1", &parts.map(str::as_bytes));
        Fingerprint(digest.to_string().chars().take(32).collect())
    }
}

/// What the signals of one incident have in common: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Fingerprint {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
