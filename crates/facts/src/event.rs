//! Events of the cluster, of both API groups: when one was last seen, and how often.

use model::Timestamp;

use crate::Object;

/// When an event was last seen.
#[must_use]
pub fn last_seen(event: &Object) -> Option<Timestamp> {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .filter_map(|field| Timestamp::parse(event.text(field)))
    .max()
}

/// How often it was seen; at least once.
#[must_use]
pub fn times(event: &Object) -> i64 {
    ["/series/count", "/count", "/deprecatedCount"]
        .into_iter()
        .filter_map(|field| event.int(field))
        .max()
        .unwrap_or(1)
        .max(1)
}
