//! How long a container lived, and how long it took to be ready, by its statuses.

use model::Timestamp;

use crate::Object;
use crate::container::{Container, condition, text};

/// Times in the life of a container, in seconds. What is not known is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// From its present start until now, if it runs.
    pub running: Option<i64>,
    /// From its start until its pod became ready, if both are of this life.
    pub to_ready: Option<i64>,
    /// How long the life before, or the one that has ended, was.
    pub last: Option<i64>,
    /// How long ago that one ended.
    pub ended_ago: Option<i64>,
    /// Whether that one was ended from outside by a signal: 137 (killed) or 143 (asked to end).
    pub killed: bool,
}

/// The times of a container of a pod, as they are at a moment.
#[must_use]
pub fn life(pod: &Object, container: &Container<'_>, now: Option<Timestamp>) -> Life {
    let started = Timestamp::parse(text(container.status, "/state/running/startedAt"));
    let ready = condition(pod, "Ready")
        .filter(|ready| text(ready, "/status") == "True" && container.ready())
        .and_then(|ready| Timestamp::parse(text(ready, "/lastTransitionTime")));
    let end = container.last_end();
    let began = end.and_then(|end| Timestamp::parse(text(end, "/startedAt")));
    let ended = end.and_then(|end| Timestamp::parse(text(end, "/finishedAt")));
    Life {
        running: between(started, now),
        to_ready: between(started, ready),
        last: between(began, ended),
        ended_ago: between(ended, now),
        killed: end.is_some() && matches!(container.exit_code(), 137 | 143),
    }
}

/// Whole seconds from one moment to another; none if either is not known or they are the wrong way
/// round.
fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<i64> {
    let micros = to?.micros().checked_sub(from?.micros())?;
    (micros >= 0).then_some(micros / 1_000_000)
}
