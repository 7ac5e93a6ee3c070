//! Configuration: read once, here, into typed values that are handed down.
//!
//! Layers, each over the one before: defaults, `kintsugi.yaml`, `kintsugi.<env>.yaml`, the
//! environment, flags. Every value knows where it came from. An unknown key is an error that names
//! the nearest known one. Secrets come from the environment or from files, never from flags.

mod layers;
mod span;

use std::path::PathBuf;

use healer::Limits;
use policy::{Freeze, Policy};
use remedy::Defaults;
use serde::{Deserialize, Serialize};

use crate::cli::With;

pub(crate) use layers::{ConfigError, Effective, Flags, Origin, load};
pub(crate) use span::Span;

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The language of what people read: `en` or `zh`.
    pub(crate) language: model::Lang,
    /// A file path or `postgres://…`; empty: a file in the user's state directory.
    pub(crate) ledger: String,
    /// The file that holds the password of the PostgreSQL ledger, if it is not in the address.
    pub(crate) ledger_password_file: Option<PathBuf>,
    /// The journal of a cluster in memory to be wired to; empty: the one beside the ledger, if any.
    pub(crate) memory_cluster: Option<PathBuf>,
    /// A folder of skills, which take the place of those of the same name that come with Kintsugi.
    pub(crate) skills: Option<PathBuf>,
    /// What is read of Secrets although it needs a role of its own, as with `--with`:
    /// `certificates`, `helm`.
    pub(crate) with: Vec<With>,
    /// A Prometheus that measures the containers of the cluster.
    pub(crate) prometheus: PrometheusConfig,
    /// What goes into the log.
    pub(crate) log: Log,
    /// The server.
    pub(crate) serve: Serve,
    /// Who may have what done.
    pub(crate) policy: PolicyConfig,
    /// The limits of an incident's life.
    pub(crate) limits: LimitsConfig,
    /// How it is proven that a remedy helped.
    pub(crate) verification: VerificationConfig,
}

/// What goes into the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter of `tracing`.
    pub(crate) level: String,
    /// How lines look.
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A Prometheus, or anything that answers as one does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrometheusConfig {
    /// Its address, such as `http://prometheus.monitoring:9090`; empty: nobody is asked.
    pub(crate) url: String,
    /// The file that holds the token for it.
    pub(crate) token_file: Option<PathBuf>,
    /// The file with the certificates of who may vouch for it.
    pub(crate) ca_file: Option<PathBuf>,
}

/// The server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Serve {
    /// Where to listen.
    pub(crate) listen: String,
    /// Incidents driven at once.
    pub(crate) at_once: usize,
}

/// Who may have what done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyConfig {
    /// Whether a `low_risk` plan runs without asking.
    pub(crate) low_risk_runs: bool,
    /// Whether the word of the operating system's user counts.
    pub(crate) local_people_approve: bool,
    /// The people who may approve; empty: all whose word counts.
    pub(crate) approvers: Vec<String>,
    /// Spans of time in which nothing is changed.
    pub(crate) freezes: Vec<Freeze>,
}

/// The limits of an incident's life.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    /// Remedies tried at most.
    pub(crate) remedies: u32,
    /// Times a step is tried that fails for a reason outside.
    pub(crate) step_attempts: u32,
    /// How long an incident may take until something is changed.
    pub(crate) active: Span,
    /// How long to wait after the first failure of a step.
    pub(crate) back_off: Span,
    /// How often a rollout is looked at.
    pub(crate) watch_every: Span,
    /// How often an incident that awaits a person is looked at.
    pub(crate) look_again_every: Span,
    /// How long the right to drive an incident lasts without being renewed.
    pub(crate) lease: Span,
}

/// How it is proven that a remedy helped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerificationConfig {
    /// How long a rollout may take at most.
    pub(crate) rollout_within: Span,
    /// How long after the first good look the second one comes at the earliest.
    pub(crate) second_look_after: Span,
}

impl Default for Config {
    fn default() -> Self {
        let limits = Limits::default();
        let defaults = Defaults::default();
        let policy = Policy::default();
        Self {
            language: model::Lang::En,
            ledger: String::new(),
            ledger_password_file: None,
            memory_cluster: None,
            skills: None,
            with: Vec::new(),
            prometheus: PrometheusConfig::default(),
            log: Log {
                level: "warn".to_owned(),
                format: LogFormat::Text,
            },
            serve: Serve {
                listen: "127.0.0.1:8420".to_owned(),
                at_once: 8,
            },
            policy: PolicyConfig {
                low_risk_runs: policy.low_risk_runs,
                local_people_approve: policy.local_people_approve,
                approvers: policy.approvers,
                freezes: policy.freezes,
            },
            limits: LimitsConfig {
                remedies: limits.remedies,
                step_attempts: limits.step_attempts,
                active: Span(limits.active),
                back_off: Span(limits.back_off),
                watch_every: Span(limits.watch_every),
                look_again_every: Span(limits.look_again_every),
                lease: Span(model::Millis::secs(30)),
            },
            verification: VerificationConfig {
                rollout_within: Span(defaults.rollout_within),
                second_look_after: Span(defaults.second_look_after),
            },
        }
    }
}

impl Config {
    /// The limits as the healer knows them.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            remedies: self.limits.remedies,
            step_attempts: self.limits.step_attempts,
            active: self.limits.active.0,
            back_off: self.limits.back_off.0,
            watch_every: self.limits.watch_every.0,
            look_again_every: self.limits.look_again_every.0,
            ..Limits::default()
        }
    }

    /// The policy as the gate knows it.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            low_risk_runs: self.policy.low_risk_runs,
            local_people_approve: self.policy.local_people_approve,
            approvers: self.policy.approvers.clone(),
            freezes: self.policy.freezes.clone(),
        }
    }

    /// What plans are made with.
    pub(crate) fn defaults(&self) -> Defaults {
        Defaults {
            rollout_within: self.verification.rollout_within.0,
            second_look_after: self.verification.second_look_after.0,
        }
    }
}
