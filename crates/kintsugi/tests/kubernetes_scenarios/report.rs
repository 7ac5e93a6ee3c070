//! What `kintsugi scan -o json` says, as far as it is judged here.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use testbed::scenario;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Report {
    pub(crate) elapsed_ms: u64,
    pub(crate) scanned: BTreeMap<String, usize>,
    pub(crate) blind_spots: Vec<BlindSpot>,
    pub(crate) findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct BlindSpot {
    pub(crate) what: String,
    pub(crate) why: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Finding {
    pub(crate) fingerprint: String,
    pub(crate) skill: String,
    pub(crate) cause: String,
    pub(crate) severity: String,
    pub(crate) object: Named,
    #[serde(default)]
    pub(crate) container: String,
    pub(crate) affected: Vec<Named>,
    pub(crate) root_cause: String,
    pub(crate) confidence: f64,
    pub(crate) next_steps: Vec<Next>,
    pub(crate) explains: Vec<Explained>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Next {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) command: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Explained {
    pub(crate) object: Named,
    pub(crate) cause: String,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Named {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Named {
    pub(crate) fn is(&self, object: &scenario::Object) -> bool {
        self.kind == object.kind && self.namespace == object.namespace && self.name == object.name
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)?;
        if !self.namespace.is_empty() {
            write!(f, " in {}", self.namespace)?;
        }
        Ok(())
    }
}

impl Finding {
    /// Whether it is bad enough to be told without being asked for.
    pub(crate) fn is_loud(&self) -> bool {
        self.severity != "info"
    }

    /// The objects that it speaks of.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Named> {
        let broken = self.explains.iter().map(|explained| &explained.object);
        std::iter::once(&self.object)
            .chain(&self.affected)
            .chain(broken)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cause,
            object,
            skill,
            root_cause,
            ..
        } = self;
        write!(f, "{cause} at {object} (skill {skill}): {root_cause}")
    }
}
