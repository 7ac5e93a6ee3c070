//! What can go wrong with a ledger, in words that name the ledger and what is wrong with it.

use model::{DecodeError, IncidentId};
use thiserror::Error;

/// Why the ledger could not do it.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The file or server cannot be opened.
    #[error("failed to open the ledger {place}: {problem}")]
    Open {
        /// Where.
        place: String,
        /// Why not.
        problem: String,
    },
    /// What is there is no ledger, or is damaged.
    #[error("the ledger {place} is damaged: {problem}")]
    Damaged {
        /// Where.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer version wrote it.
    #[error("the ledger {place} was written by a newer kintsugi: {problem}")]
    Newer {
        /// Where.
        place: String,
        /// What is newer, and which version is needed.
        problem: String,
    },
    /// There is no room for more; nothing was lost of what had been acknowledged.
    #[error("the ledger {place} has no room: {problem}")]
    Full {
        /// Where.
        place: String,
        /// What is full.
        problem: String,
    },
    /// It does not answer now, and may later; whether a write in flight happened is not known.
    #[error("the ledger {place} does not answer: {problem}")]
    Unavailable {
        /// Where.
        place: String,
        /// What happened.
        problem: String,
    },
    /// A stored event cannot be read.
    #[error("failed to read event {seq} of incident {incident} in the ledger {place}: {source}")]
    Event {
        /// Where.
        place: String,
        /// The incident.
        incident: IncidentId,
        /// The event.
        seq: u64,
        /// Why.
        source: DecodeError,
    },
    /// Something that ought to work did not.
    #[error("the ledger {place} failed: {problem}")]
    Internal {
        /// Where.
        place: String,
        /// What happened.
        problem: String,
    },
}

impl LedgerError {
    /// Whether the same call may succeed later without anybody mending anything.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Why events were not appended.
#[derive(Debug, Error)]
pub enum AppendError {
    /// Somebody else appended in between.
    #[error("incident {incident} stands at event {found}, not at {expected}")]
    Moved {
        /// The incident.
        incident: IncidentId,
        /// Where the caller thought it stood.
        expected: u64,
        /// Where it stands.
        found: u64,
    },
    /// There is no such incident.
    #[error("there is no incident {0}")]
    NoIncident(IncidentId),
    /// It is closed, and only a person's wish to undo may follow.
    #[error("incident {0} is closed: only an undo may follow")]
    Closed(IncidentId),
    /// The ledger could not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}
