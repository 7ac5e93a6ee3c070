//! The two hash chains that make a change of the past visible.
//!
//! Each incident's events form a chain; the openings of incidents form a second one over the whole
//! ledger, so that an incident cannot vanish as a whole. The chains carry no key: whoever can
//! rewrite the entire ledger can rewrite them too. Keeping the root somewhere else is the remedy.

use crate::ids::{Digest, IncidentId};

/// What the first link of a chain points to.
pub const START: Digest = Digest::from_bytes([0; 32]);

/// The hash of an event, from its stored bytes and the hash before it.
#[must_use]
pub fn event_link(previous: Digest, envelope: &[u8]) -> Digest {
    Digest::of("kintsugi.event.v1", &[previous.as_bytes(), envelope])
}

/// The hash of the opening of an incident, from the hash of its first event.
#[must_use]
pub fn opening_link(previous: Digest, incident: IncidentId, first_event: Digest) -> Digest {
    let incident = incident.uuid();
    let parts = [
        &previous.as_bytes()[..],
        incident.as_bytes(),
        first_event.as_bytes(),
    ];
    Digest::of("kintsugi.opening.v1", &parts)
}

/// The root of the whole ledger: over the last opening and the last event of every incident, in
/// the order of their opening.
#[must_use]
pub fn root(last_opening: Digest, heads: impl IntoIterator<Item = (u64, Digest)>) -> Digest {
    let mut root = last_opening;
    for (seq, hash) in heads {
        root = Digest::of(
            "kintsugi.root.v1",
            &[root.as_bytes(), &seq.to_be_bytes(), hash.as_bytes()],
        );
    }
    root
}
