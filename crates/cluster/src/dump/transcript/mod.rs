//! Transcripts.

use facts::{LogKey, LogSeen};
use model::Timestamp;
use serde_json::Value;

use super::limits::Limits;
use super::note::Note;

/// One.
#[derive(Debug, Default)]
pub(super) struct Transcript {}

/// Settled.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) objects: Vec<Value>,
    pub(super) logs: Vec<(LogKey, LogSeen)>,
    pub(super) complete: Vec<(String, Option<String>)>,
    pub(super) absent: Vec<(String, String, String)>,
    pub(super) notes: Vec<Note>,
    pub(super) taken_at: Option<Timestamp>,
}

pub(super) fn has_commands(_text: &str) -> bool {
    false
}
pub(super) fn has_output(_text: &str) -> bool {
    false
}
pub(super) fn read(_text: &str, _path: &str, _limits: &Limits) -> Transcript {
    Transcript {}
}
pub(super) fn settle(
    _t: Vec<Transcript>,
    _objects: &[Value],
    _newest: Option<Timestamp>,
) -> Settled {
    Settled::default()
}
