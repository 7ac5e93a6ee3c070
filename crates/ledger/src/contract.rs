//! The one trait that both stores speak.

use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use model::payload::SignalSeen;
use model::{
    Actor, ClusterId, Digest, Draft, Event, EventId, Fingerprint, IncidentId, Millis, Severity,
    Signal, Status, Summary, Timestamp,
};
use tokio::sync::broadcast;

use crate::audit::AuditReport;
use crate::error::{AppendError, LedgerError};

/// The last link of an incident's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its place, from 1.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What appending gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The events as they stand in the ledger now, in order.
    pub events: Vec<Event>,
    /// The head after the last of them.
    pub head: Head,
}

/// A signal that wants an incident.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The id the incident gets if one has to be opened.
    pub incident: IncidentId,
    /// The id of its first event.
    pub event: EventId,
    /// The earliest time it may bear.
    pub at: Timestamp,
    /// Who saw it.
    pub actor: Actor,
    /// What was seen.
    pub signal: Signal,
    /// Where.
    pub cluster: ClusterId,
}

/// What a signal led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// A new incident, whose first event this is. It names the incident of the same fault that was
    /// closed last, if there is one.
    New(Box<Event>),
    /// The incident of the same fault that was open already, and how many times it was seen now.
    Known {
        /// The incident.
        incident: IncidentId,
        /// How many signals it has had.
        sightings: u64,
    },
}

/// Which incidents a list shows, newest first. Everything that is `None` does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these statuses; none means of any.
    pub statuses: Vec<Status>,
    /// At least this bad.
    pub at_least: Option<Severity>,
    /// About objects in this namespace.
    pub namespace: Option<String>,
    /// About this kind of object.
    pub kind: Option<String>,
    /// About the object of this name.
    pub name: Option<String>,
    /// With this fingerprint.
    pub fingerprint: Option<Fingerprint>,
    /// Of this cluster.
    pub cluster: Option<ClusterId>,
    /// Opened at or after.
    pub since: Option<Timestamp>,
    /// Older than this incident: the last one of the page before.
    pub before: Option<IncidentId>,
    /// At most so many; 0 means 50.
    pub limit: u32,
}

/// An incident in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What is shown.
    pub summary: Summary,
    /// The head of its chain.
    pub head: Head,
    /// How many signals it has had.
    pub sightings: u64,
}

/// Who drives an incident: one worker of one process on one host. It is written so that another
/// process on the same host can tell whether this one still lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Holder(pub String);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the right to drive an incident was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// It is ours until then.
    Held {
        /// When it ends unless renewed.
        until: Timestamp,
    },
    /// Somebody else has it.
    Taken {
        /// Who.
        by: Holder,
        /// Until when.
        until: Timestamp,
    },
}

/// Something was appended to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Which one; `None` when changes may have been missed, and everything is to be looked at.
    pub incident: Option<IncidentId>,
}

/// Bodies of evidence, by what they contain. They stand beside the events, so that they can be
/// erased (personal data, size) without breaking a chain.
#[async_trait]
pub trait Bodies: Send + Sync {
    /// Keeps a body and gives its digest. Keeping the same body twice keeps it once. A body that
    /// was erased stays erased.
    async fn keep_body(&self, body: &[u8]) -> Result<Digest, LedgerError>;

    /// The body of that digest; `None` if it was erased or never kept.
    async fn body(&self, digest: Digest) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Erases a body for good and says whether there was one. The digest stays known.
    async fn erase_body(&self, digest: Digest, at: Timestamp) -> Result<bool, LedgerError>;
}

/// A store of incidents.
///
/// Time is always an argument: a store asks no clock.
#[async_trait]
pub trait Ledger: Bodies {
    /// Where it is, for people: a path, or an address without its password.
    fn place(&self) -> String;

    /// Takes a signal: opens an incident, unless one with the same fingerprint is open; then counts
    /// the sighting there. Idempotent by `opening.event`.
    async fn open(&self, opening: Opening) -> Result<Opened, LedgerError>;

    /// Appends events after the event with number `after`, all or none.
    ///
    /// Each event gets the next number, and as its time the later of `draft.at` and the time of the
    /// event before it. Idempotent by the drafts' ids: if all of them stand in this incident
    /// already, they are given back as they stand.
    ///
    /// # Errors
    /// `AppendError::Moved` when the head is elsewhere: nothing was appended, and the story is to be
    /// read again. `AppendError::NoIncident` when there is no such incident. `AppendError::Closed`
    /// when the incident is closed and what comes next is not a person's wish to undo.
    async fn append(
        &self,
        incident: IncidentId,
        after: u64,
        drafts: Vec<Draft>,
    ) -> Result<Appended, AppendError>;

    /// The events of an incident with a number above `after`, in order; none if there is no such
    /// incident.
    async fn events(&self, incident: IncidentId, after: u64) -> Result<Vec<Event>, LedgerError>;

    /// One incident as a list shows it.
    async fn incident(&self, incident: IncidentId) -> Result<Option<Listed>, LedgerError>;

    /// Incidents, newest first.
    async fn incidents(&self, filter: &Filter) -> Result<Vec<Listed>, LedgerError>;

    /// The ids of incidents that begin or end with `part` (hexadecimal digits; hyphens do not
    /// matter), newest first, at most `limit`.
    async fn find(&self, part: &str, limit: u32) -> Result<Vec<IncidentId>, LedgerError>;

    /// Asks for the right to drive an incident, for `ttl` from `now`. A holder that has it already
    /// renews it.
    async fn lease(
        &self,
        incident: IncidentId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
    ) -> Result<Lease, LedgerError>;

    /// Gives the right back. `seen` is the number of the last event the holder took into account:
    /// if more has been appended since, the incident is due at once, so that nobody's word is slept
    /// over. Else `due` says when the incident wants to be driven again if nothing is appended
    /// before; `None`: only when something is appended.
    async fn release(
        &self,
        incident: IncidentId,
        holder: &Holder,
        seen: u64,
        due: Option<Timestamp>,
    ) -> Result<(), LedgerError>;

    /// Takes the right from a holder that is known to be dead, if it still has it, so that the next
    /// one need not wait for the lease to end.
    async fn bury(&self, dead: &Holder) -> Result<u64, LedgerError>;

    /// Who holds leases on incidents now.
    async fn holders(&self) -> Result<Vec<Holder>, LedgerError>;

    /// Claims up to `limit` incidents of a cluster that are not closed, are due at `now` and are
    /// driven by nobody. An append makes its incident due at once.
    async fn claim(
        &self,
        cluster: &ClusterId,
        holder: &Holder,
        now: Timestamp,
        ttl: Millis,
        limit: u32,
    ) -> Result<Vec<IncidentId>, LedgerError>;

    /// A feed of what is appended, by this process or by others. It may miss or repeat; whoever
    /// listens looks again now and then.
    fn changes(&self) -> broadcast::Receiver<Changed>;

    /// Checks everything: both chains, the heads, and every projection against its events.
    async fn verify(&self) -> Result<AuditReport, LedgerError>;

    /// Copies the ledger, while it is in use, to a new SQLite file that can be opened as a ledger.
    async fn backup(&self, to: &Path) -> Result<(), LedgerError>;

    /// Whether it answers; cheap.
    async fn ping(&self) -> Result<(), LedgerError>;
}

/// The opening event's payload, once the store knows the incident before it.
#[must_use]
pub(crate) fn opening_fact(opening: &Opening, previous: Option<IncidentId>) -> SignalSeen {
    SignalSeen {
        signal: opening.signal.clone(),
        fingerprint: opening.signal.fingerprint(&opening.cluster),
        cluster: opening.cluster.clone(),
        previous,
    }
}
