//! Scenarios: faults and healthy look-alikes as ordinary manifests (`scenarios/` at the root of the
//! repository), each with what it should be found to be. This reads them, brings them onto a
//! cluster and waits until they have matured; what is found there is for others to judge.

mod condition;
mod record;
mod stage;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Cause;
use serde::Deserialize;
use thiserror::Error;

pub use condition::{Condition, World};
pub use record::{RecordError, record};
pub use stage::{Outcome, Stage};

/// A scenario file is a page of text; anything longer is a mistake.
const LONGEST: u64 = 64 * 1024;

/// Why a scenario could not be read.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// A file or directory could not be read.
    #[error("failed to read {path}: {source}")]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not say what a scenario says.
    #[error("failed to understand {path}: {problem}")]
    Form {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}

/// One scenario. It has a namespace of its own, with its name.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The directory that it is in.
    pub directory: PathBuf,
    /// What `scenario.yaml` says.
    pub script: Script,
}

/// The words of `scenario.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Its name, and that of its directory and its namespace.
    pub name: String,
    /// The fault, or why it is none, in one sentence.
    pub what: String,
    /// What a cluster must have or be for it.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What is done after the manifest has been applied, in this order.
    #[serde(default)]
    pub then: Vec<Then>,
    /// How to know that it has matured: all of these hold.
    pub mature: Vec<Condition>,
    /// What is to be found.
    pub expect: Expect,
}

/// What a cluster must have or be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Whoever looks may read the certificates in Secrets.
    Secrets,
    /// Nothing gives Services of type `LoadBalancer` an address.
    NoCloud,
    /// There is one node that pods may run on.
    SingleNode,
    /// A node that is an object and no machine keeps the state that its manifest gives it.
    MadeUpNode,
    /// Nobody serves `metrics.k8s.io`.
    NoMetricsServer,
    /// Somebody does.
    MetricsServer,
}

/// A step after the first: once `when` holds, `kubectl` is run with these words in the namespace.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// What is waited for.
    pub when: Vec<Condition>,
    /// What is asked of `kubectl`.
    pub kubectl: Vec<String>,
}

/// What is to be found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Nothing at all.
    #[serde(default)]
    pub silent: bool,
    /// The root cause, in the closed vocabulary.
    pub cause: Option<Cause>,
    /// Other causes that would be as right.
    #[serde(default)]
    pub or: Vec<Cause>,
    /// Where it stands.
    pub object: Option<Object>,
    /// What it breaks, which is then no finding of its own.
    #[serde(default)]
    pub affects: Vec<Object>,
    /// What the finding must name.
    #[serde(default)]
    pub words: Vec<String>,
}

/// An object of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its namespace; none if it is in none.
    #[serde(default)]
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Scenario {
    /// The scenarios of this repository, faults first, each part in the order of names.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub fn all() -> Result<Vec<Self>, ScenarioError> {
        Self::below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios"))
    }

    /// The scenarios below a directory, in `faults` and `healthy`.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub fn below(root: &Path) -> Result<Vec<Self>, ScenarioError> {
        let mut all = Vec::new();
        for part in ["faults", "healthy"] {
            let place = root.join(part);
            let mut directories: Vec<PathBuf> = fs::read_dir(&place)
                .map_err(at(&place))?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.is_dir())
                .collect();
            directories.sort();
            for directory in directories {
                all.push(Self::read(&directory)?);
            }
        }
        Ok(all)
    }

    /// The scenario in one directory.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(directory: &Path) -> Result<Self, ScenarioError> {
        let path = directory.join("scenario.yaml");
        let length = fs::metadata(&path).map_err(at(&path))?.len();
        let form = |problem: String| ScenarioError::Form {
            path: path.clone(),
            problem,
        };
        if length > LONGEST {
            return Err(form(format!("it has {length} bytes, more than {LONGEST}")));
        }
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        let script: Script = serde_saphyr::from_str(&text).map_err(|e| form(e.to_string()))?;
        Ok(Self {
            directory: directory.to_owned(),
            script,
        })
    }

    /// Its name, which is also that of its namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.script.name
    }

    /// The manifest to apply.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.directory.join("manifest.yaml")
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ScenarioError + '_ {
    move |source| ScenarioError::Path {
        path: path.to_owned(),
        source,
    }
}
