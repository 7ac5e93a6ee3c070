//! Whether a thing that was looked for is there.

/// What looking for a thing gave. No comparison with `Unknown` is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence<T> {
    /// It is there.
    Present(T),
    /// It is not there: whatever could hold it was read completely.
    Absent,
    /// Nobody has looked everywhere it could be.
    Unknown,
}

impl<T> Presence<T> {
    /// The thing, if it is there.
    pub fn present(self) -> Option<T> {
        match self {
            Self::Present(thing) => Some(thing),
            Self::Absent | Self::Unknown => None,
        }
    }

    /// Whether it is known not to be there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether it is known to be there.
    pub const fn is_present(&self) -> bool {
        matches!(self, Self::Present(_))
    }

    /// Whether nothing is known of it.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The same answer about something that follows from the thing.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Presence<U> {
        match self {
            Self::Present(thing) => Presence::Present(with(thing)),
            Self::Absent => Presence::Absent,
            Self::Unknown => Presence::Unknown,
        }
    }

    /// The word used in subjects and in evidence: `present`, `absent` or `unknown`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Present(_) => "present",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}
