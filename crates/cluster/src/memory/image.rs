//! What images do in the cluster in memory: the script by which the kubelet plays.

use facts::image::parse;
use model::Millis;
use serde::{Deserialize, Serialize};

/// What happens to a container of an image. An image that nobody has described does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ImageBehaviour {
    /// It runs and becomes ready.
    Runs,
    /// It runs and never becomes ready.
    NeverReady,
    /// The registry does not know it.
    NotFound,
    /// The registry wants credentials.
    Unauthorized,
    /// It cannot be pulled, in these words of the container runtime.
    PullFails {
        /// What comes after `failed to pull and unpack image "…": `.
        words: String,
    },
    /// Its program ends.
    CrashesAfter {
        /// How long it lives.
        after: Millis,
        /// Its exit code.
        exit_code: i32,
        /// What it prints.
        log: String,
    },
    /// It uses more memory than it may.
    OomAfter {
        /// How long it lives.
        after: Millis,
        /// What it prints.
        log: String,
    },
}

impl ImageBehaviour {
    /// The kubelet's words when the image cannot be pulled; none if it can.
    pub(super) fn pull_error(behaviour: Option<&Self>, image: &str) -> Option<String> {
        let full = full_name(image);
        let (code, words) = match behaviour {
            Some(
                Self::Runs | Self::NeverReady | Self::CrashesAfter { .. } | Self::OomAfter { .. },
            ) => return None,
            Some(Self::PullFails { words }) => ("Unknown", words.clone()),
            Some(Self::Unauthorized) => (
                "Unknown",
                format!(
                    "failed to resolve reference \"{full}\": pull access denied, repository does \
                     not exist or may require authorization: server message: insufficient_scope: \
                     authorization failed"
                ),
            ),
            Some(Self::NotFound) | None => (
                "NotFound",
                format!("failed to resolve reference \"{full}\": {full}: not found"),
            ),
        };
        Some(format!(
            "rpc error: code = {code} desc = failed to pull and unpack image \"{full}\": {words}"
        ))
    }

    /// What a container of it prints.
    pub(super) fn log(&self) -> String {
        match self {
            Self::CrashesAfter { log, .. } | Self::OomAfter { log, .. } => log.clone(),
            Self::Runs | Self::NeverReady => {
                "level=info msg=\"starting\"\nlevel=info msg=\"listening\" address=0.0.0.0:8080\n"
                    .to_owned()
            }
            Self::NotFound | Self::Unauthorized | Self::PullFails { .. } => String::new(),
        }
    }
}

/// A reference as containerd writes it: with registry and tag.
pub(super) fn full_name(image: &str) -> String {
    let Some(parts) = parse(image) else {
        return image.to_owned();
    };
    let mut full = format!("{}/{}", parts.registry, parts.repository);
    if let Some(tag) = parts.tag {
        full.push(':');
        full.push_str(&tag);
    }
    if let Some(digest) = parts.digest {
        full.push('@');
        full.push_str(&digest);
    }
    full
}
