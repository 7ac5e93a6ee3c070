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

/// The longest name of a signal, in characters.
const LONGEST_NAME: usize = 200;
/// The longest words of a source, in characters.
const LONGEST_TITLE: usize = 400;
/// The longest value of a label, in characters.
const LONGEST_LABEL: usize = 1000;
/// The most labels.
const MOST_LABELS: usize = 64;

fn cut(text: &mut String, longest: usize) {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
}

impl Signal {
    /// The same signal, with everything that its source could make endless cut to a length that a
    /// story can bear.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        cut(&mut self.name, LONGEST_NAME);
        cut(&mut self.title, LONGEST_TITLE);
        while self.labels.len() > MOST_LABELS {
            self.labels.pop_last();
        }
        for value in self.labels.values_mut() {
            cut(value, LONGEST_LABEL);
        }
        self.labels
            .retain(|name, _| name.chars().count() <= LONGEST_NAME);
        if let Some(object) = &mut self.object {
            for text in [&mut object.kind, &mut object.namespace, &mut object.name] {
                cut(text, LONGEST_NAME * 2);
            }
        }
        self
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_signal_is_cut_between_characters() {
        let endless = "缮".repeat(100_000);
        let signal = Signal {
            source: Source::Alert,
            name: endless.clone(),
            object: Some(ObjectRef::new("Deployment", &endless, "web")),
            severity: Severity::Warning,
            title: endless.clone(),
            labels: (0..1000)
                .map(|n| (n.to_string(), endless.clone()))
                .collect(),
        };
        let bytes = serde_json::to_vec(&signal.clone().bounded()).unwrap().len();
        assert!(bytes < 250_000, "{bytes}");
        let short = Signal {
            name: "a".to_owned(),
            title: "b".to_owned(),
            labels: [].into(),
            object: None,
            ..signal
        };
        assert_eq!(short.clone().bounded(), short);
    }
}
