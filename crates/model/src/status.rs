//! Where an incident stands, and how it ended.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in JSON and in tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads the word back.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Where an incident stands.
    Status {
        /// Seen, not looked into yet.
        Open = "open",
        /// Being looked into.
        Diagnosing = "diagnosing",
        /// A person is asked.
        WaitingApproval = "waiting_approval",
        /// A remedy is being applied or taken back.
        Mending = "mending",
        /// The remedy is being watched.
        Verifying = "verifying",
        /// A person has to take over.
        Escalated = "escalated",
        /// At rest.
        Closed = "closed",
    }
}

words! {
    /// How an incident ended.
    Outcome {
        /// A remedy helped.
        Healed = "healed",
        /// The fault went away without us.
        ResolvedByItself = "resolved_by_itself",
        /// A person refused the remedy.
        Rejected = "rejected",
        /// It was given up.
        NotMended = "not_mended",
        /// A person had the remedy taken back.
        Undone = "undone",
    }
}
