//! What a check of the whole ledger found.

use model::{Digest, IncidentId};
use serde::Serialize;

/// The first link that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenLink {
    /// In which incident; `None` when it is the chain of openings itself, or, with place 0, a body of
    /// evidence that is not what its digest says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<IncidentId>,
    /// At which place.
    pub seq: u64,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What a check of the whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Incidents checked.
    pub incidents: u64,
    /// Events checked.
    pub events: u64,
    /// Whether everything holds.
    pub intact: bool,
    /// The root over both chains, to be kept somewhere else: chains without a key do not stop
    /// somebody who rewrites the whole ledger.
    pub root: Digest,
    /// The first link that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_broken: Option<BrokenLink>,
}
