//! What the containers of a cluster in memory do, told container by container.
//!
//! What a manifest says by itself (a missing image, a missing key, the port that a probe asks) needs
//! no script. What a program does with itself is known to nobody but whoever wrote it: that is here.

use std::collections::{BTreeMap, BTreeSet};

use model::Millis;
use serde::{Deserialize, Serialize};

use super::image::ImageBehaviour;

/// How much of a cluster is played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Deployments and their pods, by what their images do. Pods go to the nodes in turn, nothing is
    /// probed, and nobody writes endpoints: the cluster of journals that tell nothing else.
    #[default]
    Simple,
    /// The scheduler, the probes, init containers, what pods refer to, admission and endpoints too.
    Whole,
}

impl Nature {
    /// Serde hands a reference to what decides whether a field is left out.
    pub(super) const fn is_simple(&self) -> bool {
        matches!(self, Self::Simple)
    }
}

/// What one container of a workload does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The namespace of the workload.
    pub namespace: String,
    /// The name of the topmost owner of the pod: of the Deployment, of the `CronJob`.
    pub workload: String,
    /// The container.
    pub container: String,
    /// Only if it runs this image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its lives, one after another over all pods of the workload; the last one again and again.
    pub lives: Vec<Life>,
}

/// One life of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Life {
    /// What it prints.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub log: String,
    /// How it ends by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Ending>,
    /// The ports that it listens on; without them it answers whatever it is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listens: Option<BTreeSet<u16>>,
    /// How long it takes until it listens.
    #[serde(default = "at_once")]
    pub listens_after: Millis,
    /// The HTTP status that it answers with, by path; 200 where nothing is told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, u16>,
}

const fn at_once() -> Millis {
    Millis(0)
}

/// How a life ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// How long it lasts.
    pub after: Millis,
    /// The program's exit code.
    pub exit_code: i32,
    /// Whether it is killed because it uses more memory than it may.
    #[serde(default)]
    pub out_of_memory: bool,
}

impl Life {
    /// It runs on, and prints this.
    #[must_use]
    pub fn runs(log: &str) -> Self {
        Self {
            log: log.to_owned(),
            ..Self::default()
        }
    }

    /// Its program ends.
    #[must_use]
    pub fn exits(after: Millis, exit_code: i32, log: &str) -> Self {
        Self {
            log: log.to_owned(),
            ends: Some(Ending {
                after,
                exit_code,
                out_of_memory: false,
            }),
            ..Self::default()
        }
    }

    /// It uses more memory than it may.
    #[must_use]
    pub fn runs_out_of_memory(after: Millis, log: &str) -> Self {
        Self {
            log: log.to_owned(),
            ends: Some(Ending {
                after,
                exit_code: 137,
                out_of_memory: true,
            }),
            ..Self::default()
        }
    }

    /// The same, and it listens on these ports.
    #[must_use]
    pub fn listening(mut self, ports: &[u16]) -> Self {
        self.listens = Some(ports.iter().copied().collect());
        self
    }

    /// Whether it listens on nothing at all, and so never becomes ready.
    pub(super) fn is_deaf(&self) -> bool {
        self.listens.as_ref().is_some_and(BTreeSet::is_empty)
    }

    /// Exit code and reason of its end.
    pub(super) const fn end(&self) -> (i32, &'static str) {
        match &self.ends {
            Some(Ending {
                out_of_memory: true,
                ..
            }) => (137, "OOMKilled"),
            Some(Ending { exit_code: 0, .. }) | None => (0, "Completed"),
            Some(Ending { exit_code, .. }) => (*exit_code, "Error"),
        }
    }
}

impl From<&ImageBehaviour> for Life {
    fn from(behaviour: &ImageBehaviour) -> Self {
        let life = Self::runs(&behaviour.log());
        match behaviour {
            ImageBehaviour::Runs => life,
            ImageBehaviour::NeverReady
            | ImageBehaviour::NotFound
            | ImageBehaviour::Unauthorized
            | ImageBehaviour::PullFails { .. } => life.listening(&[]),
            ImageBehaviour::CrashesAfter {
                after,
                exit_code,
                log,
            } => Self::exits(*after, *exit_code, log),
            ImageBehaviour::OomAfter { after, log } => Self::runs_out_of_memory(*after, log),
        }
    }
}
