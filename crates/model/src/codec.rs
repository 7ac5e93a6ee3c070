//! The bytes of an event: written once, kept as they are, and read for ever.
//!
//! An envelope is JSON with its fields in one order (`id, incident, seq, at, kind, version, actor,
//! payload`). It is serialised when the event is appended and never again: hashes are taken over
//! the stored bytes. Old versions are brought up to date when they are read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::actor::Actor;
use crate::event::{Event, Why};
use crate::ids::{EventId, IncidentId};
use crate::kind::{Fact, Kind};
use crate::time::Timestamp;

/// Why stored bytes are no event that this build can read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// They are not an envelope at all.
    #[error("the event's bytes are damaged: {0}")]
    Damaged(#[source] serde_json::Error),
    /// The kind is not known here.
    #[error("the event kind `{0}` is not known to this version: a newer kintsugi wrote it")]
    UnknownKind(String),
    /// The kind is known, but in an older version.
    #[error(
        "an event `{kind}` has version {found}, and this version reads up to {known}: a newer \
         kintsugi wrote it"
    )]
    NewerVersion {
        /// The kind.
        kind: Kind,
        /// The version found.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// The kind is known, but what it carries has another shape.
    #[error("an event `{kind}` (version {version}) does not have its shape: {source}")]
    Misshapen {
        /// The kind.
        kind: Kind,
        /// The version.
        version: u16,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

#[derive(Serialize)]
struct Written<'a> {
    id: EventId,
    incident: IncidentId,
    seq: u64,
    at: Timestamp,
    kind: &'static str,
    version: u16,
    actor: &'a Actor,
    payload: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: EventId,
    incident: IncidentId,
    seq: u64,
    at: Timestamp,
    kind: String,
    version: u16,
    actor: Actor,
    payload: Value,
}

/// Writes the canonical bytes of an event. Done once, by the ledger, when it appends.
///
/// # Errors
/// Never for our own types; `serde_json` cannot promise that.
pub fn encode(event: &Event) -> Result<Vec<u8>, serde_json::Error> {
    let mut payload = event.fact.to_value()?;
    if let Value::Object(fields) = &mut payload {
        fields.insert("why".to_owned(), serde_json::to_value(&event.why)?);
    }
    serde_json::to_vec(&Written {
        id: event.id,
        incident: event.incident,
        seq: event.seq,
        at: event.at,
        kind: event.kind().as_str(),
        version: event.kind().version(),
        actor: &event.actor,
        payload,
    })
}

/// Brings what a kind carried in an old version to its next version.
type Upcast = fn(Value) -> Value;

/// Every change of shape there ever was: the kind, the version it came from, and how to read it.
const UPCASTS: &[(Kind, u16, Upcast)] = &[];

/// Reads the bytes of an event, of whatever version it was written in.
///
/// # Errors
/// When the bytes are damaged, or were written by a newer version of Kintsugi.
pub fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
    let read: Read = serde_json::from_slice(bytes).map_err(DecodeError::Damaged)?;
    let kind = Kind::parse(&read.kind).ok_or(DecodeError::UnknownKind(read.kind))?;
    let version = read.version;
    if version > kind.version() || version == 0 {
        return Err(DecodeError::NewerVersion {
            kind,
            found: version,
            known: kind.version(),
        });
    }
    let misshapen = |source| DecodeError::Misshapen {
        kind,
        version,
        source,
    };
    let mut payload = upcast(UPCASTS, kind, version, kind.version(), read.payload);
    let why = match &mut payload {
        Value::Object(fields) => fields.remove("why").unwrap_or(Value::Null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Value::Null
        }
    };
    let why: Why = serde_json::from_value(why).map_err(misshapen)?;
    let fact = Fact::from_value(kind, payload).map_err(misshapen)?;
    Ok(Event {
        id: read.id,
        incident: read.incident,
        seq: read.seq,
        at: read.at,
        actor: read.actor,
        why,
        fact,
    })
}

fn upcast(
    table: &[(Kind, u16, Upcast)],
    kind: Kind,
    from: u16,
    to: u16,
    mut payload: Value,
) -> Value {
    for version in from..to {
        if let Some((_, _, step)) = table.iter().find(|(k, v, _)| *k == kind && *v == version) {
            payload = step(payload);
        }
    }
    payload
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn envelope(kind: &str, version: u16, payload: &Value) -> Vec<u8> {
        let id = "01930000-0000-7000-8000-000000000001";
        json!({
            "id": id, "incident": id, "seq": 1, "at": "2026-01-01T00:00:00.000000Z",
            "kind": kind, "version": version, "actor": {"kind": "kintsugi", "name": "kintsugi"},
            "payload": payload,
        })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn unknown_kinds_and_newer_versions_are_refused_by_name() {
        let why = json!({"why": {"because": "next_step"}});
        let unknown = decode(&envelope("sang_a_song", 1, &why)).unwrap_err();
        assert!(unknown.to_string().contains("sang_a_song"), "{unknown}");
        let newer = decode(&envelope("closed", 9, &why)).unwrap_err();
        assert!(newer.to_string().contains("version 9"), "{newer}");
        let misshapen = decode(&envelope("closed", 1, &why)).unwrap_err();
        assert!(misshapen.to_string().contains("outcome"), "{misshapen}");
        assert!(matches!(decode(b"{\"id\":"), Err(DecodeError::Damaged(_))));
    }

    #[test]
    fn upcasts_run_one_after_the_other_from_the_version_found() {
        let table: &[(Kind, u16, Upcast)] = &[
            (Kind::Closed, 1, |v| json!({"one": v})),
            (Kind::Closed, 2, |v| json!({"two": v})),
            (Kind::Approved, 2, |_| json!("never")),
        ];
        let both = upcast(table, Kind::Closed, 1, 3, json!(0));
        assert_eq!(both, json!({"two": {"one": 0}}));
        assert_eq!(
            upcast(table, Kind::Closed, 2, 3, json!(0)),
            json!({"two": 0})
        );
        assert_eq!(upcast(table, Kind::Closed, 3, 3, json!(0)), json!(0));
    }
}
