//! What a pod's status says of its containers.

use crate::Json;
use crate::Object;

/// The longest piece of another's words that is repeated in a fact, in characters.
const WORDS: usize = 400;

/// What the name of a container begins with that was never shown: a table counts the containers of
/// a pod, and does not name them. No real name begins like that.
pub const UNNAMED: &str = "?";

/// Whether this is the name of a container that somebody has shown.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(UNNAMED)
}

/// One container of a pod, with its declaration and its status.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    /// Its part of the pod's spec.
    pub spec: &'a Json,
    /// Its status; null while the kubelet has given none.
    pub status: &'a Json,
    /// Whether it is an init container.
    pub init: bool,
}

/// The containers of a pod in the order of its spec, init containers first.
pub fn containers(pod: &Object) -> impl Iterator<Item = Container<'_>> {
    let part = move |specs: &str, statuses: &str, init| {
        let statuses = pod.list(statuses);
        pod.list(specs).iter().map(move |spec| Container {
            spec,
            status: statuses
                .iter()
                .find(|status| status.get("name") == spec.get("name"))
                .unwrap_or(&Json::Null),
            init,
        })
    };
    part(
        "/spec/initContainers",
        "/status/initContainerStatuses",
        true,
    )
    .chain(part("/spec/containers", "/status/containerStatuses", false))
}

impl<'a> Container<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        text(self.spec, "/name")
    }

    /// The image that its spec asks for.
    #[must_use]
    pub fn image(&self) -> &'a str {
        text(self.spec, "/image")
    }

    /// Whether it is ready.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.status.get("ready").and_then(Json::as_bool) == Some(true)
    }

    /// How often it was restarted.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.status
            .get("restartCount")
            .and_then(Json::as_u64)
            .map_or(0, |count| u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// `waiting`, `running` or `terminated`; empty while there is no status.
    #[must_use]
    pub fn state(&self) -> &'static str {
        ["waiting", "running", "terminated"]
            .into_iter()
            .find(|state| self.status.pointer(&format!("/state/{state}")).is_some())
            .unwrap_or_default()
    }

    /// Why it waits, if it does.
    #[must_use]
    pub fn waiting_reason(&self) -> &'a str {
        text(self.status, "/state/waiting/reason")
    }

    /// What is said about why it waits.
    #[must_use]
    pub fn waiting_message(&self) -> &'a str {
        text(self.status, "/state/waiting/message")
    }

    /// How it ended last: its present state if that is an end, else the end before.
    #[must_use]
    pub fn last_end(&self) -> Option<&'a Json> {
        self.status
            .pointer("/state/terminated")
            .or_else(|| self.status.pointer("/lastState/terminated"))
    }

    /// The exit code of its last end; 0 if it never ended.
    #[must_use]
    pub fn exit_code(&self) -> i64 {
        self.last_end()
            .and_then(|end| end.get("exitCode"))
            .and_then(Json::as_i64)
            .unwrap_or(0)
    }

    /// The reason of its last end (`OOMKilled`, `Error`, `Completed`); empty if it never ended.
    #[must_use]
    pub fn end_reason(&self) -> &'a str {
        self.last_end().map_or("", |end| text(end, "/reason"))
    }

    /// Whether it is down because its program ended in failure: it is not ready, and its last life
    /// ended with an exit code that is not 0 or in a crash loop. A table tells of no exit code, but
    /// the kubelet says `Error` of those alone.
    #[must_use]
    pub fn crashed(&self) -> bool {
        !self.ready()
            && (self.waiting_reason() == "CrashLoopBackOff"
                || self.exit_code() != 0
                || self.last_end().is_some_and(|end| {
                    end.get("exitCode").is_none() && text(end, "/reason") == "Error"
                }))
    }

    /// Whether it waits because its image cannot be had.
    #[must_use]
    pub fn image_pull_failing(&self) -> bool {
        matches!(
            self.waiting_reason(),
            "ErrImagePull"
                | "ImagePullBackOff"
                | "InvalidImageName"
                | "ErrImageNeverPull"
                | "RegistryUnavailable"
                | "ImageInspectError"
        )
    }

    /// What it waits for or died of, in words that stay the same while the trouble does: the
    /// kubelet alternates between `ErrImagePull` and `ImagePullBackOff`, and counts its back-off up.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let reason = self.waiting_reason();
        let message = self.waiting_message();
        match reason {
            "" => {}
            "ContainerCreating" | "PodInitializing" => return None,
            "CrashLoopBackOff" => {
                return Some(match self.last_end() {
                    Some(_) => format!(
                        "CrashLoopBackOff: {} with exit code {}",
                        self.end_reason(),
                        self.exit_code()
                    ),
                    None => "CrashLoopBackOff".to_owned(),
                });
            }
            "ImagePullBackOff" => {
                return Some(match message.split_once("ErrImagePull: ") {
                    Some((_, cause)) => said("ErrImagePull", cause),
                    None => said(reason, message),
                });
            }
            _ => return Some(said(reason, message)),
        }
        let end = self.status.pointer("/state/terminated")?;
        let reason = text(end, "/reason");
        let message = text(end, "/message");
        match end.get("exitCode").and_then(Json::as_i64) {
            None if reason == "Error" => Some(said(reason, message)),
            None | Some(0) if self.init => None,
            code => {
                let code = code.unwrap_or(0);
                Some(said(&format!("{reason} with exit code {code}"), message))
            }
        }
    }
}

/// What keeps a pod as a whole from working, if its own status says so.
#[must_use]
pub fn pod_trouble(pod: &Object) -> Option<String> {
    if let Some(trouble) = containers(pod).find_map(|container| container.trouble()) {
        return Some(trouble);
    }
    if pod.text("/status/phase") == "Failed" {
        return Some(said(
            match pod.text("/status/reason") {
                "" => "Failed",
                reason => reason,
            },
            pod.text("/status/message"),
        ));
    }
    let unscheduled =
        condition(pod, "PodScheduled").filter(|condition| text(condition, "/status") == "False")?;
    Some(said(
        text(unscheduled, "/reason"),
        text(unscheduled, "/message"),
    ))
}

/// Whether a pod is known to be ready to serve now: its Ready condition holds and it is not being
/// deleted.
#[must_use]
pub fn pod_ready(pod: &Object) -> bool {
    readiness(pod) == Some(true)
}

/// Whether a pod is ready to serve now; none if that was not seen. A pod that runs has a Ready
/// condition: where there is none, only a part of the pod is known.
#[must_use]
pub fn readiness(pod: &Object) -> Option<bool> {
    if pod.at("/metadata/deletionTimestamp").is_some() {
        return Some(false);
    }
    match condition(pod, "Ready") {
        Some(ready) => Some(text(ready, "/status") == "True"),
        None => match pod.text("/status/phase") {
            "" | "Running" | "Unknown" => None,
            _ => Some(false),
        },
    }
}

/// Whether a pod has a node; none if that was not seen.
#[must_use]
pub fn scheduled(pod: &Object) -> Option<bool> {
    match condition(pod, "PodScheduled").map(|placed| text(placed, "/status")) {
        Some("True") => Some(true),
        Some("False") => Some(false),
        _ if !pod.text("/spec/nodeName").is_empty() => Some(true),
        Some(_) => None,
        // What the scheduler has not looked at has no conditions.
        None => (!pod.text("/status/phase").is_empty()).then_some(false),
    }
}

/// A condition of an object by its type.
#[must_use]
pub fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Json> {
    object
        .list("/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
}

/// The first line of somebody's words, cut to a length that fits into a fact.
#[must_use]
pub fn first_line(words: &str) -> &str {
    let line = words.trim().lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(WORDS) {
        Some((end, _)) => line.get(..end).unwrap_or(line),
        None => line,
    }
}

/// Somebody's words on one line, cut to a length that fits into a fact.
#[must_use]
pub fn one_line(words: &str) -> String {
    let mut line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(WORDS + WORDS / 2) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn said(reason: &str, message: &str) -> String {
    match first_line(message) {
        "" => reason.to_owned(),
        line => format!("{reason}: {line}"),
    }
}

pub(crate) fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Json::as_str)
        .unwrap_or_default()
}
