//! Ids and digests, each its own type so that one can never stand in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;

/// Why a text is not an id or a digest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not {what}")]
pub struct BadId {
    /// What was expected, with its article: "an incident id".
    pub what: &'static str,
    /// What was given.
    pub text: String,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID; new ones are made by whoever holds the source of ids.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| BadId { what: $what, text: text.to_owned() })
            }
        }
    };
}

uuid_id!(
    /// One incident (UUIDv7, so that ids sort by the time of opening).
    IncidentId,
    "an incident id"
);
uuid_id!(
    /// One event; appending the same id twice appends once.
    EventId,
    "an event id"
);
uuid_id!(
    /// One piece of evidence: the result of one read-only tool call.
    EvidenceId,
    "an evidence id"
);
uuid_id!(
    /// One tool call.
    CallId,
    "a call id"
);

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps 32 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first twelve hexadecimal digits, enough for a person to compare.
            #[must_use]
            pub fn short(&self) -> String {
                self.to_string().chars().take(12).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = || BadId { what: $what, text: text.to_owned() };
                if text.len() != 64 || !text.is_ascii() {
                    return Err(bad());
                }
                let mut bytes = [0_u8; 32];
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digest_type!(
    /// SHA-256 of something kept.
    Digest,
    "a SHA-256 digest (64 hexadecimal digits)"
);
digest_type!(
    /// The hash of a frozen plan: what an approval is bound to.
    PlanHash,
    "a plan hash (64 hexadecimal digits)"
);
digest_type!(
    /// The idempotency key of one effect, carried by the write itself as an annotation.
    EffectKey,
    "an effect key (64 hexadecimal digits)"
);

impl Digest {
    /// SHA-256 over length-prefixed parts after a domain tag, so that no two lists of parts and no
    /// two uses share a digest.
    #[must_use]
    pub fn of(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(domain.as_bytes());
        hasher.update([0]);
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// Which cluster something belongs to: the UID of a live cluster's `kube-system` namespace, or a
/// name of our own for one in memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(String);

impl ClusterId {
    /// A live cluster, by the UID of its `kube-system` namespace.
    #[must_use]
    pub fn live(uid: &str) -> Self {
        Self(format!("kube:{uid}"))
    }

    /// A cluster in memory, by a name of our own.
    #[must_use]
    pub fn memory(name: &str) -> Self {
        Self(format!("memory:{name}"))
    }

    /// Whether the cluster lives in memory: approvals of the demo count only there.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.0.starts_with("memory:")
    }

    /// The identity as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ClusterId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
