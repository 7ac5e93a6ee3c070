//! Points and lengths of time as plain numbers. Nothing here asks what time it is.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment in UTC, to the microsecond; RFC 3339 with six decimals on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last moment that can be written: the end of the year 9999.
    const LAST: i64 = 253_402_207_200_000_000;
    /// The first one.
    const FIRST: i64 = -377_705_023_200_000_000;

    /// From microseconds since 1970-01-01T00:00:00Z; what cannot be written as a date is the first or
    /// the last moment that can be, so that every moment reads as it was written.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros > Self::LAST {
            Self(Self::LAST)
        } else if micros < Self::FIRST {
            Self(Self::FIRST)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This moment and a length of time after it.
    #[must_use]
    pub fn plus(self, length: Millis) -> Self {
        let micros = i64::try_from(length.0.saturating_mul(1000)).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// How long after `earlier` this moment is; nothing when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        let micros = self.0.saturating_sub(earlier.0).max(0);
        Millis(micros.unsigned_abs() / 1000)
    }

    /// Reads RFC 3339.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self::from_micros(t.as_microsecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an RFC 3339 time")))
    }
}

/// A length of time in milliseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// From whole seconds.
    #[must_use]
    pub const fn secs(seconds: u64) -> Self {
        Self(seconds * 1000)
    }

    /// As the standard library's length of time.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ms @ 0..=999 => write!(f, "{ms} ms"),
            ms @ 1_000..=59_999 if ms % 1000 == 0 => write!(f, "{} s", ms / 1000),
            ms @ 1_000..=59_999 => write!(f, "{}.{} s", ms / 1000, ms % 1000 / 100),
            ms => write!(f, "{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_reads_as_it_was_written() {
        for micros in [i64::MIN, -1, 0, 1_767_225_600_123_456, i64::MAX] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(
                Timestamp::parse(&moment.to_string()),
                Some(moment),
                "{micros}"
            );
        }
        let late = Timestamp::from_micros(i64::MAX).plus(Millis(u64::MAX));
        assert_eq!(Timestamp::parse(&late.to_string()), Some(late));
    }
}
