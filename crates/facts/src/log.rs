//! What a container's log tells: why its program failed, what it listens on, whether it said that
//! it is ready.
//!
//! Only the end of a log is read (256 KiB, lines of 4 KiB), in time that grows with its length
//! alone. Nothing here knows of pods: which log is whose is for the snapshot.

mod address;
mod choose;
mod kind;
mod line;
mod listening;
mod rules;
mod structured;

pub use choose::{failure, last_words};
pub use kind::{Failure, FailureKind};
pub use listening::{listening, said_ready};

/// Whether a text is a log at all, and not what stands in a log's place when there is none to be
/// read: the runtime's or the API server's own words about that.
#[must_use]
pub fn is_a_log(text: &str) -> bool {
    let mut seen = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !in_place_of_a_log(line) {
            return true;
        }
        seen = true;
    }
    // Nothing at all is an empty log, which is a log too: the program said nothing.
    !seen
}

fn in_place_of_a_log(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.starts_with("unable to retrieve container logs for ")
        || (line.contains("previous terminated container") && line.contains("not found"))
        || line.starts_with("defaulted container ")
        || line.starts_with("error from server")
        || line.starts_with("failed to try resolving symlinks in path")
        || line.starts_with("failed to get log file path")
        || (line.starts_with("container ") && line.contains(" is waiting to start"))
        || (line.starts_with("failed to create") && line.contains("fsnotify"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_the_place_of_a_log_are_no_log() {
        for text in [
            "unable to retrieve container logs for containerd://0a1b2c",
            "Error from server (BadRequest): previous terminated container \"api\" in pod \"api-1\" not found",
            "previous terminated container \"api\" in pod \"api-1\" not found\n",
            "Defaulted container \"api\" out of: api, init (init)\nunable to retrieve container logs for docker://1\n",
            "container \"api\" in pod \"api-1\" is waiting to start: PodInitializing",
        ] {
            assert!(!is_a_log(text), "{text}");
            assert_eq!(failure(text), None, "{text}");
        }
        for text in [
            "",
            "\n",
            "boom",
            "Defaulted container \"api\" out of: api\nboom",
        ] {
            assert!(is_a_log(text), "{text}");
        }
    }
}
