//! What an image reference names, and why an image could not be pulled.
//!
//! The reasons come in the words of registries as the kubelet passes them on from containerd,
//! CRI-O or Docker; those words are the only evidence there is of what the registry said.

use serde::{Deserialize, Serialize};

use crate::container::first_line;

/// An image reference taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRef {
    /// The registry's host, with its port if one is given.
    pub registry: String,
    /// The repository within the registry.
    pub repository: String,
    /// The tag; `latest` where neither a tag nor a digest is given.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
}

/// Takes an image reference apart; none if it is not a valid one.
#[must_use]
pub fn parse(reference: &str) -> Option<ImageRef> {
    let (rest, digest) = match reference.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (reference, None),
    };
    if digest.is_some_and(|digest| !valid_digest(digest)) {
        return None;
    }
    // A colon after the last slash is a tag's, one before it is a port's.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if tag.is_some_and(|tag| !valid_tag(tag)) {
        return None;
    }
    let (registry, repository) = match name.split_once('/') {
        Some((host, path)) if is_host(host) => (host, path.to_owned()),
        Some(_) => (DOCKER_HUB, name.to_owned()),
        None => (DOCKER_HUB, format!("library/{name}")),
    };
    let registry = if registry == "index.docker.io" {
        DOCKER_HUB
    } else {
        registry
    };
    if !repository.split('/').all(valid_component) {
        return None;
    }
    let tag = match (tag, digest) {
        (None, None) => Some("latest"),
        (tag, _) => tag,
    };
    Some(ImageRef {
        registry: registry.to_owned(),
        repository,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

const DOCKER_HUB: &str = "docker.io";

fn is_host(part: &str) -> bool {
    part.contains('.') || part.contains(':') || part == "localhost"
}

fn valid_component(part: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !part.is_empty()
        && part
            .chars()
            .all(|c| inner(c) || matches!(c, '.' | '_' | '-'))
        && part.starts_with(inner)
        && part.ends_with(inner)
}

fn valid_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn valid_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// What kind of reason kept an image from being pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullFailureKind {
    /// The registry knows no such repository, tag or digest.
    NotFound,
    /// The registry wants other credentials, or any. Some registries say this of what does not exist
    /// too, so as not to tell.
    Unauthorized,
    /// The reference is not a valid one.
    NameInvalid,
    /// The registry's name has no address.
    Unresolved,
    /// The registry did not answer in time.
    Timeout,
    /// The connection to the registry was refused, reset, or has no route.
    Refused,
    /// The registry's certificate is not trusted or does not fit, or it does not speak TLS.
    TlsUnknown,
    /// The registry serves no more for now.
    RateLimited,
    /// None of these.
    Other,
}

impl PullFailureKind {
    /// The word used in subjects.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::NameInvalid => "name_invalid",
            Self::Unresolved => "unresolved",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::TlsUnknown => "tls_unknown",
            Self::RateLimited => "rate_limited",
            Self::Other => "other",
        }
    }
}

/// Why an image could not be pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullFailure {
    /// What kind of reason.
    pub kind: PullFailureKind,
    /// The image as the message names it; empty if it does not.
    pub image: String,
    /// The registry's host; empty if it is not known.
    pub registry: String,
    /// The part of the message that tells the reason, on one line.
    pub said: String,
}

impl PullFailure {
    /// Reads what the kubelet says of a failed pull: a container's waiting message or an event's.
    #[must_use]
    pub fn read(message: &str) -> Self {
        let image = named_image(message).unwrap_or_default();
        let registry = parse(&image)
            .map(|image| image.registry)
            .or_else(|| host(message))
            .unwrap_or_default();
        Self {
            // The image's own name is no reason, whatever words it holds.
            kind: match image.as_str() {
                "" => kind_of(message),
                name => kind_of(&message.replace(name, "…")),
            },
            image,
            registry,
            said: first_line(reason(message)).to_owned(),
        }
    }

    /// Reads it with the image that the container's spec asks for, where the message names none.
    #[must_use]
    pub fn read_for(message: &str, image: &str) -> Self {
        let mut failure = Self::read(message);
        if failure.image.is_empty() {
            image.clone_into(&mut failure.image);
        }
        if failure.registry.is_empty() {
            failure.registry = parse(image).map(|image| image.registry).unwrap_or_default();
        }
        failure
    }
}

/// The words of each kind, in lower case. The first kind with a word in the message wins: what the
/// way to the registry says stands before what the registry says, and a rate limit before both,
/// because its message may well speak of authorization.
const WORDS: &[(PullFailureKind, &[&str])] = &[
    (
        PullFailureKind::RateLimited,
        &["toomanyrequests", "too many requests", "rate limit"],
    ),
    (
        PullFailureKind::NameInvalid,
        &[
            "invalid reference format",
            "couldn't parse image name",
            "couldn't parse image reference",
            "invalidimagename",
            "repository name must be lowercase",
        ],
    ),
    (
        PullFailureKind::TlsUnknown,
        &[
            "x509:",
            "tls: failed to verify certificate",
            "tls: handshake failure",
            "remote error: tls",
            "server gave http response to https client",
            "first record does not look like a tls handshake",
        ],
    ),
    (
        PullFailureKind::Unresolved,
        &[
            "no such host",
            "server misbehaving",
            "temporary failure in name resolution",
            "name or service not known",
            "could not resolve host",
        ],
    ),
    (
        PullFailureKind::Timeout,
        &[
            "i/o timeout",
            "context deadline exceeded",
            "deadlineexceeded",
            "tls handshake timeout",
            "client.timeout",
            "request canceled while waiting for connection",
            "timed out",
            "gateway timeout",
        ],
    ),
    (
        PullFailureKind::Refused,
        &[
            "connection refused",
            "connection reset by peer",
            "no route to host",
            "network is unreachable",
        ],
    ),
    (
        PullFailureKind::Unauthorized,
        &[
            "pull access denied",
            "unauthorized",
            "authentication required",
            "authorization failed",
            "insufficient_scope",
            "no basic auth credentials",
            "failed to authorize",
            "403 forbidden",
            "access to the resource is denied",
            "access forbidden",
            "permissiondenied",
            "denied:",
        ],
    ),
    (
        PullFailureKind::NotFound,
        &[
            "manifest unknown",
            "manifest_unknown",
            "name unknown",
            "name_unknown",
            "repository not found",
            "code = notfound",
            ": not found",
            " not found:",
            "404 not found",
            "does not exist",
            "blob unknown",
        ],
    ),
];

fn kind_of(message: &str) -> PullFailureKind {
    let message = message.to_lowercase();
    if message.contains("lookup ") && message.contains("i/o timeout") {
        // The question for the name timed out, not the registry.
        return PullFailureKind::Unresolved;
    }
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| message.contains(word)))
        .map_or(PullFailureKind::Other, |(kind, _)| *kind)
}

/// The message without what the kubelet and the runtime put before the reason.
fn reason(message: &str) -> &str {
    let mut rest = message.trim();
    loop {
        let shorter = WRAPPERS.iter().find_map(|wrapper| {
            let after = rest.strip_prefix(wrapper.0)?;
            let (_, after) = after.split_once(wrapper.1)?;
            Some(after.trim_start())
        });
        match shorter {
            Some(shorter) if !shorter.is_empty() => rest = shorter,
            Some(_) | None => return rest,
        }
    }
}

/// What stands before a reason: how it starts, and what it ends with.
const WRAPPERS: &[(&str, &str)] = &[
    ("Back-off pulling image \"", "\": "),
    ("Failed to pull image \"", "\": "),
    ("failed to pull image \"", "\": "),
    ("Error response from daemon", ": "),
    ("ErrImagePull", ": "),
    ("ErrImagePull:", " "),
    ("rpc error: code = ", " desc = "),
    ("failed to pull and unpack image \"", "\": "),
    ("failed to resolve reference \"", "\": "),
    ("failed to copy", ": "),
    ("initializing source docker://", ": "),
    ("Error initializing source docker://", ": "),
    ("unable to pull image or OCI artifact", ": "),
];

/// The image that a message names.
fn named_image(message: &str) -> Option<String> {
    const QUOTED: &[&str] = &[
        "pulling image \"",
        "pull image \"",
        "unpack image \"",
        "resolve reference \"",
        "parse image name \"",
        "parse image reference \"",
        "default image tag \"",
        "ontainer image \"",
    ];
    for before in QUOTED {
        if let Some((_, after)) = message.split_once(before)
            && let Some((image, _)) = after.split_once('"')
        {
            return Some(image.to_owned());
        }
    }
    if let Some((_, after)) = message.split_once("reading manifest ")
        && let Some((tag, after)) = after.split_once(" in ")
        && let Some((repository, _)) = after.split_once(": ")
    {
        let joint = if tag.starts_with("sha256:") { '@' } else { ':' };
        return Some(format!("{repository}{joint}{tag}"));
    }
    for (before, end) in [
        ("manifest for ", " not found"),
        ("pull access denied for ", ","),
        ("initializing source docker://", ": "),
    ] {
        if let Some((_, after)) = message.split_once(before)
            && let Some((image, _)) = after.split_once(end)
        {
            return Some(image.to_owned());
        }
    }
    None
}

/// The host that a message speaks of.
fn host(message: &str) -> Option<String> {
    let after = message
        .split_once("https://")
        .or_else(|| message.split_once("http://"))
        .or_else(|| message.split_once("lookup "))?
        .1;
    let end = after
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':')))
        .unwrap_or(after.len());
    let host = after.get(..end)?.trim_end_matches(':');
    (!host.is_empty()).then(|| host.to_owned())
}
