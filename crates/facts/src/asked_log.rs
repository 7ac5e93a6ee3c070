//! A log that was asked for, as a snapshot holds it: whose it is, and what asking for it gave.
//!
//! What its lines tell is told in [`log`](crate::log).

use model::Text;

/// Which log: of a container's present life, or of the one before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogKey {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether it is the life before the last restart.
    pub previous: bool,
}

impl LogKey {
    /// The log of a container's present life.
    #[must_use]
    pub fn current(namespace: &str, pod: &str, container: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            container: container.to_owned(),
            previous: false,
        }
    }

    /// The log of the life before.
    #[must_use]
    pub fn previous(namespace: &str, pod: &str, container: &str) -> Self {
        Self {
            previous: true,
            ..Self::current(namespace, pod, container)
        }
    }
}

/// What asking for a log gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogSeen {
    /// Its last lines.
    Text(String),
    /// There is none, in the words of whoever was asked.
    Absent(Text),
}
