//! How a command ends when it could not do it: one `error:` line that names what, and the next step.

use std::fmt;

use healer::{HealError, WordError};
use ledger::LedgerError;

use crate::config::ConfigError;

/// Done, and nothing wrong.
pub(crate) const DONE: u8 = 0;
/// Done, and the answer is bad news.
pub(crate) const BAD_NEWS: u8 = 1;
/// Could not do it.
pub(crate) const COULD_NOT: u8 = 2;
/// Stopped by Ctrl-C, cleanly.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command could not do it, and what to do next.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    next: Option<String>,
    reader_gone: bool,
}

impl Failure {
    /// A failure that names what failed, on what and why.
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            next: None,
            reader_gone: false,
        }
    }

    /// The result could not be written.
    pub(crate) fn unwritten(error: std::io::Error) -> Self {
        Self {
            reader_gone: error.kind() == std::io::ErrorKind::BrokenPipe,
            ..Self::new(format!("failed to write the result: {error}"))
        }
    }

    /// Whether whoever read the result has had enough of it: no failure of ours.
    pub(crate) const fn reader_gone(&self) -> bool {
        self.reader_gone
    }

    /// The same failure, with what to do next.
    pub(crate) fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever an error from outside contains.
        let what = self.what.split_whitespace().collect::<Vec<_>>().join(" ");
        match &self.next {
            Some(next) => write!(f, "{what}; {next}"),
            None => f.write_str(&what),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let next = match &error {
            ConfigError::File { .. } => "mend the file, or name another with --config",
            ConfigError::UnknownKey { .. } => "`kintsugi config show` lists every key",
            ConfigError::BadValue { .. } => "mend the value where it stands",
        };
        Self::new(error).next(next)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let next = match &error {
            LedgerError::Open { .. } => Some("name another with --ledger, or mend its folder"),
            LedgerError::Damaged { .. } => {
                Some("put back a backup made with `kintsugi ledger backup`")
            }
            LedgerError::Newer { .. } => Some("update kintsugi, or name another with --ledger"),
            LedgerError::Full { .. } => Some("make room, then try again"),
            LedgerError::Unavailable { .. } => Some("see whether it runs, then try again"),
            LedgerError::Event { .. } => Some("`kintsugi audit verify` tells more"),
            LedgerError::Internal { .. } => None,
        };
        let failure = Self::new(error);
        match next {
            Some(next) => failure.next(next),
            None => failure,
        }
    }
}

impl From<HealError> for Failure {
    fn from(error: HealError) -> Self {
        match error {
            HealError::Ledger(error) => error.into(),
            error @ HealError::NoIncident(_) => {
                Self::new(error).next("`kintsugi incidents` lists those there are")
            }
            error @ HealError::Unreadable { .. } => {
                Self::new(error).next("`kintsugi audit verify` tells more")
            }
            error @ (HealError::OtherCluster { .. } | HealError::LeaseLost(_)) => Self::new(error),
        }
    }
}

impl From<WordError> for Failure {
    fn from(error: WordError) -> Self {
        match error {
            WordError::Heal(error) => error.into(),
            error @ WordError::OtherPlan { incident, .. } => {
                let next = format!("read the plan that stands: kintsugi show {incident}");
                Self::new(error).next(next)
            }
            error @ (WordError::NotAsked { incident, .. }
            | WordError::NothingToUndo { incident, .. }) => {
                Self::new(error).next(format!("see kintsugi show {incident}"))
            }
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("failed to write JSON: {error}"))
    }
}
